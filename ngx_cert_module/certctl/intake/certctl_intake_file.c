/*
 * Copyright (C) the ngx_cert authors
 *
 * The file of an intake, its headings, and what rows are checked against.
 *
 * Columns are found by name, in any order, because files come from
 * spreadsheets that people rearrange.  That makes a misspelt name dangerous,
 * so a name that is not known is an error and not a column to skip.
 *
 * Above the headings there may be a title and who exported it when: the first
 * row with two known names, among the first ten, has the headings.
 *
 * What rows are checked against is fixed at the start: policy, patterns and the
 * day.  A policy that changes during an intake of an hour counts from the next
 * one on, or one file would be judged by two.
 */


#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certctl_change.h"
#include "certctl_heading.h"
#include "certctl_home.h"
#include "certctl_intake_file.h"
#include "certctl_name.h"
#include "certctl_output.h"


/* Rows among which the headings are. */
#define CERTCTL_INTAKE_TITLES  10


static int certctl_intake_file_source(certctl_intake_t *intake);
static int certctl_intake_file_table(certctl_intake_t *intake);
static int certctl_intake_file_rules(certctl_intake_t *intake);
static int certctl_intake_file_find(certctl_intake_t *intake);
static int certctl_intake_file_is_header(const certctl_intake_t *intake);
static size_t certctl_intake_file_mistaken(const certctl_intake_t *intake);
static int certctl_intake_file_say_mistaken(const certctl_intake_t *intake,
    size_t column);
static int certctl_intake_file_columns(certctl_intake_t *intake);
static int certctl_intake_file_column(certctl_intake_t *intake, size_t n,
    cert_str_t heading);
static int certctl_intake_file_unknown(certctl_intake_t *intake, size_t n,
    cert_str_t heading);
static int certctl_intake_file_complete(certctl_intake_t *intake);


/* The file first: a mistyped name need not wait for a lock. */
int
certctl_intake_file_open(certctl_intake_t *intake)
{
    int         status;
    certctl_t  *ctl;

    ctl = intake->ctl;

    status = certctl_intake_file_source(intake);

    if (status == 0) {
        status = certctl_intake_file_table(intake);
    }

    if (status != 0) {
        return status;
    }

    status = certctl_home_open(ctl, CERT_STORE_WRITE);

    if (status == 0) {
        status = certctl_home_need_private(ctl, "import");
    }

    if (status == 0) {
        status = certctl_intake_file_rules(intake);
    }

    return status;
}


static int
certctl_intake_file_source(certctl_intake_t *intake)
{
    struct stat  st;

    intake->fd = certctl_csv_fd(intake->options.source);

    if (intake->fd == -1) {
        return certctl_error(intake->ctl, CERT_SYSTEM,
                             "cannot open \"%s\": %s",
                             intake->options.source, strerror(errno));
    }

    if (fstat(intake->fd, &st) == 0 && S_ISREG(st.st_mode)) {
        intake->size = (uint64_t) st.st_size;
        intake->start = lseek(intake->fd, 0, SEEK_CUR);
    }

    return 0;
}


/* What the file is not is wrong usage, as a file without headings is. */
static int
certctl_intake_file_table(certctl_intake_t *intake)
{
    cert_err_t     err;
    cert_reason_t  reason;

    err = certctl_table_open(&intake->table, intake->fd,
                             intake->options.encoding, intake->options.sheet,
                             &reason);

    if (err == CERT_INVALID || err == CERT_NOT_FOUND) {
        return certctl_usage(intake->ctl, "cannot read \"%s\": %s",
                             intake->options.source, reason.text);
    }

    if (err != CERT_OK) {
        return certctl_error(intake->ctl, err, "cannot read \"%s\": %s",
                             intake->options.source, reason.text);
    }

    return 0;
}


