/*
 * Copyright (C) the ngx_cert authors
 *
 * Progress of long work, on a terminal only: count, rate, time left.
 *
 * The rate is over all of the run: so the time left does not jump with each
 * commit.
 */


#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "certctl_progress.h"


#define CERTCTL_PROGRESS_MS  200


/* Monotonic: a clock that is set must not end a wait, or a worker. */
int64_t
certctl_clock_ms(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);

    return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}


void
certctl_progress_begin(certctl_progress_t *progress, const char *what)
{
    progress->what = what;
    progress->is_shown = isatty(STDERR_FILENO);
    progress->count = 0;
    progress->started_ms = certctl_clock_ms();
    progress->shown_ms = progress->started_ms;
}


void
certctl_progress_update(certctl_progress_t *progress, uint64_t count,
    uint64_t done, uint64_t all)
{
    double   sec;
    int64_t  now_ms;

    progress->count = count;

    if (!progress->is_shown) {
        return;
    }

    now_ms = certctl_clock_ms();

    if (now_ms - progress->shown_ms < CERTCTL_PROGRESS_MS) {
        return;
    }

    progress->shown_ms = now_ms;
    sec = (double) (now_ms - progress->started_ms) / 1000;

    fprintf(stderr, "\r\033[K%llu %s, %.0f/s", (unsigned long long) count,
            progress->what, (double) count / sec);

    if (all > 0 && done > 0 && done <= all) {
        fprintf(stderr, ", %.0f%%, %.0f s left",
                100 * (double) done / (double) all,
                sec * (double) (all - done) / (double) done);
    }

    fflush(stderr);
}


/* Wiped: what stays on the terminal is the result. */
void
certctl_progress_end(certctl_progress_t *progress)
{
    if (progress->is_shown
        && progress->shown_ms != progress->started_ms)
    {
        fprintf(stderr, "\r\033[K");
        fflush(stderr);
    }
}
