/*
 * Copyright (C) the ngx_cert authors
 *
 * A slow disk (LD_PRELOAD), for measurements that do not depend on how busy the
 * disk of the machine is: each flush takes DISK_FLUSH_USEC longer.  A flush is
 * fdatasync() and fsync(), and a write to a file opened with O_DSYNC, as LMDB
 * writes its meta page.  With -1 the first two do nothing, to fill a store
 * faster that is thrown away soon.
 */


#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>


#define NEXT(name)  ((__typeof__(&name)) dlsym(RTLD_NEXT, #name))


/* True if there is to be a flush. */
static int
disk_flush(void)
{
    long         n;
    const char  *usec;

    usec = getenv("DISK_FLUSH_USEC");
    n = usec != NULL ? atol(usec) : 0;

    if (n > 0) {
        (void) usleep((useconds_t) n);
    }

    return n >= 0;
}


int
fsync(int fd)
{
    return disk_flush() ? NEXT(fsync)(fd) : 0;
}


int
fdatasync(int fd)
{
    return disk_flush() ? NEXT(fdatasync)(fd) : 0;
}


ssize_t
pwrite(int fd, const void *buf, size_t n, off_t at)
{
    int  flags;

    flags = fcntl(fd, F_GETFL);

    if (flags != -1 && (flags & O_DSYNC)) {
        (void) disk_flush();
    }

    return NEXT(pwrite)(fd, buf, n, at);
}