/* Patterns are compiled once: a row each would cost more than all else. */
static int
certctl_intake_file_rules(certctl_intake_t *intake)
{
    int             status;
    uint64_t        key[2];
    cert_err_t      err;
    certctl_t      *ctl;
    cert_reason_t   reason;

    ctl = intake->ctl;

    err = cert_patterns_create(&intake->layout.rules.patterns, &ctl->policy,
                               &reason);
    if (err != CERT_OK) {
        return certctl_error(ctl, err, "policy: %s", reason.text);
    }

    intake->layout.rules.coder = certctl_coder_create();
    intake->layout.rules.now = ctl->now;
    intake->layout.rules.utc_offset_sec = ctl->policy.utc_offset_sec;
    intake->layout.rules.today = cert_time_date(ctl->now,
                                         ctl->policy.utc_offset_sec);

    status = certctl_change_random(ctl, key, sizeof(key));
    if (status != 0) {
        return status;
    }

    intake->seen = certctl_seen_create(key);
    intake->survey = certctl_survey_create(key);

    if (intake->seen == NULL || intake->survey == NULL) {
        return certctl_error(ctl, CERT_NO_MEMORY, "out of memory");
    }

    return 0;
}


void
certctl_intake_file_close(certctl_intake_t *intake)
{
    certctl_table_close(intake->table);
    certctl_seen_destroy(intake->seen);
    certctl_survey_destroy(intake->survey);
    cert_patterns_destroy(intake->layout.rules.patterns);
    certctl_coder_destroy(intake->layout.rules.coder);

    if (intake->fd != -1) {
        close(intake->fd);
    }

    /* The header of a file without one was a person's row. */
    explicit_bzero(intake, sizeof(certctl_intake_t));
}


/*
 * A missing or unknown column is wrong usage, not a bad row: nothing of the
 * file is taken.
 */
int
certctl_intake_file_header(certctl_intake_t *intake)
{
    int               status;
    certctl_table_t  *table;

    table = intake->table;

    status = certctl_intake_file_find(intake);
    if (status != 0) {
        return status;
    }

    if (table->form[0] != '\0') {
        fprintf(stderr, "certctl: reading \"%s\" as %s\n",
                intake->options.source, table->form);
    }

    status = certctl_intake_file_columns(intake);

    return status != 0 ? status : certctl_intake_file_complete(intake);
}


int
certctl_intake_file_again(certctl_intake_t *intake)
{
    int  status;

    certctl_table_close(intake->table);
    intake->table = NULL;

    if (lseek(intake->fd, intake->start, SEEK_SET) == -1) {
        return certctl_error(intake->ctl, CERT_SYSTEM, "cannot read \"%s\": "
                             "%s", intake->options.source, strerror(errno));
    }

    status = certctl_intake_file_table(intake);

    return status != 0 ? status : certctl_intake_file_find(intake);
}


/* Leaves the row with the headings in hand. */
static int
certctl_intake_file_find(certctl_intake_t *intake)
{
    int               n;
    size_t            mistaken;
    cert_err_t        err;
    cert_reason_t     reason;
    certctl_table_t  *table;

    table = intake->table;
    mistaken = 0;

    for (n = 0; n < CERTCTL_INTAKE_TITLES; n++) {
        err = certctl_table_next(table, &reason);

        if (err == CERT_NOT_FOUND) {
            break;
        }

        if (err != CERT_OK && err != CERT_INVALID) {
            return certctl_error(intake->ctl, err, "cannot read \"%s\": %s",
                                 intake->options.source, reason.text);
        }

        if (err == CERT_OK && certctl_intake_file_is_header(intake)) {
            return 0;
        }

        if (err == CERT_OK && mistaken == 0) {
            mistaken = certctl_intake_file_mistaken(intake);
        }
    }

    if (mistaken != 0) {
        return certctl_intake_file_say_mistaken(intake, mistaken);
    }

    /* What does not look like a heading may be a person's: it is not quoted. */

    if (n == 0) {
        return certctl_usage(intake->ctl, "\"%s\" has no header line",
                             intake->options.source);
    }

    return certctl_usage(intake->ctl, "no row of the first %d has the names "
                         "of columns; is the header line missing?", n);
}


static int
certctl_intake_file_is_header(const certctl_intake_t *intake)
{
    size_t                  i, n;
    unsigned                column;
    const certctl_table_t  *table;

    table = intake->table;
    n = 0;

    for (i = 0; i < table->fields_n && i < CERTCTL_CSV_FIELDS_MAX; i++) {
        n += certctl_heading_find(intake->layout.kind, table->fields[i],
                                  &column)
             == CERT_OK;
    }

    return n >= 2;
}


/* The first column that a program read as another encoding; 0: none. */
static size_t
certctl_intake_file_mistaken(const certctl_intake_t *intake)
{
    size_t                  i;
    const certctl_table_t  *table;

    table = intake->table;

    for (i = 0; i < table->fields_n && i < CERTCTL_CSV_FIELDS_MAX; i++) {
        if (certctl_name_is_mistaken_heading(intake->layout.rules.coder,
                                             table->fields[i]))
        {
            return i + 1;
        }
    }

    return 0;
}


