/*
 * Copyright (C) the ngx_cert authors
 *
 * The undoing of an import.
 *
 * The entries of a run name it behind the actor: certctl:root/57.  Its number
 * is the sequence of its first entry, so it is found without reading what was
 * before.  The journal is read from there to find its rows, once more for what
 * came after and would be lost, and, if it corrected any, from the start for
 * what these rows were.
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
#include "cert_read.h"
#include "certctl_change.h"
#include "certctl_home.h"
#include "certctl_json.h"
#include "certctl_output.h"
#include "certctl_undo.h"


/* Entries in one snapshot, and rows in one commit. */
#define CERTCTL_UNDO_BATCH  1000

/* "/" and the digits of a number. */
#define CERTCTL_UNDO_MARK_SIZE  22

/* A row of the run. */
typedef struct {
    char            number[CERT_NUMBER_MAX + 1];
    uint64_t        sequence;   /* of its entry */
    uint64_t        before;     /* of the entry that it corrected; 0: new */
    cert_time_t     time;
    const char     *why;        /* it stays; NULL: not known yet */
    int             is_new;
    int             has_status; /* was set after "before" */
    cert_status_t   status;
    char            by[CERT_NUMBER_MAX + 1];
} certctl_undo_row_t;

typedef struct {
    certctl_t           *ctl;
    uint64_t             run;
    char                 mark[CERTCTL_UNDO_MARK_SIZE];
    size_t               n;
    size_t               room;
    certctl_undo_row_t  *rows;
    uint64_t             removed;
    uint64_t             restored;
    certctl_txn_t       *txn;
} certctl_undo_t;

/* The certificate of an entry, for the time of one change. */
typedef struct {
    certctl_t           *ctl;
    cert_err_t           err;
    cert_certificate_t   certificate;
} certctl_undo_old_t;


static int certctl_undo_open(certctl_undo_t *undo);
static int certctl_undo_find(certctl_undo_t *undo);
static int certctl_undo_walk(certctl_undo_t *undo, uint64_t from,
    cert_each_entry_pt each);
static int certctl_undo_is_ours(const certctl_undo_t *undo,
    const cert_journal_entry_t *entry);
static cert_err_t certctl_undo_row(void *data,
    const cert_journal_entry_t *entry);
static int certctl_undo_order(const void *a, const void *b);
static certctl_undo_row_t *certctl_undo_get(certctl_undo_t *undo,
    cert_str_t number);
static cert_err_t certctl_undo_after(void *data,
    const cert_journal_entry_t *entry);
static void certctl_undo_named(certctl_undo_t *undo, cert_str_t by,
    uint64_t sequence);
static cert_err_t certctl_undo_before(void *data,
    const cert_journal_entry_t *entry);
static int certctl_undo_apply(certctl_undo_t *undo);
static int certctl_undo_one(certctl_undo_t *undo, certctl_undo_row_t *row);
static int certctl_undo_remove(certctl_undo_t *undo, certctl_undo_row_t *row);
static int certctl_undo_restore(certctl_undo_t *undo,
    certctl_undo_row_t *row);
static cert_err_t certctl_undo_copy(void *data, const cert_code_t *code,
    cert_time_t time);
static cert_err_t certctl_undo_old(void *data,
    const cert_journal_entry_t *entry);
static int certctl_undo_change(certctl_undo_t *undo, cert_change_t *change,
    certctl_undo_row_t *row, const char *refused);
static int certctl_undo_say(const certctl_undo_t *undo);


uint64_t
certctl_undo_mark(certctl_t *ctl)
{
    char               mark[CERTCTL_UNDO_MARK_SIZE];
    size_t             len;
    cert_store_stat_t  stat;

    if (cert_read_stat(ctl->reader, &stat) != CERT_OK) {
        return 0;
    }

    (void) snprintf(mark, sizeof(mark), "/%llu",
                    (unsigned long long) stat.journal + 1);

    len = strlen(ctl->actor);
    len = len + strlen(mark) > CERT_ACTOR_MAX ? CERT_ACTOR_MAX - strlen(mark)
                                              : len;
    strcpy(ctl->actor + len, mark);

    return stat.journal + 1;
}


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
        status = certctl_undo_find(&undo);
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


