/*
 * Copyright (C) the ngx_cert authors
 *
 * Write transactions of certctl: those of the library, in a map that grows.
 *
 * A map that is full undoes a transaction, and only a commit in a larger one
 * makes the store larger.  So the changes of a transaction are kept until it
 * ends: when one does not fit, the map grows and they are all applied again,
 * unnoticed by the caller.
 */


#ifndef CERTCTL_TXN_H_INCLUDED
#define CERTCTL_TXN_H_INCLUDED


#include "cert_change.h"
#include "certctl.h"


typedef struct certctl_txn_s  certctl_txn_t;


/*
 * Begins a transaction, waiting for other writers, and moves ctl->now on with
 * the clock.  The caller commits or aborts it, and makes no change within a
 * list of ctl->reader; after a failure there is none.
 */
int certctl_txn_begin(certctl_t *ctl, certctl_txn_t **txn);

/*
 * Executes a change, and keeps a copy of it; errors as of
 * cert_change_execute().
 *
 *     CERT_FULL  as well: there is no address space for a larger map
 *     CERT_BUSY  another process wrote while the map grew, and what was
 *                applied before is void, or was made from what there was
 *                (certctl_txn_rely()); abort
 */
cert_err_t certctl_txn_apply(certctl_txn_t *txn, const cert_change_t *change,
    cert_outcome_t *outcome);

/*
 * To be called behind begin: the changes depend on what the caller reads within
 * the transaction, so they do not stand where another process wrote since.
 */
void certctl_txn_rely(certctl_txn_t *txn);

/* Entries that the transaction adds to the journal so far. */
size_t certctl_txn_count(const certctl_txn_t *txn);

/* Ends "txn" in any case; on a failure nothing of it can be relied on. */
int certctl_txn_commit(certctl_t *ctl, certctl_txn_t *txn);

/* Drops all its changes; NULL is allowed. */
void certctl_txn_abort(certctl_txn_t *txn);

/* Commits if "status" is 0, else drops all and returns "status". */
int certctl_txn_end(certctl_t *ctl, certctl_txn_t *txn, int status);

/* True if so much is kept that it should be committed soon; NULL is allowed. */
int certctl_txn_is_large(const certctl_txn_t *txn);


#endif /* CERTCTL_TXN_H_INCLUDED */
