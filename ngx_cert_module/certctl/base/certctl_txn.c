/*
 * Copyright (C) the ngx_cert authors
 *
 * Changes are kept as they were applied, with their time and nonce, and what
 * they point to.  To give each command a way to begin its batch again was
 * rejected: an import would have to read a pipe twice, and take back what it
 * refused and counted.
 *
 * While the map grows there is no writer lock, so others may commit.  Changes
 * stand on their own, and one that is refused then ends the command, as do
 * changes that were made from what there was: nothing of the transaction was
 * done, and nothing was said about it yet.
 *
 * Making the map large before each batch was rejected, too.  How many pages a
 * batch may touch is LMDB's to know, a bound that is safe is larger than the
 * maps that operators ask for, and a guess that is too small would still need
 * all this.
 */


#include <stdlib.h>

#include "cert_mark.h"
#include "cert_read.h"
#include "certctl_home.h"
#include "certctl_kept.h"
#include "certctl_output.h"
#include "certctl_txn.h"


/* Bytes that are kept; below it a batch is as long as its command likes. */
#define CERTCTL_TXN_LARGE  (64 * 1024 * 1024)

/* The journal cannot be read: then nothing can be said of other writers. */
#define CERTCTL_TXN_UNKNOWN  UINT64_MAX

struct certctl_txn_s {
    certctl_t       *ctl;
    cert_txn_t      *txn;           /* NULL: it cannot go on */
    int              is_relying;    /* made from what there was */
    uint64_t         journal;       /* its last entry, if so */
    certctl_kept_t  *kept;          /* all changes that it has made */
};


static void certctl_txn_mark(certctl_t *ctl);
static cert_err_t certctl_txn_again(certctl_txn_t *txn);
static cert_err_t certctl_txn_replay(certctl_txn_t *txn);
static uint64_t certctl_txn_journal(certctl_t *ctl);


int
certctl_txn_begin(certctl_t *ctl, certctl_txn_t **txnp)
{
    cert_err_t      err;
    cert_time_t     clock;
    cert_reason_t   reason;
    certctl_txn_t  *txn;

    *txnp = NULL;

    txn = calloc(1, sizeof(certctl_txn_t));
    if (txn == NULL) {
        return certctl_error(ctl, CERT_NO_MEMORY, "out of memory");
    }

    txn->ctl = ctl;
    txn->kept = certctl_kept_create();

    if (txn->kept == NULL) {
        free(txn);
        return certctl_error(ctl, CERT_NO_MEMORY, "out of memory");
    }

    err = cert_txn_begin(&txn->txn, ctl->store, &reason);

    if (err != CERT_OK) {
        certctl_txn_abort(txn);
        return certctl_error(ctl, err, "cannot write: %s", reason.text);
    }

    /* Under the writer lock, so times are in the order of commits. */

    clock = certctl_home_clock();

    if (ctl->at == NULL && clock > ctl->now) {
        ctl->now = clock;
    }

    *txnp = txn;

    return 0;
}


/* What was refused, or changed nothing, need not be done again. */
cert_err_t
certctl_txn_apply(certctl_txn_t *txn, const cert_change_t *change,
    cert_outcome_t *outcome)
{
    cert_err_t  err;

    memset(outcome, 0, sizeof(cert_outcome_t));

    if (txn->txn == NULL) {
        return CERT_SYSTEM;
    }

    if (certctl_kept_reserve(txn->kept, change) != 0) {
        return CERT_NO_MEMORY;
    }

    if (change->type == CERT_CHANGE_POLICY) {
        certctl_txn_rely(txn);
    }

    err = cert_change_execute(txn->txn, change, outcome);

    while (err == CERT_MAP_FULL) {
        err = certctl_txn_again(txn);

        if (err == CERT_OK) {
            err = cert_change_execute(txn->txn, change, outcome);
        }
    }

    if (err == CERT_OK && !outcome->is_unchanged) {
        certctl_kept_add(txn->kept, change);
    }

    return err;
}


