/*
 * Copyright (C) the ngx_cert authors
 *
 * Writing a sealed file so that a crash leaves the whole file or nothing.
 *
 * The bytes go to a temporary file in ROOT, on the same file system as their
 * place, and reach the disk before the name does.  RENAME_NOREPLACE rather
 * than rename(): a sealed file is evidence, and two renderers given the same
 * code must not overwrite each other's.
 *
 * All folders on the way are synced each time, not only those made here: the
 * process that made one may have died before it was on disk.  That comes after
 * the sync of the file, which on most file systems has taken them along, so
 * that it costs microseconds; before it, each new folder would cost a commit
 * of its own.
 *
 * What root makes belongs to the owner of the folder it is made in, or a
 * renderer without rights could not go on where an operator has helped out.
 *
 * An O_TMPFILE that is linked into place would leave nothing behind after a
 * crash, and was rejected: linking it needs /proc or a capability, and file
 * systems lack it that have everything else.
 *
 * What a crash leaves begins with ".tmp-", as no published name may, and no
 * process holds its lock: a process that lives has the file locked until it has
 * its name, however long the disk takes.  That is how a sweep can tell.
 *
 * A file whose folder cannot be synced stays where it is: another renderer may
 * have found it meanwhile, synced it and had it recorded.  A later try finds
 * it in its place, too, and can do the same.
 */


#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certrender_publish.h"


/* ".tmp-", 16 hexadecimal digits and a zero. */
#define CERTRENDER_PUBLISH_TMP_SIZE  22

/* A sweep takes no file twice: more than one of these is a strange disk. */
#define CERTRENDER_PUBLISH_TMP_TRIES  8


static cert_err_t certrender_publish_put(int root, int folder,
    const char *name, const char *base, cert_str_t bytes, unsigned mode,
    cert_reason_t *reason);
static cert_err_t certrender_publish_tmp(int root,
    char tmp[CERTRENDER_PUBLISH_TMP_SIZE], int *fd, cert_reason_t *reason);
static int certrender_publish_lock(int fd);
static int certrender_publish_fill(int root, int fd, cert_str_t bytes,
    unsigned mode);
static int certrender_publish_write(int fd, cert_str_t bytes);
static cert_err_t certrender_publish_error(cert_reason_t *reason,
    const char *action, int err);
static int certrender_publish_name_is_valid(const char *name);
static cert_err_t certrender_publish_folder(int root, const char *name,
    unsigned mode, int *folder, const char **base, cert_reason_t *reason);
static int certrender_publish_part(const char **name,
    char part[NAME_MAX + 1]);
static int certrender_publish_enter(int parent, const char *name,
    unsigned mode);
static int certrender_publish_settle(int parent, int folder, int is_made,
    mode_t mode);
static int certrender_publish_own(int parent, int fd);
static int certrender_publish_sync(int root, const char *name);
static int certrender_publish_move(int root, const char *tmp, int folder,
    const char *base);


cert_err_t
certrender_publish(const char *root, const char *name, cert_str_t bytes,
    unsigned mode, cert_reason_t *reason)
{
    int          root_fd, folder;
    cert_err_t   err;
    const char  *base;

    folder = -1;
    base = NULL;
    cert_reason_set(reason, "%s", "");

    if (!certrender_publish_name_is_valid(name)) {
        cert_reason_set(reason, "not a relative file name");
        return CERT_SYSTEM;
    }

    root_fd = open(root, O_RDONLY|O_DIRECTORY|O_CLOEXEC);
    if (root_fd == -1) {
        return certrender_publish_error(reason, "opening the folder", errno);
    }

    err = certrender_publish_folder(root_fd, name, mode, &folder, &base,
                                    reason);
    if (err != CERT_OK) {
        goto close_root;
    }

    err = certrender_publish_put(root_fd, folder, name, base, bytes, mode,
                                 reason);
    close(folder);

close_root:

    close(root_fd);

    return err;
}


