/*
 * Copyright (C) the ngx_cert authors
 *
 * Photos named by an import.  The CSV comes from elsewhere, so its paths are
 * walked one step at a time from the folder of the CSV, without links and
 * without "..": openat2() would do the same but is not everywhere.
 *
 * Photos are read whole, one at a time, into one buffer of the size that the
 * store takes: a larger one is refused before it is read.  Each is decoded as
 * a renderer will, to its end: a damaged one is better found by the one that
 * has the files at hand than by the holder, whose copy would fail years later.
 */


#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certctl_photo.h"
#include "certpdf_photo.h"
#include "certrender_file.h"


#define CERTCTL_PHOTO_PATH_MAX  512


static cert_err_t certctl_photo_file(int folder, cert_str_t path,
    uint8_t *photo, size_t *len, const char **why);
static int certctl_photo_open(int folder, char *path, const char **why);
static cert_err_t certctl_photo_load(int fd, uint8_t *photo, size_t *len,
    const char **why);


cert_err_t
certctl_photo_read(int folder, cert_str_t path, uint8_t *photo, size_t *len,
    cert_reason_t *reason)
{
    cert_err_t   err;
    cert_str_t   bytes;
    const char  *why;

    err = certctl_photo_file(folder, path, photo, len, &why);

    if (err != CERT_OK) {
        cert_reason_set(reason, "%s", why);
        return err;
    }

    bytes.data = photo;
    bytes.len = *len;

    return certpdf_photo_check(bytes, reason);
}


static cert_err_t
certctl_photo_file(int folder, cert_str_t path, uint8_t *photo, size_t *len,
    const char **why)
{
    int         fd;
    char        text[CERTCTL_PHOTO_PATH_MAX];
    cert_err_t  err;

    if (path.len >= sizeof(text) || memchr(path.data, '\0', path.len) != NULL)
    {
        *why = "is not a path";
        return CERT_INVALID;
    }

    memcpy(text, path.data, path.len);
    text[path.len] = '\0';

    fd = certctl_photo_open(folder, text, why);
    if (fd == -1) {
        return CERT_INVALID;
    }

    err = certctl_photo_load(fd, photo, len, why);

    close(fd);

    return err;
}


/* Returns -1 with "why" set; "path" is cut up. */
static int
certctl_photo_open(int folder, char *path, const char **why)
{
    int    fd, next;
    char  *name, *slash;

    *why = "leads out of the folder of the CSV file";

    if (path[0] == '/') {
        return -1;
    }

    fd = dup(folder);

    for (name = path; fd != -1; name = slash + 1) {

        slash = strchr(name, '/');
        if (slash != NULL) {
            *slash = '\0';
        }

        if (strcmp(name, "..") == 0) {
            close(fd);
            return -1;
        }

        /* O_NONBLOCK: a pipe put there must not stop the import. */

        next = openat(fd, name[0] == '\0' ? "." : name,
                      O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK
                      | (slash != NULL ? O_DIRECTORY : 0));
        close(fd);

        if (next == -1) {
            *why = errno == ELOOP ? "is a link" : "cannot be opened";
            return -1;
        }

        fd = next;

        if (slash == NULL) {
            break;
        }
    }

    return fd;
}


/* What is opened may have been put there as anything. */
static cert_err_t
certctl_photo_load(int fd, uint8_t *photo, size_t *len, const char **why)
{
    struct stat  st;

    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        *why = "is not a regular file";
        return CERT_INVALID;
    }

    if (st.st_size > CERT_PHOTO_MAX) {
        *why = "is larger than 1 MiB";
        return CERT_INVALID;
    }

    if (certrender_file_fill(fd, photo, CERT_PHOTO_MAX, len) != CERT_OK) {
        *why = "cannot be read";
        return CERT_INVALID;
    }

    return CERT_OK;
}
