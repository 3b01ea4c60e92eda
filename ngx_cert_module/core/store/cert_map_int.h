/*
 * Copyright (C) the ngx_cert authors
 *
 * Where the map of a store lies, and how it grows.  Private to core/.
 */


#ifndef CERT_MAP_INT_H_INCLUDED
#define CERT_MAP_INT_H_INCLUDED


#include "cert_store_int.h"


/*
 * Begins a transaction, or renews one that was reset, and repairs what it can:
 * a full reader table, a map that another process made larger.  Errors as of
 * cert_txn_begin() and the getters; "txn" is then as it was.
 */
cert_err_t cert_map_begin(cert_store_t *store, unsigned flags, MDB_txn **txn,
    cert_reason_t *reason);
cert_err_t cert_map_renew(cert_store_t *store, MDB_txn *txn);

/* CERT_MAP_FULL: handles are shared, and the store has a larger map by now. */
cert_err_t cert_map_check(cert_store_t *store, cert_reason_t *reason);

/*
 * Finds where the map is, unless that is known; to be called in every
 * transaction before cert_map_holds().
 */
cert_err_t cert_map_find(cert_store_t *store, MDB_txn *txn);


#endif /* CERT_MAP_INT_H_INCLUDED */
