/*
 * Copyright (C) the ngx_cert authors
 *
 * The rows of a run, from the journal.  It is read from the first entry of the
 * run to find them, once more for what came after and would be lost, and, if
 * any was corrected, from the start for what these were.
 */


#include <stdlib.h>

#include "cert_fold.h"
#include "cert_journal.h"
#include "certctl_output.h"
#include "certctl_undo_rows.h"


static int certctl_undo_rows_walk(certctl_undo_t *undo, uint64_t *from,
    cert_each_entry_pt each);
static int certctl_undo_rows_is_ours(const certctl_undo_t *undo,
    const cert_journal_entry_t *entry);
static cert_err_t certctl_undo_rows_row(void *data,
    const cert_journal_entry_t *entry);
static int certctl_undo_rows_order(const void *a, const void *b);
static certctl_undo_row_t *certctl_undo_rows_get(certctl_undo_t *undo,
    cert_str_t number);
static cert_err_t certctl_undo_rows_after(void *data,
    const cert_journal_entry_t *entry);
static void certctl_undo_rows_named(certctl_undo_t *undo, cert_str_t by,
    uint64_t sequence);
static cert_err_t certctl_undo_rows_before(void *data,
    const cert_journal_entry_t *entry);


int
certctl_undo_rows(certctl_undo_t *undo)
{
    int       status;
    size_t    i;
    uint64_t  from;

    from = undo->run;
    undo->next = undo->run;

    status = certctl_undo_rows_walk(undo, &from, certctl_undo_rows_row);

    if (status == 0 && undo->n == 0) {
        return certctl_error(undo->ctl, CERT_NOT_FOUND, "no import has the "
                             "number %llu", (unsigned long long) undo->run);
    }

    if (status != 0) {
        return status;
    }

    qsort(undo->rows, undo->n, sizeof(certctl_undo_row_t),
          certctl_undo_rows_order);

    status = certctl_undo_rows_renew(undo);

    for (i = 0; i < undo->n && undo->rows[i].is_new; i++) { /* void */ }

    if (status == 0 && i < undo->n) {
        from = 1;
        status = certctl_undo_rows_walk(undo, &from, certctl_undo_rows_before);
    }

    return status;
}


int
certctl_undo_rows_renew(certctl_undo_t *undo)
{
    return certctl_undo_rows_walk(undo, &undo->next, certctl_undo_rows_after);
}


/* Entries from "from" on, which becomes the one after the last. */
static int
certctl_undo_rows_walk(certctl_undo_t *undo, uint64_t *from,
    cert_each_entry_pt each)
{
    cert_err_t  err;

    do {
        err = cert_journal_list(undo->ctl->reader, from, CERTCTL_UNDO_BATCH,
                                each, undo);
    } while (err == CERT_OK);

    if (err != CERT_OK && err != CERT_NOT_FOUND) {
        return certctl_error(undo->ctl, err, "entry %llu of the journal: %s",
                             (unsigned long long) *from, cert_err_name(err));
    }

    return 0;
}


static int
certctl_undo_rows_is_ours(const certctl_undo_t *undo,
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
certctl_undo_rows_row(void *data, const cert_journal_entry_t *entry)
{
    certctl_undo_t *undo = data;

    void                *new;
    certctl_undo_row_t  *row;

    if (!certctl_undo_rows_is_ours(undo, entry)
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
certctl_undo_rows_order(const void *a, const void *b)
{
    const certctl_undo_row_t *x = a, *y = b;

    return strcmp(x->number, y->number);
}


/* NULL: not of this run. */
static certctl_undo_row_t *
certctl_undo_rows_get(certctl_undo_t *undo, cert_str_t number)
{
    certctl_undo_row_t  key;

    if (number.len == 0 || number.len > CERT_NUMBER_MAX) {
        return NULL;
    }

    memcpy(key.number, number.data, number.len);
    key.number[number.len] = '\0';

    return bsearch(&key, undo->rows, undo->n, sizeof(certctl_undo_row_t),
                   certctl_undo_rows_order);
}


/* Copies are looked for with their certificate; all else names it. */
static cert_err_t
certctl_undo_rows_after(void *data, const cert_journal_entry_t *entry)
{
    certctl_undo_t *undo = data;

    cert_err_t           err;
    cert_str_t           by;
    cert_status_t        status;
    certctl_undo_row_t  *row;
    cert_certificate_t   certificate;

    if (entry->type == CERT_CHANGE_STATUS) {
        err = cert_journal_status(entry, &status, &by);
        if (err != CERT_OK) {
            return err;
        }

        certctl_undo_rows_named(undo, by, entry->sequence);
    }

    if (entry->type == CERT_CHANGE_CERTIFICATE
        && !certctl_undo_rows_is_ours(undo, entry))
    {
        err = cert_journal_certificate(undo->ctl->ring, entry, &certificate);
        if (err != CERT_OK) {
            return err;
        }

        certctl_undo_rows_named(undo, certificate.facts.replaced_by,
                                entry->sequence);
        explicit_bzero(&certificate, sizeof(certificate));
    }

    if (certctl_undo_rows_is_ours(undo, entry)
        || (entry->type != CERT_CHANGE_CERTIFICATE
            && entry->type != CERT_CHANGE_PHOTO
            && entry->type != CERT_CHANGE_STATUS
            && entry->type != CERT_CHANGE_REMOVE))
    {
        return CERT_OK;
    }

    row = certctl_undo_rows_get(undo, entry->subject);

    if (row != NULL && !row->is_done && entry->sequence > row->sequence) {
        row->why = entry->type == CERT_CHANGE_REMOVE
                   ? "it was taken back already" : "it was changed since";
    }

    return CERT_OK;
}


/* A successor that was not stored yet stays in the spelling of its file. */
static void
certctl_undo_rows_named(certctl_undo_t *undo, cert_str_t by, uint64_t sequence)
{
    cert_text_t          form;
    certctl_undo_row_t  *row;

    row = certctl_undo_rows_get(undo, by);

    if (row == NULL && cert_fold_number(&form, by, NULL) == CERT_OK) {
        by = (cert_str_t) { (const uint8_t *) form.data, form.len };
        row = certctl_undo_rows_get(undo, by);
    }

    if (row != NULL && !row->is_done && sequence > row->sequence) {
        row->why = "another certificate is replaced by it";
    }
}


/* What a corrected certificate was: the last entry, and a status after it. */
static cert_err_t
certctl_undo_rows_before(void *data, const cert_journal_entry_t *entry)
{
    certctl_undo_t *undo = data;

    cert_err_t           err;
    cert_str_t           by;
    certctl_undo_row_t  *row;

    if (entry->type != CERT_CHANGE_CERTIFICATE
        && entry->type != CERT_CHANGE_STATUS)
    {
        return CERT_OK;
    }

    row = certctl_undo_rows_get(undo, entry->subject);

    if (row == NULL || row->is_new || entry->sequence >= row->sequence) {
        return CERT_OK;
    }

    if (entry->type == CERT_CHANGE_CERTIFICATE) {
        row->before = entry->sequence;
        row->has_status = 0;

    } else {
        err = cert_journal_status(entry, &row->status, &by);
        if (err != CERT_OK) {
            return err;
        }

        if (by.len > CERT_NUMBER_MAX) {
            return CERT_CORRUPT;
        }

        row->has_status = 1;
        memcpy(row->by, by.data, by.len);
        row->by[by.len] = '\0';
    }

    return CERT_OK;
}
