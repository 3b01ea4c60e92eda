/*
 * Copyright (C) the ngx_cert authors
 *
 * Look-ups inside a snapshot or a write transaction.  Private to core/.
 *
 * What they give points into the map: it is gone with the transaction, and in
 * a write transaction with the next write.  Unless told otherwise the errors
 * are CERT_NOT_FOUND, CERT_CORRUPT (what is stored does not prove itself),
 * CERT_NO_KEY (sealed under a key that is not held) and those of LMDB.
 */


#ifndef CERT_LOOKUP_INT_H_INCLUDED
#define CERT_LOOKUP_INT_H_INCLUDED


#include "cert_holder_record_int.h"
#include "cert_store_int.h"


/* Gets a value from the snapshot; CERT_NOT_FOUND. */
cert_err_t cert_store_get(cert_store_t *store, MDB_txn *txn, cert_db_t db,
    cert_str_t key, cert_str_t *value);

/*
 * CERT_NOT_FOUND if "key" is not in "db" for certain: what stands on both
 * sides of its place is in order and proves itself.  A key damaged in one bit
 * still stands there, and a damaged branch leads elsewhere: CERT_CORRUPT.
 */
cert_err_t cert_store_absent(cert_store_t *store, MDB_txn *txn, cert_db_t db,
    cert_str_t key);

/*
 * Gets and proves the record of "key" or, where there is none, that of the next
 * key, or the last one; "at" is its key, and points into the map like the
 * payload.  CERT_NOT_FOUND: there is no record at all.
 */
cert_err_t cert_store_nearest(cert_store_t *store, MDB_txn *txn, cert_db_t db,
    cert_str_t key, cert_str_t *at, cert_str_t *payload);

/* As LMDB orders keys: bytes first, then length; below, at or above 0. */
int cert_key_compare(cert_str_t a, cert_str_t b);

/* Gets and proves a record; the payload points into the map. */
cert_err_t cert_store_record(cert_store_t *store, MDB_txn *txn, cert_db_t db,
    cert_str_t key, cert_str_t *payload);

/* The same, and a miss is proved to be one. */
cert_err_t cert_store_find(cert_store_t *store, MDB_txn *txn, cert_db_t db,
    cert_str_t key, cert_str_t *payload);

/* Records inside a snapshot or a write transaction. */
cert_err_t cert_txn_certificate(cert_store_t *store, MDB_txn *txn,
    cert_str_t number, cert_certificate_t *certificate,
    cert_hidden_t *hidden);
cert_err_t cert_txn_annotation(cert_store_t *store, MDB_txn *txn,
    const cert_code_t *code, cert_annotation_t *annotation,
    cert_certificate_t *certificate);

/*
 * Of these a miss is proved.  An account is found by its links too, and still
 * without its login.
 */
cert_err_t cert_txn_account(cert_store_t *store, MDB_txn *txn,
    const cert_holder_t *holder, cert_account_t *account,
    cert_login_t *login);
cert_err_t cert_txn_session(cert_store_t *store, MDB_txn *txn,
    const uint8_t digest[CERT_SHA256_SIZE], cert_session_t *session);

/*
 * Whose a certificate is, by its own person; a miss is not proved.
 * CERT_NO_KEY: needs "personal" and "lookup".
 */
cert_err_t cert_txn_owner(cert_store_t *store, MDB_txn *txn,
    cert_str_t number, cert_holder_t *holder);

/*
 * Proves an entry of CERT_DB_HOLDER_CERTIFICATE, which has no seal, by the
 * certificate it lists; "number" is a part of "key".
 */
cert_err_t cert_txn_owned(cert_store_t *store, MDB_txn *txn, cert_str_t key,
    cert_str_t value, cert_str_t *number);

/* Index keys: number, 0, applied, code; and time, code. */
size_t cert_annotation_key(uint8_t *key, cert_str_t number,
    cert_time_t applied, const cert_code_t *code);
void cert_timed_key(uint8_t key[CERT_TIMED_SIZE], cert_time_t time,
    const cert_code_t *code);


#endif /* CERT_LOOKUP_INT_H_INCLUDED */
