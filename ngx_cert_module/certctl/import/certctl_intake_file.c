/*
 * Copyright (C) the ngx_cert authors
 *
 * The file of an intake, its header, and what rows are checked against.
 *
 * Columns are found by name, in any order, because files come from
 * spreadsheets that people rearrange.  That makes a misspelt name dangerous,
 * so a name that is not known is an error and not a column to skip.
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
#include "certctl_home.h"
#include "certctl_intake_file.h"
#include "certctl_output.h"


static int certctl_intake_file_source(certctl_intake_t *intake);
static int certctl_intake_file_rules(certctl_intake_t *intake);
static int certctl_intake_file_complete(certctl_intake_t *intake);
static int certctl_intake_file_column(certctl_intake_t *intake, size_t n,
    cert_str_t name);
static unsigned certctl_intake_file_find(const certctl_intake_kind_t *kind,
    cert_str_t name);
static int certctl_intake_file_unknown(certctl_intake_t *intake, size_t n,
    cert_str_t name);


/* The file first: a mistyped name need not wait for a lock. */
int
certctl_intake_file_open(certctl_intake_t *intake)
{
    int         status;
    certctl_t  *ctl;

    ctl = intake->ctl;

    status = certctl_intake_file_source(intake);
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


/* The size serves the progress alone. */
static int
certctl_intake_file_source(certctl_intake_t *intake)
{
    struct stat  st;

    intake->fd = certctl_csv_fd(intake->source);

    if (intake->fd == -1) {
        return certctl_error(intake->ctl, CERT_SYSTEM,
                             "cannot open \"%s\": %s", intake->source,
                             strerror(errno));
    }

    if (fstat(intake->fd, &st) == 0 && S_ISREG(st.st_mode)) {
        intake->size = (uint64_t) st.st_size;
    }

    return 0;
}


/* Patterns are compiled once: a row each would cost more than all else. */
static int
certctl_intake_file_rules(certctl_intake_t *intake)
{
    int             status;
    uint64_t        seed;
    cert_err_t      err;
    certctl_t      *ctl;
    cert_reason_t   reason;

    ctl = intake->ctl;

    err = cert_patterns_create(&intake->rules.patterns, &ctl->policy,
                               &reason);
    if (err != CERT_OK) {
        return certctl_error(ctl, err, "policy: %s", reason.text);
    }

    intake->rules.today = cert_time_date(ctl->now,
                                         ctl->policy.utc_offset_sec);

    status = certctl_change_random(ctl, &seed, sizeof(seed));
    if (status != 0) {
        return status;
    }

    intake->seen = certctl_seen_create(seed);
    intake->csv = certctl_csv_open(intake->fd);

    if (intake->seen == NULL || intake->csv == NULL) {
        return certctl_error(ctl, CERT_NO_MEMORY, "out of memory");
    }

    return 0;
}


void
certctl_intake_file_close(certctl_intake_t *intake)
{
    certctl_csv_close(intake->csv);
    certctl_seen_destroy(intake->seen);
    cert_patterns_destroy(intake->rules.patterns);

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
    int             status;
    size_t          i, n;
    cert_err_t      err;
    certctl_t      *ctl;
    certctl_csv_t  *csv;

    ctl = intake->ctl;
    csv = intake->csv;

    err = certctl_csv_next(csv);

    if (err == CERT_SYSTEM) {
        return certctl_error(ctl, err, "cannot read \"%s\": %s",
                             intake->source, strerror(errno));
    }

    if (err != CERT_OK || csv->raw.len >= sizeof(intake->rejects.header)) {
        return certctl_usage(ctl, "\"%s\" has no header line",
                             intake->source);
    }

    memcpy(intake->rejects.header, csv->raw.data, csv->raw.len);
    intake->rejects.header[csv->raw.len] = '\0';

    n = csv->fields_n < CERTCTL_CSV_FIELDS_MAX ? csv->fields_n
                                               : CERTCTL_CSV_FIELDS_MAX;

    for (i = 0; i < n; i++) {
        status = certctl_intake_file_column(intake, i, csv->fields[i]);
        if (status != 0) {
            return status;
        }
    }

    return certctl_intake_file_complete(intake);
}


/* All columns that are not optional are there. */
static int
certctl_intake_file_complete(certctl_intake_t *intake)
{
    unsigned  i, found;

    found = 0;

    for (i = 0; i < intake->columns_n; i++) {
        found |= 1u << intake->columns[i];
    }

    for (i = 0; i < intake->kind->required_n; i++) {
        if ((found & (1u << i)) == 0) {
            return certctl_usage(intake->ctl, "the column \"%s\" is missing",
                                 intake->kind->name(i));
        }
    }

    return 0;
}


/* Twice would leave it to chance which of the two fields counts. */
static int
certctl_intake_file_column(certctl_intake_t *intake, size_t n, cert_str_t name)
{
    unsigned  i, column;

    column = certctl_intake_file_find(intake->kind, name);

    if (column == intake->kind->columns_n) {
        return certctl_intake_file_unknown(intake, n, name);
    }

    for (i = 0; i < intake->columns_n; i++) {
        if (intake->columns[i] == column) {
            return certctl_usage(intake->ctl, "the column \"%s\" is given "
                                 "twice",
                                 intake->kind->name(column));
        }
    }

    intake->columns[intake->columns_n++] = column;

    return 0;
}


/* The column of exactly this name; as many as there are: there is none. */
static unsigned
certctl_intake_file_find(const certctl_intake_kind_t *kind, cert_str_t name)
{
    unsigned     i;
    const char  *known;

    for (i = 0; i < kind->columns_n; i++) {
        known = kind->name(i);

        if (strlen(known) == name.len
            && memcmp(known, name.data, name.len) == 0)
        {
            break;
        }
    }

    return i;
}


/*
 * A file without a header line has a person's data in its first: what does
 * not look like the name of a column is not quoted.
 */
static int
certctl_intake_file_unknown(certctl_intake_t *intake, size_t n,
    cert_str_t name)
{
    size_t  i;

    for (i = 0; i < name.len; i++) {
        if ((name.data[i] < 'a' || name.data[i] > 'z') && name.data[i] != '_')
        {
            break;
        }
    }

    if (name.len == 0 || i < name.len || name.len > 32) {
        return certctl_usage(intake->ctl, "column %zu of the first line is "
                             "not a column name; is the header line missing?",
                             n + 1);
    }

    return certctl_usage(intake->ctl, "unknown column \"%.*s\"",
                         (int) name.len, (const char *) name.data);
}
