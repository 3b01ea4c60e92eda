/*
 * Copyright (C) the ngx_cert authors
 *
 * Certificates from a CSV file: what a row amounts to.
 *
 * All that can be refused without the store is refused here, before a
 * transaction is begun.
 *
 * A photo is read before the number is looked for among those seen: a row that
 * is refused for its photo leaves its number to the right row further down.
 */


#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <unistd.h>

#include "certctl_certificate_import.h"
#include "certctl_output.h"
#include "certctl_photo.h"


typedef struct {
    int             folder;     /* of the CSV file, for photos; or -1 */
    uint8_t        *photo;      /* room for one; NULL until needed */
    certctl_row_t   row;        /* the one in hand */
} certctl_certificate_t;


static int certctl_certificate_folder(certctl_t *ctl, const char *source,
    int *folder);
static cert_err_t certctl_certificate_row(void *data,
    const cert_str_t *fields, const certctl_rules_t *rules,
    certctl_intake_row_t *row);
static cert_err_t certctl_certificate_photo(certctl_certificate_t *import,
    certctl_intake_row_t *row);


static const certctl_intake_kind_t  certctl_certificate_kind = {
    CERTCTL_COLS, CERTCTL_COL_STATUS, CERTCTL_COL_NUMBER,
    certctl_column_name, certctl_certificate_row
};


int
certctl_certificate_import(certctl_t *ctl,
    const certctl_intake_options_t *options)
{
    int                    status;
    certctl_certificate_t  import;

    memset(&import, 0, sizeof(import));

    status = certctl_certificate_folder(ctl, options->source, &import.folder);
    if (status != 0) {
        return status;
    }

    status = certctl_intake(ctl, &certctl_certificate_kind, options, &import);

    if (import.folder != -1) {
        close(import.folder);
    }

    free(import.photo);

    /* It still holds the person of the last row. */
    explicit_bzero(&import, sizeof(import));

    return status;
}


/*
 * The folder is opened with the file: photos come from where the CSV was, even
 * if somebody renames it meanwhile.  Without it only photos cannot be read.
 */
static int
certctl_certificate_folder(certctl_t *ctl, const char *source, int *folder)
{
    char  *copy;

    copy = strdup(source);
    if (copy == NULL) {
        return certctl_error(ctl, CERT_NO_MEMORY, "out of memory");
    }

    /* The folder of "-" is ".", the folder of a person that pipes a file. */

    *folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(copy);

    return 0;
}


/* Certificate and photo are two changes of one transaction. */
static cert_err_t
certctl_certificate_row(void *data, const cert_str_t *fields,
    const certctl_rules_t *rules, certctl_intake_row_t *row)
{
    certctl_certificate_t *import = data;

    if (certctl_row_read(&import->row, fields, rules) != CERT_OK) {
        row->column = import->row.column;
        cert_reason_set(&row->reason, "%s", import->row.why);
        return CERT_REFUSED;
    }

    /* A number in two spellings is there twice. */
    row->key = (cert_str_t) {
        (const uint8_t *) import->row.number_form.data,
        import->row.number_form.len
    };

    row->changes[0].type = CERT_CHANGE_CERTIFICATE;
    row->changes[0].u.certificate = &import->row.certificate;
    row->changes_n = 1;

    return import->row.photo.len > 0 ? certctl_certificate_photo(import, row)
                                     : CERT_OK;
}


/* One buffer serves all photos, and is not there while there are none. */
static cert_err_t
certctl_certificate_photo(certctl_certificate_t *import,
    certctl_intake_row_t *row)
{
    size_t          len;
    cert_err_t      err;
    cert_reason_t   reason;
    cert_change_t  *change;

    if (import->photo == NULL) {
        import->photo = malloc(CERT_PHOTO_MAX);

        if (import->photo == NULL) {
            cert_reason_set(&row->reason, "out of memory");
            return CERT_NO_MEMORY;
        }
    }

    err = certctl_photo_read(import->folder, import->row.photo, import->photo,
                             &len, &reason);

    if (err == CERT_INVALID) {
        row->column = CERTCTL_COL_PHOTO;
        row->reason = reason;
        return CERT_REFUSED;
    }

    if (err != CERT_OK) {
        cert_reason_set(&row->reason, "the photo %.200s", reason.text);
        return err;
    }

    change = &row->changes[row->changes_n++];

    change->type = CERT_CHANGE_PHOTO;
    change->u.photo.number = import->row.certificate.facts.number;
    change->u.photo.photo.data = import->photo;
    change->u.photo.photo.len = len;

    return CERT_OK;
}
