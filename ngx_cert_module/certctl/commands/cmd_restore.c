/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl restore: what a restored store lacks, and going on without it.
 *
 * A store that is behind its mark is refused by every program, since it would
 * call valid what was revoked after the backup.  Only a person knows whether
 * there is a newer copy somewhere; this command says what is missing, and with
 * --accept-loss makes the store as it is the right one.
 *
 * The entry in the journal is committed first and the mark written after it: a
 * run that is cut short leaves a store that is still refused, and the next run
 * writes one more entry.  The other order would accept a loss without a trace.
 *
 * Where there is no mark, --accept-loss makes one in the same way: a home that
 * was restored on another machine has none, and certd may make no file in it.
 *
 * To copy a backup into place here as well was rejected: cp does that, and a
 * command that may write over a store must not exist.
 */


#include "cert_mark.h"
#include "cert_read.h"
#include "certctl_change.h"
#include "certctl_commands.h"
#include "certctl_home.h"
#include "certctl_json.h"
#include "certctl_options.h"
#include "certctl_output.h"
#include "certctl_tree.h"


typedef struct {
    certctl_t       *ctl;
    cert_err_t       known;     /* how the mark was found */
    cert_err_t       past;      /* how the store stands to it */
    cert_mark_t      mark;
    cert_mark_t      is;        /* where the store is */
    cert_reason_t    reason;    /* what is wrong with either */
    json_t          *copies;    /* sealed, and not known to the store */
} cmd_restore_t;


static int cmd_restore_look(cmd_restore_t *restore);
static int cmd_restore_copy(void *data, const char *name,
    const cert_code_t *code);
static int cmd_restore_accept(cmd_restore_t *restore);
static int cmd_restore_say(cmd_restore_t *restore, int is_accepted);
static void cmd_restore_lines(const cmd_restore_t *restore, int is_accepted);


int
cmd_restore(certctl_t *ctl, int argc, char **argv)
{
    int             status, is_accepted;
    certctl_args_t  args;
    cmd_restore_t   restore;

    is_accepted = 0;

    certctl_option_t  list[] = {
        { "accept-loss", CERTCTL_FLAG, &is_accepted },
        { NULL, CERTCTL_FLAG, NULL }
    };

    status = certctl_options(ctl, argc, argv, list, 0, 0, &args);

    if (status == 0) {
        status = certctl_home_open(ctl, CERT_STORE_ACCEPT);
    }

    if (status != 0) {
        return status;
    }

    memset(&restore, 0, sizeof(restore));
    restore.ctl = ctl;
    restore.copies = json_array();

    status = cmd_restore_look(&restore);

    /* A store that stands at its mark has nothing to be accepted. */
    if (restore.known == CERT_OK && restore.past == CERT_OK) {
        is_accepted = 0;
    }

    if (status == 0 && is_accepted) {
        status = cmd_restore_accept(&restore);
    }

    if (status == 0) {
        status = cmd_restore_say(&restore, is_accepted);
    }

    json_decref(restore.copies);

    return status;
}


/* The mark first: a commit in between would make the store look old. */
static int
cmd_restore_look(cmd_restore_t *restore)
{
    int         status;
    char        path[CERTCTL_PATH_MAX];
    cert_err_t  err;
    certctl_t  *ctl;

    ctl = restore->ctl;

    status = certctl_home_path(ctl, path, "store");
    if (status != 0) {
        return status;
    }

    restore->known = cert_mark_read(path, ctl->ring, &restore->mark,
                                    &restore->reason);

    if (restore->known == CERT_SYSTEM) {
        return certctl_error(ctl, CERT_SYSTEM, "%s", restore->reason.text);
    }

    restore->past = restore->known == CERT_NOT_FOUND ? CERT_OK
                                                     : restore->known;
    if (restore->known == CERT_OK) {
        restore->past = cert_read_is_past(ctl->reader, &restore->mark,
                                          &restore->reason);
    }

    err = cert_read_mark(ctl->reader, &restore->is);

    if (err != CERT_OK) {
        return certctl_error(ctl, err, "cannot read the head of the store: "
                             "%s", cert_err_name(err));
    }

    return certctl_tree_walk(ctl, cmd_restore_copy, restore);
}


