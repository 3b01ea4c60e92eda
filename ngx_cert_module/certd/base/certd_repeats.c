/*
 * Copyright (C) the ngx_cert authors
 *
 * Trouble that repeats.
 *
 * Two troubles are the same if their lines are: what is logged of a request
 * names a place in the program and an error, and nothing of the request.  A
 * trouble whose text changes each time would fill the table, push others out
 * and be logged each time, as before.
 */


#include <pthread.h>
#include <stdarg.h>

#include "certd_repeats.h"


static pthread_mutex_t  certd_repeats_lock = PTHREAD_MUTEX_INITIALIZER;
static certd_repeats_t  certd_repeats;


static certd_repeat_t *certd_repeats_find(certd_repeats_t *repeats,
    const char *text);


void
certd_log_repeat(certd_log_level_t level, const char *fmt, ...)
{
    int       is_told;
    char      text[CERTD_REPEAT_MAX];
    va_list   args;
    uint64_t  more;

    /* What is not logged must not push out what is counted. */
    if (!certd_log_is_written(level)) {
        return;
    }

    va_start(args, fmt);
    (void) vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);

    (void) pthread_mutex_lock(&certd_repeats_lock);
    is_told = certd_repeats_note(&certd_repeats, level, text,
                                 certd_clock_ms(), &more);
    (void) pthread_mutex_unlock(&certd_repeats_lock);

    if (is_told && more > 0) {
        certd_log(level, "%s (and %llu times more since it was logged)", text,
                  (unsigned long long) more);

    } else if (is_told) {
        certd_log(level, "%s", text);
    }
}


void
certd_log_repeats(int is_end)
{
    int64_t                now_ms;
    uint64_t               more;
    const certd_repeat_t  *repeat;

    now_ms = certd_clock_ms();

    (void) pthread_mutex_lock(&certd_repeats_lock);

    for ( ;; ) {
        repeat = certd_repeats_due(&certd_repeats, now_ms, is_end, &more);

        if (repeat == NULL) {
            break;
        }

        certd_log(repeat->level, "%s (%llu times more since it was logged)",
                  repeat->text, (unsigned long long) more);
    }

    (void) pthread_mutex_unlock(&certd_repeats_lock);
}


int
certd_repeats_note(certd_repeats_t *repeats, certd_log_level_t level,
    const char *text, int64_t now_ms, uint64_t *more)
{
    certd_repeat_t  *repeat;

    *more = 0;
    repeat = certd_repeats_find(repeats, text);

    if (repeat->told_ms != 0 && strcmp(repeat->text, text) == 0) {

        if (now_ms - repeat->told_ms < CERTD_REPEAT_MS) {
            repeat->more++;
            return 0;
        }

        *more = repeat->more;
    }

    (void) snprintf(repeat->text, sizeof(repeat->text), "%s", text);
    repeat->level = level;
    repeat->told_ms = now_ms != 0 ? now_ms : 1;
    repeat->more = 0;

    return 1;
}


const certd_repeat_t *
certd_repeats_due(certd_repeats_t *repeats, int64_t now_ms, int is_end,
    uint64_t *more)
{
    certd_repeat_t  *repeat;

    for (size_t i = 0; i < CERTD_REPEATS; i++) {
        repeat = &repeats->list[i];

        if (repeat->more > 0
            && (is_end || now_ms - repeat->told_ms >= CERTD_REPEAT_MS))
        {
            *more = repeat->more;
            repeat->more = 0;
            repeat->told_ms = now_ms;

            return repeat;
        }
    }

    return NULL;
}


/* The entry of this text, a free one, or the one logged longest ago. */
static certd_repeat_t *
certd_repeats_find(certd_repeats_t *repeats, const char *text)
{
    certd_repeat_t  *repeat, *oldest;

    oldest = &repeats->list[0];

    for (size_t i = 0; i < CERTD_REPEATS; i++) {
        repeat = &repeats->list[i];

        if (repeat->told_ms != 0 && strcmp(repeat->text, text) == 0) {
            return repeat;
        }

        if (repeat->told_ms < oldest->told_ms) {
            oldest = repeat;
        }
    }

    return oldest;
}
