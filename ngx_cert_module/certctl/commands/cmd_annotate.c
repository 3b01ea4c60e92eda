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
 * of a thousand commits, and all other writers would wait for it.  The state
 * "generating" in between is what the queue is made of.
 *
 * Codes are drawn here and not in the library, which has no randomness; that a
 * code is free is decided by the store, within the transaction that takes it.
 * A refusal of one number does not stop the others: the exit status says so
 * when all are done.
 *
 * Lines of a list share a commit, which costs the same for one application as
 * for a thousand.  All of the list in one was rejected: all other writers
 * would wait for it, and a kill would lose everything.  There is no header
 * line and no file of rejects, unlike an import: a list holds no personal
 * data, and what was refused is reported by its number and can simply be asked
 * for again.
 */


#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "certctl_change.h"
#include "certctl_commands.h"
#include "certctl_copies.h"
#include "certctl_csv.h"
#include "certctl_home.h"
#include "certctl_options.h"
#include "certctl_output.h"


/* Two equal codes in an hour are one in 2^55; three draws are plenty. */
#define CMD_ANNOTATE_DRAWS  3

/* Applications in one commit. */
#define CMD_ANNOTATE_BATCH  1000

/* Texts are those of the command line; "codes" is freed at the end. */
/* Days that are not given: the longest validity of the policy. */
#define CMD_ANNOTATE_LONGEST  UINT64_MAX

typedef struct {
    certctl_t         *ctl;
    certctl_copies_t  *copies;          /* NULL: nothing is rendered */
    const char        *number;          /* one, or the file, or neither */
    const char        *file;
    const char        *scene;
    uint64_t           days;            /* of validity */
    uint64_t           jobs;
    int                is_original;
    int                is_pending;
    int                is_applied_only;

    size_t             n;               /* applied for, or found waiting */
    size_t             size;
    cert_code_t       *codes;
    int                status;      /* CERTCTL_NO: some were refused */
} cmd_annotate_t;


static int cmd_annotate_options(cmd_annotate_t *annotate, int argc,
    char **argv);
static int cmd_annotate_open(cmd_annotate_t *annotate);
static int cmd_annotate_run(cmd_annotate_t *annotate);
static int cmd_annotate_pending(cmd_annotate_t *annotate);
static cert_err_t cmd_annotate_queued(void *data, const cert_code_t *code,
    cert_time_t time);
static int cmd_annotate_one(cmd_annotate_t *annotate);
static int cmd_annotate_file(cmd_annotate_t *annotate);
static int cmd_annotate_lines(cmd_annotate_t *annotate,
    certctl_csv_t *csv);
static int cmd_annotate_line(cmd_annotate_t *annotate,
    certctl_txn_t *txn, certctl_csv_t *csv);
static int cmd_annotate_days(cert_str_t text, uint64_t *days);
static int cmd_annotate_apply(cmd_annotate_t *annotate,
    certctl_txn_t *txn, cert_str_t number, cert_str_t scene, uint64_t days);
static int cmd_annotate_draw(certctl_t *ctl, certctl_txn_t *txn,
    cert_change_t *change, cert_outcome_t *outcome, cert_err_t *err);
static int cmd_annotate_add(cmd_annotate_t *annotate,
    const cert_code_t *code);


int
cmd_annotate(certctl_t *ctl, int argc, char **argv)
{
    int             status;
    cmd_annotate_t  annotate;

    memset(&annotate, 0, sizeof(annotate));
    annotate.ctl = ctl;
    annotate.scene = "self";
    annotate.days = CMD_ANNOTATE_LONGEST;

    status = cmd_annotate_options(&annotate, argc, argv);

    if (status == 0) {
        status = cmd_annotate_run(&annotate);
    }

    certctl_copies_end(annotate.copies);
    free(annotate.codes);

    return status;
}