static int
certctl_intake_file_say_mistaken(const certctl_intake_t *intake, size_t column)
{
    return certctl_usage(intake->ctl, "column %zu of the header line was "
                         "UTF-8, and was opened as another encoding before "
                         "it was saved: open the file again as UTF-8",
                         column);
}


/* Headings of rejects go before the others and are ours. */
static int
certctl_intake_file_columns(certctl_intake_t *intake)
{
    int                     status;
    size_t                  i, n;
    certctl_layout_t       *layout;
    const certctl_table_t  *table;

    table = intake->table;
    layout = &intake->layout;
    n = table->fields_n;

    while (n > 0 && n <= CERTCTL_CSV_FIELDS_MAX
           && table->fields[n - 1].len == 0)
    {
        n--;
    }

    if (n > CERTCTL_CSV_FIELDS_MAX) {
        return certctl_usage(intake->ctl, "the file has more than %d columns",
                             CERTCTL_CSV_FIELDS_MAX);
    }

    if (certctl_heading_is_rejects(table->fields, n)) {
        layout->columns_first = CERTCTL_REJECTS_COLUMNS;

        for (i = 0; i < CERTCTL_REJECTS_COLUMNS; i++) {
            layout->columns[layout->columns_n++] = CERTCTL_RECORD_SKIP;
        }
    }

    for (i = layout->columns_first; i < n; i++) {
        status = certctl_intake_file_column(intake, i, table->fields[i]);
        if (status != 0) {
            return status;
        }
    }

    if (certctl_rejects_header(&intake->rejects,
                               table->fields + layout->columns_first,
                               n - layout->columns_first) != CERT_OK)
    {
        return certctl_usage(intake->ctl, "\"%s\" has a header line that is "
                             "too long", intake->options.source);
    }

    return 0;
}


/* Twice would leave it to chance which of the two fields counts. */
static int
certctl_intake_file_column(certctl_intake_t *intake, size_t n,
    cert_str_t heading)
{
    unsigned    i, column;
    cert_err_t  err;

    err = certctl_heading_find(intake->layout.kind, heading, &column);

    if (err == CERT_NOT_FOUND) {
        return certctl_intake_file_unknown(intake, n, heading);
    }

    for (i = 0; err == CERT_OK && i < intake->layout.columns_n; i++) {
        if (intake->layout.columns[i] == column) {
            return certctl_usage(intake->ctl, "the column \"%s\" is given "
                                 "twice",
                                 intake->layout.kind->name(column));
        }
    }

    intake->layout.columns[intake->layout.columns_n++] = column;

    return 0;
}


/*
 * A heading has no digits: with them it may be a row of a person.  A byte order
 * mark that a program has read as three letters is what is left of a file that
 * it opened as another encoding, and all other texts are as wrong.
 */
static int
certctl_intake_file_unknown(certctl_intake_t *intake, size_t n,
    cert_str_t heading)
{
    char    text[64];
    size_t  i;

    if (certctl_name_is_mistaken_heading(intake->layout.rules.coder, heading)) {
        return certctl_intake_file_say_mistaken(intake, n + 1);
    }

    for (i = 0; i < heading.len; i++) {
        if (heading.data[i] >= '0' && heading.data[i] <= '9') {
            break;
        }
    }

    if (heading.len == 0 || i < heading.len || heading.len > 48) {
        return certctl_usage(intake->ctl, "column %zu of the header line has "
                             "no column name", n + 1);
    }

    cert_text_escape(text, sizeof(text), heading);

    return certctl_usage(intake->ctl, "unknown column \"%s\"", text);
}


/* All columns that are not optional are there. */
static int
certctl_intake_file_complete(certctl_intake_t *intake)
{
    unsigned  i, found;

    found = 0;

    for (i = 0; i < intake->layout.columns_n; i++) {
        found |= 1u << intake->layout.columns[i];
    }

    for (i = 0; i < intake->layout.kind->required_n; i++) {
        if ((found & (1u << i)) == 0) {
            return certctl_usage(intake->ctl, "the column \"%s\" is missing",
                                 intake->layout.kind->name(i));
        }
    }

    return 0;
}
