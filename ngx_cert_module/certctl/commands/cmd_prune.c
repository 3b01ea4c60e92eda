/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl prune: removes the PDFs of copies that expired long ago, and the keys
 * by which applications can be repeated.
 *
 * "Pruned" is committed first, then the file goes.  A crash between the two
 * leaves a file that the store knows as pruned; the second part looks for
 * such files, and for those of copies that failed or were never finished, and
 * removes them.  The other order was rejected: a crash would leave a copy that
 * the store calls ready without its file.
 *
 * A file that the store does not know at all is never removed, since it may be
 * the last trace of something: "certctl fsck --files" reports it.
 *
 * Only the file goes.  The record of the copy and its digest stay, so a file
 * that somebody kept can still be told from a forged one.
 *
 * Keys go by their own age, and --grace is not asked: what is promised to a
 * client that repeats an application is not a matter of disk space.
 */


#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "cert_read.h"
#include "certctl_change.h"
#include "certctl_commands.h"
#include "certctl_home.h"
#include "certctl_options.h"
#include "certctl_output.h"
#include "certctl_tree.h"
#include "certrender_sweep.h"


/* Copies, or keys, in one commit. */
#define CMD_PRUNE_BATCH  1000

/* Days after the expiry, if nothing else is asked for. */
#define CMD_PRUNE_GRACE  30

/* A hundred years, and more than any policy keeps. */
#define CMD_PRUNE_GRACE_MAX  36500U

/* A renderer takes seconds: a temporary file of yesterday is not in use. */
#define CMD_PRUNE_TMP_SEC  CERT_DAY_SEC

typedef struct {
    certctl_t    *ctl;
    cert_time_t   until;        /* what expired before it goes */
    size_t        n;            /* of "codes", in this batch */
    cert_code_t   codes[CMD_PRUNE_BATCH];
    uint64_t      pruned;       /* copies */
    uint64_t      left_over;    /* files that no copy needs */
    uint64_t      forgotten;    /* keys of applications */
} cmd_prune_t;


static int cmd_prune_options(certctl_t *ctl, int argc, char **argv,
    uint64_t *grace);
static int cmd_prune_expired(cmd_prune_t *prune);
static cert_err_t cmd_prune_collect(void *data, const cert_code_t *code,
    cert_time_t time);
static int cmd_prune_batch(cmd_prune_t *prune);
static int cmd_prune_mark(cmd_prune_t *prune, certctl_txn_t *txn,
    size_t *n);
static int cmd_prune_files(cmd_prune_t *prune, size_t n);
static int cmd_prune_file(void *data, const char *name,
    const cert_code_t *code);
static int cmd_prune_unlink(certctl_t *ctl, const char *name);
static int cmd_prune_sweep(cmd_prune_t *prune);
static int cmd_prune_forget(cmd_prune_t *prune);


int
cmd_prune(certctl_t *ctl, int argc, char **argv)
{
    int           status;
    uint64_t      grace;
    cmd_prune_t  *prune;

    status = cmd_prune_options(ctl, argc, argv, &grace);
    if (status != 0) {
        return status;
    }

    status = certctl_home_open(ctl, CERT_STORE_WRITE);
    if (status != 0) {
        return status;
    }

    prune = calloc(1, sizeof(cmd_prune_t));
    if (prune == NULL) {
        return certctl_error(ctl, CERT_NO_MEMORY, "out of memory");
    }

    prune->ctl = ctl;
    prune->until = ctl->now - (cert_time_t) grace * CERT_DAY_SEC;

    status = cmd_prune_expired(prune);

    if (status == 0) {
        status = certctl_tree_walk(ctl, cmd_prune_file, prune);
    }

    if (status == 0) {
        status = cmd_prune_sweep(prune);
    }

    if (status == 0) {
        status = cmd_prune_forget(prune);
    }

    if (status == 0) {
        status = certctl_print_object(ctl,
                     json_pack("{sIsIsI}", "pruned",
                               (json_int_t) prune->pruned, "left_over",
                               (json_int_t) prune->left_over, "forgotten",
                               (json_int_t) prune->forgotten));
    }

    free(prune);

    return status;
}


static int
cmd_prune_options(certctl_t *ctl, int argc, char **argv, uint64_t *grace)
{
    int             status;
    certctl_args_t  args;

    certctl_option_t  list[] = {
        { "grace", CERTCTL_COUNT, grace },
        { NULL, CERTCTL_FLAG, NULL }
    };

    *grace = CMD_PRUNE_GRACE;

    status = certctl_options(ctl, argc, argv, list, 0, 0, &args);
    if (status != 0) {
        return status;
    }

    /* Without a bound the product with a day could overflow. */

    if (*grace > CMD_PRUNE_GRACE_MAX) {
        return certctl_usage(ctl, "\"--grace\" takes at most %u days",
                             CMD_PRUNE_GRACE_MAX);
    }

    return 0;
}


/* In batches, each from where the last one ended. */
static int
cmd_prune_expired(cmd_prune_t *prune)
{
    int              status;
    cert_err_t       err;
    cert_position_t  after;

    after.len = 0;

    do {
        prune->n = 0;

        err = cert_list_expired(prune->ctl->reader, prune->until, &after,
                                CMD_PRUNE_BATCH, cmd_prune_collect,
                                prune);

        if (err != CERT_OK && err != CERT_NOT_FOUND) {
            return certctl_error(prune->ctl, err, "cannot list the expired "
                                 "copies: %s", cert_err_name(err));
        }

        status = cmd_prune_batch(prune);

    } while (status == 0 && err == CERT_OK);

    return status;
}


