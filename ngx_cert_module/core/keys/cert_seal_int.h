/*
 * Copyright (C) the ngx_cert authors
 *
 * The seal over every record.  Private to core/.
 *
 * A stored record is its payload, the id of the "record" key, and a tag: the
 * first 16 bytes of an HMAC-SHA-256 over database, key and payload.  So a
 * flipped bit, a record moved to another key or a forged one does not verify.
 * A tag of HMAC needs no nonce that could be misused.
 */


#ifndef CERT_SEAL_INT_H_INCLUDED
#define CERT_SEAL_INT_H_INCLUDED


#include "cert_bytes_int.h"
#include "cert_crypto_int.h"


/* The databases of a store; their numbers are under the tag. */
typedef enum {
    CERT_DB_META = 0,
    CERT_DB_CERTIFICATE,
    CERT_DB_HOLDER,
    CERT_DB_HOLDER_CERTIFICATE,
    CERT_DB_USERNAME,
    CERT_DB_SESSION,
    CERT_DB_ANNOTATION,
    CERT_DB_CERTIFICATE_ANNOTATION,
    CERT_DB_QUEUE,
    CERT_DB_EXPIRY,
    CERT_DB_FILE,
    CERT_DB_IDEMPOTENCY,
    CERT_DB_QUALIFICATION,
    CERT_DB_JOURNAL,
    CERT_DB_PHOTO,
    CERT_DB_MATCH,          /* since schema 2 */
    CERT_DBS
} cert_db_t;

#define CERT_SEAL_SIZE  (1 + CERT_TAG_SIZE)

/* What a tag or a keyed digest is over starts with what it is for. */
#define CERT_LABEL_RECORD    0x01
                          /* 0x02: over printed forms, in records of schema 1 */
#define CERT_LABEL_HOLDER    0x03
#define CERT_LABEL_USERNAME  0x04
#define CERT_LABEL_MATCH     0x05
#define CERT_LABEL_NAME      0x06


/*
 * Appends key id and tag to the payload in "w".  CERT_NO_KEY; CERT_INVALID:
 * no room, or the writer overflowed before.
 */
cert_err_t cert_seal(cert_keyring_t *ring, cert_db_t db, cert_str_t key,
    cert_writer_t *w);

/*
 * Verifies a stored record and gives its payload, a part of "value".
 * CERT_CORRUPT: it does not verify; CERT_NO_KEY; CERT_SYSTEM.
 */
cert_err_t cert_unseal(cert_keyring_t *ring, cert_db_t db, cert_str_t key,
    cert_str_t value, cert_str_t *payload);

/* The key id in a stored record; 0 if it is too short to have one. */
uint8_t cert_seal_key(cert_str_t value);


#endif /* CERT_SEAL_INT_H_INCLUDED */