/* An application is committed before its copy is made, and never removed. */
static int
cmd_restore_copy(void *data, const char *name, const cert_code_t *code)
{
    cmd_restore_t  *restore = data;

    char                 text[CERT_CODE_TEXT_SIZE];
    cert_err_t           err;
    cert_annotation_t    annotation;
    cert_certificate_t   certificate;

    (void) name;

    if (code == NULL) {
        return 0;
    }

    err = cert_read_annotation(restore->ctl->reader, code, &annotation,
                               &certificate);

    if (err == CERT_NOT_FOUND) {
        cert_code_format(code, text);
        certjson_add(&restore->copies, json_string(text));
        return 0;
    }

    /* Damage in a record is the business of fsck. */
    return err == CERT_OK || err == CERT_CORRUPT
           ? 0 : certctl_error(restore->ctl, err, "cannot read the store: %s",
                               cert_err_name(err));
}


static int
cmd_restore_accept(cmd_restore_t *restore)
{
    int             status;
    char            path[CERTCTL_PATH_MAX];
    certctl_t      *ctl;
    cert_err_t      err;
    cert_mark_t     mark;
    cert_change_t   change;
    cert_reason_t   reason;
    cert_outcome_t  outcome;

    ctl = restore->ctl;

    status = certctl_home_path(ctl, path, "store");

    if (status == 0) {
        status = certctl_change_init(ctl, &change, CERT_CHANGE_RESTORE);
    }

    if (status != 0) {
        return status;
    }

    change.u.restore.journal = restore->mark.journal;
    memcpy(change.u.restore.chain, restore->mark.chain, CERT_SHA256_SIZE);

    status = certctl_change_run(ctl, &change, &outcome, "restore");
    if (status != 0) {
        return status;
    }

    err = cert_read_mark(ctl->reader, &mark);

    if (err != CERT_OK) {
        return certctl_error(ctl, err, "cannot read the head of the store: "
                             "%s", cert_err_name(err));
    }

    /*
     * Later than what an nginx that runs may remember, also in the same second
     * and by a clock that was set back.
     */
    mark.accepted = certctl_home_clock();

    if (mark.accepted <= restore->mark.accepted) {
        mark.accepted = restore->mark.accepted + 1;
    }

    err = cert_mark_write(path, ctl->ring, &mark, &reason);

    return err == CERT_OK ? 0 : certctl_error(ctl, err, "%s", reason.text);
}


/* CERTCTL_NO: something is missing, and that was not accepted. */
static int
cmd_restore_say(cmd_restore_t *restore, int is_accepted)
{
    int         status;
    size_t      copies;
    uint64_t    missing;
    json_t     *json;
    certctl_t  *ctl;

    ctl = restore->ctl;
    copies = json_array_size(restore->copies);

    missing = restore->mark.journal > restore->is.journal
              ? restore->mark.journal - restore->is.journal : 0;

    json = json_pack("{sIsosIsosIsIsb}",
              "journal", (json_int_t) restore->is.journal,
              "highest", certctl_json_time(ctl, restore->is.highest),
              "mark_journal", (json_int_t) restore->mark.journal,
              "mark_highest", certctl_json_time(ctl, restore->mark.highest),
              "entries_missing", (json_int_t) missing,
              "copies_unknown", (json_int_t) copies,
              "accepted", is_accepted);

    status = restore->past != CERT_OK && !is_accepted ? CERTCTL_NO : 0;

    if (copies > 0 && !is_accepted) {
        status = CERTCTL_NO;
    }

    /* A list that could not be made has no size that could be told. */
    if (restore->copies == NULL) {
        json_decref(json);
        json = NULL;
    }

    if (ctl->is_json) {
        certjson_set(&json, "copies", json_incref(restore->copies));

        if (restore->past != CERT_OK) {
            certjson_set(&json, "reason", json_string(restore->reason.text));
        }
    }

    if (certctl_print_object(ctl, json) != 0) {
        return CERTCTL_SYSTEM;
    }

    if (!ctl->is_json) {
        cmd_restore_lines(restore, is_accepted);
    }

    return status;
}


/* The reason why the store is refused is void once the loss was accepted. */
static void
cmd_restore_lines(const cmd_restore_t *restore, int is_accepted)
{
    size_t   i;
    json_t  *code;

    if (restore->known == CERT_NOT_FOUND && !is_accepted) {
        printf("the store has no mark, so an older store in its place would "
               "go unnoticed; \"certctl restore --accept-loss\" makes one\n");
    }

    if (restore->past != CERT_OK && !is_accepted) {
        printf("%s\n"
               "look for a newer copy of the store first; \"certctl restore "
               "--accept-loss\" goes on without what is missing\n",
               restore->reason.text);
    }

    json_array_foreach(restore->copies, i, code) {
        printf("%s: a sealed copy that the store does not know\n",
               json_string_value(code));
    }
}
