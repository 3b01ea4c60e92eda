/*
 * Copyright (C) the ngx_cert authors
 *
 * The mark of a store as a file.
 *
 * One record of fixed size, far smaller than a sector, written over in place:
 * a rename for each commit would cost more than the mark is worth, and needs
 * the right to write the folder, which a sandbox may take from the daemon.  A
 * file that is new is synced and renamed into place, so that no loss of power
 * leaves half a mark, which would have to be refused; so is one that accepts a
 * loss, since that of before would have the store refused again.
 *
 * To keep the mark in the store's folder was rejected: it would be restored
 * together with it.  So was a counter in a TPM or on another machine, which few
 * have; a cluster has the second.
 */


#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cert_beside_int.h"
#include "cert_files_int.h"
#include "cert_mark_file_int.h"


#define CERT_MARK_NAME    ".mark"
#define CERT_MARK_NEW     ".XXXXXX"

#define CERT_MARK_FORMAT  1

/* Key id, format, id of the store, three numbers, chain, tag. */
#define CERT_MARK_SIZE                                                        \
    (1 + 16 + 3 * 8 + CERT_SHA256_SIZE + CERT_SEAL_SIZE)

/* Begins no other text that is sealed: see cert_seal.c. */
#define CERT_MARK_LABEL   "ngx_cert mark"

/* A mark that is just being written may be read in half. */
#define CERT_MARK_TRIES   5


static void cert_mark_place(char folder[PATH_MAX], const char *file,
    cert_beside_t *beside);
static cert_err_t cert_mark_decode(cert_str_t payload, cert_mark_t *mark);
static cert_err_t cert_mark_encode(const cert_beside_t *beside,
    cert_keyring_t *ring, const cert_mark_t *mark,
    uint8_t bytes[CERT_MARK_SIZE]);
static int cert_mark_save(const char *file, const char *path,
    const uint8_t bytes[CERT_MARK_SIZE], int is_synced);
static int cert_mark_over(int fd, const uint8_t bytes[CERT_MARK_SIZE],
    int is_synced);
static int cert_mark_make(const char *file, const char *path,
    const uint8_t bytes[CERT_MARK_SIZE]);
static int cert_mark_fill(int fd, const char *path,
    const uint8_t bytes[CERT_MARK_SIZE]);
static int cert_mark_sync(const char *file);


/* Links are resolved, so that all programs mean the same file. */
int
cert_mark_path(char file[PATH_MAX], const char *path)
{
    size_t  len;

    if (realpath(path, file) == NULL) {
        return -1;
    }

    len = strlen(file);

    /* A new file has a longer name. */
    if (len + sizeof(CERT_MARK_NAME CERT_MARK_NEW) > PATH_MAX) {
        errno = ENAMETOOLONG;
        return -1;
    }

    memcpy(file + len, CERT_MARK_NAME, sizeof(CERT_MARK_NAME));

    return 0;
}


cert_err_t
cert_mark_read(const char *path, cert_keyring_t *ring, cert_mark_t *mark,
    cert_reason_t *reason)
{
    char  file[PATH_MAX];

    if (cert_mark_path(file, path) == -1) {
        memset(mark, 0, sizeof(*mark));
        cert_reason_set(reason, "\"%s\": %s", path, strerror(errno));
        return CERT_SYSTEM;
    }

    return cert_mark_get(file, ring, mark, reason);
}


cert_err_t
cert_mark_get(const char *file, cert_keyring_t *ring, cert_mark_t *mark,
    cert_reason_t *reason)
{
    char            folder[PATH_MAX];
    uint8_t         bytes[CERT_MARK_SIZE];
    cert_err_t      err;
    cert_str_t      payload;
    cert_beside_t   beside;

    memset(mark, 0, sizeof(*mark));
    cert_mark_place(folder, file, &beside);

    err = CERT_CORRUPT;

    for (int i = 0; i < CERT_MARK_TRIES && err == CERT_CORRUPT; i++) {
        err = cert_beside_read(&beside, ring, bytes, sizeof(bytes), &payload);

        if (err == CERT_OK) {
            err = cert_mark_decode(payload, mark);
        }
    }

    if (err == CERT_SYSTEM) {
        cert_reason_file(reason, "cannot read the mark of the store,", file,
                         errno);

    } else if (err != CERT_OK) {
        cert_reason_set(reason, err == CERT_NO_KEY
                        ? "the mark of the store, \"%s\", is sealed under a "
                          "key that the keyring lacks"
                        : "the mark of the store, \"%s\", is damaged: see "
                          "\"certctl restore\"", file);
    }

    return err;
}


