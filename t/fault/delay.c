/*
 * Copyright (C) the ngx_cert authors
 *
 * A machine that is off its core at the worst of times (LD_PRELOAD): each call
 * that takes a lock of a file, writes a place of one or flushes it is held up,
 * before or after, by as much as DELAY_USEC.  By how much differs from call to
 * call and from process to process, so programs that have to meet do.
 */


#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>


#define NEXT(name)  ((__typeof__(&name)) dlsym(RTLD_NEXT, #name))


static long  delay_usec;


__attribute__((constructor))
static void
delay_begin(void)
{
    const char  *usec;

    usec = getenv("DELAY_USEC");
    delay_usec = usec != NULL ? atol(usec) : 0;
}


/* A third of the calls, so that others overtake. */
static void
delay(void)
{
    uint64_t         x;
    struct timespec  ts;

    if (delay_usec <= 0) {
        return;
    }

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);
    x = ((uint64_t) ts.tv_nsec ^ ((uint64_t) getpid() << 20))
        * UINT64_C(0x9E3779B97F4A7C15);
    x ^= x >> 29;

    if (x % 3 == 0) {
        (void) usleep((useconds_t) ((x >> 8) % (uint64_t) delay_usec));
    }
}


static int
delay_is_lock(int cmd)
{
    return cmd == F_SETLK || cmd == F_SETLKW || cmd == F_GETLK;
}


/* One pointer or one number behind it, whatever the command. */
int
fcntl(int fd, int cmd, ...)
{
    int       rc;
    void     *arg;
    va_list   args;

    va_start(args, cmd);
    arg = va_arg(args, void *);
    va_end(args);

    if (delay_is_lock(cmd)) {
        delay();
    }

    rc = NEXT(fcntl)(fd, cmd, arg);

    if (delay_is_lock(cmd)) {
        delay();
    }

    return rc;
}


int
fcntl64(int fd, int cmd, ...)
{
    void     *arg;
    va_list   args;

    va_start(args, cmd);
    arg = va_arg(args, void *);
    va_end(args);

    return fcntl(fd, cmd, arg);
}


ssize_t
pwrite(int fd, const void *buf, size_t n, off_t at)
{
    ssize_t  rc;

    delay();
    rc = NEXT(pwrite)(fd, buf, n, at);
    delay();

    return rc;
}


int
fdatasync(int fd)
{
    int  rc;

    delay();
    rc = NEXT(fdatasync)(fd);
    delay();

    return rc;
}