/* Its rows, and what was before and after. */
static int
certctl_undo_find(certctl_undo_t *undo)
{
    int     status;
    size_t  i;

    status = certctl_undo_walk(undo, undo->run, certctl_undo_row);

    if (status == 0 && undo->n == 0) {
        return certctl_error(undo->ctl, CERT_NOT_FOUND, "no import has the "
                             "number %llu", (unsigned long long) undo->run);
    }

    if (status != 0) {
        return status;
    }

    qsort(undo->rows, undo->n, sizeof(certctl_undo_row_t),
          certctl_undo_order);

    status = certctl_undo_walk(undo, undo->run, certctl_undo_after);

    for (i = 0; i < undo->n && undo->rows[i].is_new; i++) { /* void */ }

    if (status == 0 && i < undo->n) {
        status = certctl_undo_walk(undo, 1, certctl_undo_before);
    }

    return status;
}


/* Entries from "from" on. */
static int
certctl_undo_walk(certctl_undo_t *undo, uint64_t from,
    cert_each_entry_pt each)
{
    cert_err_t  err;

    do {
        err = cert_journal_list(undo->ctl->reader, &from, CERTCTL_UNDO_BATCH,
                                each, undo);
    } while (err == CERT_OK);

    if (err != CERT_OK && err != CERT_NOT_FOUND) {
        return certctl_error(undo->ctl, err, "entry %llu of the journal: %s",
                             (unsigned long long) from, cert_err_name(err));
    }

    return 0;
}


static int
certctl_undo_is_ours(const certctl_undo_t *undo,
    const cert_journal_entry_t *entry)
{
    size_t  len;

    len = strlen(undo->mark);

    return entry->actor.len > len
           && memcmp(entry->actor.data + entry->actor.len - len, undo->mark,
                     len) == 0;
}


/* The photo of a new certificate goes with it, and comes right behind it. */
static cert_err_t
certctl_undo_row(void *data, const cert_journal_entry_t *entry)
{
    certctl_undo_t *undo = data;

    void                *new;
    certctl_undo_row_t  *row;

    if (!certctl_undo_is_ours(undo, entry)
        || entry->subject.len > CERT_NUMBER_MAX)
    {
        return CERT_OK;
    }

    row = undo->n > 0 ? &undo->rows[undo->n - 1] : NULL;

    if (entry->type == CERT_CHANGE_PHOTO && row != NULL
        && strlen(row->number) == entry->subject.len
        && memcmp(row->number, entry->subject.data, entry->subject.len) == 0)
    {
        row->why = row->is_new ? row->why : "its photo was changed with it";
        return CERT_OK;
    }

    if (undo->n == undo->room) {
        undo->room = undo->room * 2 + CERTCTL_UNDO_BATCH;
        new = realloc(undo->rows, undo->room * sizeof(certctl_undo_row_t));

        if (new == NULL) {
            return CERT_NO_MEMORY;
        }

        undo->rows = new;
    }

    row = &undo->rows[undo->n++];
    memset(row, 0, sizeof(certctl_undo_row_t));
    memcpy(row->number, entry->subject.data, entry->subject.len);
    row->sequence = entry->sequence;
    row->time = entry->time;
    row->is_new = entry->detail.len == 3
                  && memcmp(entry->detail.data, "new", 3) == 0;

    if (entry->type != CERT_CHANGE_CERTIFICATE) {
        row->is_new = 0;
        row->why = entry->type == CERT_CHANGE_PHOTO
                   ? "its photo alone was changed"
                   : "it is an account: reset or link it";
    }

    return CERT_OK;
}


static int
certctl_undo_order(const void *a, const void *b)
{
    const certctl_undo_row_t *x = a, *y = b;

    return strcmp(x->number, y->number);
}


/* NULL: not of this run. */
static certctl_undo_row_t *
certctl_undo_get(certctl_undo_t *undo, cert_str_t number)
{
    certctl_undo_row_t  key;

    if (number.len == 0 || number.len > CERT_NUMBER_MAX) {
        return NULL;
    }

    memcpy(key.number, number.data, number.len);
    key.number[number.len] = '\0';

    return bsearch(&key, undo->rows, undo->n, sizeof(certctl_undo_row_t),
                   certctl_undo_order);
}


