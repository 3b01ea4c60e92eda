/*
 * Copyright (C) the ngx_cert authors
 *
 * An intake from its first row to its summary.
 *
 * A row goes through three checks: the CSV reader, the rules of its kind, and
 * the change itself, which knows the store.  Each of them refuses it with
 * line, column and reason; the row goes to the rejects file and the intake
 * goes on.  Every CERTCTL_BATCH rows are a commit: a kill loses no committed
 * row, and since a row that is in the store already changes nothing, the next
 * run simply starts over.
 *
 * The kind only says what a row amounts to; its effects are all here.  A
 * transaction is begun at the first change, so a file of bad rows never holds
 * the writer lock.
 *
 * One transaction for the whole file was rejected: LMDB keeps what a
 * transaction has written in memory, and all other writers would wait for an
 * hour.  Nor is there a mark of how far an intake came: it would have to be
 * shown to belong to the same file, and to compare a row costs little more than
 * reading it.
 */


#include "certctl_ahead.h"
#include "certctl_cell.h"
#include "certctl_change.h"
#include "certctl_home.h"
#include "certctl_intake_file.h"
#include "certctl_intake_say.h"
#include "certctl_output.h"


/* Beside exit statuses: the row was refused and noted, go on. */
#define CERTCTL_INTAKE_REJECTED  -1


static int certctl_intake_run(certctl_intake_t *intake);
static int certctl_intake_look(certctl_intake_t *intake);
static int certctl_intake_rows(certctl_intake_t *intake);
static int certctl_intake_row(certctl_intake_t *intake);
static int certctl_intake_take(certctl_intake_t *intake,
    const certctl_kind_row_t *row);
static int certctl_intake_seen(certctl_intake_t *intake, cert_str_t key);
static int certctl_intake_change(certctl_intake_t *intake,
    const cert_change_t *from, cert_outcome_t *outcome);
static int certctl_intake_begin(certctl_intake_t *intake);
static const char *certctl_intake_about(cert_refusal_t refusal);
static int certctl_intake_judge(certctl_intake_t *intake);
static int certctl_intake_is_rounded(const certctl_intake_t *intake);
static int certctl_intake_rounded(const certctl_intake_t *intake);
static int certctl_intake_commit(certctl_intake_t *intake);
static int certctl_intake_failed(const certctl_intake_t *intake,
    cert_err_t err, const char *why);
static int certctl_intake_reject(certctl_intake_t *intake, const char *column,
    const char *why);


int
certctl_intake(certctl_t *ctl, const certctl_kind_t *kind,
    const certctl_intake_options_t *options, void *data)
{
    int               status;
    certctl_intake_t  intake;

    memset(&intake, 0, sizeof(intake));

    intake.ctl = ctl;
    intake.layout.kind = kind;
    intake.layout.data = data;
    intake.options = *options;
    intake.fd = -1;

    status = certctl_rejects_name(ctl, &intake.rejects, options->rejects,
                                  options->source);

    if (status == 0) {
        status = certctl_intake_run(&intake);
    }

    certctl_intake_file_close(&intake);

    return status;
}


static int
certctl_intake_run(certctl_intake_t *intake)
{
    int  status, rc;

    status = certctl_intake_file_open(intake);

    if (status == 0) {
        status = certctl_rejects_check(intake->ctl, &intake->rejects,
                                       intake->fd);
    }

    if (status == 0) {
        status = certctl_intake_file_header(intake);
    }

    if (status == 0) {
        status = certctl_intake_look(intake);
    }

    if (status == 0) {
        status = certctl_intake_rows(intake);
    }

    if (intake->txn != NULL) {
        certctl_txn_abort(intake->txn);
    }

    /* What was refused before a failure is worth keeping as well. */

    rc = certctl_rejects_close(intake->ctl, &intake->rejects);

    if (status == 0) {
        status = rc != 0 ? rc : certctl_intake_say(intake);
    }

    return status;
}


/*
 * Numbers that a spreadsheet has rounded may come late in a long file, when
 * rows before them are committed: so it is read once before, at a few percent
 * of the time of an intake.  A pipe is read once, and judged on the way.
 */
