/*
 * Copyright (C) the ngx_cert authors
 *
 * The undoing of an import.
 *
 * The entries of a run name it behind the actor: certctl:root/57.  Its number
 * is the sequence of its first entry, so it is found without reading what was
 * before.
 *
 * It is undone by further changes, a batch a commit as it came in, and not by
 * taking the journal back: what was done stays on record.  Each change decides
 * inside its transaction; what was found before only saves asking.
 *
 * A file with the rows as they were was rejected: it would be one more place
 * with people's data, and the journal has them sealed.
 */


#include <stdio.h>
#include <stdlib.h>

#include "cert_journal.h"
#include "cert_list.h"
#include "certctl_change.h"
#include "certctl_home.h"
#include "certctl_json.h"
#include "certctl_output.h"
#include "certctl_undo.h"
#include "certctl_undo_rows.h"


/* The certificate of an entry, for the time of one change. */
typedef struct {
    certctl_t           *ctl;
    cert_err_t           err;
    cert_certificate_t   certificate;
} certctl_undo_old_t;


static int certctl_undo_open(certctl_undo_t *undo);
static int certctl_undo_apply(certctl_undo_t *undo);
static int certctl_undo_commit(certctl_undo_t *undo);
static int certctl_undo_one(certctl_undo_t *undo, certctl_undo_row_t *row);
static int certctl_undo_begin(certctl_undo_t *undo);
static int certctl_undo_remove(certctl_undo_t *undo, certctl_undo_row_t *row);
static int certctl_undo_restore(certctl_undo_t *undo,
    certctl_undo_row_t *row);
static int certctl_undo_copies(certctl_undo_t *undo, certctl_undo_row_t *row);
static int certctl_undo_read(certctl_undo_t *undo, certctl_undo_row_t *row,
    certctl_undo_old_t *old);
static cert_err_t certctl_undo_copy(void *data, const cert_code_t *code,
    cert_time_t time);
static cert_err_t certctl_undo_old(void *data,
    const cert_journal_entry_t *entry);
static int certctl_undo_change(certctl_undo_t *undo, cert_change_t *change,
    certctl_undo_row_t *row, const char *refused);
static int certctl_undo_say(const certctl_undo_t *undo);


int
certctl_undo(certctl_t *ctl, uint64_t run)
{
    int             status;
    certctl_undo_t  undo;

    memset(&undo, 0, sizeof(undo));
    undo.ctl = ctl;
    undo.run = run;

    (void) snprintf(undo.mark, sizeof(undo.mark), "/%llu",
                    (unsigned long long) run);

    status = certctl_undo_open(&undo);

    if (status == 0) {
        status = certctl_undo_rows(&undo);
    }

    if (status == 0) {
        status = certctl_undo_apply(&undo);
    }

    if (undo.txn != NULL) {
        certctl_txn_abort(undo.txn);
    }

    if (status == 0) {
        status = certctl_undo_say(&undo);
    }

    free(undo.rows);

    return status;
}


static int
certctl_undo_open(certctl_undo_t *undo)
{
    int  status;

    status = certctl_home_open(undo->ctl, CERT_STORE_WRITE);

    return status != 0 ? status : certctl_home_need_private(undo->ctl, "undo");
}


static int
certctl_undo_apply(certctl_undo_t *undo)
{
    int     status;
    size_t  i;

    status = 0;

    for (i = 0; status == 0 && i < undo->n; i++) {

        if (undo->rows[i].why == NULL) {
            status = certctl_undo_one(undo, &undo->rows[i]);
        }

        if (status == 0
            && (i + 1 == undo->n || (i + 1) % CERTCTL_UNDO_BATCH == 0
                || certctl_txn_is_large(undo->txn)))
        {
            status = certctl_undo_commit(undo);
        }
    }

    return status;
}


/* The entries of the batch are behind those that were looked at. */
static int
certctl_undo_commit(certctl_undo_t *undo)
{
    certctl_txn_t  *txn;

    if (undo->txn == NULL) {
        return 0;
    }

    txn = undo->txn;
    undo->txn = NULL;
    undo->next += certctl_txn_count(txn);

    return certctl_txn_commit(undo->ctl, txn);
}


static int
certctl_undo_one(certctl_undo_t *undo, certctl_undo_row_t *row)
{
    int  status;

    status = undo->txn != NULL ? 0 : certctl_undo_begin(undo);

    if (status != 0 || row->why != NULL) {
        return status;
    }

    status = row->is_new ? certctl_undo_remove(undo, row)
                         : certctl_undo_restore(undo, row);
    row->is_done = row->why == NULL;

    return status;
}


/* Others may have written since the rows were looked at. */
static int
certctl_undo_begin(certctl_undo_t *undo)
{
    int  status;

    status = certctl_txn_begin(undo->ctl, &undo->txn);
    if (status != 0) {
        return status;
    }

    certctl_txn_rely(undo->txn);

    return certctl_undo_rows_renew(undo);
}


static int
certctl_undo_remove(certctl_undo_t *undo, certctl_undo_row_t *row)
{
    int            status;
    cert_change_t  change;

    status = certctl_change_init(undo->ctl, &change, CERT_CHANGE_REMOVE);
    if (status != 0) {
        return status;
    }

    change.u.remove.number = cert_strz(row->number);

    status = certctl_undo_change(undo, &change, row, "it has copies");
    undo->removed += status == 0 && row->why == NULL;

    return status;
}


