/*
 * Copyright (C) the ngx_cert authors
 *
 * Write transactions.
 *
 * A commit waits for the disk (0.1 to 8 ms, whatever is in it), so a program
 * with many changes puts them into one transaction.  There is one writer at a
 * time among all processes: keep transactions short.
 */


#ifndef CERT_TXN_H_INCLUDED
#define CERT_TXN_H_INCLUDED


#include "cert_store.h"


typedef struct cert_txn_s  cert_txn_t;


/*
 * Begins a write transaction; waits for the writer lock, so never call it on
 * an event loop.  Must be ended in the same thread, by commit or abort, and
 * before the store is closed.  On an error "txn" is NULL and no lock is held.
 *
 *     CERT_OK
 *     CERT_INVALID    the store was opened for reading
 *     CERT_BAD_STORE  the files were removed, replaced or cut
 *     CERT_NO_KEY     the head is sealed under a key not held here
 *     CERT_CORRUPT    the head or the policy does not verify
 *     CERT_MAP_FULL   the store outgrew the map of this process, and handles
 *                     are shared: cert_store_grow(), then try again
 *     CERT_NO_MEMORY
 *     CERT_SYSTEM     LMDB failed; MDB_PANIC: close the store and open it
 */
cert_err_t cert_txn_begin(cert_txn_t **txn, cert_store_t *store,
    cert_reason_t *reason);

/*
 * Ends the transaction; "txn" is gone whatever is returned, and must not be
 * aborted after it.
 *
 *     CERT_OK         it is on disk: answer the clients that wait now, not
 *                     earlier
 *     CERT_NO_KEY     the head cannot be sealed; nothing was changed
 *     CERT_BAD_STORE  the store, or its lock file, was removed or replaced
 *                     while the transaction was open; nothing was changed in
 *                     what lies there now
 *     CERT_FULL       the disk is full; nothing was changed
 *     CERT_MAP_FULL   the map is; nothing was changed: grow, and all again
 *     CERT_CORRUPT    a page of the store is damaged; nothing was changed
 *     CERT_NO_MEMORY  nothing was changed
 *     CERT_SYSTEM     the outcome is unknown, as after any I/O error: ask the
 *                     store before repeating what is not safe to repeat;
 *                     after a change that failed half done nothing was changed
 *
 * Abort drops all its changes; NULL is allowed.
 */
cert_err_t cert_txn_commit(cert_txn_t *txn, cert_reason_t *reason);
void cert_txn_abort(cert_txn_t *txn);

/* How many changes it holds, without those refused and those unchanged. */
size_t cert_txn_count(const cert_txn_t *txn);


#endif /* CERT_TXN_H_INCLUDED */
