/*
 * Copyright (C) the ngx_cert authors
 *
 * Writing a sealed file so that a crash leaves all of it or nothing.
 *
 * The bytes go to a temporary file in ROOT, on the same file system as their
 * place, and reach the disk before the name does.  RENAME_NOREPLACE rather
 * than rename(): a sealed file is evidence, and two renderers given the same
 * code must not overwrite each other's.  A new folder is synced in its parent
 * before anything is put in it.
 *
 * An O_TMPFILE that is linked into place would leave nothing behind after a
 * crash, and was rejected: linking it needs /proc or a capability, and file
 * systems lack it that have everything else.  What a crash leaves here begins
 * with ".tmp-", as no published name may, so a sweep can tell.
 *
 * When the folder cannot be synced the file is taken back: a caller who hears
 * of a failure writes no record of the file, and a later try must find its name
 * free.
 */


#include "certpdf.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>


/* ".tmp-", 16 hexadecimal digits and a zero. */
#define CERTPDF_TMP_SIZE  22


static cert_err_t certpdf_publish_error(cert_reason_t *reason,
    const char *action, int err);
static int certpdf_publish_name_is_valid(const char *name);
static cert_err_t certpdf_publish_folder(int root, const char *name,
    unsigned mode, int *folder, const char **base, cert_reason_t *reason);
static int certpdf_publish_enter(int parent, const char *name, unsigned mode);
static int certpdf_publish_settle(int parent, int folder, mode_t mode);
static cert_err_t certpdf_publish_tmp(int root, char tmp[CERTPDF_TMP_SIZE],
    cert_str_t bytes, unsigned mode, cert_reason_t *reason);
static int certpdf_publish_fill(int fd, cert_str_t bytes, unsigned mode);
static int certpdf_publish_write(int fd, cert_str_t bytes);
static int certpdf_publish_move(int root, const char *tmp, int folder,
    const char *base);


cert_err_t
certpdf_publish(const char *root, const char *name, cert_str_t bytes,
    unsigned mode, cert_reason_t *reason)
{
    int          root_fd, folder;
    char         tmp[CERTPDF_TMP_SIZE];
    cert_err_t   err;
    const char  *base;

    folder = -1;
    base = NULL;
    reason->text[0] = '\0';

    if (!certpdf_publish_name_is_valid(name)) {
        cert_reason_set(reason, "not a relative file name");
        return CERT_SYSTEM;
    }

    root_fd = open(root, O_RDONLY|O_DIRECTORY|O_CLOEXEC);
    if (root_fd == -1) {
        return certpdf_publish_error(reason, "opening the folder", errno);
    }

    err = certpdf_publish_folder(root_fd, name, mode, &folder, &base, reason);
    if (err != CERT_OK) {
        goto close_root;
    }

    err = certpdf_publish_tmp(root_fd, tmp, bytes, mode, reason);
    if (err != CERT_OK) {
        goto close_folder;
    }

    if (certpdf_publish_move(root_fd, tmp, folder, base) == -1) {
        err = certpdf_publish_error(reason, "naming the file", errno);
        unlinkat(root_fd, tmp, 0);
        goto close_folder;
    }

    if (fsync(folder) == -1) {
        err = certpdf_publish_error(reason, "syncing the folder", errno);
        unlinkat(folder, base, 0);
    }

close_folder:

    close(folder);

close_root:

    close(root_fd);

    return err;
}


static cert_err_t
certpdf_publish_error(cert_reason_t *reason, const char *action, int err)
{
    char  text[64];

    if (err == EEXIST) {
        cert_reason_set(reason, "the file exists already");
        return CERT_EXISTS;
    }

    /* The GNU function, which may return a static string. */
    cert_reason_set(reason, "%s: %s", action,
                    strerror_r(err, text, sizeof(text)));

    return (err == ENOSPC || err == EDQUOT) ? CERT_FULL : CERT_SYSTEM;
}


/* Refuses a name that would leave ROOT. */
static int
certpdf_publish_name_is_valid(const char *name)
{
    size_t  len;

    for ( ;; ) {
        len = strcspn(name, "/");

        if (len == 0 || len > NAME_MAX || name[0] == '.') {
            return 0;
        }

        if (name[len] == '\0') {
            return 1;
        }

        name += len + 1;
    }
}


/*
 * Folder by folder, each opened in the one before: no part can be a link, not
 * even one that is put there meanwhile.
 */
