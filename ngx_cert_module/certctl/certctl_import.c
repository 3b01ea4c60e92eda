/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl import: certificates from a CSV file.
 *
 * A row goes through three gates: the CSV reader, the rules of its columns,
 * and the change itself, which knows the catalogue.  Whoever refuses it gives
 * line, column and reason; the row goes to the rejects file and the import
 * goes on.  Every 10,000 rows are a commit: a kill loses no committed row, and
 * since a row that is in the store already changes nothing, the next run
 * simply starts over.
 */


#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certctl_csv.h"
#include "certctl_photo.h"
#include "certctl_rejects.h"
#include "certctl_row.h"
#include "certctl_seen.h"


typedef struct {
    uint64_t  created;
    uint64_t  corrected;
    uint64_t  unchanged;
} certctl_counts_t;

typedef struct {
    certctl_t           *ctl;
    const char          *source;
    int                  fd;
    int                  folder;        /* of the CSV file, for photos */
    uint64_t             size;          /* of the file; 0: not known */
    certctl_csv_t       *csv;
    certctl_seen_t      *seen;
    certctl_rules_t      rules;
    size_t               columns_n;
    certctl_column_t     columns[CERTCTL_COLS];     /* of the file, in order */
    cert_txn_t          *txn;
    size_t               pending;       /* rows in the transaction */
    certctl_counts_t     counts;        /* all, committed or not */
    certctl_counts_t     committed;
    certctl_row_t        row;
    certctl_rejects_t    rejects;
    certctl_progress_t   progress;
    uint8_t             *photo;         /* room for one; NULL until needed */
} certctl_import_t;


static int certctl_import_run(certctl_import_t *import);
static int certctl_import_open(certctl_import_t *import);
static int certctl_import_rules(certctl_import_t *import);
static void certctl_import_close(certctl_import_t *import);
static int certctl_import_header(certctl_import_t *import);
static int certctl_import_column(certctl_import_t *import, size_t n,
    cert_str_t name);
static int certctl_import_rows(certctl_import_t *import);
static int certctl_import_row(certctl_import_t *import);
static int certctl_import_check(certctl_import_t *import, size_t *photo_len);
static int certctl_import_apply(certctl_import_t *import, size_t photo_len);
static int certctl_import_change(certctl_import_t *import,
    const cert_change_t *change, cert_outcome_t *outcome);
static int certctl_import_commit(certctl_import_t *import);
static int certctl_import_reject(certctl_import_t *import,
    const char *column, const char *why, int is_row);
static int certctl_import_say(certctl_import_t *import);


/* Beside exit statuses: the row was refused and noted, go on. */
#define CERTCTL_IMPORT_REJECTED  -1


int
certctl_import(certctl_t *ctl, int argc, char **argv)
{
    int                status;
    const char        *rejects;
    certctl_args_t     args;
    certctl_import_t  *import;

    rejects = NULL;

    certctl_option_t  list[] = {
        { "rejects", CERTCTL_TEXT, &rejects },
        { NULL, CERTCTL_FLAG, NULL }
    };

    status = certctl_options(ctl, argc, argv, list, 1, 1, &args);
    if (status != 0) {
        return status;
    }

    import = calloc(1, sizeof(certctl_import_t));
    if (import == NULL) {
        return certctl_error(ctl, CERT_NO_MEMORY, "out of memory");
    }

    import->ctl = ctl;
    import->source = args.v[0];
    import->fd = -1;
    import->folder = -1;

    status = certctl_rejects_name(ctl, &import->rejects, rejects, args.v[0]);

    if (status == 0 && strcmp(import->rejects.path, args.v[0]) == 0) {
        status = certctl_usage(ctl, "the rejects would overwrite the file");
    }

    if (status == 0) {
        status = certctl_import_run(import);
    }

    certctl_import_close(import);

    return status;
}


static int
certctl_import_run(certctl_import_t *import)
{
    int  status, rc;

    status = certctl_import_open(import);

    if (status == 0) {
        status = certctl_import_header(import);
    }

    if (status == 0) {
        status = certctl_import_rows(import);
    }

    if (import->txn != NULL) {
        cert_txn_abort(import->txn);
    }

    /* What was refused before a failure is worth keeping as well. */

    rc = certctl_rejects_close(import->ctl, &import->rejects);

    if (status == 0) {
        status = rc != 0 ? rc : certctl_import_say(import);
    }

    return status;
}


