/*
 * Copyright (C) the ngx_cert authors
 *
 * Files, whole.  A digest is never taken through a link: in a folder of sealed
 * copies that is a mistake or an attack.  A file to read may be one, since it
 * is an operator who names it.
 *
 * What kind of file it is, is asked of the open file and not of its name,
 * which could lead elsewhere a moment later.
 *
 * Reading is preferred to mapping: to cut a mapped file short ends the process
 * with a signal, and a read just ends early and is then found wrong.
 */


#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "certpdf_bytes.h"
#include "certrender_file.h"


/* Bytes: a digest needs no more of a file at once. */
#define CERTRENDER_FILE_PIECE  65536


static int certrender_file_folder(const char *root, const char **name);
static cert_err_t certrender_file_below(const char *root, const char *name,
    int *fd, certrender_look_t *look);
static cert_err_t certrender_file_at(int folder, const char *name, int *fd,
    certrender_look_t *look);
static cert_err_t certrender_file_open(const char *path, int *fd,
    uint64_t *size);
static cert_err_t certrender_file_hash(int fd, EVP_MD_CTX *md,
    uint64_t size, certrender_look_t *look);


/* What grows while it is read is cut at the size it had when it was opened. */
cert_err_t
certrender_file_read(const char *path, certpdf_bytes_t *bytes,
    cert_reason_t *reason)
{
    int         fd;
    uint64_t    size;
    cert_err_t  err;

    bytes->data = NULL;
    bytes->len = 0;

    err = certrender_file_open(path, &fd, &size);
    if (err != CERT_OK) {
        cert_reason_set(reason, "cannot open the file: %s", strerror(errno));
        return err;
    }

    if (size > CERTRENDER_FILE_MAX) {
        cert_reason_set(reason, "the file is larger than 64 MiB");
        err = CERT_INVALID;
        goto done;
    }

    /* One more: malloc() of nothing may give NULL. */

    bytes->data = malloc(size + 1);
    if (bytes->data == NULL) {
        cert_reason_set(reason, "out of memory");
        err = CERT_NO_MEMORY;
        goto done;
    }

    err = certrender_file_fill(fd, bytes->data, size, &bytes->len);
    if (err != CERT_OK) {
        cert_reason_set(reason, "cannot read the file: %s", strerror(errno));
        certpdf_bytes_free(bytes);
    }

done:

    close(fd);

    return err;
}


/* read() may give less than there is: only 0 is the end. */
cert_err_t
certrender_file_fill(int fd, uint8_t *data, size_t max, size_t *len)
{
    ssize_t  n;

    *len = 0;

    do {
        n = read(fd, data + *len, max - *len);

        if (n > 0) {
            *len += (size_t) n;
        }

    } while (n > 0 || (n == -1 && errno == EINTR));

    return n == 0 ? CERT_OK : CERT_SYSTEM;
}


/*
 * Not through stdio, whose buffer would keep what may be a passphrase.  Cut
 * where it is too long: such a passphrase then opens nothing.
 */
cert_err_t
certrender_file_line(const char *path, char *line, size_t size)
{
    int         fd;
    size_t      len;
    uint64_t    file_size;
    cert_err_t  err;

    line[0] = '\0';

    err = certrender_file_open(path, &fd, &file_size);
    if (err != CERT_OK) {
        return err;
    }

    err = certrender_file_fill(fd, (uint8_t *) line, size - 1, &len);
    close(fd);

    if (err != CERT_OK) {
        OPENSSL_cleanse(line, size);
        return err;
    }

    line[len] = '\0';
    len = strcspn(line, "\r\n");
    OPENSSL_cleanse(line + len, size - len);

    return len != 0 ? CERT_OK : CERT_NOT_FOUND;
}


/*
 * In pieces, and no more than is needed: a damaged size may be that of the
 * disk, and a program that appends to a file would be followed for ever.
 */
cert_err_t
certrender_file_look(const char *root, const char *name, uint64_t size,
    int drops_cache, certrender_look_t *look)
{
    int          fd;
    cert_err_t   err;
    EVP_MD_CTX  *md;

    memset(look, 0, sizeof(certrender_look_t));

    err = certrender_file_below(root, name, &fd, look);
    if (err != CERT_OK) {
        return err;
    }

    if ((uint64_t) look->st.st_size != size) {
        look->size = (uint64_t) look->st.st_size;
        close(fd);
        return CERT_OK;
    }

    if (drops_cache) {
        (void) posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    }

    md = EVP_MD_CTX_new();

    if (md == NULL || EVP_DigestInit_ex(md, EVP_sha256(), NULL) != 1) {
        look->err = ENOMEM;
        err = CERT_SYSTEM;

    } else {
        err = certrender_file_hash(fd, md, size, look);
    }

    if (err == CERT_OK && EVP_DigestFinal_ex(md, look->sha256, NULL) != 1) {
        look->err = ENOMEM;
        err = CERT_SYSTEM;
    }

    EVP_MD_CTX_free(md);
    close(fd);

    return err;
}


