/*
 * Copyright (C) the ngx_cert authors
 *
 * Copies made by the render workers, and what becomes of the workers' answers:
 * the parent alone writes, many answers a commit, and prints a copy when its
 * commit is on disk, not before.
 *
 * Answers are gathered for up to CERTCTL_GATHER_MS and committed together: a
 * commit costs as much for one copy as for fifty.
 *
 * A copy is published before it is "ready" in the store.  A crash between the
 * two leaves a file without its commit; the next renderer of the copy finds the
 * file and verifies it (certrender.h).
 *
 * The store has the last word.  Between question and answer a copy may have
 * been withdrawn, or made by another certctl that took it from the queue too;
 * the change is then refused, which is reported and harms nothing: there is one
 * file of that name, and it is verified before it is taken.
 *
 * Trouble outweighs a copy that cannot be made: the exit status says whether
 * to run "annotate --pending" again, and only after trouble is it worth it.
 */


#include <stdlib.h>
#include <unistd.h>

#include "cert_read.h"
#include "certctl_change.h"
#include "certctl_json.h"
#include "certctl_output.h"
#include "certctl_pool.h"
#include "certrender_serve.h"


static int certctl_copies_loop(certctl_copies_t *copies);
static int certctl_copies_is_due(const certctl_copies_t *copies);
static void certctl_copies_send(certctl_copies_t *copies);
static int certctl_copies_job(certctl_copies_t *copies, uint64_t *job);
static int certctl_copies_commit(certctl_copies_t *copies);
static int certctl_copies_apply(certctl_copies_t *copies, certctl_txn_t *txn,
    certctl_gathered_t *gathered);
static int certctl_copies_tell(certctl_copies_t *copies,
    const certctl_gathered_t *gathered);


/*
 * No more workers than copies would be better still, but their number is not
 * known before the store is open, and then it is too late to fork.
 */
int
certctl_copies_begin(certctl_t *ctl, certctl_copies_t **copies, uint64_t n)
{
    int   status;
    long  cores;

    if (n == 0) {
        cores = sysconf(_SC_NPROCESSORS_ONLN);
        n = cores > 0 ? (uint64_t) cores : 1;
    }

    if (n > CERTCTL_WORKERS_MAX) {
        n = CERTCTL_WORKERS_MAX;
    }

    *copies = calloc(1, sizeof(certctl_copies_t));
    if (*copies == NULL) {
        return certctl_error(ctl, CERT_NO_MEMORY, "out of memory");
    }

    (*copies)->ctl = ctl;

    while ((*copies)->workers_n < n) {
        status = certctl_pool_fork(*copies,
                                &(*copies)->workers[(*copies)->workers_n]);
        if (status != 0) {
            return status;
        }

        (*copies)->workers_n++;
    }

    return 0;
}


int
certctl_copies_run(certctl_copies_t *copies, const cert_code_t *codes,
    size_t n)
{
    int  status;

    copies->codes = codes;
    copies->n = n;

    /* One more: calloc() of nothing may give NULL. */

    copies->attempts = calloc(n + 1, 1);
    copies->again = calloc(n + 1, sizeof(uint64_t));

    if (copies->attempts == NULL || copies->again == NULL) {
        return certctl_error(copies->ctl, CERT_NO_MEMORY, "out of memory");
    }

    certctl_progress_begin(&copies->progress, "copies");
    status = certctl_copies_loop(copies);
    certctl_progress_end(&copies->progress);

    return status != 0 ? status : copies->status;
}


/* Ask, wait, commit: the parent sleeps in poll() and nowhere else. */
static int
certctl_copies_loop(certctl_copies_t *copies)
{
    int  status;

    while (copies->done < copies->n) {

        certctl_copies_send(copies);

        status = certctl_pool_wait(copies);

        if (status == 0 && certctl_copies_is_due(copies)) {
            status = certctl_copies_commit(copies);
        }

        if (status != 0) {
            return status;
        }

        certctl_progress_update(&copies->progress, copies->done, copies->done,
                                copies->n);
    }

    return 0;
}


/*
 * A commit is due when enough was gathered, when the first has waited long
 * enough, or when nothing else is to come.
 */
static int
certctl_copies_is_due(const certctl_copies_t *copies)
{
    return copies->gathered_n > 0
           && (copies->gathered_n > CERTCTL_GATHER / 2
               || copies->done + copies->gathered_n >= copies->n
               || certctl_clock_ms() - copies->gathered_ms
                  >= CERTCTL_GATHER_MS);
}


/* Fills up the jobs of all workers, the shortest list first. */
static void
certctl_copies_send(certctl_copies_t *copies)
{
    size_t             i, depth;
    uint64_t           job;
    certctl_worker_t  *worker;

    for (depth = 0; depth < CERTCTL_DEPTH; depth++) {

        for (i = 0; i < copies->workers_n; i++) {
            worker = &copies->workers[i];

            if (worker->n > depth) {
                continue;
            }

            if (!certctl_copies_job(copies, &job)) {
                return;
            }

            certctl_pool_ask(copies, worker, job, 0);
        }
    }
}


/* What came back goes first: its holder has waited for it once already. */
static int
certctl_copies_job(certctl_copies_t *copies, uint64_t *job)
{
    if (copies->again_n > 0) {
        *job = copies->again[--copies->again_n];
        return 1;
    }

    if (copies->next < copies->n) {
        *job = copies->next++;
        return 1;
    }

    return 0;
}


/*
 * Writes what was gathered in one transaction, then prints it.  On a failure
 * nothing of it is written or printed, and the command ends: the copies stay
 * in the queue.
 */
static int
certctl_copies_commit(certctl_copies_t *copies)
{
    int             status;
    size_t          i;
    certctl_txn_t  *txn;

    status = certctl_txn_begin(copies->ctl, &txn);
    if (status != 0) {
        return status;
    }

    for (i = 0; status == 0 && i < copies->gathered_n; i++) {
        status = certctl_copies_apply(copies, txn, &copies->gathered[i]);
    }

    status = certctl_txn_end(copies->ctl, txn, status);

    for (i = 0; status == 0 && i < copies->gathered_n; i++) {
        status = certctl_copies_tell(copies, &copies->gathered[i]);
    }

    copies->gathered_n = 0;

    return status;
}


/*
 * A worker's word becomes a change: ready, one more attempt, or failed.  What
 * is in trouble stays in the queue, so nothing is written.
 */
static int
certctl_copies_apply(certctl_copies_t *copies, certctl_txn_t *txn,
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

    err = certctl_txn_apply(txn, &change, &outcome);

    if (err == CERT_REFUSED && gathered->is_retry) {
        return 0;
    }

    /* Withdrawn meanwhile, or made by another program: the store is right. */

    if (err == CERT_REFUSED) {
        result->made = CERTRENDER_CANNOT;
        cert_reason_set(&result->reason, "%s",
                        cert_refusal_text(outcome.refusal));
        return 0;
    }

    return certctl_change_report(copies->ctl, err, &outcome, "copy");
}


/* After the commit: what was printed is true even if this process dies now. */
static int
certctl_copies_tell(certctl_copies_t *copies,
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
        certjson_set(&json, "reason", json_string(reason));
        fprintf(stderr, "certctl: %s: %s\n", text, reason);
    }

    status = certctl_print_object(ctl, json);

    if (!ctl->is_json) {
        putchar('\n');
    }

    return status;
}


void
certctl_copies_end(certctl_copies_t *copies)
{
    if (copies == NULL) {
        return;
    }

    certctl_pool_end(copies);

    free(copies->attempts);
    free(copies->again);
    free(copies);
}
