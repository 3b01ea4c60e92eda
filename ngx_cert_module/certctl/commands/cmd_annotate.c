/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl annotate: applies for copies, then has them made.
 *
 * All applications are committed before the first is rendered: a crash leaves
 * copies "generating", which "annotate --pending" takes up, and never a file
 * that nobody applied for.
 *
 * One transaction for application and copy was rejected: a copy takes the time
 * of a thousand commits, and everybody else who writes would wait for it.  The
 * state "generating" in between is what the queue is made of.
 *
 * Codes are drawn here and not in the library, which has no randomness; that a
 * code is free is decided by the store, within the transaction that takes it.
 * A refusal of one number does not stop the others: the exit status tells of
 * it when all are done.
 */


#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "certctl_annotate.h"
#include "certctl_change.h"
#include "certctl_commands.h"
#include "certctl_lock.h"
#include "certctl_options.h"


/* Two equal codes in an hour are one in 2^55; three draws are plenty. */
#define CERTCTL_ANNOTATE_DRAWS  3


static int certctl_annotate_options(certctl_annotate_t *annotate, int argc,
    char **argv);
static int certctl_annotate_open(certctl_annotate_t *annotate);
static int certctl_annotate_run(certctl_annotate_t *annotate);
static int certctl_annotate_pending(certctl_annotate_t *annotate);
static cert_err_t certctl_annotate_queued(void *data,
    const cert_code_t *code, cert_time_t time);
static int certctl_annotate_one(certctl_annotate_t *annotate);
static int certctl_annotate_draw(certctl_t *ctl, certctl_txn_t *txn,
    cert_change_t *change, cert_outcome_t *outcome, cert_err_t *err);
static int certctl_annotate_add(certctl_annotate_t *annotate,
    const cert_code_t *code);


int
certctl_annotate(certctl_t *ctl, int argc, char **argv)
{
    int                 status;
    certctl_annotate_t  annotate;

    memset(&annotate, 0, sizeof(annotate));
    annotate.ctl = ctl;
    annotate.scene = "self";
    annotate.days = 0;

    status = certctl_annotate_options(&annotate, argc, argv);

    if (status == 0) {
        status = certctl_annotate_run(&annotate);
    }

    certctl_copies_end(annotate.copies);
    free(annotate.codes);

    return status;
}


/* Ways exclude each other: a list and a number would leave scenes in doubt. */
static int
certctl_annotate_options(certctl_annotate_t *annotate, int argc, char **argv)
{
    int              status, ways;
    certctl_t       *ctl;
    certctl_args_t   args;

    ctl = annotate->ctl;

    certctl_option_t  list[] = {
        { "scene", CERTCTL_TEXT, &annotate->scene },
        { "days", CERTCTL_COUNT, &annotate->days },
        { "original", CERTCTL_FLAG, &annotate->is_original },
        { "file", CERTCTL_TEXT, &annotate->file },
        { "pending", CERTCTL_FLAG, &annotate->is_pending },
        { "no-render", CERTCTL_FLAG, &annotate->is_applied_only },
        { "jobs", CERTCTL_COUNT, &annotate->jobs },
        { NULL, CERTCTL_FLAG, NULL }
    };

    status = certctl_options(ctl, argc, argv, list, 0, 1, &args);
    if (status != 0) {
        return status;
    }

    ways = args.n + (annotate->file != NULL) + annotate->is_pending;

    if (ways != 1) {
        return certctl_usage(ctl, "expected one of NUMBER, --file and "
                             "--pending");
    }

    if (annotate->is_pending && annotate->is_applied_only) {
        return certctl_usage(ctl, "\"--pending\" renders; \"--no-render\" "
                             "does not");
    }

    if (annotate->days > UINT32_MAX || annotate->jobs > CERTCTL_WORKERS_MAX) {
        return certctl_usage(ctl, "a number is too large");
    }

    annotate->number = args.n > 0 ? args.v[0] : NULL;

    return 0;
}


/* Keys, workers, store: a fork must not carry an open store. */
static int
certctl_annotate_open(certctl_annotate_t *annotate)
{
    int         status;
    certctl_t  *ctl;

    ctl = annotate->ctl;

    status = certctl_lock(ctl, CERTCTL_LOCK_USE);

    if (status == 0) {
        status = certctl_open_keys(ctl);
    }

    if (status == 0) {
        status = certctl_need_private(ctl, "annotate");
    }

    if (status == 0 && !annotate->is_applied_only) {
        status = certctl_copies_begin(ctl, &annotate->copies,
                                      annotate->number != NULL
                                      ? 1 : annotate->jobs);
    }

    return status != 0 ? status : certctl_open_store(ctl, CERT_STORE_WRITE);
}


