/*
 * Copyright (C) the ngx_cert authors
 *
 * Sealed files beside a store: key id, payload, tag.  The id comes first, so
 * that a file that was cut is told from one under a key that is not held.
 *
 * A new file is renamed over the old one, so a reader that has it open has the
 * whole file.  Writing in place was rejected, although it spares two system
 * calls: a reader beside the writer may get half of each, and would have to
 * tell that from damage by trying again on an event loop.
 *
 * The new file has one name, which is written over, so that a daemon that is
 * killed in between leaves no litter that adds up.
 */


#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cert_beside_int.h"
#include "cert_files_int.h"


static int cert_beside_join(char path[PATH_MAX], const char *folder,
    const char *name, const char *suffix);
static cert_err_t cert_beside_put(const cert_beside_t *file, cert_str_t bytes,
    int is_synced, cert_reason_t *reason);
static int cert_beside_fill(int fd, const char *folder, cert_str_t bytes,
    int is_synced);
static int cert_beside_own(int fd, const char *folder);
static cert_err_t cert_beside_get(const cert_beside_t *file, uint8_t *bytes,
    size_t size, size_t *len);
static cert_err_t cert_beside_tag(const cert_beside_t *file,
    cert_keyring_t *ring, cert_str_t payload, uint8_t *id,
    uint8_t mac[CERT_SHA256_SIZE]);


cert_writer_t
cert_beside_begin(uint8_t *bytes, size_t size)
{
    cert_writer_t  w;

    w = cert_writer(bytes, size);
    cert_put_int(&w, 0, 1);

    return w;
}


cert_err_t
cert_beside_write(const cert_beside_t *file, cert_keyring_t *ring,
    cert_writer_t *w, int is_synced, cert_reason_t *reason)
{
    cert_err_t  err;

    err = cert_beside_seal(file, ring, w);

    if (err == CERT_INVALID) {
        cert_reason_set(reason, "%s is too large", file->name);
        return CERT_SYSTEM;
    }

    if (err != CERT_OK) {
        cert_reason_set(reason, "%s in \"%s\" cannot be sealed: %s",
                        file->name, file->path, cert_err_name(err));
        return err;
    }

    return cert_beside_put(file, cert_writer_str(w), is_synced, reason);
}


cert_err_t
cert_beside_seal(const cert_beside_t *file, cert_keyring_t *ring,
    cert_writer_t *w)
{
    uint8_t     mac[CERT_SHA256_SIZE];
    cert_err_t  err;
    cert_str_t  payload;

    payload = cert_writer_str(w);
    payload.data++;
    payload.len--;

    w->start[0] = 0;

    err = cert_beside_tag(file, ring, payload, &w->start[0], mac);
    if (err != CERT_OK) {
        return err;
    }

    cert_put_bytes(w, mac, CERT_TAG_SIZE);
    cert_crypto_wipe(mac, sizeof(mac));

    return w->is_full ? CERT_INVALID : CERT_OK;
}


int
cert_beside_path(const cert_beside_t *file, char path[PATH_MAX])
{
    return cert_beside_join(path, file->path, file->name, "");
}


/*
 * Into the caller's memory: a worker that is out of memory still tells its
 * status.
 */
static int
cert_beside_join(char path[PATH_MAX], const char *folder, const char *name,
    const char *suffix)
{
    int  n;

    n = snprintf(path, PATH_MAX, "%s/%s%s", folder, name, suffix);

    if (n < 0 || n >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }

    return 0;
}


/* Writes the new file and puts it in the place of the old one. */
static cert_err_t
cert_beside_put(const cert_beside_t *file, cert_str_t bytes, int is_synced,
    cert_reason_t *reason)
{
    int   fd, rc;
    char  name[PATH_MAX], place[PATH_MAX];

    fd = -1;

    rc = cert_beside_path(file, place);

    if (rc == 0) {
        rc = cert_beside_join(name, file->path, file->name, ".new");
    }

    if (rc == 0) {
        /* A link in its place would have another file written over. */
        fd = open(name, O_WRONLY|O_CREAT|O_TRUNC|O_NOFOLLOW|O_CLOEXEC, 0600);
        rc = fd == -1 ? -1
                      : cert_beside_fill(fd, file->path, bytes, is_synced);
    }

    if (rc == 0) {
        rc = rename(name, place);
    }

    if (rc == 0) {
        return is_synced ? cert_file_sync(file->path, reason) : CERT_OK;
    }

    rc = errno;
    cert_reason_set(reason, "cannot write %s in \"%s\": %s", file->name,
                    file->path, strerror(rc));

    if (fd != -1) {
        (void) unlink(name);
    }

    return rc == ENOSPC || rc == EDQUOT ? CERT_FULL : CERT_SYSTEM;
}