static int
certctl_intake_look(certctl_intake_t *intake)
{
    size_t                   i;
    unsigned char            is_long[CERTCTL_CSV_FIELDS_MAX];
    const certctl_layout_t  *layout;

    layout = &intake->layout;

    if (intake->size == 0 || intake->options.force_rounded) {
        return 0;
    }

    for (i = 0; i < layout->columns_n; i++) {
        is_long[i] = (layout->kind->long_columns & 1u << layout->columns[i])
                     != 0;
    }

    if (certctl_rounded_look(&intake->rounded, intake->table, is_long,
                             layout->columns_n))
    {
        return certctl_intake_rounded(intake);
    }

    memset(&intake->rounded, 0, sizeof(intake->rounded));

    return certctl_intake_file_again(intake);
}


/*
 * A file that cannot be read to its end ends the intake, but what was
 * committed stays: the next run goes over it quickly.
 */
static int
certctl_intake_rows(certctl_intake_t *intake)
{
    int               status;
    uint64_t          n;
    cert_err_t        err;
    certctl_ahead_t  *ahead;

    err = certctl_ahead_create(&ahead, intake->table, &intake->layout,
                               intake->size == 0);
    if (err != CERT_OK) {
        return certctl_error(intake->ctl, err, "out of memory");
    }

    status = 0;

    certctl_progress_begin(&intake->progress, "rows");

    for (n = 1; status == 0; n++) {
        intake->record = certctl_ahead_next(ahead);

        if (intake->record->err == CERT_NOT_FOUND) {
            status = certctl_intake_commit(intake);
            break;
        }

        status = certctl_intake_row(intake);

        if (status == CERTCTL_INTAKE_REJECTED) {
            status = 0;
        }

        if (n % 1000 == 0) {
            certctl_progress_update(&intake->progress, n,
                                    intake->record->bytes, intake->size);
        }
    }

    certctl_progress_end(&intake->progress);
    certctl_ahead_destroy(ahead);
    intake->record = NULL;

    return status;
}


/* Rows of one batch are counted, not changes: a row may be none, or two. */
static int
certctl_intake_row(certctl_intake_t *intake)
{
    int                      status;
    cert_err_t               err;
    certctl_record_t        *record;
    const certctl_layout_t  *layout;

    record = intake->record;
    layout = &intake->layout;

    status = certctl_intake_judge(intake);
    if (status != 0) {
        return status;
    }

    if (record->err == CERT_REFUSED) {
        return certctl_intake_reject(intake, record->column, record->why);
    }

    if (record->err != CERT_OK) {
        return certctl_intake_failed(intake, record->err, record->why);
    }

    err = layout->kind->row(layout->data, record->item, &record->row);

    if (err == CERT_REFUSED) {
        return certctl_intake_reject(intake,
                                     layout->kind->name(record->row.column),
                                     record->row.reason.text);
    }

    status = err == CERT_OK ? certctl_intake_take(intake, &record->row)
                            : certctl_intake_failed(intake, err,
                                                    record->row.reason.text);

    if (status == 0
        && (++intake->pending == CERTCTL_BATCH
            || certctl_txn_is_large(intake->txn)))
    {
        status = certctl_intake_commit(intake);
    }

    return status;
}


/*
 * What is counted is the row, not the change: a certificate that is the same
 * with a photo that is new is one that was corrected.
 */
static int
certctl_intake_take(certctl_intake_t *intake, const certctl_kind_row_t *row)
{
    int             status, is_new, is_unchanged;
    unsigned        i;
    cert_text_t     number;
    cert_change_t   change;
    cert_outcome_t  outcome;

    status = certctl_intake_seen(intake, row->key);

    if (status == 0 && row->earlier != CERT_REFUSAL_NONE) {
        status = certctl_intake_reject(intake,
                                       certctl_intake_about(row->earlier),
                                       cert_refusal_text(row->earlier));
    }

    is_new = 0;
    is_unchanged = 1;

    for (i = 0; status == 0 && i < row->changes_n; i++) {
        change = row->changes[i];

        /* Of the certificate before it, however the row spells its number. */
        if (change.type == CERT_CHANGE_PHOTO && i > 0) {
            change.u.photo.number = cert_strz(number.data);
        }

        status = certctl_intake_change(intake, &change, &outcome);

        if (status == 0) {
            number = outcome.number;
            is_new |= i == 0 && outcome.is_new;
            is_unchanged &= outcome.is_unchanged;
        }
    }

    if (status == 0) {
        intake->counts.created += is_new;
        intake->counts.unchanged += !is_new && is_unchanged;
        intake->counts.corrected += !is_new && !is_unchanged;

        intake->layout.kind->survey(intake->layout.data, intake->record->item,
                                    intake->survey, intake->record->line,
                                    !is_new && !is_unchanged);
    }

    return status;
}


