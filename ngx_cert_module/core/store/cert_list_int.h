/*
 * Copyright (C) the ngx_cert authors
 *
 * Walks inside a snapshot or a write transaction, and what all lists of a store
 * have in common.  Private to core/.
 *
 * Errors and lifetimes as in cert_lookup_int.h.
 */


#ifndef CERT_LIST_INT_H_INCLUDED
#define CERT_LIST_INT_H_INCLUDED


#include "cert_holder_read.h"
#include "cert_store_int.h"


/*
 * One entry; both point into the map.  CERT_OK goes on, anything else ends the
 * walk.  In a write transaction a visitor may put into other databases, and in
 * place into this one; its "key" and "value" are gone with the first put.
 */
typedef cert_err_t (*cert_visit_pt)(void *data, cert_str_t key,
    cert_str_t value);

/*
 * Visits the keys of "db" after "from" (empty: from the first) that start with
 * "prefix", in order.  Nothing is verified.  Never returns CERT_OK:
 *
 *     CERT_NOT_FOUND  all were visited
 *     CERT_CORRUPT    an entry leads outside of the map
 *
 * else what ended it: an error of LMDB, or what "visit" returned.
 */
cert_err_t cert_walk(cert_store_t *store, MDB_txn *txn, cert_db_t db,
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

cert_err_t cert_walk_annotations(cert_store_t *store, MDB_txn *txn,
    cert_str_t number, cert_annotation_visit_pt visit, void *data);


/* What the visitors of a list carry from key to key. */
typedef struct {
    cert_reader_t               *reader;
    cert_position_t             *after;
    size_t                       left;      /* calls left in this page */
    size_t                       skip;      /* bytes of key before the time */
    cert_time_t                  until;
    const cert_holder_t         *holder;
    cert_each_certificate_pt     certificate;
    cert_each_qualification_pt   qualification;
    cert_each_code_pt            code;
    cert_each_number_pt          number;
    cert_each_account_pt         account;
    cert_each_session_pt         session;
    void                        *data;
} cert_list_t;


/* One page: a snapshot, a walk, and the snapshot ended whatever happened. */
cert_err_t cert_list_walk(cert_list_t *list, cert_db_t db, cert_str_t prefix,
    size_t limit, cert_visit_pt visit);

/* Ends a visit: where it got to, and whether the page is full. */
cert_err_t cert_list_step(cert_list_t *list, cert_str_t key, cert_err_t err);


#endif /* CERT_LIST_INT_H_INCLUDED */