/* Noted while the lock is held: a commit that meets a full map gives it up. */
void
certctl_txn_rely(certctl_txn_t *txn)
{
    if (!txn->is_relying) {
        txn->is_relying = 1;
        txn->journal = certctl_txn_journal(txn->ctl);
    }
}


size_t
certctl_txn_count(const certctl_txn_t *txn)
{
    return txn->txn != NULL ? cert_txn_count(txn->txn) : 0;
}


/*
 * After a failure of the disk the outcome is not known: the library says so in
 * its reason, and the operator has to look.
 */
int
certctl_txn_commit(certctl_t *ctl, certctl_txn_t *txn)
{
    cert_err_t     err;
    cert_txn_t    *inner;
    cert_reason_t  reason;

    do {
        inner = txn->txn;
        txn->txn = NULL;
        err = cert_txn_commit(inner, &reason);

        if (err != CERT_MAP_FULL) {
            break;
        }

        err = certctl_txn_again(txn);
        cert_reason_set(&reason, "the map cannot grow: %s",
                        cert_err_name(err));

    } while (err == CERT_OK);

    certctl_txn_abort(txn);

    if (err != CERT_OK) {
        return certctl_error(ctl, err, "cannot commit: %s", reason.text);
    }

    certctl_txn_mark(ctl);

    return 0;
}


/* What was done is done, and only an older store would go unnoticed. */
static void
certctl_txn_mark(certctl_t *ctl)
{
    cert_reason_t  reason;

    if (cert_mark_error(ctl->store) != 0 && !ctl->is_told_mark) {
        ctl->is_told_mark = 1;
        cert_mark_error_reason(ctl->store, &reason);
        fprintf(stderr, "certctl: warning: %s\n", reason.text);
    }
}


void
certctl_txn_abort(certctl_txn_t *txn)
{
    if (txn == NULL) {
        return;
    }

    cert_txn_abort(txn->txn);
    certctl_kept_destroy(txn->kept);
    free(txn);
}


int
certctl_txn_end(certctl_t *ctl, certctl_txn_t *txn, int status)
{
    if (status == 0) {
        return certctl_txn_commit(ctl, txn);
    }

    certctl_txn_abort(txn);

    return status;
}


int
certctl_txn_is_large(const certctl_txn_t *txn)
{
    return txn != NULL && certctl_kept_size(txn->kept) >= CERTCTL_TXN_LARGE;
}


/* In a larger map, with all that was applied before. */
static cert_err_t
certctl_txn_again(certctl_txn_t *txn)
{
    cert_err_t  err;

    do {
        cert_txn_abort(txn->txn);
        txn->txn = NULL;

        err = cert_store_grow(txn->ctl->store, NULL);

        if (err == CERT_OK) {
            err = cert_txn_begin(&txn->txn, txn->ctl->store, NULL);
        }

        if (err == CERT_OK && txn->is_relying
            && (txn->journal == CERTCTL_TXN_UNKNOWN
                || certctl_txn_journal(txn->ctl) != txn->journal))
        {
            return CERT_BUSY;
        }

        if (err == CERT_OK) {
            err = certctl_txn_replay(txn);
        }

    } while (err == CERT_MAP_FULL);

    return err;
}


static cert_err_t
certctl_txn_replay(certctl_txn_t *txn)
{
    cert_err_t            err;
    cert_outcome_t        outcome;
    const cert_change_t  *change;
    certctl_kept_walk_t   walk;

    memset(&walk, 0, sizeof(walk));
    err = CERT_OK;

    while (err == CERT_OK
           && (change = certctl_kept_next(txn->kept, &walk)) != NULL)
    {
        err = cert_change_execute(txn->txn, change, &outcome);
    }

    explicit_bzero(&walk, sizeof(walk));

    return err == CERT_REFUSED ? CERT_BUSY : err;
}


/* The last entry that is committed. */
static uint64_t
certctl_txn_journal(certctl_t *ctl)
{
    cert_store_stat_t  stat;

    return cert_read_stat(ctl->reader, &stat) == CERT_OK
           ? stat.journal : CERTCTL_TXN_UNKNOWN;
}