/* Ways exclude each other: a list and a number would leave scenes in doubt. */
static int
cmd_annotate_options(cmd_annotate_t *annotate, int argc, char **argv)
{
    int              status, ways;
    certctl_t       *ctl;
    certctl_args_t   args;

    ctl = annotate->ctl;

    certctl_option_t  list[] = {
        { "scene", CERTCTL_TEXT, &annotate->scene },
        { "days", CERTCTL_COUNT, &annotate->days },
        { "original", CERTCTL_FLAG, &annotate->is_original },
        { "file", CERTCTL_FILE, &annotate->file },
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
        return certctl_usage(ctl, "\"--pending\" renders, so \"--no-render\" "
                             "cannot go with it");
    }

    if (annotate->days == 0
        || (annotate->days > UINT32_MAX
            && annotate->days != CMD_ANNOTATE_LONGEST))
    {
        return certctl_usage(ctl, "\"--days\" takes 1 to %u", UINT32_MAX);
    }

    if (annotate->jobs > CERTCTL_WORKERS_MAX) {
        return certctl_usage(ctl, "\"--jobs\" takes at most %u",
                             CERTCTL_WORKERS_MAX);
    }

    annotate->number = args.n > 0 ? args.v[0] : NULL;

    return 0;
}


/* Keys, workers, store: a fork must not carry an open store. */
static int
cmd_annotate_open(cmd_annotate_t *annotate)
{
    int         status;
    certctl_t  *ctl;

    ctl = annotate->ctl;

    status = certctl_home_lock(ctl, CERTCTL_LOCK_USE);

    if (status == 0) {
        status = certctl_home_open_keys(ctl);
    }

    if (status == 0) {
        status = certctl_home_need_private(ctl, "annotate");
    }

    if (status == 0 && !annotate->is_applied_only) {
        status = certctl_copies_begin(ctl, &annotate->copies,
                                      annotate->number != NULL
                                      ? 1 : annotate->jobs);
    }

    return status != 0 ? status
                       : certctl_home_open_store(ctl, CERT_STORE_WRITE);
}


