/*
 * Copyright (C) the ngx_cert authors
 *
 * A whole-store check on its way, as its visitors get it.  Private to core/.
 */


#ifndef CERT_FSCK_FIND_INT_H_INCLUDED
#define CERT_FSCK_FIND_INT_H_INCLUDED


#include "cert_fsck.h"
#include "cert_store_int.h"


typedef struct {
    cert_reader_t             *reader;
    cert_store_t              *store;
    MDB_txn                   *txn;
    cert_db_t                  db;          /* the one being walked */
    const cert_fsck_calls_t   *calls;
    cert_fsck_totals_t        *totals;
    uint64_t                   done;        /* entries walked */
    uint64_t                   all;         /* entries there are */
} cert_fsck_t;


/* Reports one thing that is wrong with "key" of the database walked. */
void cert_fsck_find(cert_fsck_t *fsck, cert_str_t key, const char *what);

/*
 * Expects "key" in "db" with the value "value", or without a look at the
 * value when that is NULL; reports "what" about "of" if it is not so.
 */
void cert_fsck_expect(cert_fsck_t *fsck, cert_str_t of, cert_db_t db,
    cert_str_t key, const cert_str_t *value, const char *what);

/* Verifies a record; reports it and returns NULL if it does not verify. */
const cert_str_t *cert_fsck_unseal(cert_fsck_t *fsck, cert_str_t key,
    cert_str_t value, cert_str_t *payload);


#endif /* CERT_FSCK_FIND_INT_H_INCLUDED */
