/*
 * Copyright (C) the ngx_cert authors
 *
 * Progress of long work: count, rate and time left, on standard error and
 * only if that is a terminal.
 */


#ifndef CERTCTL_PROGRESS_H_INCLUDED
#define CERTCTL_PROGRESS_H_INCLUDED


#include <stdint.h>


typedef struct {
    const char  *what;          /* "rows" */
    int          is_shown;
    uint64_t     count;
    int64_t      started_ms;
    int64_t      shown_ms;
} certctl_progress_t;

/* Milliseconds of a clock that never jumps, for durations. */
int64_t certctl_clock_ms(void);

void certctl_progress_begin(certctl_progress_t *progress, const char *what);

/* "done" of "all" tells the time left; all 0: not known. */
void certctl_progress_update(certctl_progress_t *progress, uint64_t count,
    uint64_t done, uint64_t all);
void certctl_progress_end(certctl_progress_t *progress);


#endif /* CERTCTL_PROGRESS_H_INCLUDED */