/* No copy before its application is on disk. */
static int
certctl_annotate_run(certctl_annotate_t *annotate)
{
    int         status;
    size_t      i;
    certctl_t  *ctl;

    ctl = annotate->ctl;

    status = certctl_annotate_open(annotate);
    if (status != 0) {
        return status;
    }

    if (annotate->days == 0) {
        annotate->days = ctl->policy.validity_days;
    }

    status = annotate->is_pending ? certctl_annotate_pending(annotate)
             : annotate->file != NULL ? certctl_annotate_file(annotate)
                                      : certctl_annotate_one(annotate);
    if (status != 0) {
        return status;
    }

    if (!annotate->is_applied_only) {
        status = certctl_copies_run(annotate->copies, annotate->codes,
                                    annotate->n);
    }

    for (i = 0; annotate->is_applied_only && status == 0 && i < annotate->n;
         i++)
    {
        status = certctl_copies_print(ctl, &annotate->codes[i], NULL);
    }

    return status != 0 ? status : annotate->status;
}


/* All of it is noted first, or the commits would change what is listed. */
static int
certctl_annotate_pending(certctl_annotate_t *annotate)
{
    cert_err_t       err;
    cert_position_t  after;

    after.len = 0;

    do {
        err = cert_list_queue(annotate->ctl->reader, &after, 1000,
                              certctl_annotate_queued, annotate);
    } while (err == CERT_OK);

    if (err != CERT_NOT_FOUND) {
        return certctl_error(annotate->ctl, err, "cannot list what waits: "
                             "%s", cert_err_name(err));
    }

    return 0;
}


/* Called within a snapshot, so it only takes a note. */
static cert_err_t
certctl_annotate_queued(void *data, const cert_code_t *code, cert_time_t time)
{
    (void) time;

    return certctl_annotate_add(data, code) == 0 ? CERT_OK : CERT_NO_MEMORY;
}


/* A transaction that ends up empty is committed as well: it writes nothing. */
static int
certctl_annotate_one(certctl_annotate_t *annotate)
{
    int             status;
    certctl_txn_t  *txn;

    status = certctl_begin(annotate->ctl, &txn);
    if (status != 0) {
        return status;
    }

    status = certctl_annotate_apply(annotate, txn,
                                    cert_strz(annotate->number),
                                    cert_strz(annotate->scene),
                                    annotate->days);
    if (status != 0) {
        certctl_abort(txn);
        return status;
    }

    return certctl_commit(annotate->ctl, txn);
}


/* A refusal is reported and counted; the others go on. */
int
certctl_annotate_apply(certctl_annotate_t *annotate, certctl_txn_t *txn,
    cert_str_t number, cert_str_t scene, uint64_t days)
{
    int             status;
    char            subject[CERT_NUMBER_MAX + 1];
    cert_err_t      err;
    cert_change_t   change;
    cert_outcome_t  outcome;

    status = certctl_change_init(annotate->ctl, &change, annotate->is_original
                                 ? CERT_CHANGE_ORIGINAL : CERT_CHANGE_APPLY);
    if (status != 0) {
        return status;
    }

    change.u.apply.number = number;
    change.u.apply.scene = scene;
    change.u.apply.days = (uint32_t) days;

    status = certctl_annotate_draw(annotate->ctl, txn, &change, &outcome,
                                   &err);
    if (status != 0) {
        return status;
    }

    /* To ask for an original again is to ask for the one there is. */

    if (err == CERT_OK || (err == CERT_REFUSED
                           && outcome.refusal == CERT_REFUSAL_HAS_ORIGINAL))
    {
        return certctl_annotate_add(annotate, &outcome.code);
    }

    (void) snprintf(subject, sizeof(subject), "%.*s", (int) number.len,
                    (const char *) number.data);

    status = certctl_change_report(annotate->ctl, err, &outcome, subject);

    if (err != CERT_REFUSED && err != CERT_INVALID) {
        return status;
    }

    annotate->status = CERTCTL_NO;

    return 0;
}


/* Applies under a code that nobody has; "err" is what became of the last. */
static int
certctl_annotate_draw(certctl_t *ctl, certctl_txn_t *txn,
    cert_change_t *change, cert_outcome_t *outcome, cert_err_t *err)
{
    int      i, status;
    uint8_t  random[CERT_CODE_RANDOM_SIZE];

    for (i = 0; i < CERTCTL_ANNOTATE_DRAWS; i++) {

        status = certctl_random(ctl, random, sizeof(random));
        if (status != 0) {
            return status;
        }

        *err = cert_code_make(&change->u.apply.code, ctl->now, random);
        if (*err != CERT_OK) {
            return certctl_error(ctl, *err, "codes are made for the years "
                                 "2020 to 2139");
        }

        *err = certctl_apply(txn, change, outcome);

        if (*err != CERT_REFUSED
            || outcome->refusal != CERT_REFUSAL_CODE_TAKEN)
        {
            break;
        }
    }

    return 0;
}


/* Doubling: the queue may hold a million, and usually holds none. */
static int
certctl_annotate_add(certctl_annotate_t *annotate, const cert_code_t *code)
{
    size_t        size;
    cert_code_t  *codes;

    if (annotate->n == annotate->size) {
        size = annotate->size == 0 ? 64 : annotate->size * 2;
        codes = realloc(annotate->codes, size * sizeof(cert_code_t));

        if (codes == NULL) {
            return certctl_error(annotate->ctl, CERT_NO_MEMORY,
                                 "out of memory");
        }

        annotate->codes = codes;
        annotate->size = size;
    }

    annotate->codes[annotate->n++] = *code;

    return 0;
}
