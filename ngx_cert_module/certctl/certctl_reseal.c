/*
 * Copyright (C) the ngx_cert authors
 *
 * Re-sealing after a rotation of the record, match or personal key.
 *
 * Certificates go by number; each takes its copies, photo and index entries
 * along (CERT_CHANGE_RESEAL).  What is under the active keys already is not
 * changed, so a run that was cut short is simply repeated.  Transactions are
 * short: others write in between.
 *
 * Re-sealing in the background of other commands was rejected: it would be done
 * some day, and nobody could say which one, while "keys retire" needs to know.
 *
 * Certificates that are added meanwhile need no second look: they are sealed
 * under the new key from the start.
 */


#include "certctl_change.h"
#include "certctl_progress.h"
#include "certctl_reseal.h"


/* Certificates in one commit: others write between two. */
#define CERTCTL_RESEAL_BATCH  500

typedef struct {
    size_t  n;
    size_t  len[CERTCTL_RESEAL_BATCH];
    char    number[CERTCTL_RESEAL_BATCH][CERT_NUMBER_MAX];
} certctl_reseal_batch_t;


static cert_err_t certctl_reseal_collect(void *data,
    const cert_certificate_t *certificate);
static int certctl_reseal_all(certctl_t *ctl, uint64_t all,
    certctl_progress_t *progress, uint64_t *changed);
static int certctl_reseal_batch(certctl_t *ctl,
    const certctl_reseal_batch_t *batch, uint64_t *changed);
static int certctl_reseal_one(certctl_t *ctl, certctl_txn_t *txn,
    cert_str_t number, uint64_t *changed);


int
certctl_reseal(certctl_t *ctl, uint64_t *changed)
{
    int                      status;
    cert_err_t               err;
    cert_store_stat_t        stat;
    certctl_progress_t       progress;
    certctl_reseal_batch_t   batch;

    err = cert_read_stat(ctl->reader, &stat);
    if (err != CERT_OK) {
        return certctl_error(ctl, err, "cannot read the head of the store: "
                             "%s", cert_err_name(err));
    }

    *changed = 0;

    /* An empty number stands for what belongs to no certificate. */

    batch.n = 1;
    batch.len[0] = 0;

    status = certctl_reseal_batch(ctl, &batch, changed);
    if (status != 0) {
        return status;
    }

    *changed = 0;

    certctl_progress_begin(&progress, "certificates");
    status = certctl_reseal_all(ctl, stat.certificates, &progress, changed);
    certctl_progress_end(&progress);

    return status;
}


/* Numbers are gathered first: a list must not be changed while it is read. */

static int
certctl_reseal_all(certctl_t *ctl, uint64_t all,
    certctl_progress_t *progress, uint64_t *changed)
{
    int                      status;
    uint64_t                 done;
    cert_err_t               err;
    cert_position_t          after;
    certctl_reseal_batch_t   batch;

    after.len = 0;
    done = 0;

    do {
        batch.n = 0;

        err = cert_list_certificates(ctl->reader, &after,
                                     CERTCTL_RESEAL_BATCH,
                                     certctl_reseal_collect, &batch);

        if (err != CERT_OK && err != CERT_NOT_FOUND) {
            return certctl_error(ctl, err, "cannot list certificates: %s",
                                 cert_err_name(err));
        }

        status = certctl_reseal_batch(ctl, &batch, changed);
        if (status != 0) {
            return status;
        }

        done += batch.n;
        certctl_progress_update(progress, done, done, all);

    } while (err == CERT_OK);

    return 0;
}


/* The number is copied: the record goes with its snapshot. */

static cert_err_t
certctl_reseal_collect(void *data, const cert_certificate_t *certificate)
{
    certctl_reseal_batch_t  *batch = data;

    batch->len[batch->n] = certificate->facts.number.len;
    memcpy(batch->number[batch->n], certificate->facts.number.data,
           certificate->facts.number.len);
    batch->n++;

    return CERT_OK;
}


/* One change a certificate, one transaction a batch. */

static int
certctl_reseal_batch(certctl_t *ctl, const certctl_reseal_batch_t *batch,
    uint64_t *changed)
{
    int             status;
    size_t          i;
    cert_str_t      number;
    certctl_txn_t  *txn;

    if (batch->n == 0) {
        return 0;
    }

    status = certctl_begin(ctl, &txn);
    if (status != 0) {
        return status;
    }

    for (i = 0; i < batch->n; i++) {
        number.data = (const uint8_t *) batch->number[i];
        number.len = batch->len[i];

        status = certctl_reseal_one(ctl, txn, number, changed);
        if (status != 0) {
            certctl_abort(txn);
            return status;
        }
    }

    return certctl_commit(ctl, txn);
}


/* What was under the active keys already is not counted. */

static int
certctl_reseal_one(certctl_t *ctl, certctl_txn_t *txn, cert_str_t number,
    uint64_t *changed)
{
    int             status;
    cert_err_t      err;
    cert_change_t   change;
    cert_outcome_t  outcome;

    status = certctl_change_init(ctl, &change, CERT_CHANGE_RESEAL);
    if (status != 0) {
        return status;
    }

    change.u.reseal.number = number;

    err = certctl_apply(txn, &change, &outcome);

    if (err == CERT_OK) {
        *changed += !outcome.is_unchanged;
    }

    return certctl_change_report(ctl, err, &outcome,
                                 "cannot re-seal a certificate");
}