/* The file by its folder and its name in that. */
static void
cert_mark_place(char folder[PATH_MAX], const char *file,
    cert_beside_t *beside)
{
    char  *slash;

    (void) snprintf(folder, PATH_MAX, "%s", file);

    slash = strrchr(folder, '/');
    *slash = '\0';

    beside->path = folder;
    beside->name = slash + 1;
    beside->label = CERT_MARK_LABEL;
}


static cert_err_t
cert_mark_decode(cert_str_t payload, cert_mark_t *mark)
{
    cert_cursor_t   c;
    const uint8_t  *id, *chain;

    c = cert_cursor(payload);

    if (cert_get_int(&c, 1) != CERT_MARK_FORMAT) {
        return CERT_CORRUPT;
    }

    id = cert_get_bytes(&c, sizeof(mark->id));
    mark->accepted = (cert_time_t) cert_get_int(&c, 8);
    mark->journal = cert_get_int(&c, 8);
    mark->highest = (cert_time_t) cert_get_int(&c, 8);
    chain = cert_get_bytes(&c, CERT_SHA256_SIZE);

    if (!cert_cursor_is_done(&c)) {
        memset(mark, 0, sizeof(*mark));
        return CERT_CORRUPT;
    }

    memcpy(mark->id, id, sizeof(mark->id));
    memcpy(mark->chain, chain, CERT_SHA256_SIZE);

    return CERT_OK;
}


static cert_err_t
cert_mark_encode(const cert_beside_t *beside, cert_keyring_t *ring,
    const cert_mark_t *mark, uint8_t bytes[CERT_MARK_SIZE])
{
    cert_writer_t  w;

    w = cert_beside_begin(bytes, CERT_MARK_SIZE);

    cert_put_int(&w, CERT_MARK_FORMAT, 1);
    cert_put_bytes(&w, mark->id, sizeof(mark->id));
    cert_put_int(&w, (uint64_t) mark->accepted, 8);
    cert_put_int(&w, mark->journal, 8);
    cert_put_int(&w, (uint64_t) mark->highest, 8);
    cert_put_bytes(&w, mark->chain, CERT_SHA256_SIZE);

    return cert_beside_seal(beside, ring, &w);
}


cert_err_t
cert_mark_write(const char *path, cert_keyring_t *ring,
    const cert_mark_t *mark, cert_reason_t *reason)
{
    char  file[PATH_MAX];

    if (cert_mark_path(file, path) == -1) {
        cert_reason_set(reason, "\"%s\": %s", path, strerror(errno));
        return CERT_SYSTEM;
    }

    return cert_mark_put(file, path, ring, mark, 1, reason);
}


cert_err_t
cert_mark_put(const char *file, const char *path, cert_keyring_t *ring,
    const cert_mark_t *mark, int is_synced, cert_reason_t *reason)
{
    int             failed;
    char            folder[PATH_MAX];
    uint8_t         bytes[CERT_MARK_SIZE];
    cert_err_t      err;
    cert_beside_t   beside;

    cert_mark_place(folder, file, &beside);

    err = cert_mark_encode(&beside, ring, mark, bytes);

    if (err != CERT_OK) {
        cert_reason_set(reason, "the mark of the store cannot be sealed: %s",
                        cert_err_name(err));
        errno = ENOKEY;
        return err;
    }

    failed = cert_mark_save(file, path, bytes, is_synced);

    if (failed == 0) {
        return CERT_OK;
    }

    cert_reason_file(reason, "cannot write the mark of the store,", file,
                     failed);
    errno = failed;

    if (failed == ENOMEM) {
        return CERT_NO_MEMORY;
    }

    return failed == ENOSPC || failed == EDQUOT ? CERT_FULL : CERT_SYSTEM;
}


