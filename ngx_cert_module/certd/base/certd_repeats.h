/*
 * Copyright (C) the ngx_cert authors
 *
 * Trouble that each request meets again, such as a disk that is full: the log
 * gets a line when it begins and one a minute with a count, not one for each
 * request.  The disk may be that of the log.
 */


#ifndef CERTD_REPEATS_H_INCLUDED
#define CERTD_REPEATS_H_INCLUDED


#include "certd.h"


/* Between two lines about the same trouble. */
#define CERTD_REPEAT_MS   60000

/* Troubles that are kept; with more, the one logged longest ago is dropped. */
#define CERTD_REPEATS     16

/* Bytes of a trouble's text, with the end. */
#define CERTD_REPEAT_MAX  320

typedef struct {
    char               text[CERTD_REPEAT_MAX];
    certd_log_level_t  level;
    int64_t            told_ms;     /* the last line; 0: this entry is free */
    uint64_t           more;        /* since then */
} certd_repeat_t;

typedef struct {
    certd_repeat_t  list[CERTD_REPEATS];
} certd_repeats_t;


/*
 * Logs the text, or counts it if it was logged within a minute.  From any
 * thread.  certd_log_repeats() logs the counts that are due, so that the last
 * ones are not lost; called once a second, and with "is_end" for all at the
 * end.
 */
void certd_log_repeat(certd_log_level_t level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void certd_log_repeats(int is_end);

/*
 * The same as pure functions of a clock.  note: true if it is to be logged now,
 * and then "more" tells how many were not since the last line.  due: one whose
 * count is to be logged now, NULL if there is none; asked again, the next.
 */
int certd_repeats_note(certd_repeats_t *repeats, certd_log_level_t level,
    const char *text, int64_t now_ms, uint64_t *more);
const certd_repeat_t *certd_repeats_due(certd_repeats_t *repeats,
    int64_t now_ms, int is_end, uint64_t *more);


#endif /* CERTD_REPEATS_H_INCLUDED */