/* A key seen twice is refused: either of the two rows could be right. */
static int
certctl_intake_seen(certctl_intake_t *intake, cert_str_t key)
{
    char                   why[64];
    uint64_t               first;
    cert_err_t             err;
    const certctl_kind_t  *kind;

    kind = intake->layout.kind;

    err = certctl_seen_add(intake->seen, key, intake->record->line, &first);

    if (err == CERT_EXISTS) {
        (void) snprintf(why, sizeof(why), "is on line %llu already",
                        (unsigned long long) first);
        return certctl_intake_reject(intake, kind->name(kind->key_column),
                                     why);
    }

    if (err != CERT_OK) {
        return certctl_error(intake->ctl, err, "out of memory");
    }

    return 0;
}


/* Only here the store is asked: in a transaction it cannot change. */
static int
certctl_intake_change(certctl_intake_t *intake, const cert_change_t *from,
    cert_outcome_t *outcome)
{
    int            status;
    cert_err_t     err;
    cert_change_t  change;

    status = intake->txn != NULL ? 0 : certctl_intake_begin(intake);

    if (status == 0) {
        status = certctl_change_init(intake->ctl, &change, from->type);
    }

    if (status != 0) {
        return status;
    }

    change.u = from->u;

    err = certctl_txn_apply(intake->txn, &change, outcome);

    if (err == CERT_REFUSED || err == CERT_INVALID) {
        return certctl_intake_reject(intake,
                                 certctl_intake_about(outcome->refusal),
                                 err == CERT_REFUSED
                                 ? cert_refusal_text(outcome->refusal)
                                 : "cannot be stored");
    }

    /* The record of one row, not the row, is what is wrong: stop and say. */

    if (err != CERT_OK) {
        return certctl_error(intake->ctl, err, "line %llu: %s; rows committed "
                             "so far: %llu",
                             (unsigned long long) intake->record->line,
                             cert_err_name(err),
                             (unsigned long long)
                             certctl_intake_sum(&intake->committed));
    }

    return 0;
}


/*
 * With the lock it is known which entry of the journal comes next.  As long as
 * rows are unchanged there is none, and it may become another import's.
 */
static int
certctl_intake_begin(certctl_intake_t *intake)
{
    int  status;

    status = certctl_txn_begin(intake->ctl, &intake->txn);

    if (status != 0 || intake->has_begun) {
        return status;
    }

    certctl_txn_rely(intake->txn);

    intake->run = certctl_home_run(intake->ctl);

    return intake->run != 0 ? 0
           : certctl_error(intake->ctl, CERT_SYSTEM, "cannot read the head of "
                           "the store");
}


/* The column that a refusal is about; empty: the row as a whole. */
static const char *
certctl_intake_about(cert_refusal_t refusal)
{
    switch (refusal) {

    case CERT_REFUSAL_NO_QUALIFICATION:
        return "qualification";

    case CERT_REFUSAL_PHOTO:
        return "photo";

    case CERT_REFUSAL_HAS_ACCOUNT:
        return "id_number";

    case CERT_REFUSAL_USERNAME:
        return "username";

    default:
        return "";
    }
}


/*
 * Of a pipe nothing was known ahead: its rows are judged as many at a time as
 * those of a file were, and before each commit.
 */
