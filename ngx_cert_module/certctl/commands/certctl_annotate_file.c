/*
 * Copyright (C) the ngx_cert authors
 *
 * annotate --file: lines of NUMBER[,SCENE[,DAYS]].
 *
 * A commit costs the same for one application as for a thousand, so lines
 * share one.  All of the file in one was rejected: everybody else who writes
 * would wait for it, and a kill would lose all.  There is no header line and no
 * file of rejects, unlike an import: a list holds no personal data, and what
 * was refused is reported by its number and can simply be asked for again.
 */


#include <errno.h>
#include <unistd.h>

#include "certctl_annotate.h"
#include "certctl_change.h"
#include "certctl_csv.h"
#include "certctl_options.h"


/* Applications in one commit. */
#define CERTCTL_ANNOTATE_BATCH  1000


static int certctl_annotate_lines(certctl_annotate_t *annotate,
    certctl_csv_t *csv);
static int certctl_annotate_line(certctl_annotate_t *annotate,
    certctl_txn_t *txn, certctl_csv_t *csv);
static int certctl_annotate_days(cert_str_t text, uint64_t *days);


int
certctl_annotate_file(certctl_annotate_t *annotate)
{
    int             fd, status;
    certctl_t      *ctl;
    certctl_csv_t  *csv;

    ctl = annotate->ctl;

    fd = certctl_csv_fd(annotate->file);
    if (fd == -1) {
        return certctl_error(ctl, CERT_SYSTEM, "cannot open \"%s\": %s",
                             annotate->file, strerror(errno));
    }

    csv = certctl_csv_open(fd);

    status = csv != NULL ? certctl_annotate_lines(annotate, csv)
             : certctl_error(ctl, CERT_NO_MEMORY, "out of memory");

    certctl_csv_close(csv);
    close(fd);

    return status;
}


/*
 * Applications share commits; a line that is refused does not undo the others
 * of its batch, since a refusal leaves the transaction as it was.
 */
static int
certctl_annotate_lines(certctl_annotate_t *annotate, certctl_csv_t *csv)
{
    int             status;
    size_t          n;
    cert_err_t      err;
    certctl_txn_t  *txn;

    do {
        status = certctl_begin(annotate->ctl, &txn);
        if (status != 0) {
            return status;
        }

        err = CERT_OK;

        for (n = 0; status == 0 && n < CERTCTL_ANNOTATE_BATCH; n++) {
            err = certctl_csv_next(csv);

            if (err == CERT_NOT_FOUND) {
                break;
            }

            if (err == CERT_SYSTEM) {
                status = certctl_error(annotate->ctl, err, "cannot read "
                                       "\"%s\": %s", annotate->file,
                                       strerror(errno));
                break;
            }

            if (err == CERT_INVALID) {
                csv->fields_n = 0;
            }

            status = certctl_annotate_line(annotate, txn, csv);
        }

        if (status != 0) {
            certctl_abort(txn);
            return status;
        }

        status = certctl_commit(annotate->ctl, txn);

    } while (status == 0 && err != CERT_NOT_FOUND);

    return status;
}


/* Scene and days of a line go before those of the command. */
static int
certctl_annotate_line(certctl_annotate_t *annotate, certctl_txn_t *txn,
    certctl_csv_t *csv)
{
    uint64_t    n;
    cert_str_t  scene;

    scene = cert_strz(annotate->scene);
    n = annotate->days;

    if (csv->fields_n > 1 && csv->fields[1].len > 0) {
        scene = csv->fields[1];
    }

    if (csv->fields_n < 1 || csv->fields_n > 3
        || (csv->fields_n > 2
            && certctl_annotate_days(csv->fields[2], &n) != 0))
    {
        (void) certctl_error(annotate->ctl, CERT_INVALID, "line %llu: "
                             "expected NUMBER[,SCENE[,DAYS]]",
                             (unsigned long long) csv->line);
        annotate->status = CERTCTL_NO;
        return 0;
    }

    return certctl_annotate_apply(annotate, txn, csv->fields[0], scene, n);
}


/* Empty: as the command says. */
static int
certctl_annotate_days(cert_str_t text, uint64_t *days)
{
    char  digits[16];

    if (text.len == 0) {
        return 0;
    }

    if (text.len >= sizeof(digits)) {
        return CERTCTL_USAGE;
    }

    memcpy(digits, text.data, text.len);
    digits[text.len] = '\0';

    return certctl_number(digits, 1, UINT32_MAX, days);
}
