/*
 * Copyright (C) the ngx_cert authors
 *
 * A row of an import, from its fields to its changes.
 *
 * All that can be refused without the store is refused before a transaction
 * is begun, so a file of bad rows never holds the writer lock.
 *
 * What is counted is the row, not the change: a certificate that is the same
 * with a photo that is new is one that was corrected.
 *
 * A photo is read before the number is looked for among those seen: a row that
 * is refused for its photo leaves its number to the right row further down.
 */


#include <stdlib.h>

#include "certctl_change.h"
#include "certctl_import.h"
#include "certctl_photo.h"


static int certctl_import_check(certctl_import_t *import, size_t *photo_len);
static int certctl_import_seen(certctl_import_t *import);
static int certctl_import_photo(certctl_import_t *import, size_t *len);
static int certctl_import_apply(certctl_import_t *import, size_t photo_len);
static int certctl_import_change(certctl_import_t *import, const cert_change_t
    *change, cert_outcome_t *outcome);


int
certctl_import_row(certctl_import_t *import)
{
    int     status;
    size_t  photo_len;

    status = certctl_import_check(import, &photo_len);

    if (status == 0 && import->txn == NULL) {
        status = certctl_begin(import->ctl, &import->txn);
    }

    if (status == 0) {
        status = certctl_import_apply(import, photo_len);
    }

    if (status == CERTCTL_IMPORT_REJECTED) {
        return 0;
    }

    if (status == 0 && ++import->pending == CERTCTL_BATCH) {
        status = certctl_import_commit(import);
    }

    return status;
}


/* All that can be said of a row without the store. */

static int
certctl_import_check(certctl_import_t *import, size_t *photo_len)
{
    int              status;
    size_t           i;
    cert_str_t       fields[CERTCTL_COLS];
    certctl_csv_t   *csv;
    certctl_row_t   *row;

    csv = import->csv;
    row = &import->row;
    *photo_len = 0;

    if (csv->fields_n != import->columns_n) {
        return certctl_import_reject(import, "", "has another number of "
                                     "columns than the header", 1);
    }

    memset(fields, 0, sizeof(fields));

    for (i = 0; i < import->columns_n; i++) {
        fields[import->columns[i]] = csv->fields[i];
    }

    if (certctl_row_read(row, fields, &import->rules) != CERT_OK) {
        return certctl_import_reject(import, certctl_column_name(row->column),
                                     row->why, 1);
    }

    if (row->photo.len > 0) {
        status = certctl_import_photo(import, photo_len);
        if (status != 0) {
            return status;
        }
    }

    return certctl_import_seen(import);
}


/* Either of two rows could be the right one: the second is refused. */

static int
certctl_import_seen(certctl_import_t *import)
{
    char        why[64];
    uint64_t    first;
    cert_err_t  err;

    err = certctl_seen_add(import->seen,
                           import->row.certificate.facts.number,
                           import->csv->line, &first);

    if (err == CERT_EXISTS) {
        (void) snprintf(why, sizeof(why), "is on line %llu already",
                        (unsigned long long) first);
        return certctl_import_reject(import, "number", why, 1);
    }

    if (err != CERT_OK) {
        return certctl_error(import->ctl, err, "out of memory");
    }

    return 0;
}


/* One buffer serves all photos, and is not there while there are none. */

static int
certctl_import_photo(certctl_import_t *import, size_t *len)
{
    if (import->photo == NULL) {
        import->photo = malloc(CERT_PHOTO_MAX);

        if (import->photo == NULL) {
            return certctl_error(import->ctl, CERT_NO_MEMORY,
                                 "out of memory");
        }
    }

    if (certctl_photo_read(import->folder, import->row.photo, import->photo,
                           len, &import->row.why) != CERT_OK)
    {
        return certctl_import_reject(import, "photo", import->row.why, 1);
    }

    return 0;
}


/* Certificate and photo are two changes of one transaction. */

static int
certctl_import_apply(certctl_import_t *import, size_t photo_len)
{
    int             status;
    cert_change_t   change;
    cert_outcome_t  outcome, photo;

    status = certctl_change_init(import->ctl, &change,
                                 CERT_CHANGE_CERTIFICATE);
    if (status != 0) {
        return status;
    }

    change.u.certificate = &import->row.certificate;

    status = certctl_import_change(import, &change, &outcome);
    if (status != 0) {
        return status;
    }

    if (photo_len > 0) {
        status = certctl_change_init(import->ctl, &change, CERT_CHANGE_PHOTO);
        if (status != 0) {
            return status;
        }

        change.u.photo.number = import->row.certificate.facts.number;
        change.u.photo.photo.data = import->photo;
        change.u.photo.photo.len = photo_len;

        status = certctl_import_change(import, &change, &photo);
        if (status != 0) {
            return status;
        }

        outcome.is_unchanged &= photo.is_unchanged;
    }

    import->counts.created += outcome.is_new;
    import->counts.unchanged += !outcome.is_new && outcome.is_unchanged;
    import->counts.corrected += !outcome.is_new && !outcome.is_unchanged;

    return 0;
}


/* Only here the catalogue is asked: in a transaction it cannot change. */

static int
certctl_import_change(certctl_import_t *import, const cert_change_t *change,
    cert_outcome_t *outcome)
{
    cert_err_t   err;
    const char  *column;

    err = cert_change_apply(import->txn, change, outcome);

    if (err == CERT_REFUSED || err == CERT_INVALID) {

        column = outcome->refusal == CERT_REFUSAL_NO_QUALIFICATION
                 ? "qualification"
                 : outcome->refusal == CERT_REFUSAL_PHOTO ? "photo" : "";

        return certctl_import_reject(import, column, err == CERT_REFUSED
                                     ? cert_refusal_text(outcome->refusal)
                                     : "cannot be stored", 1);
    }

    /* The record of one row, not the row, is what is wrong: stop and say. */

    if (err != CERT_OK) {
        return certctl_error(import->ctl, err, "line %llu: %s; rows committed "
                             "so far: %llu",
                             (unsigned long long) import->csv->line,
                             cert_err_name(err),
                             (unsigned long long) (import->committed.created
                                                + import->committed.corrected
                                                + import->committed.unchanged));
    }

    return 0;
}


/* "committed" is what is told at the end, so it follows the disk. */

int
certctl_import_commit(certctl_import_t *import)
{
    int          status;
    cert_txn_t  *txn;

    txn = import->txn;
    import->txn = NULL;
    import->pending = 0;

    if (txn != NULL) {
        status = certctl_commit(import->ctl, txn);
        if (status != 0) {
            return status;
        }
    }

    import->committed = import->counts;

    return 0;
}


/* No failure: a status of its own, which ends the row and not the import. */

int
certctl_import_reject(certctl_import_t *import, const char *column,
    const char *why, int is_row)
{
    int  status;

    status = certctl_rejects_add(import->ctl, &import->rejects,
                                 import->csv->line, column, why,
                                 import->csv->raw, is_row);

    return status != 0 ? status : CERTCTL_IMPORT_REJECTED;
}
