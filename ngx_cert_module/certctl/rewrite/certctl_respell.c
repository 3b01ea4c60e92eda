/*
 * Copyright (C) the ngx_cert authors
 *
 * Document numbers that a store of schema 1 had with white space within.
 *
 * A holder is known by a keyed digest of the document number.  Today that is
 * one of the match form, whatever was typed; then it was one of the text, and
 * nobody who types the number now arrives at it.  The number itself is at hand,
 * so this makes of each certificate what an import of its row would: the same,
 * with the number as it is stored now.
 *
 * An account stays where it is, with its sessions, and gets the link that
 * "certctl account link" would make.  Where the holder has an account under
 * both spellings, one of them would lose the certificate: which one, a person
 * has to say, so it stays and is named.
 *
 * The upgrade itself was rejected as the place: nginx of before still answers
 * then, from a digest in the record that such a change does not write any more.
 */


#include "cert_fold.h"
#include "cert_holder_read.h"
#include "cert_read.h"
#include "certctl_change.h"
#include "certctl_output.h"
#include "certctl_progress.h"
#include "certctl_respell.h"


/* Certificates in one snapshot, and changes in one commit at most. */
#define CERTCTL_RESPELL_BATCH  500

typedef struct {
    size_t       seen;
    size_t       n;
    cert_text_t  number[CERTCTL_RESPELL_BATCH];
} certctl_respell_batch_t;

/* One of them, and the account of its holder. */
typedef struct {
    cert_certificate_t  certificate;    /* with the number as it will be */
    cert_holder_t       from;
    cert_holder_t       to;
    cert_account_t      account;        /* of "from", if has_account */
    int                 has_account;
    const char         *why;            /* it cannot be moved */
} certctl_respell_t;


static int certctl_respell_all(certctl_t *ctl, uint64_t all,
    certctl_progress_t *progress, certctl_respelled_t *respelled);
static cert_err_t certctl_respell_look(void *data,
    const cert_certificate_t *certificate);
static int certctl_respell_batch(certctl_t *ctl,
    const certctl_respell_batch_t *batch, certctl_respelled_t *respelled);
static int certctl_respell_one(certctl_t *ctl, certctl_txn_t *txn,
    const cert_text_t *number, certctl_respelled_t *respelled);
static cert_err_t certctl_respell_read(certctl_t *ctl,
    const cert_text_t *number, certctl_respell_t *one);
static cert_err_t certctl_respell_accounts(certctl_t *ctl,
    certctl_respell_t *one);
static int certctl_respell_move(certctl_t *ctl, certctl_txn_t *txn,
    const certctl_respell_t *one);


int
certctl_respell(certctl_t *ctl, certctl_respelled_t *respelled)
{
    int                 status;
    cert_err_t          err;
    cert_store_stat_t   stat;
    certctl_progress_t  progress;

    memset(respelled, 0, sizeof(certctl_respelled_t));

    err = cert_read_stat(ctl->reader, &stat);
    if (err != CERT_OK) {
        return certctl_error(ctl, err, "cannot read the head of the store: "
                             "%s", cert_err_name(err));
    }

    certctl_progress_begin(&progress, "certificates");
    status = certctl_respell_all(ctl, stat.certificates, &progress, respelled);
    certctl_progress_end(&progress);

    return status;
}


/* Numbers are gathered first: a list must not be changed while it is read. */
static int
certctl_respell_all(certctl_t *ctl, uint64_t all,
    certctl_progress_t *progress, certctl_respelled_t *respelled)
{
    int                      status;
    uint64_t                 done;
    cert_err_t               err;
    cert_position_t          after;
    certctl_respell_batch_t  batch;

    after.len = 0;
    done = 0;

    do {
        batch.seen = 0;
        batch.n = 0;

        err = cert_list_certificates(ctl->reader, &after,
                                     CERTCTL_RESPELL_BATCH,
                                     certctl_respell_look, &batch);

        if (err != CERT_OK && err != CERT_NOT_FOUND) {
            return certctl_error(ctl, err, "cannot list certificates: %s",
                                 cert_err_name(err));
        }

        status = certctl_respell_batch(ctl, &batch, respelled);
        if (status != 0) {
            return status;
        }

        done += batch.seen;
        certctl_progress_update(progress, done, done, all);

    } while (err == CERT_OK);

    return 0;
}


/* What has no match form was refused in each version, and is left alone. */
static cert_err_t
certctl_respell_look(void *data, const cert_certificate_t *certificate)
{
    certctl_respell_batch_t *batch = data;

    cert_str_t    number;
    cert_text_t   form, *to;

    if (!certificate->has_person) {
        return CERT_NO_KEY;
    }

    number.data = (const uint8_t *) certificate->person.id_number.data;
    number.len = certificate->person.id_number.len;
    batch->seen++;

    if (cert_fold_id_number(&form, number, NULL) == CERT_OK
        && (form.len != number.len
            || memcmp(form.data, number.data, number.len) != 0))
    {
        to = &batch->number[batch->n++];
        to->len = certificate->facts.number.len;
        memcpy(to->data, certificate->facts.number.data, to->len);
    }

    explicit_bzero(&form, sizeof(form));

    return CERT_OK;
}


