/*
 * Copyright (C) the ngx_cert authors
 *
 * A disk that takes its time (LD_PRELOAD), for measurements that do not hang
 * on the mood of the machine's: each flush takes DISK_FLUSH_USEC longer.  A
 * flush is fdatasync() and fsync(), and a write to what was opened to be in
 * sync, as LMDB writes its meta page.
 */


#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>


#define NEXT(name)  ((__typeof__(&name)) dlsym(RTLD_NEXT, #name))


static void
disk_flush(void)
{
    const char  *usec;

    usec = getenv("DISK_FLUSH_USEC");

    if (usec != NULL) {
        (void) usleep((useconds_t) atol(usec));
    }
}


int
fsync(int fd)
{
    disk_flush();

    return NEXT(fsync)(fd);
}


int
fdatasync(int fd)
{
    disk_flush();

    return NEXT(fdatasync)(fd);
}


ssize_t
pwrite(int fd, const void *buf, size_t n, off_t at)
{
    int  flags;

    flags = fcntl(fd, F_GETFL);

    if (flags != -1 && (flags & O_DSYNC)) {
        disk_flush();
    }

    return NEXT(pwrite)(fd, buf, n, at);
}