/* Returns an errno.  A link in its place would have another file changed. */
static int
cert_mark_save(const char *file, const char *path,
    const uint8_t bytes[CERT_MARK_SIZE], int is_synced)
{
    int  fd, failed;

    fd = open(file, O_WRONLY|O_NOFOLLOW|O_NONBLOCK|O_CLOEXEC);

    if (fd == -1) {
        return errno == ENOENT ? cert_mark_make(file, path, bytes) : errno;
    }

    failed = cert_mark_over(fd, bytes, is_synced);
    (void) close(fd);

    return failed;
}


/* Of a damaged mark that is longer, the rest would be damage, too. */
static int
cert_mark_over(int fd, const uint8_t bytes[CERT_MARK_SIZE], int is_synced)
{
    ssize_t      n;
    struct stat  st;

    n = pwrite(fd, bytes, CERT_MARK_SIZE, 0);

    if (n != (ssize_t) CERT_MARK_SIZE) {
        return n == -1 ? errno : ENOSPC;
    }

    if (fstat(fd, &st) == -1
        || (st.st_size != (off_t) CERT_MARK_SIZE
            && ftruncate(fd, CERT_MARK_SIZE) == -1))
    {
        return errno;
    }

    return is_synced && fsync(fd) == -1 ? errno : 0;
}


/*
 * Under a name of its own: of two that make the first mark at once, one would
 * empty the file that the other has put in place.  A program that is killed in
 * between leaves it, which takes a store that had no mark.
 */
static int
cert_mark_make(const char *file, const char *path,
    const uint8_t bytes[CERT_MARK_SIZE])
{
    int   fd, failed;
    char  name[PATH_MAX + sizeof(CERT_MARK_NEW)];

    (void) snprintf(name, sizeof(name), "%s" CERT_MARK_NEW, file);

    fd = mkstemp(name);

    if (fd == -1) {
        return errno;
    }

    (void) fcntl(fd, F_SETFD, FD_CLOEXEC);

    failed = cert_mark_fill(fd, path, bytes);
    (void) close(fd);

    if (failed == 0) {
        failed = rename(name, file) == -1 ? errno : cert_mark_sync(file);
    }

    if (failed != 0) {
        (void) unlink(name);
    }

    return failed;
}


/* A process that may write the store may move its mark. */
static int
cert_mark_fill(int fd, const char *path, const uint8_t bytes[CERT_MARK_SIZE])
{
    int           rc;
    char         *data;
    ssize_t       n;
    struct stat   st;

    data = cert_path_join(path, CERT_STORE_DATA);
    rc = data == NULL ? -1 : stat(data, &st);
    free(data);

    if (rc == 0 && geteuid() == 0) {
        rc = fchown(fd, st.st_uid, st.st_gid);

    } else if (rc == 0) {
        rc = fchown(fd, (uid_t) -1, st.st_gid);
    }

    if (rc == 0) {
        rc = fchmod(fd, st.st_mode & 0777);
    }

    if (rc == -1) {
        return errno;
    }

    n = write(fd, bytes, CERT_MARK_SIZE);

    if (n != (ssize_t) CERT_MARK_SIZE) {
        return n == -1 ? errno : ENOSPC;
    }

    return fsync(fd) == -1 ? errno : 0;
}


/* The folder that has the name of "file".  Returns an errno. */
static int
cert_mark_sync(const char *file)
{
    char            folder[PATH_MAX];
    cert_beside_t   beside;

    cert_mark_place(folder, file, &beside);

    return cert_file_sync(folder[0] != '\0' ? folder : "/", NULL) == CERT_OK
           ? 0 : errno;
}


cert_err_t
cert_mark_is_absent(const char *path, cert_reason_t *reason)
{
    char         file[PATH_MAX];
    struct stat  st;

    if (cert_mark_path(file, path) == -1) {
        cert_reason_set(reason, "\"%s\": %s", path, strerror(errno));
        return CERT_SYSTEM;
    }

    /* A link that leads nowhere is in the way, too. */
    if (lstat(file, &st) == -1) {

        if (errno == ENOENT) {
            return CERT_OK;
        }

        cert_reason_set(reason, "\"%s\": %s", file, strerror(errno));

        return CERT_SYSTEM;
    }

    cert_reason_set(reason, "\"%s\" is the mark of a store that was here: put "
                    "that store back, or move the mark away", file);

    return CERT_EXISTS;
}


void
cert_mark_undo(const char *path)
{
    char  file[PATH_MAX];

    if (cert_mark_path(file, path) == 0) {
        (void) unlink(file);
    }
}
