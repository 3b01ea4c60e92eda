/*
 * Copyright (C) the ngx_cert authors
 *
 * Waiting on a condition by the monotonic clock.
 */


#include "certd_clock.h"
#include "tap.h"


typedef struct {
    pthread_mutex_t  lock;
    pthread_cond_t   change;
    int              is_changed;
} shared_t;


static void *
change(void *data)
{
    shared_t  *shared = data;

    (void) pthread_mutex_lock(&shared->lock);
    shared->is_changed = 1;
    (void) pthread_cond_signal(&shared->change);
    (void) pthread_mutex_unlock(&shared->lock);

    return NULL;
}


int
main(void)
{
    int        is_in_time;
    int64_t    now_ms;
    shared_t   shared = { .lock = PTHREAD_MUTEX_INITIALIZER };
    pthread_t  thread;

    certd_clock_cond_init(&shared.change);
    (void) pthread_mutex_lock(&shared.lock);

    now_ms = certd_clock_ms();
    ok(!certd_clock_wait(&shared.change, &shared.lock, now_ms),
       "a moment that has come");
    ok(!certd_clock_wait(&shared.change, &shared.lock, 0), "one long ago");
    ok(!certd_clock_wait(&shared.change, &shared.lock, -1),
       "one before the clock began");

    now_ms = certd_clock_ms();
    ok(!certd_clock_wait(&shared.change, &shared.lock, now_ms + 1050),
       "nobody signals");
    ok(certd_clock_ms() >= now_ms + 1050, "not before its time");

    /* The thread gets the lock while this one waits. */
    (void) pthread_create(&thread, NULL, change, &shared);
    now_ms = certd_clock_ms();
    is_in_time = 1;

    while (!shared.is_changed && is_in_time) {
        is_in_time = certd_clock_wait(&shared.change, &shared.lock,
                                      now_ms + 600000);
    }

    ok(shared.is_changed && is_in_time, "a signal ends it early");

    (void) pthread_mutex_unlock(&shared.lock);
    (void) pthread_join(thread, NULL);

    return done_testing();
}