/* Copies are looked for with their certificate; all else names it. */
static cert_err_t
certctl_undo_after(void *data, const cert_journal_entry_t *entry)
{
    certctl_undo_t *undo = data;

    cert_str_t           by;
    cert_status_t        status;
    certctl_undo_row_t  *row;
    cert_certificate_t   certificate;

    if (entry->type == CERT_CHANGE_STATUS
        && cert_journal_status(entry, &status, &by) == CERT_OK)
    {
        certctl_undo_named(undo, by, entry->sequence);
    }

    if (entry->type == CERT_CHANGE_CERTIFICATE
        && !certctl_undo_is_ours(undo, entry)
        && cert_journal_certificate(undo->ctl->ring, entry, &certificate)
           == CERT_OK)
    {
        certctl_undo_named(undo, certificate.facts.replaced_by,
                           entry->sequence);
        explicit_bzero(&certificate, sizeof(certificate));
    }

    if (certctl_undo_is_ours(undo, entry)
        || (entry->type != CERT_CHANGE_CERTIFICATE
            && entry->type != CERT_CHANGE_PHOTO
            && entry->type != CERT_CHANGE_STATUS
            && entry->type != CERT_CHANGE_REMOVE))
    {
        return CERT_OK;
    }

    row = certctl_undo_get(undo, entry->subject);

    if (row != NULL && entry->sequence > row->sequence) {
        row->why = entry->type == CERT_CHANGE_REMOVE
                   ? "it was taken back already" : "it was changed since";
    }

    return CERT_OK;
}


static void
certctl_undo_named(certctl_undo_t *undo, cert_str_t by, uint64_t sequence)
{
    certctl_undo_row_t  *row;

    row = certctl_undo_get(undo, by);

    if (row != NULL && sequence > row->sequence) {
        row->why = "another certificate is replaced by it";
    }
}


/* What a corrected certificate was: the last entry, and a status after it. */
static cert_err_t
certctl_undo_before(void *data, const cert_journal_entry_t *entry)
{
    certctl_undo_t *undo = data;

    cert_str_t           by;
    certctl_undo_row_t  *row;

    if (entry->type != CERT_CHANGE_CERTIFICATE
        && entry->type != CERT_CHANGE_STATUS)
    {
        return CERT_OK;
    }

    row = certctl_undo_get(undo, entry->subject);

    if (row == NULL || row->is_new || entry->sequence >= row->sequence) {
        return CERT_OK;
    }

    if (entry->type == CERT_CHANGE_CERTIFICATE) {
        row->before = entry->sequence;
        row->has_status = 0;

    } else if (cert_journal_status(entry, &row->status, &by) == CERT_OK
               && by.len <= CERT_NUMBER_MAX)
    {
        row->has_status = 1;
        memcpy(row->by, by.data, by.len);
        row->by[by.len] = '\0';
    }

    return CERT_OK;
}


static int
certctl_undo_apply(certctl_undo_t *undo)
{
    int             status;
    size_t          i;
    certctl_txn_t  *txn;

    status = 0;

    for (i = 0; status == 0 && i < undo->n; i++) {

        if (undo->rows[i].why == NULL) {
            status = certctl_undo_one(undo, &undo->rows[i]);
        }

        if (status == 0 && undo->txn != NULL
            && (i + 1 == undo->n || (i + 1) % CERTCTL_UNDO_BATCH == 0
                || certctl_txn_is_large(undo->txn)))
        {
            txn = undo->txn;
            undo->txn = NULL;
            status = certctl_txn_commit(undo->ctl, txn);
        }
    }

    if (status == 0 && undo->txn != NULL) {
        txn = undo->txn;
        undo->txn = NULL;
        status = certctl_txn_commit(undo->ctl, txn);
    }

    return status;
}


static int
certctl_undo_one(certctl_undo_t *undo, certctl_undo_row_t *row)
{
    int  status;

    status = undo->txn != NULL ? 0 : certctl_txn_begin(undo->ctl, &undo->txn);

    if (status != 0) {
        return status;
    }

    return row->is_new ? certctl_undo_remove(undo, row)
                       : certctl_undo_restore(undo, row);
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
    int                  status;
    uint64_t             from;
    cert_err_t           err;
    cert_change_t        change;
    cert_position_t      after;
    certctl_undo_old_t   old;

    after.len = 0;

    do {
        err = cert_list_annotations(undo->ctl->reader, cert_strz(row->number),
                                    &after, CERTCTL_UNDO_BATCH,
                                    certctl_undo_copy, row);
    } while (err == CERT_OK);

    if (row->why != NULL) {
        return 0;
    }

    old.ctl = undo->ctl;
    old.err = CERT_NOT_FOUND;
    from = row->before;

    if (row->before != 0) {
        (void) cert_journal_list(undo->ctl->reader, &from, 1, certctl_undo_old,
                                 &old);
    }

    if (old.err != CERT_OK || !old.certificate.has_person) {
        row->why = old.err == CERT_OK ? "the key of what it was is gone"
                                      : "what it was is not in the journal";
        return 0;
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

    explicit_bzero(&old, sizeof(old));

    return status;
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
