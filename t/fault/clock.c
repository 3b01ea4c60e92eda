/*
 * Copyright (C) the ngx_cert authors
 *
 * A clock of a process's own, for the tests (LD_PRELOAD): CLOCK_AT is the
 * second since 1970 that it shows at the start, from which it goes on.  Or
 * CLOCK_FILE names a file of 8 bytes with the seconds it is ahead, which a test
 * can change while the process runs.  Only the time of day is another; what
 * measures how long things take is not.
 */


#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>


static const int64_t  *clock_shared;

static time_t
clock_offset(void)
{
    const char      *at;
    struct timespec  ts;

    static time_t    offset;
    static int       is_known;

    if (clock_shared != NULL) {
        return (time_t) __atomic_load_n(clock_shared, __ATOMIC_SEQ_CST);
    }

    if (!is_known) {
        at = getenv("CLOCK_AT");
        (void) syscall(SYS_clock_gettime, CLOCK_REALTIME, &ts);
        offset = at == NULL ? 0 : (time_t) atoll(at) - ts.tv_sec;
        is_known = 1;
    }

    return offset;
}


/* Before there are threads, and once for every fork. */
__attribute__((constructor))
static void
clock_begin(void)
{
    int          fd;
    void        *map;
    const char  *name;

    name = getenv("CLOCK_FILE");
    fd = name != NULL ? open(name, O_RDONLY|O_CLOEXEC) : -1;

    if (fd != -1) {
        map = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);
        clock_shared = map != MAP_FAILED ? map : NULL;
        (void) close(fd);
    }

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