/* No copy before its application is on disk. */
static int
cmd_annotate_run(cmd_annotate_t *annotate)
{
    int         status;
    size_t      i;
    certctl_t  *ctl;

    ctl = annotate->ctl;

    status = cmd_annotate_open(annotate);
    if (status != 0) {
        return status;
    }

    if (annotate->days == CMD_ANNOTATE_LONGEST) {
        annotate->days = ctl->policy.validity_days;
    }

    status = annotate->is_pending ? cmd_annotate_pending(annotate)
             : annotate->file != NULL ? cmd_annotate_file(annotate)
                                      : cmd_annotate_one(annotate);
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


/* All codes are noted first, or the commits would change what is listed. */
static int
cmd_annotate_pending(cmd_annotate_t *annotate)
{
    cert_err_t       err;
    cert_position_t  after;

    after.len = 0;

    do {
        err = cert_list_queue(annotate->ctl->reader, &after, 1000,
                              cmd_annotate_queued, annotate);
    } while (err == CERT_OK);

    if (err != CERT_NOT_FOUND) {
        return certctl_error(annotate->ctl, err, "cannot list the copies that "
                             "wait: %s", cert_err_name(err));
    }

    return 0;
}


/* Called within a snapshot, so it only takes a note. */
static cert_err_t
cmd_annotate_queued(void *data, const cert_code_t *code, cert_time_t time)
{
    (void) time;

    return cmd_annotate_add(data, code) == 0 ? CERT_OK : CERT_NO_MEMORY;
}


/* A transaction that ends up empty is committed as well: it writes nothing. */
static int
cmd_annotate_one(cmd_annotate_t *annotate)
{
    int             status;
    certctl_txn_t  *txn;

    status = certctl_txn_begin(annotate->ctl, &txn);
    if (status != 0) {
        return status;
    }

    status = cmd_annotate_apply(annotate, txn,
                                cert_strz(annotate->number),
                                cert_strz(annotate->scene),
                                annotate->days);

    return certctl_txn_end(annotate->ctl, txn, status);
}


/* Lines of NUMBER[,SCENE[,DAYS]]. */
static int
cmd_annotate_file(cmd_annotate_t *annotate)
{
    int             fd, status;
    certctl_t      *ctl;
    certctl_csv_t  *csv;

    ctl = annotate->ctl;

    fd = certctl_csv_fd(annotate->file);
    if (fd == -1) {
        return certctl_error(ctl, CERT_SYSTEM, "cannot open \"%s\": %s",
                             annotate->file, strerror(errno));
    }

    csv = certctl_csv_open_fd(fd);

    status = csv != NULL ? cmd_annotate_lines(annotate, csv)
             : certctl_error(ctl, CERT_SYSTEM, "cannot read \"%s\": %s",
                             annotate->file, strerror(errno));

    certctl_csv_close(csv);
    close(fd);

    return status;
}


/*
 * Applications share commits; a line that is refused does not undo the others
 * of its batch, since a refusal leaves the transaction as it was.
 */
static int
cmd_annotate_lines(cmd_annotate_t *annotate, certctl_csv_t *csv)
{
    int             status;
    size_t          n;
    cert_err_t      err;
    certctl_txn_t  *txn;

    do {
        status = certctl_txn_begin(annotate->ctl, &txn);
        if (status != 0) {
            return status;
        }

        err = CERT_OK;

        for (n = 0; status == 0 && n < CMD_ANNOTATE_BATCH; n++) {
            err = certctl_csv_next(csv);

            if (err == CERT_NOT_FOUND) {
                break;
            }

            if (err == CERT_SYSTEM) {
                status = certctl_error(annotate->ctl, err, "cannot read "
                                       "\"%s\": %s", annotate->file,
                                       strerror(errno));
                break;
            }

            if (err == CERT_INVALID) {
                csv->fields_n = 0;
            }

            status = cmd_annotate_line(annotate, txn, csv);
        }

        status = certctl_txn_end(annotate->ctl, txn, status);

    } while (status == 0 && err != CERT_NOT_FOUND);

    return status;
}


/* Scene and days of a line go before those of the command. */
static int
cmd_annotate_line(cmd_annotate_t *annotate, certctl_txn_t *txn,
    certctl_csv_t *csv)
{
    uint64_t    n;
    cert_str_t  scene;

    scene = cert_strz(annotate->scene);
    n = annotate->days;

    if (csv->fields_n > 1 && csv->fields[1].len > 0) {
        scene = csv->fields[1];
    }

    if (csv->fields_n < 1 || csv->fields_n > 3
        || (csv->fields_n > 2
            && cmd_annotate_days(csv->fields[2], &n) != 0))
    {
        (void) certctl_error(annotate->ctl, CERT_INVALID, "line %llu: "
                             "expected NUMBER[,SCENE[,DAYS]]",
                             (unsigned long long) csv->line);
        annotate->status = CERTCTL_NO;
        return 0;
    }

    return cmd_annotate_apply(annotate, txn, csv->fields[0], scene, n);
}


/* Empty: as the command says. */
static int
cmd_annotate_days(cert_str_t text, uint64_t *days)
{
    char  digits[16];

    if (text.len == 0) {
        return 0;
    }

    if (text.len >= sizeof(digits)) {
        return CERTCTL_USAGE;
    }

    memcpy(digits, text.data, text.len);
    digits[text.len] = '\0';

    return certctl_options_number(digits, 1, UINT32_MAX, days);
}


/*
 * Applies for a copy within "txn" and adds its code to those to be made.  A
 * refusal is reported and counted, leaves "txn" as it was, and the others go
 * on; CERTCTL_SYSTEM: the caller aborts "txn".
 */
static int
cmd_annotate_apply(cmd_annotate_t *annotate, certctl_txn_t *txn,
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

    status = cmd_annotate_draw(annotate->ctl, txn, &change, &outcome,
                               &err);
    if (status != 0) {
        return status;
    }

    /* To ask for an original again is to ask for the one there is. */

    if (err == CERT_OK || (err == CERT_REFUSED
                           && outcome.refusal == CERT_REFUSAL_HAS_ORIGINAL))
    {
        return cmd_annotate_add(annotate, &outcome.code);
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
cmd_annotate_draw(certctl_t *ctl, certctl_txn_t *txn,
    cert_change_t *change, cert_outcome_t *outcome, cert_err_t *err)
{
    int      i, status;
    uint8_t  random[CERT_CODE_RANDOM_SIZE];

    for (i = 0; i < CMD_ANNOTATE_DRAWS; i++) {

        status = certctl_change_random(ctl, random, sizeof(random));
        if (status != 0) {
            return status;
        }

        *err = cert_code_make(&change->u.apply.code, ctl->now, random);
        if (*err != CERT_OK) {
            return certctl_error(ctl, *err, "codes are made for the years "
                                 "2020 to 2139");
        }

        *err = certctl_txn_apply(txn, change, outcome);

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
cmd_annotate_add(cmd_annotate_t *annotate, const cert_code_t *code)
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
