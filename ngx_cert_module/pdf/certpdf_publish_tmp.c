/*
 * Copyright (C) the ngx_cert authors
 *
 * The temporary file of a publication.
 *
 * What a crash leaves begins with ".tmp-", as no published name may, and nobody
 * holds its lock: a process that lives has the file locked until it has its
 * name, however long the disk takes.  That is how a sweep can tell.
 */


#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certpdf_publish_int.h"


/* A sweep takes no file twice: more than one of these is a strange disk. */
#define CERTPDF_TMP_TRIES  8


static int certpdf_publish_lock(int fd);
static int certpdf_publish_write(int fd, cert_str_t bytes);


/*
 * Makes the temporary file, locked.  A sweep can come between: it takes what
 * nobody has locked yet, and then there is no name left to move.
 */
cert_err_t
certpdf_publish_tmp(int root, char tmp[CERTPDF_TMP_SIZE], int *fd,
    cert_reason_t *reason)
{
    int       i, held;
    uint64_t  random;

    for (i = 0; i < CERTPDF_TMP_TRIES; i++) {

        if (getrandom(&random, sizeof(random), 0) != sizeof(random)) {
            return certpdf_publish_error(reason, "making a random name",
                                         errno);
        }

        snprintf(tmp, CERTPDF_TMP_SIZE, ".tmp-%016llx",
                 (unsigned long long) random);

        /* Of mode 0600 until it is whole: a reader could see a part. */
        *fd = openat(root, tmp, O_WRONLY|O_CREAT|O_EXCL|O_CLOEXEC, 0600);
        if (*fd == -1) {
            return certpdf_publish_error(reason, "making a temporary file",
                                         errno == EEXIST ? EAGAIN : errno);
        }

        held = certpdf_publish_lock(*fd);

        if (held == 1) {
            return CERT_OK;
        }

        if (held == -1) {
            (void) certpdf_publish_error(reason, "locking the file", errno);
            unlinkat(root, tmp, 0);
            close(*fd);
            return CERT_SYSTEM;
        }

        close(*fd);
    }

    cert_reason_set(reason, "temporary files vanish");

    return CERT_SYSTEM;
}


/* 1: it is ours; 0: it was swept meanwhile; -1: see errno. */
static int
certpdf_publish_lock(int fd)
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
 * The owner comes first, who may have to sweep it; the mode comes last but
 * before the sync, which takes it to the disk too.
 */
int
certpdf_publish_fill(int root, int fd, cert_str_t bytes, unsigned mode)
{
    if (certpdf_publish_own(root, fd) == -1
        || certpdf_publish_write(fd, bytes) == -1
        || fchmod(fd, mode) == -1)
    {
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
