/*
 * Copyright (C) the ngx_cert authors
 *
 * The store in a process of many threads.
 *
 * A keyring belongs to one thread at a time, so each thread that reads takes
 * a view, which has a keyring and a reader of its own, for as long as one
 * request needs it, and gives it back.  The writer has the handle itself.
 *
 * What needs all views back (to grow the map, to open the store again after
 * an I/O error, to read changed keyrings) is done by the writer's thread
 * alone, in between two transactions; who asks for a view then waits.
 */


#ifndef CERTD_STORE_H_INCLUDED
#define CERTD_STORE_H_INCLUDED


#include "certd.h"


/* For one thread at a time, from take to give. */
typedef struct {
    cert_keyring_t  *ring;
    cert_reader_t   *reader;
} certd_view_t;


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

/* All views must have been given back.  NULL is allowed. */
void certd_store_close(certd_store_t *store);

/*
 * A view, waited for up to two seconds; NULL: none is free, or the store
 * cannot be opened just now: answer 503.  Give it back before anything that
 * waits (a write, a hash), or the writer could wait for you.
 */
certd_view_t *certd_view_take(certd_store_t *store);
void certd_view_give(certd_store_t *store, certd_view_t *view);

/*
 * The rest is for the writer's thread.
 *
 * Begin waits for the writer lock as long as somebody holds it.  The keys are
 * held as well until the end, so that none is retired between sealing and
 * commit, and read anew if they changed.  Errors as cert_txn_begin(), and
 * CERT_BUSY when a command is changing the keys right now.
 */
cert_err_t certd_store_begin(certd_store_t *store, cert_txn_t **txn,
    cert_reason_t *reason);
cert_err_t certd_store_commit(certd_store_t *store, cert_txn_t *txn,
    cert_reason_t *reason);
void certd_store_abort(certd_store_t *store, cert_txn_t *txn);

/*
 * After an error: grows a map that is full, opens the store again after what
 * LMDB does not recover from.  CERT_OK: try again now; CERT_BUSY: later.
 */
cert_err_t certd_store_mend(certd_store_t *store, cert_err_t err,
    cert_reason_t *reason);

/*
 * Once a second: frees slots of readers that died, notices files that were
 * replaced, reads changed keyrings, and tries again what failed.
 */
void certd_store_tend(certd_store_t *store);

/* From any thread: the keyrings are read anew at the next tend. */
void certd_store_reload(certd_store_t *store);


#endif /* CERTD_STORE_H_INCLUDED */
