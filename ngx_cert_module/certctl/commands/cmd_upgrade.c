/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl upgrade: the store of the schema before becomes one of this schema.
 *
 * It runs in short transactions and may be cut short anywhere: the next run
 * goes on where it was, and catches up with what was written in between.
 *
 * The lock of the keys is held alone, so no other command writes meanwhile and
 * none that opened the store before is left when it ends.  certd takes that
 * lock for each commit only, so it has to be stopped: one of the old version
 * would go on writing, to a store that is no longer its own.  nginx may go on,
 * for it reads, and what it reads stays as it is.
 *
 * So the holders of some document numbers (certctl_respell.c) come in a run of
 * their own, on a store that is of this schema, when nginx was restarted.
 */


#include "cert_figures.h"
#include "cert_read.h"
#include "certctl_change.h"
#include "certctl_commands.h"
#include "certctl_home.h"
#include "certctl_json.h"
#include "certctl_options.h"
#include "certctl_output.h"
#include "certctl_progress.h"
#include "certctl_respell.h"


typedef struct {
    cert_store_stat_t    stat;          /* as it was */
    uint64_t             done;          /* certificates */
    certctl_respelled_t  spaced;        /* ... with white space in the document
                                           number */
} cmd_upgrade_t;


static int cmd_upgrade_open(certctl_t *ctl);
static int cmd_upgrade_look(certctl_t *ctl);
static int cmd_upgrade_run(certctl_t *ctl, cmd_upgrade_t *upgrade);
static int cmd_upgrade_part(certctl_t *ctl, cert_outcome_t *outcome);
static int cmd_upgrade_stat(certctl_t *ctl, cert_store_stat_t *stat);
static int cmd_upgrade_say(certctl_t *ctl, const cmd_upgrade_t *upgrade);


int
cmd_upgrade(certctl_t *ctl, int argc, char **argv)
{
    int             status;
    cmd_upgrade_t   upgrade;
    certctl_args_t  args;

    status = certctl_options(ctl, argc, argv, NULL, 0, 0, &args);

    if (status == 0) {
        status = cmd_upgrade_open(ctl);
    }

    memset(&upgrade, 0, sizeof(upgrade));

    if (status == 0) {
        status = cmd_upgrade_stat(ctl, &upgrade.stat);
    }

    if (status == 0) {
        status = upgrade.stat.schema != CERT_STORE_SCHEMA
                 ? cmd_upgrade_run(ctl, &upgrade)
                 : certctl_respell(ctl, &upgrade.spaced);
    }

    return status != 0 ? status : cmd_upgrade_say(ctl, &upgrade);
}


/* Whether certd runs is asked before anything of the store is touched. */
static int
cmd_upgrade_open(certctl_t *ctl)
{
    int  status;

    status = certctl_home_lock(ctl, CERTCTL_LOCK_CHANGE);

    if (status == 0) {
        status = certctl_home_open_keys(ctl);
    }

    if (status == 0) {
        status = certctl_home_need_private(ctl, "an upgrade");
    }

    if (status == 0) {
        status = cmd_upgrade_look(ctl);
    }

    return status != 0 ? status
                       : certctl_home_open_store(ctl, CERT_STORE_UPGRADE);
}


/*
 * By its figures: a certd that ends removes them, and those of one that was
 * killed are old soon.
 */
static int
cmd_upgrade_look(certctl_t *ctl)
{
    int              status;
    char             path[CERTCTL_PATH_MAX];
    cert_figures_t   figures;

    status = certctl_home_path(ctl, path, "store");
    if (status != 0) {
        return status;
    }

    if (cert_figures_read(path, ctl->ring, &figures) != CERT_OK
        || !cert_figures_is_up(&figures, certctl_home_clock()))
    {
        return 0;
    }

    return certctl_error(ctl, CERT_BUSY, "certd is running, or was killed less "
                         "than %d seconds ago: stop it, and run this again",
                         CERT_FIGURES_AGE_MAX);
}


static int
cmd_upgrade_run(certctl_t *ctl, cmd_upgrade_t *upgrade)
{
    int                 status;
    cert_outcome_t      outcome;
    certctl_progress_t  progress;

    certctl_progress_begin(&progress, "certificates");

    do {
        status = cmd_upgrade_look(ctl);

        if (status == 0) {
            status = cmd_upgrade_part(ctl, &outcome);
        }

        if (status == 0) {
            upgrade->done += outcome.upgraded;
            upgrade->spaced.found += outcome.spaced;
            certctl_progress_update(&progress, upgrade->done, upgrade->done,
                                    upgrade->stat.certificates);
        }

    } while (status == 0 && outcome.is_partial);

    certctl_progress_end(&progress);

    return status;
}


/* A number is not personal, and is what an operator has to look for. */
static int
cmd_upgrade_part(certctl_t *ctl, cert_outcome_t *outcome)
{
    int             status;
    cert_err_t      err;
    cert_change_t   change;
    certctl_txn_t  *txn;

    status = certctl_change_init(ctl, &change, CERT_CHANGE_UPGRADE);

    if (status == 0) {
        status = certctl_txn_begin(ctl, &txn);
    }

    if (status != 0) {
        return status;
    }

    err = certctl_txn_apply(txn, &change, outcome);

    if (err == CERT_OK) {
        return certctl_txn_commit(ctl, txn);
    }

    certctl_txn_abort(txn);

    if (outcome->number.len == 0) {
        return certctl_change_report(ctl, err, outcome, "cannot upgrade");
    }

    return certctl_error(ctl, CERT_CORRUPT, "certificate \"%s\" or a copy of "
                         "it is damaged, or sealed under a key that is not "
                         "held; the store is still of schema %d: look at it "
                         "with \"certctl fsck\" of the old version",
                         outcome->number.data, CERT_STORE_SCHEMA_BEFORE);
}


static int
cmd_upgrade_stat(certctl_t *ctl, cert_store_stat_t *stat)
{
    cert_err_t  err;

    err = cert_read_stat(ctl->reader, stat);

    return err == CERT_OK ? 0 : certctl_error(ctl, err, "cannot read the head "
                                              "of the store: %s",
                                              cert_err_name(err));
}


/* A certificate that stays where it is, in a run that moves them: status 1. */
static int
cmd_upgrade_say(certctl_t *ctl, const cmd_upgrade_t *upgrade)
{
    int                         status, is_done;
    const certctl_respelled_t  *spaced;

    spaced = &upgrade->spaced;
    is_done = upgrade->stat.schema == CERT_STORE_SCHEMA;

    status = certctl_print_object(ctl,
                 json_pack("{sisisIsIsI}", "schema", CERT_STORE_SCHEMA,
                           "was", (int) upgrade->stat.schema,
                           "certificates", (json_int_t) upgrade->done,
                           "spaced", (json_int_t) spaced->found,
                           "moved", (json_int_t) spaced->moved));

    if (status != 0) {
        return status;
    }

    if (!ctl->is_json && !is_done) {
        puts(spaced->found != 0
             ? "restart nginx now, then run this once more: it moves what is "
               "\"spaced\" to where its holders are found; then start certd"
             : "restart nginx now, then start certd");

    } else if (!ctl->is_json) {
        puts("the store has this schema already");
    }

    return is_done && spaced->moved != spaced->found ? CERTCTL_NO : 0;
}