static int
certctl_import_open(certctl_import_t *import)
{
    int           status;
    char         *copy;
    certctl_t    *ctl;
    struct stat   st;

    ctl = import->ctl;

    if (strcmp(import->source, "-") == 0) {
        import->fd = dup(STDIN_FILENO);
        import->folder = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    } else {
        import->fd = open(import->source, O_RDONLY | O_CLOEXEC);

        copy = strdup(import->source);
        if (copy == NULL) {
            return certctl_error(ctl, CERT_NO_MEMORY, "out of memory");
        }

        import->folder = open(dirname(copy),
                              O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        free(copy);
    }

    if (import->fd == -1) {
        return certctl_error(ctl, CERT_SYSTEM, "cannot open \"%s\": %s",
                             import->source, strerror(errno));
    }

    if (fstat(import->fd, &st) == 0 && S_ISREG(st.st_mode)) {
        import->size = (uint64_t) st.st_size;
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


static void
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

    explicit_bzero(import, sizeof(certctl_import_t));
    free(import);
}


static int
certctl_import_header(certctl_import_t *import)
{
    int             status;
    size_t          i, n;
    cert_err_t      err;
    unsigned        found;
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

    found = 0;

    for (i = 0; i < import->columns_n; i++) {
        found |= 1u << import->columns[i];
    }

    for (i = 0; i < CERTCTL_COL_STATUS; i++) {
        if ((found & (1u << i)) == 0) {
            return certctl_usage(ctl, "there is no column \"%s\"",
                                 certctl_column_name((certctl_column_t) i));
        }
    }

    return 0;
}


/*
 * A file without a header line has a person's data in its first: what does
 * not look like the name of a column is not quoted.
 */

static int
certctl_import_column(certctl_import_t *import, size_t n, cert_str_t name)
{
    size_t             i;
    certctl_column_t   column;

    column = certctl_column_find(name);

    if (column == CERTCTL_COLS) {

        for (i = 0; i < name.len; i++) {
            if ((name.data[i] < 'a' || name.data[i] > 'z')
                && name.data[i] != '_')
            {
                break;
            }
        }

        if (name.len == 0 || i < name.len || name.len > 32) {
            return certctl_usage(import->ctl, "column %zu of the first line "
                                 "is no name of a column; is there a header "
                                 "line?", n + 1);
        }

        return certctl_usage(import->ctl, "unknown column \"%.*s\"",
                             (int) name.len, (const char *) name.data);
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


static int
certctl_import_rows(certctl_import_t *import)
{
    int             status;
    uint64_t        n;
    cert_err_t      err;
    certctl_csv_t  *csv;

    csv = import->csv;
    status = 0;

    certctl_progress_begin(&import->progress, "rows");

    for (n = 1; status == 0; n++) {

        err = certctl_csv_next(csv);

        if (err == CERT_NOT_FOUND) {
            status = certctl_import_commit(import);
            break;
        }

        if (err == CERT_OK) {
            status = certctl_import_row(import);

        } else if (err == CERT_INVALID) {
            status = certctl_import_reject(import, "", csv->why, 0);
            status = status == CERTCTL_IMPORT_REJECTED ? 0 : status;

        } else {
            status = certctl_error(import->ctl, err, "cannot read \"%s\": %s",
                                   import->source, strerror(errno));
        }

        if (n % 1000 == 0) {
            certctl_progress_update(&import->progress, n, csv->bytes,
                                    import->size);
        }
    }

    certctl_progress_end(&import->progress);

    return status;
}


static int
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
    char             why[64];
    size_t           i;
    uint64_t         first;
    cert_err_t       err;
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

        if (import->photo == NULL) {
            import->photo = malloc(CERT_PHOTO_MAX);

            if (import->photo == NULL) {
                return certctl_error(import->ctl, CERT_NO_MEMORY,
                                     "out of memory");
            }
        }

        if (certctl_photo_read(import->folder, row->photo, import->photo,
                               photo_len, &row->why) != CERT_OK)
        {
            return certctl_import_reject(import, "photo", row->why, 1);
        }
    }

    err = certctl_seen_add(import->seen, row->certificate.facts.number,
                           csv->line, &first);

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

    if (outcome.is_new) {
        import->counts.created++;

    } else if (outcome.is_unchanged) {
        import->counts.unchanged++;

    } else {
        import->counts.corrected++;
    }

    return 0;
}


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


static int
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


static int
certctl_import_reject(certctl_import_t *import, const char *column,
    const char *why, int is_row)
{
    int  status;

    status = certctl_rejects_add(import->ctl, &import->rejects,
                                 import->csv->line, column, why,
                                 import->csv->raw, is_row);

    return status != 0 ? status : CERTCTL_IMPORT_REJECTED;
}


static int
certctl_import_say(certctl_import_t *import)
{
    int          status;
    double       sec;
    uint64_t     rows, rejected;
    certctl_t   *ctl;

    ctl = import->ctl;
    rejected = import->rejects.n;
    rows = import->committed.created + import->committed.corrected
           + import->committed.unchanged + rejected;

    sec = (double) (certctl_clock_ms() - import->progress.started_ms) / 1000;
    sec = sec > 0.001 ? sec : 0.001;

    if (ctl->is_json) {
        status = certctl_print(json_pack("{sIsIsIsIsfsIso}",
                     "new", (json_int_t) import->committed.created,
                     "corrected", (json_int_t) import->committed.corrected,
                     "unchanged", (json_int_t) import->committed.unchanged,
                     "rejected", (json_int_t) rejected,
                     "seconds", sec,
                     "rows_per_second", (json_int_t) ((double) rows / sec),
                     "rejects", rejected > 0
                                ? json_string(import->rejects.path)
                                : json_null()));

    } else {
        printf("new %llu, corrected %llu, unchanged %llu, rejected %llu; "
               "%.1f s, %.0f rows/s\n",
               (unsigned long long) import->committed.created,
               (unsigned long long) import->committed.corrected,
               (unsigned long long) import->committed.unchanged,
               (unsigned long long) rejected, sec, (double) rows / sec);
        status = 0;
    }

    if (rejected > 0) {
        fprintf(stderr, "certctl: %llu rows rejected, see \"%s\"\n",
                (unsigned long long) rejected, import->rejects.path);
    }

    return status != 0 ? status : rejected > 0 ? CERTCTL_NO : CERTCTL_YES;
}