static int
certctl_respell_batch(certctl_t *ctl, const certctl_respell_batch_t *batch,
    certctl_respelled_t *respelled)
{
    int             status;
    size_t          i;
    certctl_txn_t  *txn;

    if (batch->n == 0) {
        return 0;
    }

    status = certctl_txn_begin(ctl, &txn);
    if (status != 0) {
        return status;
    }

    for (i = 0; status == 0 && i < batch->n; i++) {
        status = certctl_respell_one(ctl, txn, &batch->number[i], respelled);
    }

    return certctl_txn_end(ctl, txn, status);
}


/* The number of a certificate is not personal, and is all that is told. */
static int
certctl_respell_one(certctl_t *ctl, certctl_txn_t *txn,
    const cert_text_t *number, certctl_respelled_t *respelled)
{
    int                status;
    cert_err_t         err;
    certctl_respell_t  one;

    err = certctl_respell_read(ctl, number, &one);

    if (err != CERT_OK) {
        status = certctl_error(ctl, err, "certificate \"%.*s\" cannot be "
                               "read: %s", (int) number->len, number->data,
                               cert_err_name(err));

    } else if (one.why != NULL) {
        fprintf(stderr, "certctl: certificate \"%.*s\" stays: %s\n",
                (int) number->len, number->data, one.why);
        respelled->found++;
        status = 0;

    } else {
        status = certctl_respell_move(ctl, txn, &one);
        respelled->found++;
        respelled->moved++;
    }

    explicit_bzero(&one, sizeof(one));

    return status;
}


static cert_err_t
certctl_respell_read(certctl_t *ctl, const cert_text_t *number,
    certctl_respell_t *one)
{
    cert_err_t      err;
    cert_text_t     form;
    cert_person_t  *person;

    one->has_account = 0;
    one->why = NULL;
    person = &one->certificate.person;

    err = cert_read_certificate(ctl->reader,
              (cert_str_t) { (const uint8_t *) number->data, number->len },
              &one->certificate);

    if (err == CERT_OK) {
        err = cert_holder_make(ctl->ring, person->id_type,
                               cert_strz(person->id_number.data), &one->from);
    }

    if (err == CERT_OK) {
        err = cert_fold_id_number(&form, cert_strz(person->id_number.data),
                                  NULL);
    }

    if (err == CERT_OK) {
        person->id_number = form;
        explicit_bzero(&form, sizeof(form));
        err = cert_holder_make(ctl->ring, person->id_type,
                               cert_strz(person->id_number.data), &one->to);
    }

    return err == CERT_OK ? certctl_respell_accounts(ctl, one) : err;
}


static cert_err_t
certctl_respell_accounts(certctl_t *ctl, certctl_respell_t *one)
{
    cert_err_t      err;
    cert_account_t  other;

    err = cert_read_account(ctl->reader, &one->from, &one->account);

    if (err != CERT_OK) {
        return err == CERT_NOT_FOUND ? CERT_OK : err;
    }

    err = cert_read_account(ctl->reader, &one->to, &other);

    if (err == CERT_NOT_FOUND) {
        one->has_account = 1;
        one->why = one->account.links_n < CERT_LINKS_MAX
                   ? NULL : "the account of its holder has as many links as "
                            "there may be";
        return CERT_OK;
    }

    if (err == CERT_OK
        && !cert_holder_is_equal(&other.holder, &one->account.holder))
    {
        one->why = "its holder has two accounts, one for each spelling of the "
                   "document number; an import of its row gives it to the one "
                   "without white space";
    }

    explicit_bzero(&other, sizeof(other));

    return err;
}


/* In one transaction: no account is without the certificate in between. */
static int
certctl_respell_move(certctl_t *ctl, certctl_txn_t *txn,
    const certctl_respell_t *one)
{
    int             status;
    cert_err_t      err;
    cert_change_t   change;
    cert_outcome_t  outcome;

    static const char  subject[] = "cannot move a certificate to its holder";

    status = certctl_change_init(ctl, &change, CERT_CHANGE_CERTIFICATE);

    if (status == 0) {
        change.u.certificate = &one->certificate;
        err = certctl_txn_apply(txn, &change, &outcome);
        status = certctl_change_report(ctl, err, &outcome, subject);
    }

    if (status != 0 || !one->has_account) {
        return status;
    }

    status = certctl_change_init(ctl, &change, CERT_CHANGE_LINK);

    if (status == 0) {
        change.u.account.holder = one->account.holder;
        change.u.account.other = one->to;
        err = certctl_txn_apply(txn, &change, &outcome);
        status = certctl_change_report(ctl, err, &outcome, subject);
    }

    return status;
}