/* Closes "fd"; on -1 errno is set. */
static int
cert_beside_fill(int fd, const char *folder, cert_str_t bytes, int is_synced)
{
    int      rc, failed;
    ssize_t  n;

    rc = cert_beside_own(fd, folder);

    if (rc == 0) {
        n = write(fd, bytes.data, bytes.len);

        if (n >= 0 && (size_t) n < bytes.len) {
            errno = ENOSPC;
        }

        rc = n == (ssize_t) bytes.len ? 0 : -1;
    }

    if (rc == 0 && is_synced) {
        rc = fsync(fd);
    }

    failed = errno;

    if (close(fd) == -1 && rc == 0) {
        return -1;
    }

    errno = failed;

    return rc;
}


/*
 * Group and mode are those of data.mdb: who may read the store may read what
 * is said about it, and nobody else.
 */
static int
cert_beside_own(int fd, const char *folder)
{
    int          rc;
    char         data[PATH_MAX];
    struct stat  st;

    rc = cert_beside_join(data, folder, &CERT_STORE_DATA[1], "");

    if (rc == 0) {
        rc = stat(data, &st);
    }

    if (rc == 0) {
        rc = fchown(fd, (uid_t) -1, st.st_gid);
    }

    return rc == 0 ? fchmod(fd, st.st_mode & 0777) : rc;
}


cert_err_t
cert_beside_read(const cert_beside_t *file, cert_keyring_t *ring,
    uint8_t *bytes, size_t size, cert_str_t *payload)
{
    size_t      len;
    uint8_t     id, mac[CERT_SHA256_SIZE];
    cert_err_t  err;

    err = cert_beside_get(file, bytes, size, &len);
    if (err != CERT_OK) {
        return err;
    }

    if (len < CERT_SEAL_SIZE) {
        return CERT_CORRUPT;
    }

    payload->data = bytes + 1;
    payload->len = len - CERT_SEAL_SIZE;
    id = bytes[0];

    /* Id 0 asks for the active key, under which nothing is verified. */
    if (id == 0) {
        return CERT_CORRUPT;
    }

    err = cert_beside_tag(file, ring, *payload, &id, mac);
    if (err != CERT_OK) {
        return err;
    }

    if (!cert_crypto_is_equal(mac, payload->data + payload->len,
                              CERT_TAG_SIZE)) {
        err = CERT_CORRUPT;
    }

    cert_crypto_wipe(mac, sizeof(mac));

    return err;
}


/* Not blocking: what was put in its place may be a pipe that nobody writes. */
static cert_err_t
cert_beside_get(const cert_beside_t *file, uint8_t *bytes, size_t size,
    size_t *len)
{
    int       fd, failed;
    char      path[PATH_MAX];
    ssize_t   n;
    uint8_t   more;

    if (cert_beside_path(file, path) == -1) {
        return CERT_SYSTEM;
    }

    fd = open(path, O_RDONLY|O_NOFOLLOW|O_NONBLOCK|O_CLOEXEC);

    if (fd == -1) {
        return errno == ENOENT ? CERT_NOT_FOUND : CERT_SYSTEM;
    }

    n = read(fd, bytes, size);
    failed = errno;

    if (n == (ssize_t) size && read(fd, &more, 1) != 0) {
        n = 0;
    }

    (void) close(fd);
    errno = failed;

    if (n == -1) {
        return CERT_SYSTEM;
    }

    *len = (size_t) n;

    return CERT_OK;
}


/* "*id" 0 asks for the active key, as in cert_crypto_mac(). */
static cert_err_t
cert_beside_tag(const cert_beside_t *file, cert_keyring_t *ring,
    cert_str_t payload, uint8_t *id, uint8_t mac[CERT_SHA256_SIZE])
{
    cert_str_t  parts[2];

    parts[0] = cert_strz(file->label);
    parts[1] = payload;

    return cert_crypto_mac(ring, CERT_KEY_RECORD, id, parts, 2, mac);
}


int
cert_beside_remove(const cert_beside_t *file)
{
    char  path[PATH_MAX];

    if (cert_beside_path(file, path) == -1) {
        return -1;
    }

    return unlink(path) == 0 || errno == ENOENT ? 0 : -1;
}
