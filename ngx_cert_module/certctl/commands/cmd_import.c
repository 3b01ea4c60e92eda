/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl import: certificates from a CSV file.  How a file is taken in says
 * certctl_intake.c; here is a row of it, from its fields to its changes.
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


#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <unistd.h>

#include "certctl_change.h"
#include "certctl_commands.h"
#include "certctl_intake.h"
#include "certctl_options.h"
#include "certctl_output.h"
#include "certctl_photo.h"


typedef struct {
    int             folder;     /* of the CSV file, for photos; or -1 */
    uint8_t        *photo;      /* room for one; NULL until needed */
    certctl_row_t   row;        /* the one in hand */
} cmd_import_t;


static int cmd_import_folder(certctl_t *ctl, const char *source,
    int *folder);
static int cmd_import_row(certctl_intake_t *intake,
    const cert_str_t *fields);
static int cmd_import_check(certctl_intake_t *intake,
    const cert_str_t *fields, size_t *photo_len);
static int cmd_import_photo(certctl_intake_t *intake, size_t *len);
static int cmd_import_apply(certctl_intake_t *intake, size_t photo_len);


static const certctl_intake_kind_t  cmd_import_kind = {
    CERTCTL_COLS, CERTCTL_COL_STATUS, certctl_column_name, cmd_import_row
};


int
cmd_import(certctl_t *ctl, int argc, char **argv)
{
    int              status;
    const char      *rejects;
    certctl_args_t   args;
    cmd_import_t     import;

    rejects = NULL;

    certctl_option_t  list[] = {
        { "rejects", CERTCTL_TEXT, &rejects },
        { NULL, CERTCTL_FLAG, NULL }
    };

    status = certctl_options(ctl, argc, argv, list, 1, 1, &args);
    if (status != 0) {
        return status;
    }

    memset(&import, 0, sizeof(import));

    status = cmd_import_folder(ctl, args.v[0], &import.folder);
    if (status != 0) {
        return status;
    }

    status = certctl_intake(ctl, &cmd_import_kind, args.v[0], rejects,
                            &import);

    if (import.folder != -1) {
        close(import.folder);
    }

    free(import.photo);

    /* The last row is still in it. */
    explicit_bzero(&import, sizeof(import));

    return status;
}


/*
 * The folder is opened with the file: photos come from where the CSV was, even
 * if somebody renames it meanwhile.  Without it only photos cannot be read.
 */
static int
cmd_import_folder(certctl_t *ctl, const char *source, int *folder)
{
    char  *copy;

    copy = strdup(source);
    if (copy == NULL) {
        return certctl_error(ctl, CERT_NO_MEMORY, "out of memory");
    }

    /* The folder of "-" is ".", where a person who pipes a file stands. */

    *folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(copy);

    return 0;
}


static int
cmd_import_row(certctl_intake_t *intake, const cert_str_t *fields)
{
    int     status;
    size_t  photo_len;

    status = cmd_import_check(intake, fields, &photo_len);

    if (status == 0) {
        status = certctl_intake_begin(intake);
    }

    return status != 0 ? status : cmd_import_apply(intake, photo_len);
}


/* All that can be said of a row without the store. */
static int
cmd_import_check(certctl_intake_t *intake, const cert_str_t *fields,
    size_t *photo_len)
{
    cmd_import_t  *import = intake->data;

    int             status;
    certctl_row_t  *row;

    row = &import->row;
    *photo_len = 0;

    if (certctl_row_read(row, fields, &intake->rules) != CERT_OK) {
        return certctl_intake_reject(intake, certctl_column_name(row->column),
                                     row->why, 1);
    }

    if (row->photo.len > 0) {
        status = cmd_import_photo(intake, photo_len);
        if (status != 0) {
            return status;
        }
    }

    return certctl_intake_seen(intake, row->certificate.facts.number,
                               "number");
}


/* One buffer serves all photos, and is not there while there are none. */
static int
cmd_import_photo(certctl_intake_t *intake, size_t *len)
{
    cmd_import_t  *import = intake->data;

    cert_err_t     err;
    cert_reason_t  reason;

    if (import->photo == NULL) {
        import->photo = malloc(CERT_PHOTO_MAX);

        if (import->photo == NULL) {
            return certctl_error(intake->ctl, CERT_NO_MEMORY,
                                 "out of memory");
        }
    }

    err = certctl_photo_read(import->folder, import->row.photo, import->photo,
                             len, &reason);

    if (err == CERT_INVALID) {
        return certctl_intake_reject(intake, "photo", reason.text, 1);
    }

    if (err != CERT_OK) {
        return certctl_error(intake->ctl, err, "the photo %s", reason.text);
    }

    return 0;
}


/* Certificate and photo are two changes of one transaction. */
static int
cmd_import_apply(certctl_intake_t *intake, size_t photo_len)
{
    cmd_import_t  *import = intake->data;

    int             status;
    cert_change_t   change;
    cert_outcome_t  outcome, photo;

    status = certctl_change_init(intake->ctl, &change,
                                 CERT_CHANGE_CERTIFICATE);
    if (status != 0) {
        return status;
    }

    change.u.certificate = &import->row.certificate;

    status = certctl_intake_change(intake, &change, &outcome);
    if (status != 0) {
        return status;
    }

    if (photo_len > 0) {
        status = certctl_change_init(intake->ctl, &change, CERT_CHANGE_PHOTO);
        if (status != 0) {
            return status;
        }

        change.u.photo.number = import->row.certificate.facts.number;
        change.u.photo.photo.data = import->photo;
        change.u.photo.photo.len = photo_len;

        status = certctl_intake_change(intake, &change, &photo);
        if (status != 0) {
            return status;
        }

        outcome.is_unchanged &= photo.is_unchanged;
    }

    certctl_intake_count(intake, outcome.is_new, outcome.is_unchanged);

    return 0;
}