/* Called within a snapshot, so it only takes a note. */
static cert_err_t
cmd_prune_collect(void *data, const cert_code_t *code, cert_time_t time)
{
    cmd_prune_t  *prune = data;

    (void) time;

    prune->codes[prune->n++] = *code;

    return CERT_OK;
}


/* "Pruned" is on disk before the first file goes. */
static int
cmd_prune_batch(cmd_prune_t *prune)
{
    int             status;
    size_t          n;
    certctl_txn_t  *txn;

    if (prune->n == 0) {
        return 0;
    }

    status = certctl_txn_begin(prune->ctl, &txn);
    if (status != 0) {
        return status;
    }

    status = cmd_prune_mark(prune, txn, &n);
    status = certctl_txn_end(prune->ctl, txn, status);

    return status != 0 ? status : cmd_prune_files(prune, n);
}


/*
 * Leaves in prune->codes the "n" copies that were ready until now; to the
 * files of the others the walk over the folder sees.
 */
static int
cmd_prune_mark(cmd_prune_t *prune, certctl_txn_t *txn, size_t *n)
{
    int             status;
    size_t          i;
    cert_err_t      err;
    cert_change_t   change;
    cert_outcome_t  outcome;

    *n = 0;

    for (i = 0; i < prune->n; i++) {

        status = certctl_change_init(prune->ctl, &change, CERT_CHANGE_PRUNE);
        if (status != 0) {
            return status;
        }

        change.u.copy.code = prune->codes[i];

        err = certctl_txn_apply(txn, &change, &outcome);

        if (err == CERT_REFUSED || (err == CERT_OK && outcome.is_unchanged)) {
            continue;
        }

        if (err != CERT_OK) {
            return certctl_change_report(prune->ctl, err, &outcome,
                                         "cannot prune a copy");
        }

        prune->codes[(*n)++] = prune->codes[i];
    }

    return 0;
}


/* A file that is gone already was pruned by another command. */
static int
cmd_prune_files(cmd_prune_t *prune, size_t n)
{
    int     status;
    char    name[CERT_CODE_PATH_SIZE];
    size_t  i;

    for (i = 0; i < n; i++) {
        cert_code_path(&prune->codes[i], name);

        status = cmd_prune_unlink(prune->ctl, name);
        if (status != 0) {
            return status;
        }

        prune->pruned++;
    }

    return 0;
}


/* What no copy needs now: left by a crash, a failure or a prune. */
static int
cmd_prune_file(void *data, const char *name, const cert_code_t *code)
{
    cmd_prune_t  *prune = data;

    cert_err_t           err;
    cert_annotation_t    annotation;
    cert_certificate_t   certificate;

    if (code == NULL) {
        return 0;
    }

    err = cert_read_annotation(prune->ctl->reader, code, &annotation,
                               &certificate);

    if (err != CERT_OK && err != CERT_NOT_FOUND) {
        return certctl_error(prune->ctl, err, "%s: %s", name,
                             cert_err_name(err));
    }

    /* Anything else is in use, or will be pruned in its time, or unknown. */

    if (err == CERT_NOT_FOUND
        || (!annotation.is_pruned
            && annotation.state != CERT_ANNOTATION_FAILED))
    {
        return 0;
    }

    prune->left_over++;

    return cmd_prune_unlink(prune->ctl, name);
}


/* The path comes from a code or a walk, never from outside. */
static int
cmd_prune_unlink(certctl_t *ctl, const char *name)
{
    int   status;
    char  path[CERTCTL_PATH_MAX];

    status = certctl_tree_path(ctl, path, name);
    if (status != 0) {
        return status;
    }

    if (unlink(path) != 0 && errno != ENOENT) {
        return certctl_error(ctl, CERT_SYSTEM, "cannot remove \"%s\": %s",
                             path, strerror(errno));
    }

    return 0;
}


/* By the clock, whatever --at says: what is being written is of now. */
static int
cmd_prune_sweep(cmd_prune_t *prune)
{
    uint64_t       removed;
    cert_err_t     err;
    cert_reason_t  reason;

    err = certrender_sweep(prune->ctl->home, certctl_home_clock(),
                           CMD_PRUNE_TMP_SEC, &removed, &reason);

    prune->left_over += removed;

    return err == CERT_OK ? 0 : certctl_error(prune->ctl, err, "%s",
                                              reason.text);
}


/* Part by part: to others the store is locked for moments. */
static int
cmd_prune_forget(cmd_prune_t *prune)
{
    int             status;
    certctl_t      *ctl;
    cert_change_t   change;
    cert_outcome_t  outcome;

    ctl = prune->ctl;
    outcome.next.len = 0;

    do {
        status = certctl_change_init(ctl, &change, CERT_CHANGE_FORGET);
        if (status != 0) {
            return status;
        }

        change.u.forget.until = change.time
                                - CERT_REPEAT_DAYS * CERT_DAY_SEC;
        change.u.forget.part.after = outcome.next;
        change.u.forget.part.limit = CMD_PRUNE_BATCH;

        status = certctl_change_run(ctl, &change, &outcome,
                                    "cannot remove the Idempotency-Keys of "
                                    "old applications");
        if (status == 0) {
            prune->forgotten += outcome.forgotten;
        }

    } while (status == 0 && outcome.next.len != 0);

    return status;
}
