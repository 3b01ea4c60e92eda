/*
 * Copyright (C) the ngx_cert authors
 *
 * Reading inside a snapshot or a write transaction: values, records and
 * walks.  Private to core/.
 *
 * What they give points into the map: it is gone with the transaction, and in
 * a write transaction with the next write.  Unless told otherwise the errors
 * are CERT_NOT_FOUND, CERT_CORRUPT (what is stored does not prove itself),
 * CERT_NO_KEY (sealed under a key that is not held) and those of LMDB.
 */


#ifndef CERT_READ_INT_H_INCLUDED
#define CERT_READ_INT_H_INCLUDED


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

/* Index keys: number, 0, applied, code; and time, code. */
size_t cert_annotation_key(uint8_t *key, cert_str_t number,
    cert_time_t applied, const cert_code_t *code);
void cert_timed_key(uint8_t key[CERT_TIMED_SIZE], cert_time_t time,
    const cert_code_t *code);

/*
 * Visits the keys of "db" after "from" (empty: from the first) that start
 * with "prefix", in order.  "visit" returns CERT_OK to go on; anything else
 * ends the walk and is returned, CERT_NOT_FOUND if the keys ran out.
 */
typedef cert_err_t (*cert_visit_pt)(void *data, cert_str_t key,
    cert_str_t value);

cert_err_t cert_store_walk(cert_store_t *store, MDB_txn *txn, cert_db_t db,
    cert_str_t prefix, cert_str_t from, cert_visit_pt visit, void *data);

/* What all keys of a certificate's annotations start with: number, 0. */
cert_str_t cert_annotation_prefix(uint8_t prefix[CERT_NUMBER_MAX + 1],
    cert_str_t number);

/*
 * Visits the annotations of a certificate, oldest first; "visit" may rewrite
 * the one it is given and may be NULL.  CERT_OK when all were visited;
 * CERT_CORRUPT where the index leads nowhere, to another certificate's, or to
 * fewer or more than the certificate says; else what "visit" returned.
 */
typedef cert_err_t (*cert_annotation_visit_pt)(void *data,
    const cert_annotation_t *annotation);

cert_err_t cert_txn_annotations(cert_store_t *store, MDB_txn *txn,
    cert_str_t number, cert_annotation_visit_pt visit, void *data);


#endif /* CERT_READ_INT_H_INCLUDED */