cert_err_t
certrender_file_stat(const char *root, const char *name, struct stat *st)
{
    int  rc, folder;

    memset(st, 0, sizeof(struct stat));

    folder = certrender_file_folder(root, &name);
    if (folder == -1) {
        return errno == ENOENT ? CERT_NOT_FOUND : CERT_SYSTEM;
    }

    rc = fstatat(folder, name, st, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : errno;
    close(folder);

    if (rc != 0) {
        memset(st, 0, sizeof(struct stat));
    }

    return rc == 0 ? CERT_OK : rc == ENOENT ? CERT_NOT_FOUND : CERT_SYSTEM;
}


/*
 * The folder of a file, whose "name" is then its own; -1: errno tells why.
 * Folder by folder: a link in the place of one would lead out of ROOT.
 */
static int
certrender_file_folder(const char *root, const char **name)
{
    int     folder, next, failed;
    char    part[NAME_MAX + 1];
    size_t  len;

    folder = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);

    while (folder != -1 && (*name)[len = strcspn(*name, "/")] != '\0') {

        if (len > NAME_MAX) {
            close(folder);
            errno = ENAMETOOLONG;
            return -1;
        }

        memcpy(part, *name, len);
        part[len] = '\0';
        *name += len + 1;

        next = openat(folder, part, O_PATH | O_DIRECTORY | O_NOFOLLOW
                                    | O_CLOEXEC);
        failed = errno;
        close(folder);
        errno = failed;
        folder = next;
    }

    return folder;
}


static cert_err_t
certrender_file_below(const char *root, const char *name, int *fd,
    certrender_look_t *look)
{
    int  folder;

    folder = certrender_file_folder(root, &name);

    if (folder == -1) {
        look->err = errno;
        return errno == ENOENT ? CERT_NOT_FOUND
               : errno == ENOTDIR || errno == ELOOP ? CERT_INVALID
               : CERT_SYSTEM;
    }

    return certrender_file_at(folder, name, fd, look);
}


/* Closes "folder".  O_NONBLOCK, or a pipe in its place would be waited for. */
static cert_err_t
certrender_file_at(int folder, const char *name, int *fd,
    certrender_look_t *look)
{
    cert_err_t  err;

    *fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (*fd == -1) {
        look->err = errno;
        (void) fstatat(folder, name, &look->st, AT_SYMLINK_NOFOLLOW);

        err = look->err == ENOENT ? CERT_NOT_FOUND
              : look->err == ELOOP || look->err == ENXIO ? CERT_INVALID
              : CERT_SYSTEM;

    } else if (fstat(*fd, &look->st) != 0) {
        look->err = errno;
        err = CERT_SYSTEM;

    } else {
        err = S_ISREG(look->st.st_mode) ? CERT_OK : CERT_INVALID;
    }

    close(folder);

    if (err != CERT_OK && *fd != -1) {
        close(*fd);
    }

    return err;
}


/* O_NONBLOCK, or a pipe put in place of a file would be waited for. */
static cert_err_t
certrender_file_open(const char *path, int *fd, uint64_t *size)
{
    struct stat  st;

    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (*fd == -1) {
        return errno == ENOENT || errno == ENOTDIR ? CERT_NOT_FOUND
               : errno == ELOOP ? CERT_INVALID : CERT_SYSTEM;
    }

    if (fstat(*fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(*fd);
        errno = EINVAL;
        return CERT_INVALID;
    }

    *size = (uint64_t) st.st_size;

    return CERT_OK;
}


/* Never the whole in memory; at most a piece more than "size". */
static cert_err_t
certrender_file_hash(int fd, EVP_MD_CTX *md, uint64_t size,
    certrender_look_t *look)
{
    ssize_t  n;
    uint8_t  piece[CERTRENDER_FILE_PIECE];

    for ( ;; ) {
        n = read(fd, piece, sizeof(piece));

        if (n == 0) {
            return CERT_OK;
        }

        if (n == -1 && errno == EINTR) {
            continue;
        }

        if (n == -1) {
            look->err = errno;
            return CERT_SYSTEM;
        }

        look->size += (uint64_t) n;

        if (EVP_DigestUpdate(md, piece, (size_t) n) != 1) {
            look->err = ENOMEM;
            return CERT_SYSTEM;
        }

        if (look->size > size) {
            return CERT_OK;
        }
    }
}
