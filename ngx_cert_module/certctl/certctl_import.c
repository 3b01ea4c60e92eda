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
 *
 * One transaction for the whole file was rejected: LMDB keeps what a
 * transaction has written in memory, and everybody else who writes would wait
 * for an hour.  Nor is there a mark of how far an import came: it would have
 * to be proved to belong to the same file, and to compare a row costs little
 * more than reading it.
 */


#include <errno.h>
#include <stdlib.h>

#include "certctl_commands.h"
#include "certctl_import.h"
#include "certctl_options.h"
#include "certctl_progress.h"


static int certctl_import_run(certctl_import_t *import);
static int certctl_import_rows(certctl_import_t *import);
static int certctl_import_say(certctl_import_t *import);
static json_t *certctl_import_json(const certctl_import_t *import,
    double sec, double rate);


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


/*
 * A file that cannot be read to its end ends the import, but what was
 * committed stays: the next run goes over it quickly.
 */

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


/* The rate counts refused rows too: they cost as much. */

static int
certctl_import_say(certctl_import_t *import)
{
    int       status;
    double    sec, rate;
    uint64_t  rejected;

    rejected = import->rejects.n;

    sec = (double) (certctl_clock_ms() - import->progress.started_ms) / 1000;
    sec = sec > 0.001 ? sec : 0.001;

    rate = (double) (import->committed.created + import->committed.corrected
                     + import->committed.unchanged + rejected) / sec;

    status = import->ctl->is_json
             ? certctl_print(certctl_import_json(import, sec, rate)) : 0;

    if (!import->ctl->is_json) {
        printf("new %llu, corrected %llu, unchanged %llu, rejected %llu; "
               "%.1f s, %.0f rows/s\n",
               (unsigned long long) import->committed.created,
               (unsigned long long) import->committed.corrected,
               (unsigned long long) import->committed.unchanged,
               (unsigned long long) rejected, sec, rate);
    }

    if (rejected > 0) {
        fprintf(stderr, "certctl: %llu rows rejected, see \"%s\"\n",
                (unsigned long long) rejected, import->rejects.path);
    }

    return status != 0 ? status : rejected > 0 ? CERTCTL_NO : CERTCTL_YES;
}


static json_t *
certctl_import_json(const certctl_import_t *import, double sec, double rate)
{
    const certctl_counts_t  *counts;

    counts = &import->committed;

    return json_pack("{sIsIsIsIsfsIso}",
                     "new", (json_int_t) counts->created,
                     "corrected", (json_int_t) counts->corrected,
                     "unchanged", (json_int_t) counts->unchanged,
                     "rejected", (json_int_t) import->rejects.n,
                     "seconds", sec, "rows_per_second", (json_int_t) rate,
                     "rejects", import->rejects.n > 0
                                ? json_string(import->rejects.path)
                                : json_null());
}
