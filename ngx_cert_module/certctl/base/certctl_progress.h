/*
 * Copyright (C) the ngx_cert authors
 *
 * Progress of long work: count, rate and time left, on standard error and
 * only if that is a terminal.  May be updated for every row: what is too soon
 * to show costs one look at the clock.
 */


#ifndef CERTCTL_PROGRESS_H_INCLUDED
#define CERTCTL_PROGRESS_H_INCLUDED


#include <stdint.h>


typedef struct {
    const char  *what;          /* "rows"; not copied */
    int          is_shown;      /* there is a terminal */
    uint64_t     count;
    int64_t      started_ms;
    int64_t      shown_ms;      /* last; as started: never */
} certctl_progress_t;

/* Milliseconds of a clock that never jumps, for durations. */
int64_t certctl_clock_ms(void);

/* Starts the clock and shows nothing yet; begin and end are a pair. */
void certctl_progress_begin(certctl_progress_t *progress, const char *what);

/*
 * "count" is shown with its rate; "done" of "all", which may be of another unit
 * such as bytes, tells the time left; all 0: not known.
 */
void certctl_progress_update(certctl_progress_t *progress, uint64_t count,
    uint64_t done, uint64_t all);

/* Clears the line, so that what follows stands alone. */
void certctl_progress_end(certctl_progress_t *progress);


#endif /* CERTCTL_PROGRESS_H_INCLUDED */
