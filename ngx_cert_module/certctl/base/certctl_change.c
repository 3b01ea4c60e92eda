/*
 * Copyright (C) the ngx_cert authors
 *
 * Changes as certctl makes them.  The library has no clock and no randomness:
 * both are put into the change here.
 *
 * "now" moves on with the clock at each transaction and never back, so the
 * journal of a long import has its times in order and a clock set back makes
 * none that was before the last.  With --at it stands still, or a
 * demonstration would not give the same result twice.
 */


#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "certctl.h"
#include "certctl_change.h"
#include "certctl_output.h"


static int certctl_change_refused(certctl_t *ctl,
    const cert_outcome_t *outcome, const char *subject);


int
certctl_change_random(certctl_t *ctl, void *bytes, size_t n)
{
    uint8_t  *p;

    if (ctl->random_left < n) {

        if (RAND_bytes(ctl->random, sizeof(ctl->random)) != 1) {
            return certctl_error_openssl(ctl, "no random numbers");
        }

        ctl->random_left = sizeof(ctl->random);
    }

    /* What was handed out is wiped: no nonce or code is left to be reused. */

    p = ctl->random + sizeof(ctl->random) - ctl->random_left;

    memcpy(bytes, p, n);
    OPENSSL_cleanse(p, n);
    ctl->random_left -= n;

    return 0;
}


int
certctl_change_init(certctl_t *ctl, cert_change_t *change,
    cert_change_type_t type)
{
    memset(change, 0, sizeof(cert_change_t));

    change->type = type;
    change->time = ctl->now;
    memcpy(change->actor, ctl->actor, sizeof(ctl->actor));

    return certctl_change_random(ctl, change->nonce, sizeof(change->nonce));
}


int
certctl_change_run(certctl_t *ctl, const cert_change_t *change,
    cert_outcome_t *outcome, const char *subject)
{
    int             status;
    cert_err_t      err;
    certctl_txn_t  *txn;

    status = certctl_txn_begin(ctl, &txn);
    if (status != 0) {
        return status;
    }

    err = certctl_txn_apply(txn, change, outcome);

    if (err != CERT_OK) {
        certctl_txn_abort(txn);
        return certctl_change_report(ctl, err, outcome, subject);
    }

    return certctl_txn_commit(ctl, txn);
}


/*
 * Only refusals and system failures are told apart: a refusal says which rule,
 * a failure says that nothing was changed.
 */
int
certctl_change_report(certctl_t *ctl, cert_err_t err,
    const cert_outcome_t *outcome, const char *subject)
{
    switch (err) {

    case CERT_OK:
        return 0;

    case CERT_REFUSED:
        return certctl_change_refused(ctl, outcome, subject);

    case CERT_FULL:
        return certctl_error(ctl, err, "%s: the disk is full, or no address "
                             "space is left; nothing was changed", subject);

    default:
        return certctl_error(ctl, err, "%s: %s", subject, cert_err_name(err));
    }
}


/* Only a full quota frees itself, so only there a time is given. */
static int
certctl_change_refused(certctl_t *ctl, const cert_outcome_t *outcome,
    const char *subject)
{
    char         next[CERT_TIME_TEXT_SIZE];
    const char  *text;

    text = cert_refusal_text(outcome->refusal);

    if (outcome->refusal != CERT_REFUSAL_QUOTA) {
        return certctl_error(ctl, CERT_REFUSED, "%s: %s", subject, text);
    }

    cert_time_format(outcome->next_slot, ctl->policy.utc_offset_sec, next);

    return certctl_error(ctl, CERT_REFUSED, "%s: %s; the next slot is free "
                         "at %s", subject, text, next);
}
