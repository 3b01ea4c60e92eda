/*
 * Copyright (C) the ngx_cert authors
 *
 * A clock of a process's own, for the tests (LD_PRELOAD): CLOCK_AT is the
 * second since 1970 that it shows at the start, from which it goes on.  Only
 * the time of day is another; what measures how long things take is not.
 */


#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>


static time_t
clock_offset(void)
{
    const char      *at;
    struct timespec  ts;

    static time_t    offset;
    static int       is_known;

    if (!is_known) {
        at = getenv("CLOCK_AT");
        (void) syscall(SYS_clock_gettime, CLOCK_REALTIME, &ts);
        offset = at == NULL ? 0 : (time_t) atoll(at) - ts.tv_sec;
        is_known = 1;
    }

    return offset;
}


/* Before there are threads, and once for all forks. */
__attribute__((constructor))
static void
clock_begin(void)
{
    (void) clock_offset();
}


int
clock_gettime(clockid_t id, struct timespec *ts)
{
    int  rc;

    rc = (int) syscall(SYS_clock_gettime, id, ts);

    if (rc == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) {
        ts->tv_sec += clock_offset();
    }

    return rc;
}


time_t
time(time_t *t)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_REALTIME, &ts);

    if (t != NULL) {
        *t = ts.tv_sec;
    }

    return ts.tv_sec;
}


int
gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
    struct timespec  ts;

    (void) zone;
    (void) clock_gettime(CLOCK_REALTIME, &ts);

    tv->tv_sec = ts.tv_sec;
    tv->tv_usec = ts.tv_nsec / 1000;

    return 0;
}