cert_err_t
certrender_publish_try(const char *root, cert_str_t bytes,
    cert_reason_t *reason)
{
    int         root_fd, fd;
    char        tmp[CERTRENDER_PUBLISH_TMP_SIZE];
    cert_err_t  err;

    root_fd = open(root, O_RDONLY|O_DIRECTORY|O_CLOEXEC);
    if (root_fd == -1) {
        return certrender_publish_error(reason, "opening the folder", errno);
    }

    err = certrender_publish_tmp(root_fd, tmp, &fd, reason);

    if (err == CERT_OK) {
        if (certrender_publish_fill(root_fd, fd, bytes, 0600) == -1) {
            err = certrender_publish_error(reason, "writing the file", errno);
        }

        unlinkat(root_fd, tmp, 0);
        close(fd);
    }

    close(root_fd);

    return err;
}


/* "name" is that in "root", "base" its last part, in "folder". */
static cert_err_t
certrender_publish_put(int root, int folder, const char *name,
    const char *base, cert_str_t bytes, unsigned mode, cert_reason_t *reason)
{
    int         fd;
    char        tmp[CERTRENDER_PUBLISH_TMP_SIZE];
    cert_err_t  err;

    fd = -1;

    err = certrender_publish_tmp(root, tmp, &fd, reason);
    if (err != CERT_OK) {
        return err;
    }

    if (certrender_publish_fill(root, fd, bytes, mode) == -1) {
        err = certrender_publish_error(reason, "writing the file", errno);

    } else if (certrender_publish_sync(root, name) == -1) {
        err = certrender_publish_error(reason, "syncing the folders", errno);

    } else if (certrender_publish_move(root, tmp, folder, base) == -1) {
        err = certrender_publish_error(reason, "naming the file", errno);

    } else if (fsync(folder) == -1) {
        err = certrender_publish_error(reason, "syncing the folder", errno);
        goto done;
    }

    if (err != CERT_OK) {
        unlinkat(root, tmp, 0);
    }

done:

    /* It was synced: nothing can come out at its closing. */
    close(fd);

    return err;
}


/*
 * Makes the temporary file, locked.  A sweep can come between: it takes what is
 * not locked yet, and then there is no name left to move.
 */
static cert_err_t
certrender_publish_tmp(int root, char tmp[CERTRENDER_PUBLISH_TMP_SIZE],
    int *fd, cert_reason_t *reason)
{
    int       i, held;
    uint64_t  random;

    for (i = 0; i < CERTRENDER_PUBLISH_TMP_TRIES; i++) {

        if (getrandom(&random, sizeof(random), 0) != sizeof(random)) {
            return certrender_publish_error(reason, "making a random name",
                                            errno);
        }

        snprintf(tmp, CERTRENDER_PUBLISH_TMP_SIZE, ".tmp-%016llx",
                 (unsigned long long) random);

        /* Of mode 0600 until it is whole: a reader could see a part. */
        *fd = openat(root, tmp, O_WRONLY|O_CREAT|O_EXCL|O_CLOEXEC, 0600);
        if (*fd == -1) {
            return certrender_publish_error(reason, "making a temporary file",
                                            errno == EEXIST ? EAGAIN : errno);
        }

        held = certrender_publish_lock(*fd);

        if (held == 1) {
            return CERT_OK;
        }

        if (held == -1) {
            (void) certrender_publish_error(reason, "locking the file", errno);
            unlinkat(root, tmp, 0);
            close(*fd);
            return CERT_SYSTEM;
        }

        close(*fd);
    }

    cert_reason_set(reason, "temporary files in the folder \"pdf\" are removed "
                    "as soon as they are made: end what sweeps it again and "
                    "again, such as \"certctl prune\"");

    return CERT_SYSTEM;
}


/* 1: it is ours; 0: it was swept meanwhile; -1: see errno. */
static int
certrender_publish_lock(int fd)
{
    struct stat  st;

    while (flock(fd, LOCK_EX) == -1) {

        /* A file system without locks: there a sweep takes nothing either. */
        if (errno == ENOSYS || errno == EOPNOTSUPP) {
            return 1;
        }

        if (errno != EINTR) {
            return -1;
        }
    }

    if (fstat(fd, &st) == -1) {
        return -1;
    }

    return st.st_nlink != 0;
}


/*
 * The owner comes first, which may have to sweep it; the mode comes last but
 * before the sync, which takes it to the disk too.
 */
static int
certrender_publish_fill(int root, int fd, cert_str_t bytes, unsigned mode)
{
    if (certrender_publish_own(root, fd) == -1
        || certrender_publish_write(fd, bytes) == -1
        || fchmod(fd, mode) == -1)
    {
        return -1;
    }

    return fsync(fd);
}


