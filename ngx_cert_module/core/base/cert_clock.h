/*
 * Copyright (C) the ngx_cert authors
 *
 * A clock that a process can rely on although that of the machine may jump.
 *
 * Back: what had expired would be in force again until the next change brings
 * the store a later time.  So the latest time that was seen stays now until
 * the clock has passed it again.
 *
 * Ahead: what is written then stays in the store as the highest time seen, and
 * everything would have expired for good.  A clock that is further ahead than
 * time has passed, by more than CERT_CLOCK_AHEAD_MAX, is not remembered, and
 * must not be written to the store: see is_ahead.
 *
 * The library takes no time itself: the caller gives both clocks.
 */


#ifndef CERT_CLOCK_H_INCLUDED
#define CERT_CLOCK_H_INCLUDED


#include "cert.h"


/* Seconds. */
#define CERT_CLOCK_AHEAD_MAX  86400

/* Zero at first; one a process, or under a lock. */
typedef struct {
    cert_time_t  seen;          /* the latest time believed */
    int64_t      since_sec;     /* the other clock at that moment */
    int          is_begun;
    int          is_ahead;      /* the time taken last is not believed */
} cert_clock_t;


/*
 * The time to rely on.  "time" is that of the machine, "monotonic_sec" of a
 * clock that does not jump.  Never before what was returned earlier, but for
 * times that were ahead: these are returned, so that nothing holds longer than
 * the clock says, and forgotten.
 */
cert_time_t cert_clock_take(cert_clock_t *clock, cert_time_t time,
    int64_t monotonic_sec);


#endif /* CERT_CLOCK_H_INCLUDED */