static cert_err_t
certpdf_publish_folder(int root, const char *name, unsigned mode, int *folder,
    const char **base, cert_reason_t *reason)
{
    int          fd, next;
    char         part[NAME_MAX + 1];
    size_t       len;
    const char  *slash;

    fd = fcntl(root, F_DUPFD_CLOEXEC, 0);
    if (fd == -1) {
        return certpdf_publish_error(reason, "opening the folder", errno);
    }

    while ((slash = strchr(name, '/')) != NULL) {
        len = slash - name;
        memcpy(part, name, len);
        part[len] = '\0';

        next = certpdf_publish_enter(fd, part, mode);
        close(fd);

        if (next == -1) {
            return certpdf_publish_error(reason, "making a folder",
                                         errno == EEXIST ? ENOTDIR : errno);
        }

        fd = next;
        name = slash + 1;
    }

    *folder = fd;
    *base = name;

    return CERT_OK;
}


/* Opens a folder, made if it is not there; whoever reads files may enter. */
static int
certpdf_publish_enter(int parent, const char *name, unsigned mode)
{
    int     fd, made;
    mode_t  folder_mode;

    folder_mode = (mode | 0700 | ((mode & 0444) >> 2)) & 0777;
    made = (mkdirat(parent, name, folder_mode) == 0);

    if (!made && errno != EEXIST) {
        return -1;
    }

    fd = openat(parent, name, O_RDONLY|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC);
    if (fd == -1) {
        return -1;
    }

    if (made && certpdf_publish_settle(parent, fd, folder_mode) == -1) {
        made = errno;
        close(fd);
        errno = made;
        return -1;
    }

    return fd;
}


/*
 * The mode is set again because of the umask; a group that the folder hands
 * down (S_ISGID) goes on to the folders and files below.
 */
static int
certpdf_publish_settle(int parent, int folder, mode_t mode)
{
    struct stat  st;

    if (fstat(folder, &st) == -1
        || fchmod(folder, mode | (st.st_mode & S_ISGID)) == -1)
    {
        return -1;
    }

    return fsync(parent);
}


/* Of mode 0600 until it is whole: a reader could otherwise see a part. */
static cert_err_t
certpdf_publish_tmp(int root, char tmp[CERTPDF_TMP_SIZE], cert_str_t bytes,
    unsigned mode, cert_reason_t *reason)
{
    int       fd, failed;
    uint64_t  random;

    if (getrandom(&random, sizeof(random), 0) != sizeof(random)) {
        return certpdf_publish_error(reason, "making a random name", errno);
    }

    snprintf(tmp, CERTPDF_TMP_SIZE, ".tmp-%016llx",
             (unsigned long long) random);

    fd = openat(root, tmp, O_WRONLY|O_CREAT|O_EXCL|O_CLOEXEC, 0600);
    if (fd == -1) {
        return certpdf_publish_error(reason, "making a temporary file",
                                     errno == EEXIST ? EAGAIN : errno);
    }

    failed = (certpdf_publish_fill(fd, bytes, mode) == -1) ? errno : 0;

    if (close(fd) == -1 && failed == 0) {
        failed = errno;
    }

    if (failed) {
        unlinkat(root, tmp, 0);
        return certpdf_publish_error(reason, "writing the file", failed);
    }

    return CERT_OK;
}


/* The mode comes last but before the sync, which takes it to the disk too. */
static int
certpdf_publish_fill(int fd, cert_str_t bytes, unsigned mode)
{
    if (certpdf_publish_write(fd, bytes) == -1 || fchmod(fd, mode) == -1) {
        return -1;
    }

    return fsync(fd);
}


/* write() may take a part, on a disk that is nearly full or after a signal. */
static int
certpdf_publish_write(int fd, cert_str_t bytes)
{
    ssize_t  n;

    while (bytes.len) {
        n = write(fd, bytes.data, bytes.len);

        if (n == -1 && errno == EINTR) {
            continue;
        }

        if (n == -1) {
            return -1;
        }

        bytes.data += n;
        bytes.len -= n;
    }

    return 0;
}


static int
certpdf_publish_move(int root, const char *tmp, int folder, const char *base)
{
    if (renameat2(root, tmp, folder, base, RENAME_NOREPLACE) == 0) {
        return 0;
    }

    if (errno != EINVAL && errno != ENOSYS) {
        return -1;
    }

    /* A file system without it, such as NFS: a second name, then one less. */

    if (linkat(root, tmp, folder, base, 0) == -1) {
        return -1;
    }

    /*
     * The file is published whether this works or not: to report a failure
     * would leave a file that nobody knows of.
     */
    unlinkat(root, tmp, 0);

    return 0;
}
