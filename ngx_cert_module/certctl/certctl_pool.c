/*
 * Copyright (C) the ngx_cert authors
 *
 * What becomes of the workers' answers: the parent alone writes, many answers
 * a commit, and prints a copy when its commit is on disk, not before.
 *
 * The store has the last word.  Between question and answer a copy may have
 * been withdrawn, or made by another certctl that took it from the queue too;
 * the change is then refused, which is told and harms nothing: there is one
 * file of that name, and it is proved before it is taken.
 *
 * Trouble outweighs a copy that cannot be made: the exit status says whether
 * to run "annotate --pending" again, and only after trouble is it worth it.
 */


#include "cert_read.h"
#include "certctl_change.h"
#include "certctl_json.h"
#include "certctl_pool.h"


static int certctl_pool_apply(certctl_copies_t *copies, certctl_txn_t *txn,
    certctl_gathered_t *gathered);
static int certctl_pool_tell(certctl_copies_t *copies, const certctl_gathered_t
    *gathered);


int
certctl_pool_commit(certctl_copies_t *copies)
{
    int             status;
    size_t          i;
    certctl_txn_t  *txn;

    status = certctl_begin(copies->ctl, &txn);
    if (status != 0) {
        return status;
    }

    for (i = 0; i < copies->gathered_n; i++) {
        status = certctl_pool_apply(copies, txn, &copies->gathered[i]);
        if (status != 0) {
            certctl_abort(txn);
            return status;
        }
    }

    status = certctl_commit(copies->ctl, txn);

    for (i = 0; status == 0 && i < copies->gathered_n; i++) {
        status = certctl_pool_tell(copies, &copies->gathered[i]);
    }

    copies->gathered_n = 0;

    return status;
}


/*
 * A worker's word becomes a change: ready, one more attempt, or failed.  What
 * is in trouble stays in the queue, so nothing is written.
 */
static int
certctl_pool_apply(certctl_copies_t *copies, certctl_txn_t *txn,
    certctl_gathered_t *gathered)
{
    int                   status;
    cert_err_t            err;
    cert_change_t         change;
    cert_outcome_t        outcome;
    cert_change_type_t    type;
    certrender_result_t  *result;

    result = &gathered->answer.result;

    if (result->made == CERTRENDER_AS_IS
        || result->made == CERTRENDER_TROUBLE)
    {
        return 0;
    }

    type = gathered->is_retry ? CERT_CHANGE_RETRY
           : result->made == CERTRENDER_MADE ? CERT_CHANGE_READY
                                             : CERT_CHANGE_FAILED;

    status = certctl_change_init(copies->ctl, &change, type);
    if (status != 0) {
        return status;
    }

    change.u.copy.code = copies->codes[gathered->answer.job];
    change.u.copy.size = result->size;
    memcpy(change.u.copy.sha256, result->sha256, CERT_SHA256_SIZE);

    err = certctl_apply(txn, &change, &outcome);

    if (err == CERT_REFUSED && gathered->is_retry) {
        return 0;
    }

    /* Withdrawn meanwhile, or made by somebody else: the store is right. */

    if (err == CERT_REFUSED) {
        result->made = CERTRENDER_CANNOT;
        cert_reason_set(&result->reason, "%s",
                        cert_refusal_text(outcome.refusal));
        return 0;
    }

    return certctl_change_report(copies->ctl, err, &outcome, "copy");
}


/* After the commit: what was printed is true even if we die now. */
static int
certctl_pool_tell(certctl_copies_t *copies,
    const certctl_gathered_t *gathered)
{
    const char                 *reason;
    const certrender_answer_t  *answer;

    answer = &gathered->answer;

    if (gathered->is_retry) {
        copies->again[copies->again_n++] = answer->job;
        return 0;
    }

    copies->done++;
    reason = NULL;

    if (answer->result.made == CERTRENDER_CANNOT) {
        reason = answer->result.reason.text;
        copies->status = copies->status != 0 ? copies->status : CERTCTL_NO;

    } else if (answer->result.made == CERTRENDER_TROUBLE) {
        reason = answer->result.reason.text;
        copies->status = CERTCTL_SYSTEM;
    }

    return certctl_copies_print(copies->ctl, &copies->codes[answer->job],
                                reason);
}


/* Read back rather than remembered: what is printed is what is stored. */
int
certctl_copies_print(certctl_t *ctl, const cert_code_t *code,
    const char *reason)
{
    int                  status;
    char                 text[CERT_CODE_TEXT_SIZE];
    json_t              *json;
    cert_err_t           err;
    cert_annotation_t    annotation;
    cert_certificate_t   certificate;

    cert_code_format(code, text);

    err = cert_read_annotation(ctl->reader, code, &annotation, &certificate);
    if (err != CERT_OK) {
        return certctl_error(ctl, err, "%s: cannot be read: %s", text,
                             cert_err_name(err));
    }

    json = certctl_json_annotation(ctl, certificate.facts.number,
                                   &annotation);
    if (reason != NULL) {
        json_object_set_new(json, "reason", json_string(reason));
        fprintf(stderr, "certctl: %s: %s\n", text, reason);
    }

    status = certctl_print_object(ctl, json);

    if (!ctl->is_json) {
        putchar('\n');
    }

    return status;
}
