/*
 * Copyright (C) the ngx_cert authors
 *
 * How records are laid out and sealed.  Private to core/.
 *
 * A stored record is its payload, the id of the "record" key, and a tag: the
 * first 16 bytes of an HMAC-SHA-256 over database, key and payload.  So a
 * flipped bit, a record moved to another key or a forged one does not prove.
 * A tag of HMAC needs no nonce that could be misused.
 */


#ifndef CERT_RECORD_INT_H_INCLUDED
#define CERT_RECORD_INT_H_INCLUDED


#include "cert_bytes_int.h"
#include "cert_crypto_int.h"
#include "cert_holder.h"


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
    CERT_DBS
} cert_db_t;

#define CERT_RECORD_FORMAT   1
#define CERT_SEAL_SIZE       (1 + CERT_TAG_SIZE)

/* What a tag or a keyed digest is over starts with what it is for. */
#define CERT_LABEL_RECORD    0x01
#define CERT_LABEL_MATCH     0x02
#define CERT_LABEL_HOLDER    0x03
#define CERT_LABEL_USERNAME  0x04

/* Of "person" when encrypted: texts with lengths, type and date, tag. */
#define CERT_PERSONAL_MAX                                                     \
    (CERT_NAME_MAX + CERT_ID_NUMBER_MAX + CERT_TEXT_MAX + 8                   \
     + CERT_GCM_TAG_SIZE)

/*
 * The parts of a certificate record beside its facts: what a change carries
 * over when it rewrites the facts without the private keys.
 */
typedef struct {
    uint32_t    annotations;    /* how many the index must lead to */
    uint8_t     match_key;
    uint8_t     match[CERT_SHA256_SIZE];
    uint8_t     personal_key;
    uint8_t     nonce[CERT_NONCE_SIZE];
    cert_str_t  personal;       /* ciphertext and its tag */
} cert_hidden_t;


/*
 * Appends key id and tag to the payload in "w".  CERT_NO_KEY; CERT_INVALID:
 * no room, or the writer overflowed before.
 */
cert_err_t cert_seal(cert_keyring_t *ring, cert_db_t db, cert_str_t key,
    cert_writer_t *w);

/*
 * Proves a stored record and gives its payload, a part of "value".
 * CERT_CORRUPT: it does not prove; CERT_NO_KEY; CERT_SYSTEM.
 */
cert_err_t cert_unseal(cert_keyring_t *ring, cert_db_t db, cert_str_t key,
    cert_str_t value, cert_str_t *payload);

/* The key id in a stored record; 0 if it is too short to have one. */
uint8_t cert_seal_key(cert_str_t value);

void cert_facts_encode(cert_writer_t *w, const cert_facts_t *facts);

void cert_certificate_encode(cert_writer_t *w, const cert_facts_t *facts,
    int has_photo, const cert_hidden_t *hidden);

/*
 * Copies the payload into certificate->bytes and reads it; the personal part
 * stays hidden.  CERT_CORRUPT: not of this form.
 */
cert_err_t cert_certificate_decode(cert_certificate_t *certificate,
    cert_hidden_t *hidden, cert_str_t payload);

void cert_annotation_encode(cert_writer_t *w,
    const cert_annotation_t *annotation, const cert_facts_t *facts);
cert_err_t cert_annotation_decode(cert_annotation_t *annotation,
    cert_certificate_t *certificate, const cert_code_t *code,
    cert_str_t payload);

/* A stored photo; the parts point into the payload. */
typedef struct {
    uint8_t         personal_key;
    const uint8_t  *nonce;          /* CERT_NONCE_SIZE bytes */
    cert_str_t      sealed;         /* ciphertext and its tag */
} cert_photo_t;

/*
 * Takes a photo's payload apart without opening it.  CERT_CORRUPT: not of
 * this form, or longer than a photo may be.
 */
cert_err_t cert_photo_decode(cert_photo_t *photo, cert_str_t payload);

void cert_qualification_encode(cert_writer_t *w,
    const cert_qualification_t *qualification);
cert_err_t cert_qualification_decode(cert_qualification_t *qualification,
    cert_str_t name, cert_str_t payload);

/*
 * Encrypts and decrypts a person; "personal" backs hidden->personal and has
 * CERT_PERSONAL_MAX bytes.  The certificate's number is bound to it.
 */
cert_err_t cert_person_hide(cert_keyring_t *ring, cert_str_t number,
    const cert_person_t *person, cert_hidden_t *hidden, uint8_t *personal);
cert_err_t cert_person_reveal(cert_keyring_t *ring, cert_str_t number,
    const cert_hidden_t *hidden, cert_person_t *person);

/*
 * The digest of the three-way match, under key "*id" or the active one when
 * "*id" is 0.
 */
cert_err_t cert_match_digest(cert_keyring_t *ring, uint8_t *id,
    cert_str_t number, cert_str_t id_number, cert_str_t name,
    uint8_t digest[CERT_SHA256_SIZE]);


#endif /* CERT_RECORD_INT_H_INCLUDED */