/* A copy that was made since says what the import said. */
static int
certctl_undo_restore(certctl_undo_t *undo, certctl_undo_row_t *row)
{
    int                 status;
    cert_change_t       change;
    certctl_undo_old_t  old;

    memset(&old, 0, sizeof(old));

    status = certctl_undo_copies(undo, row);

    if (status == 0 && row->why == NULL) {
        status = certctl_undo_read(undo, row, &old);
    }

    if (status != 0 || row->why != NULL) {
        goto done;
    }

    if (row->has_status) {
        old.certificate.facts.status = row->status;
        old.certificate.facts.replaced_by = cert_strz(row->by);
    }

    status = certctl_change_init(undo->ctl, &change, CERT_CHANGE_CERTIFICATE);

    if (status == 0) {
        change.u.certificate = &old.certificate;
        status = certctl_undo_change(undo, &change, row, "what it was is "
                                     "refused by now");
        undo->restored += status == 0 && row->why == NULL;
    }

done:

    explicit_bzero(&old, sizeof(old));

    return status;
}


/* Copies that cannot be looked at may have been made since. */
static int
certctl_undo_copies(certctl_undo_t *undo, certctl_undo_row_t *row)
{
    cert_err_t       err;
    cert_position_t  after;

    after.len = 0;

    do {
        err = cert_list_annotations(undo->ctl->reader, cert_strz(row->number),
                                    &after, CERTCTL_UNDO_BATCH,
                                    certctl_undo_copy, row);
    } while (err == CERT_OK);

    return err == CERT_NOT_FOUND ? 0
           : certctl_error(undo->ctl, err, "the copies of %s: %s", row->number,
                           cert_err_name(err));
}


/* What the certificate was, from its entry; to be wiped. */
static int
certctl_undo_read(certctl_undo_t *undo, certctl_undo_row_t *row,
    certctl_undo_old_t *old)
{
    uint64_t    from;
    cert_err_t  err;

    old->ctl = undo->ctl;
    old->err = CERT_NOT_FOUND;
    from = row->before;
    err = CERT_OK;

    if (row->before != 0) {
        err = cert_journal_list(undo->ctl->reader, &from, 1, certctl_undo_old,
                                old);
    }

    if (err == CERT_OK) {
        err = old->err;
    }

    if (err != CERT_OK && err != CERT_NOT_FOUND) {
        return certctl_error(undo->ctl, err, "entry %llu of the journal: %s",
                             (unsigned long long) row->before,
                             cert_err_name(err));
    }

    if (err == CERT_NOT_FOUND) {
        row->why = "what it was is not in the journal";

    } else if (!old->certificate.has_person) {
        row->why = "the key of what it was is gone";
    }

    return 0;
}


static cert_err_t
certctl_undo_copy(void *data, const cert_code_t *code, cert_time_t time)
{
    certctl_undo_row_t *row = data;

    (void) code;

    if (time >= row->time) {
        row->why = "it has copies made since";
    }

    return CERT_OK;
}


static cert_err_t
certctl_undo_old(void *data, const cert_journal_entry_t *entry)
{
    certctl_undo_old_t *old = data;

    old->err = cert_journal_certificate(old->ctl->ring, entry,
                                        &old->certificate);

    return CERT_OK;
}


/* A refusal keeps the row; a failure ends the undoing. */
static int
certctl_undo_change(certctl_undo_t *undo, cert_change_t *change,
    certctl_undo_row_t *row, const char *refused)
{
    cert_err_t      err;
    cert_outcome_t  outcome;

    err = certctl_txn_apply(undo->txn, change, &outcome);

    if (err == CERT_REFUSED) {
        row->why = outcome.refusal == CERT_REFUSAL_NO_CERTIFICATE
                   ? "it is gone" : refused;
        return 0;
    }

    if (err != CERT_OK) {
        return certctl_error(undo->ctl, err, "certificate %s: %s", row->number,
                             cert_err_name(err));
    }

    return 0;
}


static int
certctl_undo_say(const certctl_undo_t *undo)
{
    int      status;
    size_t   i, kept;
    json_t  *list;

    kept = 0;
    list = undo->ctl->is_json ? json_array() : NULL;

    for (i = 0; i < undo->n; i++) {
        if (undo->rows[i].why == NULL) {
            continue;
        }

        kept++;

        if (undo->ctl->is_json) {
            certjson_add(&list, json_pack("{ssss}", "number",
                                          undo->rows[i].number, "reason",
                                          undo->rows[i].why));

        } else {
            printf("kept: %s: %s\n", undo->rows[i].number, undo->rows[i].why);
        }
    }

    status = 0;

    if (undo->ctl->is_json) {
        status = certctl_print(json_pack("{sIsIsIso}",
                               "run", (json_int_t) undo->run,
                               "removed", (json_int_t) undo->removed,
                               "restored", (json_int_t) undo->restored,
                               "kept", list));

    } else {
        printf("removed %llu, restored %llu, kept %zu\n",
               (unsigned long long) undo->removed,
               (unsigned long long) undo->restored, kept);
    }

    return status != 0 ? status : kept > 0 ? CERTCTL_NO : CERTCTL_YES;
}
