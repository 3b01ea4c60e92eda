/*
 * Copyright (C) the ngx_cert authors
 *
 * Clocks.
 */


#include "cert_clock.h"
#include "certd_clock.h"


static struct timespec certd_clock_timespec(int64_t ms);


/* A machine that slept was not ahead when it woke up. */
static cert_time_t
certd_clock_take(int *is_ahead)
{
    cert_time_t      now;
    struct timespec  ts, boot;

    static cert_clock_t     clock;
    static pthread_mutex_t  lock = PTHREAD_MUTEX_INITIALIZER;

    (void) pthread_mutex_lock(&lock);

    (void) clock_gettime(CLOCK_REALTIME, &ts);
    (void) clock_gettime(CLOCK_BOOTTIME, &boot);
    now = cert_clock_take(&clock, ts.tv_sec, boot.tv_sec);
    *is_ahead = clock.is_ahead;

    (void) pthread_mutex_unlock(&lock);

    return now;
}


cert_time_t
certd_clock(void)
{
    int  is_ahead;

    return certd_clock_take(&is_ahead);
}


int
certd_clock_is_ahead(void)
{
    int  is_ahead;

    (void) certd_clock_take(&is_ahead);

    return is_ahead;
}


int64_t
certd_clock_ms(void)
{
    struct timespec  ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}


void
certd_clock_sleep(int64_t ms)
{
    struct timespec  pause;

    pause = certd_clock_timespec(ms);
    (void) nanosleep(&pause, NULL);
}


void
certd_clock_cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t  attr;

    (void) pthread_condattr_init(&attr);
    (void) pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void) pthread_cond_init(cond, &attr);
    (void) pthread_condattr_destroy(&attr);
}


int
certd_clock_wait(pthread_cond_t *cond, pthread_mutex_t *lock,
    int64_t until_ms)
{
    struct timespec  until;

    until = certd_clock_timespec(until_ms);

    return pthread_cond_timedwait(cond, lock, &until) == 0;
}


static struct timespec
certd_clock_timespec(int64_t ms)
{
    return (struct timespec) { ms / 1000, ms % 1000 * 1000000 };
}