static int
certctl_intake_judge(certctl_intake_t *intake)
{
    if (intake->judged == CERTCTL_ROUNDED_ROWS) {
        if (certctl_intake_is_rounded(intake)) {
            return certctl_intake_rounded(intake);
        }

        memset(&intake->rounded, 0, sizeof(intake->rounded));
        intake->judged = 0;
    }

    intake->rounded.n += intake->record->rounded.n;
    intake->rounded.rounded += intake->record->rounded.rounded;
    intake->judged++;

    return 0;
}


static int
certctl_intake_is_rounded(const certctl_intake_t *intake)
{
    return intake->size == 0 && !intake->options.force_rounded
           && certctl_rounded_is_file(&intake->rounded);
}


/* The transaction that is open goes with the intake. */
static int
certctl_intake_rounded(const certctl_intake_t *intake)
{
    return certctl_error(intake->ctl, CERT_REFUSED, "a spreadsheet has rounded "
                         "the long numbers of \"%s\": %llu of %llu end in "
                         "000, .0 or E+; none of these rows was imported, rows "
                         "committed before: %llu. Export them again as .xlsx "
                         "with these columns as text, or as CSV that no "
                         "spreadsheet has opened; --force-rounded imports them "
                         "if they are right",
                         intake->options.source,
                         (unsigned long long) intake->rounded.rounded,
                         (unsigned long long) intake->rounded.n,
                         (unsigned long long)
                         certctl_intake_sum(&intake->committed));
}


/* "committed" is what is printed at the end, so it follows the disk. */
static int
certctl_intake_commit(certctl_intake_t *intake)
{
    int             status, has_entries;
    certctl_txn_t  *txn;

    if (certctl_intake_is_rounded(intake)) {
        return certctl_intake_rounded(intake);
    }

    txn = intake->txn;
    intake->txn = NULL;
    intake->pending = 0;

    if (intake->options.is_check) {
        certctl_txn_abort(txn);
        txn = NULL;
    }

    if (txn != NULL) {
        has_entries = certctl_txn_count(txn) > 0;

        status = certctl_txn_commit(intake->ctl, txn);
        if (status != 0) {
            return status;
        }

        intake->has_begun |= has_entries;
    }

    intake->committed = intake->counts;

    return 0;
}


/* The file, the store, the keys or the machine are wrong. */
static int
certctl_intake_failed(const certctl_intake_t *intake, cert_err_t err,
    const char *why)
{
    if (intake->record->line == 0) {
        return certctl_error(intake->ctl, err, "cannot read \"%s\": %s",
                             intake->options.source, why);
    }

    return certctl_error(intake->ctl, err, "line %llu: %s",
                         (unsigned long long) intake->record->line, why);
}


/*
 * Notes a refusal; "column" may be empty, "why" is part of a sentence and
 * quotes nothing.  It is not a failure: a status of its own, which ends the row
 * and not the intake.
 */
static int
certctl_intake_reject(certctl_intake_t *intake, const char *column,
    const char *why)
{
    int                      status;
    size_t                   n, i;
    cert_str_t               fields[CERTCTL_CSV_FIELDS_MAX];
    const certctl_layout_t  *layout;
    const certctl_record_t  *record;

    record = intake->record;
    layout = &intake->layout;
    n = record->fields_n;

    certctl_survey_refused(intake->survey, record->line, column, why);

    if (n > layout->columns_n && record->is_whole) {
        n = layout->columns_n;
    }

    n = n < CERTCTL_CSV_FIELDS_MAX ? n : CERTCTL_CSV_FIELDS_MAX;
    n = n > layout->columns_first ? n - layout->columns_first : 0;

    /* A guard that is there would be guarded, and not taken off again. */

    for (i = 0; record->is_row && i < n; i++) {
        fields[i] = certctl_cell_unguard(record->fields[layout->columns_first
                                                        + i]);
    }

    status = certctl_rejects_add(intake->ctl, &intake->rejects, record->line,
                                 column, why,
                                 record->is_row ? fields : &record->raw,
                                 record->is_row ? n : 1,
                                 record->is_sheet ? layout->columns_n
                                                    - layout->columns_first
                                                  : 0);

    return status != 0 ? status : CERTCTL_INTAKE_REJECTED;
}
