/*
 * Copyright (C) the ngx_cert authors
 *
 * Notes what a program writes to one file, and when that was on disk, so that
 * t/soak/crash.c can build what a loss of power would have left of it.
 *
 * WRITES_FILE names the file, which has to be there; WRITES_LOG where the
 * notes go, each a head of 24 bytes and what was written:
 *
 *     kind     8 bytes: 'W' about to be written, 'P' this much of it is on
 *              disk, 'S' all before is on disk
 *     offset   8 bytes
 *     length   8 bytes; of 'W' as many bytes follow
 *
 * A note is one append, so those of several processes are in order.  'W' comes
 * before the write and the other two after the call that promised it: what lies
 * between them may be there after a crash or not.
 */


#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>


#define NEXT(name)     ((__typeof__(&name)) dlsym(RTLD_NEXT, #name))
#define PIECES_MAX     1023

static struct stat  watched;
static int          notes = -1;


__attribute__((constructor))
static void
writes_begin(void)
{
    const char  *file, *log;

    file = getenv("WRITES_FILE");
    log = getenv("WRITES_LOG");

    if (file != NULL && log != NULL && stat(file, &watched) == 0) {
        notes = open(log, O_WRONLY|O_APPEND|O_CLOEXEC);
    }
}


static int
writes_is_watched(int fd)
{
    struct stat  st;

    return notes != -1 && fstat(fd, &st) == 0 && st.st_ino == watched.st_ino
           && st.st_dev == watched.st_dev;
}


static void
writes_note(char kind, off_t offset, const struct iovec *iov, int n)
{
    int64_t       head[3] = { kind, offset, 0 };
    struct iovec  all[PIECES_MAX + 1];

    all[0].iov_base = head;
    all[0].iov_len = sizeof(head);

    for (int i = 0; i < n && i < PIECES_MAX; i++) {
        all[i + 1] = iov[i];
        head[2] += (int64_t) iov[i].iov_len;
    }

    /* A log with a hole would show nothing: the program ends instead. */
    if (syscall(SYS_writev, notes, all, (kind == 'W' ? n : 0) + 1)
        != (ssize_t) sizeof(head) + (kind == 'W' ? head[2] : 0))
    {
        abort();
    }
}


/* What was written to a file that is opened to be in sync is on disk. */
static void
writes_end(int fd, off_t offset, const struct iovec *iov, int n)
{
    if (fcntl(fd, F_GETFL) & O_DSYNC) {
        writes_note('P', offset, iov, n);
    }
}


ssize_t
pwrite(int fd, const void *buf, size_t len, off_t offset)
{
    int           is_watched;
    ssize_t       n;
    struct iovec  iov;

    iov.iov_base = (void *) (uintptr_t) buf;
    iov.iov_len = len;
    is_watched = writes_is_watched(fd);

    if (is_watched) {
        writes_note('W', offset, &iov, 1);
    }

    n = NEXT(pwrite)(fd, buf, len, offset);

    if (is_watched) {
        writes_end(fd, offset, &iov, 1);
    }

    return n;
}


ssize_t
pwritev(int fd, const struct iovec *iov, int count, off_t offset)
{
    int      is_watched;
    ssize_t  n;

    is_watched = writes_is_watched(fd);

    if (is_watched) {
        writes_note('W', offset, iov, count);
    }

    n = NEXT(pwritev)(fd, iov, count, offset);

    if (is_watched) {
        writes_end(fd, offset, iov, count);
    }

    return n;
}


ssize_t
writev(int fd, const struct iovec *iov, int count)
{
    int      is_watched;
    off_t    offset;
    ssize_t  n;

    is_watched = writes_is_watched(fd);
    offset = is_watched ? lseek(fd, 0, SEEK_CUR) : 0;

    if (is_watched) {
        writes_note('W', offset, iov, count);
    }

    n = NEXT(writev)(fd, iov, count);

    if (is_watched) {
        writes_end(fd, offset, iov, count);
    }

    return n;
}


ssize_t
write(int fd, const void *buf, size_t len)
{
    struct iovec  iov;

    if (!writes_is_watched(fd)) {
        return NEXT(write)(fd, buf, len);
    }

    iov.iov_base = (void *) (uintptr_t) buf;
    iov.iov_len = len;

    return writev(fd, &iov, 1);
}


int
fdatasync(int fd)
{
    int  rc;

    rc = NEXT(fdatasync)(fd);

    if (rc == 0 && writes_is_watched(fd)) {
        writes_note('S', 0, NULL, 0);
    }

    return rc;
}


int
fsync(int fd)
{
    int  rc;

    rc = NEXT(fsync)(fd);

    if (rc == 0 && writes_is_watched(fd)) {
        writes_note('S', 0, NULL, 0);
    }

    return rc;
}
