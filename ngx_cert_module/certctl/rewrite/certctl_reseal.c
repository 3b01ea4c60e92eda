/*
 * Copyright (C) the ngx_cert authors
 *
 * Re-sealing after a rotation of the record, match or personal key.
 *
 * Certificates go by number and accounts by holder; each takes along the
 * records that belong to it (CERT_CHANGE_RESEAL), then comes what belongs to
 * none.  What is under the active keys already is not changed, so a run that
 * was cut short is simply repeated.  Transactions are short: other programs
 * write in between.
 *
 * Re-sealing in the background of other commands was rejected: it would be done
 * at some time, and nobody could say when, while "keys retire" needs to know.
 *
 * What is added meanwhile needs no second look: it is sealed under the new key
 * from the start.
 */


#include "cert_holder_read.h"
#include "cert_read.h"
#include "certctl_change.h"
#include "certctl_output.h"
#include "certctl_progress.h"
#include "certctl_reseal.h"


/* In one commit: other programs write between two. */
#define CERTCTL_RESEAL_BATCH  500

/* Accounts or certificates. */
typedef struct {
    int            is_accounts;
    size_t         n;
    size_t         len[CERTCTL_RESEAL_BATCH];
    char           number[CERTCTL_RESEAL_BATCH][CERT_NUMBER_MAX];
    cert_holder_t  holder[CERTCTL_RESEAL_BATCH];
} certctl_reseal_batch_t;


static int certctl_reseal_common(certctl_t *ctl);
static int certctl_reseal_all(certctl_t *ctl, int is_accounts, uint64_t all,
    uint64_t *changed);
static int certctl_reseal_run(certctl_t *ctl, certctl_reseal_batch_t *batch,
    uint64_t all, certctl_progress_t *progress, uint64_t *changed);
static cert_err_t certctl_reseal_list(certctl_t *ctl,
    cert_position_t *after, certctl_reseal_batch_t *batch);
static cert_err_t certctl_reseal_certificate(void *data,
    const cert_certificate_t *certificate);
static cert_err_t certctl_reseal_account(void *data,
    const cert_account_t *account);
static int certctl_reseal_batch(certctl_t *ctl,
    const certctl_reseal_batch_t *batch, uint64_t *changed);
static int certctl_reseal_one(certctl_t *ctl, certctl_txn_t *txn,
    cert_str_t number, const cert_holder_t *holder, uint64_t *changed);


int
certctl_reseal(certctl_t *ctl, uint64_t *changed)
{
    int                 status;
    uint64_t            accounts;
    cert_err_t          err;
    cert_store_stat_t   stat;

    err = cert_read_stat(ctl->reader, &stat);
    if (err != CERT_OK) {
        return certctl_error(ctl, err, "cannot read the head of the store: "
                             "%s", cert_err_name(err));
    }

    *changed = 0;
    accounts = 0;

    status = certctl_reseal_all(ctl, 1, 0, &accounts);

    if (status == 0) {
        status = certctl_reseal_common(ctl);
    }

    if (status == 0) {
        status = certctl_reseal_all(ctl, 0, stat.certificates, changed);
    }

    return status;
}


/* What was of accounts is done by then and only looked at. */
static int
certctl_reseal_common(certctl_t *ctl)
{
    int             status;
    cert_change_t   change;
    cert_outcome_t  outcome;

    outcome.next.len = 0;

    do {
        status = certctl_change_init(ctl, &change, CERT_CHANGE_RESEAL);
        if (status != 0) {
            return status;
        }

        change.u.reseal.part.after = outcome.next;
        change.u.reseal.part.limit = CERTCTL_RESEAL_BATCH;

        status = certctl_change_run(ctl, &change, &outcome,
                                    "cannot re-seal a record");

    } while (status == 0 && outcome.next.len != 0);

    return status;
}


