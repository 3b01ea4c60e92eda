/*
 * Copyright (C) the ngx_cert authors
 *
 * Clocks, and conditions that wait by the monotonic one.
 */


#ifndef CERTD_CLOCK_H_INCLUDED
#define CERTD_CLOCK_H_INCLUDED


#include <pthread.h>
#include <time.h>

#include "cert_time.h"


/*
 * The clock of the machine, but never before what this process has seen, and
 * whether it is too far ahead to be written down (cert_clock.h); the monotonic
 * clock in milliseconds.
 */
cert_time_t certd_clock(void);
int certd_clock_is_ahead(void);
int64_t certd_clock_ms(void);

/* Sleeps; a signal may end it early. */
void certd_clock_sleep(int64_t ms);

/* Makes a condition whose waits end by the monotonic clock. */
void certd_clock_cond_init(pthread_cond_t *cond);

/*
 * Waits on such a condition, with "lock" held before and after, for one signal,
 * and at most until certd_clock_ms() is "until_ms".  False: the time is over,
 * or the wait failed.  As with any condition a true says nothing: the caller
 * looks at what it waits for.
 */
int certd_clock_wait(pthread_cond_t *cond, pthread_mutex_t *lock,
    int64_t until_ms);


#endif /* CERTD_CLOCK_H_INCLUDED */