/* write() may take a part, on a disk that is nearly full or after a signal. */
static int
certrender_publish_write(int fd, cert_str_t bytes)
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


/* The error for an errno, with what was being done as the reason. */
static cert_err_t
certrender_publish_error(cert_reason_t *reason, const char *action, int err)
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
certrender_publish_name_is_valid(const char *name)
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
certrender_publish_folder(int root, const char *name, unsigned mode,
    int *folder, const char **base, cert_reason_t *reason)
{
    int   fd, next;
    char  part[NAME_MAX + 1];

    fd = fcntl(root, F_DUPFD_CLOEXEC, 0);
    if (fd == -1) {
        return certrender_publish_error(reason, "opening the folder", errno);
    }

    while (certrender_publish_part(&name, part)) {
        next = certrender_publish_enter(fd, part, mode);
        close(fd);

        if (next == -1) {
            return certrender_publish_error(reason, "making a folder",
                                            errno == EEXIST ? ENOTDIR : errno);
        }

        fd = next;
    }

    *folder = fd;
    *base = name;

    return CERT_OK;
}


/* Takes the next folder off a valid name; false: what is left is the file. */
static int
certrender_publish_part(const char **name, char part[NAME_MAX + 1])
{
    size_t  len;

    len = strcspn(*name, "/");

    if ((*name)[len] == '\0') {
        return 0;
    }

    memcpy(part, *name, len);
    part[len] = '\0';
    *name += len + 1;

    return 1;
}


/*
 * Opens a folder, made if it does not exist; the readers of files may enter.
 */
static int
certrender_publish_enter(int parent, const char *name, unsigned mode)
{
    int     fd, err, is_made;
    mode_t  folder_mode;

    folder_mode = (mode | 0700 | ((mode & 0444) >> 2)) & 0777;
    is_made = (mkdirat(parent, name, folder_mode) == 0);

    if (!is_made && errno != EEXIST) {
        return -1;
    }

    fd = openat(parent, name, O_RDONLY|O_DIRECTORY|O_NOFOLLOW|O_CLOEXEC);
    if (fd == -1) {
        return -1;
    }

    if (certrender_publish_settle(parent, fd, is_made, folder_mode) == -1) {
        err = errno;
        close(fd);
        errno = err;
        return -1;
    }

    return fd;
}


/*
 * Bits that the umask took away are given back, also to a folder whose maker
 * died before it could; those that an operator added stay.  A group that the
 * folder hands down (S_ISGID) goes on to the folders and files below.
 */
static int
certrender_publish_settle(int parent, int folder, int is_made, mode_t mode)
{
    struct stat  st;

    if (is_made && certrender_publish_own(parent, folder) == -1) {
        return -1;
    }

    if (fstat(folder, &st) == -1) {
        return -1;
    }

    if ((st.st_mode & mode) == mode
        || (geteuid() != 0 && geteuid() != st.st_uid))
    {
        return 0;
    }

    return fchmod(folder, (st.st_mode & 07777) | mode);
}


/* Before the mode is set: a change of the owner may take bits away. */
static int
certrender_publish_own(int parent, int fd)
{
    struct stat  st;

    if (geteuid() != 0) {
        return 0;
    }

    if (fstat(parent, &st) == -1) {
        return -1;
    }

    return st.st_uid == 0 ? 0 : fchown(fd, st.st_uid, (gid_t) -1);
}


/* All but the last folder, which is synced when the file has its name. */
static int
certrender_publish_sync(int root, const char *name)
{
    int   fd, next, err;
    char  part[NAME_MAX + 1];

    fd = fcntl(root, F_DUPFD_CLOEXEC, 0);

    while (fd != -1 && certrender_publish_part(&name, part)) {
        next = fsync(fd) == 0 ? openat(fd, part, O_RDONLY|O_DIRECTORY
                                                 |O_NOFOLLOW|O_CLOEXEC)
                              : -1;
        err = errno;
        close(fd);
        errno = err;

        fd = next;
    }

    if (fd == -1) {
        return -1;
    }

    close(fd);

    return 0;
}


static int
certrender_publish_move(int root, const char *tmp, int folder,
    const char *base)
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
     * would leave a file that no record names.
     */
    unlinkat(root, tmp, 0);

    return 0;
}
