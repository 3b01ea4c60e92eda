/*
 * Copyright (C) the ngx_cert authors
 *
 * Zip files through libzip.  What the directory of a file says of the size of
 * a part is not believed: the bytes that come out are counted.
 */


#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zip.h>

#include "certctl_zip.h"


/* So much may come of little: a sheet of empty cells is small when packed. */
#define CERTCTL_ZIP_FREE  (1u << 20)

struct certctl_zip_s {
    zip_t       *archive;
    zip_file_t  *file;          /* NULL: no part is open */
    uint64_t     packed;        /* bytes of that part in the file */
    uint64_t     max;
    uint64_t     n;             /* bytes that came out */
};


static cert_err_t certctl_zip_failed(int error, int system,
    cert_reason_t *reason);


/* libzip closes what it is given. */
cert_err_t
certctl_zip_open(certctl_zip_t **zip, int fd, cert_reason_t *reason)
{
    int             error, copy;
    cert_err_t      err;
    certctl_zip_t  *new;

    new = calloc(1, sizeof(certctl_zip_t));
    if (new == NULL) {
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
    }

    err = CERT_INVALID;
    copy = lseek(fd, 0, SEEK_SET) == -1 ? -1 : dup(fd);

    if (copy == -1) {
        cert_reason_set(reason, "a workbook cannot be read from a pipe: give "
                        "the name of the file");
        goto failed;
    }

    error = 0;
    errno = 0;
    new->archive = zip_fdopen(copy, 0, &error);

    if (new->archive == NULL) {
        err = certctl_zip_failed(error, errno, reason);
        close(copy);
        goto failed;
    }

    if (zip_get_num_entries(new->archive, 0) > CERTCTL_ZIP_ENTRIES_MAX) {
        cert_reason_set(reason, "it has more than %d parts",
                        CERTCTL_ZIP_ENTRIES_MAX);
        goto failed;
    }

    *zip = new;

    return CERT_OK;

failed:

    certctl_zip_close(new);

    return err;
}


void
certctl_zip_close(certctl_zip_t *zip)
{
    if (zip == NULL) {
        return;
    }

    if (zip->file != NULL) {
        (void) zip_fclose(zip->file);
    }

    zip_discard(zip->archive);
    free(zip);
}


int
certctl_zip_has(certctl_zip_t *zip, const char *name)
{
    return zip_name_locate(zip->archive, name, ZIP_FL_NOCASE) >= 0;
}


cert_err_t
certctl_zip_begin(certctl_zip_t *zip, const char *name, uint64_t max,
    cert_reason_t *reason)
{
    zip_stat_t    st;
    zip_error_t  *error;

    if (zip->file != NULL) {
        (void) zip_fclose(zip->file);
        zip->file = NULL;
    }

    if (!certctl_zip_has(zip, name)) {
        cert_reason_set(reason, "it has no part \"%.100s\"", name);
        return CERT_NOT_FOUND;
    }

    zip_stat_init(&st);

    if (zip_stat(zip->archive, name, ZIP_FL_NOCASE, &st) == 0) {
        zip->file = zip_fopen(zip->archive, name, ZIP_FL_NOCASE);
    }

    if (zip->file == NULL) {
        error = zip_get_error(zip->archive);
        return certctl_zip_failed(zip_error_code_zip(error),
                                  zip_error_code_system(error), reason);
    }

    zip->packed = st.comp_size;
    zip->max = max;
    zip->n = 0;

    return CERT_OK;
}


cert_err_t
certctl_zip_read(certctl_zip_t *zip, void *buffer, size_t size, size_t *n,
    cert_reason_t *reason)
{
    zip_int64_t   rc;
    zip_error_t  *error;

    rc = zip_fread(zip->file, buffer, size);

    if (rc < 0) {
        error = zip_file_get_error(zip->file);
        return certctl_zip_failed(zip_error_code_zip(error),
                                  zip_error_code_system(error), reason);
    }

    *n = (size_t) rc;
    zip->n += (uint64_t) rc;

    if (zip->n > zip->max
        || (zip->n > CERTCTL_ZIP_FREE
            && zip->n / CERTCTL_ZIP_RATIO_MAX > zip->packed))
    {
        cert_reason_set(reason, "a part of it unpacks to more than is read; "
                        "save it as CSV UTF-8");
        return CERT_INVALID;
    }

    return CERT_OK;
}


/*
 * Of a file that cannot be opened libzip 1.7 also says ZIP_ER_NOZIP where
 * memory ran out, so that one is told from the error of the system.
 */
static cert_err_t
certctl_zip_failed(int error, int system, cert_reason_t *reason)
{
    zip_error_t  text;

    if (error == ZIP_ER_MEMORY || (error == ZIP_ER_NOZIP && system == ENOMEM))
    {
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
    }

    if (error == ZIP_ER_NOPASSWD || error == ZIP_ER_ENCRNOTSUPP) {
        cert_reason_set(reason, "it is encrypted: save it without a "
                        "password");
        return CERT_INVALID;
    }

    zip_error_init_with_code(&text, error);
    cert_reason_set(reason, "%.150s", zip_error_strerror(&text));
    zip_error_fini(&text);

    return error == ZIP_ER_READ || error == ZIP_ER_SEEK ? CERT_SYSTEM
                                                        : CERT_INVALID;
}
