/*
 * Copyright (C) the ngx_cert authors
 *
 * The store in a process of many threads.
 *
 * Threads that read take a reader (certd_readers.h); the writer has the handle
 * itself.  What needs all readers back (to grow the map, to open the store
 * again after an I/O error, to read changed keyrings) is done by the writer's
 * thread alone, between two transactions; a thread that asks for a reader then
 * waits.
 */


#ifndef CERTD_STORE_H_INCLUDED
#define CERTD_STORE_H_INCLUDED


#include "certd_readers.h"


/*
 * Reads the keyrings and opens the store for writing.
 *
 *     CERT_OK
 *     CERT_NO_KEY  the private keyring is missing
 *
 * and the errors of cert_keyring_read() and cert_store_open(), with a reason.
 */
cert_err_t certd_store_open(certd_store_t **store,
    const certd_options_t *options, cert_reason_t *reason);

/* All readers must have been given back.  NULL is allowed. */
void certd_store_close(certd_store_t *store);

/*
 * The rest is for the writer's thread.
 *
 * Begin waits for the writer lock as long as another process holds it.  The
 * keys are held as well until the end, so that none is retired between sealing
 * and commit, and read again if they changed.  Errors as cert_txn_begin(), and
 * CERT_BUSY while a command is changing the keys.
 */
cert_err_t certd_store_begin(certd_store_t *store, cert_txn_t **txn,
    cert_reason_t *reason);
cert_err_t certd_store_commit(certd_store_t *store, cert_txn_t *txn,
    cert_reason_t *reason);
void certd_store_abort(certd_store_t *store, cert_txn_t *txn);

/*
 * After an error: grows a map that is full, or opens the store again if LMDB
 * does not recover by itself.  CERT_OK: try again now; CERT_BUSY: later.
 */
cert_err_t certd_store_mend(certd_store_t *store, cert_err_t err,
    cert_reason_t *reason);

/*
 * Once a second: frees slots of readers that died, notices files that were
 * replaced, reads changed keyrings, and tries again what failed.
 */
void certd_store_tend(certd_store_t *store);

/* From any thread: the keyrings are read again at the next tend. */
void certd_store_reload(certd_store_t *store);


#endif /* CERTD_STORE_H_INCLUDED */
