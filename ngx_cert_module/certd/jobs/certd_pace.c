/*
 * Copyright (C) the ngx_cert authors
 *
 * How fast copies are made, and when nothing is begun.
 *
 * The estimate is the mean time of a job times those before, over the number
 * of renderers.  The mean is of the time as it passes and not of the CPU, so it
 * grows with whatever slows all of them down: the disk, other programs.
 * Rejected: the time between two ends, which is long when nobody applies.
 */


#include <string.h>

#include "certd_pace.h"


/* Taken for the time of a job before any was measured. */
#define CERTD_PACE_USEC  100000

/* A job counts for one part in so many of the mean. */
#define CERTD_PACE_WEIGHT  16

/* Until a renderer is there when there is none: the master's longest pause. */
#define CERTD_PACE_NONE_SEC  2

/* The answer to "when" if it is years. */
#define CERTD_PACE_SEC_MAX  UINT32_C(100000000)


void
certd_pace_init(certd_pace_t *pace)
{
    memset(pace, 0, sizeof(certd_pace_t));
    pace->mean_usec = CERTD_PACE_USEC;
}


/* Follows a change within some tens of jobs, and no single one. */
void
certd_pace_job(certd_pace_t *pace, uint64_t usec)
{
    pace->mean_usec = (pace->mean_usec * (CERTD_PACE_WEIGHT - 1) + usec)
                      / CERTD_PACE_WEIGHT;
}


int
certd_pace_trouble(certd_pace_t *pace, int is_new, int64_t now_ms)
{
    if (is_new && pace->troubles < CERTD_SPELL_JOBS) {
        pace->troubles++;
    }

    if (pace->troubles < CERTD_SPELL_JOBS) {
        return 0;
    }

    /* Jobs that were begun together are one try. */
    if (now_ms < pace->hold_ms) {
        return 0;
    }

    if (pace->pause_ms == 0) {
        pace->pause_ms = CERTD_SPELL_MIN_MS;
        pace->hold_ms = now_ms + pace->pause_ms;
        return 1;
    }

    pace->pause_ms = 2 * pace->pause_ms < CERTD_SPELL_MAX_MS
                     ? 2 * pace->pause_ms : CERTD_SPELL_MAX_MS;
    pace->hold_ms = now_ms + pace->pause_ms;

    return 0;
}


/* One copy that is on disk proves more than any number that was drawn. */
int
certd_pace_success(certd_pace_t *pace)
{
    int  was_spell;

    was_spell = (pace->pause_ms > 0);

    pace->troubles = 0;
    pace->pause_ms = 0;
    pace->hold_ms = 0;

    return was_spell;
}


int
certd_pace_may(const certd_pace_t *pace, int64_t now_ms, int64_t *wait_ms)
{
    *wait_ms = INT64_MAX;

    if (pace->pause_ms == 0) {
        return 1;
    }

    if (now_ms < pace->hold_ms) {
        *wait_ms = pace->hold_ms - now_ms;
        return 0;
    }

    /* One at a time, until it is known whether it works again. */
    return pace->busy == 0;
}


int64_t
certd_pace_pause_ms(unsigned troubles)
{
    int64_t  ms;

    ms = CERTD_TROUBLE_MIN_MS;

    while (--troubles > 0 && ms < CERTD_TROUBLE_MAX_MS) {
        ms *= 2;
    }

    return ms < CERTD_TROUBLE_MAX_MS ? ms : CERTD_TROUBLE_MAX_MS;
}


uint32_t
certd_pace_seconds(const certd_pace_t *pace, uint64_t position,
    int64_t now_ms)
{
    uint64_t  usec, sec;

    /* Before the product could overflow: 1e8 s of jobs of a microsecond. */
    if (position > UINT64_C(100000000000000)
        || pace->mean_usec > UINT64_MAX / (position + 1))
    {
        return CERTD_PACE_SEC_MAX;
    }

    usec = position * pace->mean_usec;
    usec /= pace->alive > 0 ? pace->alive : 1;

    if (now_ms < pace->hold_ms) {
        usec += (uint64_t) (pace->hold_ms - now_ms) * 1000;
    }

    sec = (usec + 999999) / 1000000;

    if (pace->alive == 0) {
        sec += CERTD_PACE_NONE_SEC;
    }

    if (sec == 0) {
        return 1;
    }

    return sec < CERTD_PACE_SEC_MAX ? (uint32_t) sec : CERTD_PACE_SEC_MAX;
}
