/*
 * Copyright (C) the ngx_cert authors
 *
 * The file of an import, its header, and what rows are held against.
 *
 * Columns are found by name, in any order, because files come from
 * spreadsheets that people rearrange.  That makes a misspelt name dangerous,
 * so a name that is not known is an error and not a column to skip.
 *
 * What rows are held against is fixed at the start: policy, patterns and the
 * day.  A policy that changes during an import of an hour counts from the next
 * one on, or one file would be judged by two.
 */


#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certctl_change.h"
#include "certctl_import.h"


static int certctl_import_source(certctl_import_t *import);
static int certctl_import_rules(certctl_import_t *import);
static int certctl_import_complete(certctl_import_t *import);
static int certctl_import_column(certctl_import_t *import, size_t n,
    cert_str_t name);
static int certctl_import_unknown(certctl_import_t *import, size_t n,
    cert_str_t name);


/* The file first: a mistyped name need not wait for a lock. */

int
certctl_import_open(certctl_import_t *import)
{
    int         status;
    certctl_t  *ctl;

    ctl = import->ctl;

    status = certctl_import_source(import);
    if (status != 0) {
        return status;
    }

    status = certctl_open(ctl, CERT_STORE_WRITE);

    if (status == 0) {
        status = certctl_need_private(ctl, "import");
    }

    if (status == 0) {
        status = certctl_import_rules(import);
    }

    return status;
}


/*
 * The folder is opened with the file: photos come from where the CSV was, even
 * if somebody renames it meanwhile.  Without it only photos cannot be read.
 */

static int
certctl_import_source(certctl_import_t *import)
{
    char         *copy;
    struct stat   st;

    copy = strdup(import->source);
    if (copy == NULL) {
        return certctl_error(import->ctl, CERT_NO_MEMORY, "out of memory");
    }

    /* The folder of "-" is ".", where a person who pipes a file stands. */

    import->folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(copy);

    import->fd = certctl_csv_fd(import->source);

    if (import->fd == -1) {
        return certctl_error(import->ctl, CERT_SYSTEM,
                             "cannot open \"%s\": %s", import->source,
                             strerror(errno));
    }

    if (fstat(import->fd, &st) == 0 && S_ISREG(st.st_mode)) {
        import->size = (uint64_t) st.st_size;
    }

    return 0;
}


/* Patterns are compiled once: a row each would cost more than all else. */

static int
certctl_import_rules(certctl_import_t *import)
{
    int             status;
    uint64_t        seed;
    cert_err_t      err;
    certctl_t      *ctl;
    cert_reason_t   reason;

    ctl = import->ctl;

    err = cert_patterns_create(&import->rules.patterns, &ctl->policy,
                               &reason);
    if (err != CERT_OK) {
        return certctl_error(ctl, err, "policy: %s", reason.text);
    }

    import->rules.today = cert_time_date(ctl->now,
                                         ctl->policy.utc_offset_sec);

    status = certctl_random(ctl, &seed, sizeof(seed));
    if (status != 0) {
        return status;
    }

    import->seen = certctl_seen_create(seed);
    import->csv = certctl_csv_open(import->fd);

    if (import->seen == NULL || import->csv == NULL) {
        return certctl_error(ctl, CERT_NO_MEMORY, "out of memory");
    }

    return 0;
}


void
certctl_import_close(certctl_import_t *import)
{
    certctl_csv_close(import->csv);
    certctl_seen_destroy(import->seen);
    cert_patterns_destroy(import->rules.patterns);
    free(import->photo);

    if (import->fd != -1) {
        close(import->fd);
    }

    if (import->folder != -1) {
        close(import->folder);
    }

    /* The last row is still in it. */
    explicit_bzero(import, sizeof(certctl_import_t));
    free(import);
}


/*
 * A missing or unknown column is wrong usage, not a bad row: nothing of the
 * file is taken.
 */

int
certctl_import_header(certctl_import_t *import)
{
    int             status;
    size_t          i, n;
    cert_err_t      err;
    certctl_t      *ctl;
    certctl_csv_t  *csv;

    ctl = import->ctl;
    csv = import->csv;

    err = certctl_csv_next(csv);

    if (err == CERT_SYSTEM) {
        return certctl_error(ctl, err, "cannot read \"%s\": %s",
                             import->source, strerror(errno));
    }

    if (err != CERT_OK || csv->raw.len >= sizeof(import->rejects.header)) {
        return certctl_usage(ctl, "\"%s\" has no header line",
                             import->source);
    }

    memcpy(import->rejects.header, csv->raw.data, csv->raw.len);
    import->rejects.header[csv->raw.len] = '\0';

    n = csv->fields_n < CERTCTL_CSV_FIELDS_MAX ? csv->fields_n
                                               : CERTCTL_CSV_FIELDS_MAX;

    for (i = 0; i < n; i++) {
        status = certctl_import_column(import, i, csv->fields[i]);
        if (status != 0) {
            return status;
        }
    }

    return certctl_import_complete(import);
}


/* All columns that are not optional are there. */

static int
certctl_import_complete(certctl_import_t *import)
{
    size_t    i;
    unsigned  found;

    found = 0;

    for (i = 0; i < import->columns_n; i++) {
        found |= 1u << import->columns[i];
    }

    for (i = 0; i < CERTCTL_COL_STATUS; i++) {
        if ((found & (1u << i)) == 0) {
            return certctl_usage(import->ctl, "there is no column \"%s\"",
                                 certctl_column_name((certctl_column_t) i));
        }
    }

    return 0;
}


/* Twice would leave it to chance which of the two fields counts. */

static int
certctl_import_column(certctl_import_t *import, size_t n, cert_str_t name)
{
    size_t             i;
    certctl_column_t   column;

    column = certctl_column_find(name);

    if (column == CERTCTL_COLS) {
        return certctl_import_unknown(import, n, name);
    }

    for (i = 0; i < import->columns_n; i++) {
        if (import->columns[i] == column) {
            return certctl_usage(import->ctl, "column \"%s\" is there twice",
                                 certctl_column_name(column));
        }
    }

    import->columns[import->columns_n++] = column;

    return 0;
}


/*
 * A file without a header line has a person's data in its first: what does
 * not look like the name of a column is not quoted.
 */

static int
certctl_import_unknown(certctl_import_t *import, size_t n, cert_str_t name)
{
    size_t  i;

    for (i = 0; i < name.len; i++) {
        if ((name.data[i] < 'a' || name.data[i] > 'z') && name.data[i] != '_')
        {
            break;
        }
    }

    if (name.len == 0 || i < name.len || name.len > 32) {
        return certctl_usage(import->ctl, "column %zu of the first line is no "
                             "name of a column; is there a header line?",
                             n + 1);
    }

    return certctl_usage(import->ctl, "unknown column \"%.*s\"",
                         (int) name.len, (const char *) name.data);
}