static int
certctl_reseal_all(certctl_t *ctl, int is_accounts, uint64_t all,
    uint64_t *changed)
{
    int                      status;
    certctl_progress_t       progress;
    certctl_reseal_batch_t   batch;

    batch.is_accounts = is_accounts;

    certctl_progress_begin(&progress, is_accounts ? "accounts"
                                                  : "certificates");
    status = certctl_reseal_run(ctl, &batch, all, &progress, changed);
    certctl_progress_end(&progress);

    return status;
}


/* Names are gathered first: a list must not be changed while it is read. */
static int
certctl_reseal_run(certctl_t *ctl, certctl_reseal_batch_t *batch,
    uint64_t all, certctl_progress_t *progress, uint64_t *changed)
{
    int               status;
    uint64_t          done;
    cert_err_t        err;
    cert_position_t   after;

    after.len = 0;
    done = 0;

    do {
        err = certctl_reseal_list(ctl, &after, batch);

        if (err != CERT_OK && err != CERT_NOT_FOUND) {
            return certctl_error(ctl, err, "cannot list %s: %s",
                                 batch->is_accounts ? "accounts"
                                                    : "certificates",
                                 cert_err_name(err));
        }

        status = certctl_reseal_batch(ctl, batch, changed);
        if (status != 0) {
            return status;
        }

        done += batch->n;
        certctl_progress_update(progress, done, all ? done : 0, all);

    } while (err == CERT_OK);

    return 0;
}


static cert_err_t
certctl_reseal_list(certctl_t *ctl, cert_position_t *after,
    certctl_reseal_batch_t *batch)
{
    batch->n = 0;

    return batch->is_accounts
           ? cert_list_accounts(ctl->reader, after, CERTCTL_RESEAL_BATCH,
                                certctl_reseal_account, batch)
           : cert_list_certificates(ctl->reader, after, CERTCTL_RESEAL_BATCH,
                                    certctl_reseal_certificate, batch);
}


/* The number is copied: the record goes with its snapshot. */
static cert_err_t
certctl_reseal_certificate(void *data, const cert_certificate_t *certificate)
{
    certctl_reseal_batch_t  *batch = data;

    batch->len[batch->n] = certificate->facts.number.len;
    memcpy(batch->number[batch->n], certificate->facts.number.data,
           certificate->facts.number.len);
    batch->n++;

    return CERT_OK;
}


static cert_err_t
certctl_reseal_account(void *data, const cert_account_t *account)
{
    certctl_reseal_batch_t  *batch = data;

    batch->holder[batch->n++] = account->holder;

    return CERT_OK;
}


/* One change each, one transaction a batch. */
static int
certctl_reseal_batch(certctl_t *ctl, const certctl_reseal_batch_t *batch,
    uint64_t *changed)
{
    int                   status;
    size_t                i;
    cert_str_t            number;
    certctl_txn_t        *txn;
    const cert_holder_t  *holder;

    if (batch->n == 0) {
        return 0;
    }

    status = certctl_txn_begin(ctl, &txn);
    if (status != 0) {
        return status;
    }

    for (i = 0; status == 0 && i < batch->n; i++) {
        number.data = (const uint8_t *) batch->number[i];
        number.len = batch->is_accounts ? 0 : batch->len[i];
        holder = batch->is_accounts ? &batch->holder[i] : NULL;

        status = certctl_reseal_one(ctl, txn, number, holder, changed);
    }

    return certctl_txn_end(ctl, txn, status);
}


/* What was under the active keys already is not counted. */
static int
certctl_reseal_one(certctl_t *ctl, certctl_txn_t *txn, cert_str_t number,
    const cert_holder_t *holder, uint64_t *changed)
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
    change.u.reseal.holder = holder;

    err = certctl_txn_apply(txn, &change, &outcome);

    if (err == CERT_OK) {
        *changed += !outcome.is_unchanged;
    }

    return certctl_change_report(ctl, err, &outcome,
                                 "cannot re-seal a record");
}
