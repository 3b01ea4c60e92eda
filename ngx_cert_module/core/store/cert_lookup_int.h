/*
 * Copyright (C) the ngx_cert authors
 *
 * Look-ups inside a snapshot or a write transaction.  Private to core/.
 *
 * What they give points into the map: it is gone with the transaction, and in a
 * write transaction with the next write.  The errors are, unless told
 * otherwise, CERT_NOT_FOUND, CERT_CORRUPT (what is stored does not verify),
 * CERT_NO_KEY (sealed under a key that is not held) and those of LMDB.
 */


#ifndef CERT_LOOKUP_INT_H_INCLUDED
#define CERT_LOOKUP_INT_H_INCLUDED


#include "cert_holder_record_int.h"
#include "cert_store_int.h"


/* The bytes as they are: nothing is verified. */
cert_err_t cert_lookup_raw(cert_store_t *store, MDB_txn *txn, cert_db_t db,
    cert_str_t key, cert_str_t *value);

/* Verifies the record of "key"; that there is none is not proved. */
cert_err_t cert_lookup_record(cert_store_t *store, MDB_txn *txn, cert_db_t db,
    cert_str_t key, cert_str_t *payload);

/* Verifies the record of "key", or proves that there is none. */
cert_err_t cert_lookup_certain(cert_store_t *store, MDB_txn *txn,
    cert_db_t db, cert_str_t key, cert_str_t *payload);

/*
 * Proves that "key" is not in "db", as CERT_NOT_FOUND: what stands on both
 * sides of its place is in order and verifies.  A key damaged in one bit still
 * stands there, and a damaged branch leads elsewhere: CERT_CORRUPT.
 */
cert_err_t cert_lookup_absent(cert_store_t *store, MDB_txn *txn, cert_db_t db,
    cert_str_t key);

/* The same, and the key behind the place, which was verified; len 0: none. */
cert_err_t cert_lookup_gap(cert_store_t *store, MDB_txn *txn, cert_db_t db,
    cert_str_t key, cert_str_t *next);

/*
 * Verifies the record of "key" or, where there is none, that of the next key,
 * or the last one; "at" is its key, and points into the map like the payload.
 * CERT_NOT_FOUND: the database is empty.
 */
cert_err_t cert_lookup_nearest(cert_store_t *store, MDB_txn *txn,
    cert_db_t db, cert_str_t key, cert_str_t *at, cert_str_t *payload);

/* As LMDB orders keys: bytes first, then length; below, at or above 0. */
int cert_key_compare(cert_str_t a, cert_str_t b);

/* A certificate and an annotation: that there is none is not proved. */
cert_err_t cert_lookup_certificate(cert_store_t *store, MDB_txn *txn,
    cert_str_t number, cert_certificate_t *certificate,
    cert_hidden_t *hidden);
cert_err_t cert_lookup_annotation(cert_store_t *store, MDB_txn *txn,
    const cert_code_t *code, cert_annotation_t *annotation,
    cert_certificate_t *certificate);

/*
 * The number of a certificate as it is printed, by any spelling of it: the same
 * bytes if there are such, else the only one of the same match form.  That
 * there is none, or that there are several, is not proved: CERT_NOT_FOUND.
 */
cert_err_t cert_lookup_number(cert_store_t *store, MDB_txn *txn,
    cert_str_t spelling, cert_text_t *number);

/*
 * An account and a session: that there is none is proved.  An account is found
 * by its links, too, and is still without its login.
 */
cert_err_t cert_lookup_account(cert_store_t *store, MDB_txn *txn,
    const cert_holder_t *holder, cert_account_t *account,
    cert_login_t *login);
cert_err_t cert_lookup_session(cert_store_t *store, MDB_txn *txn,
    const uint8_t digest[CERT_SHA256_SIZE], cert_session_t *session);

/*
 * Whose a certificate is, by its own person; that there is none is not proved.
 * CERT_NO_KEY: needs "personal" and "lookup".
 */
cert_err_t cert_lookup_owner(cert_store_t *store, MDB_txn *txn,
    cert_str_t number, cert_holder_t *holder);

/*
 * Verifies an entry of CERT_DB_HOLDER_CERTIFICATE, which has no seal, by the
 * certificate it lists; "number" is a part of "key".
 */
cert_err_t cert_lookup_owned(cert_store_t *store, MDB_txn *txn, cert_str_t key,
    cert_str_t value, cert_str_t *number);

/* Index keys: number, 0, applied, code; and time, code. */
size_t cert_annotation_key(uint8_t *key, cert_str_t number,
    cert_time_t applied, const cert_code_t *code);
void cert_timed_key(uint8_t key[CERT_TIMED_SIZE], cert_time_t time,
    const cert_code_t *code);


#endif /* CERT_LOOKUP_INT_H_INCLUDED */
