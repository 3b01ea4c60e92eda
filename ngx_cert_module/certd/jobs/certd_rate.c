/*
 * Copyright (C) the ngx_cert authors
 *
 * How fast copies are made, and when nothing is begun.
 *
 * The estimate is the mean time of a job times those before, over the number of
 * renderers.  The mean is of elapsed time and not of the CPU, so it grows with
 * what slows all renderers down: the disk, other programs. Rejected: the time
 * between two results, which is long when there are no applications.
 */


#include <string.h>

#include "certd_rate.h"


/* Taken for the time of a job before any was measured. */
#define CERTD_RATE_USEC  100000

/* A job counts for one part in so many of the mean. */
#define CERTD_RATE_WEIGHT  16

/* Until a renderer is there when there is none: the master's longest pause. */
#define CERTD_RATE_NONE_SEC  2

/* The answer to "when" if it is years. */
#define CERTD_RATE_SEC_MAX  UINT32_C(100000000)


void
certd_rate_init(certd_rate_t *rate)
{
    memset(rate, 0, sizeof(certd_rate_t));
    rate->mean_usec = CERTD_RATE_USEC;
}


/* Follows a change within some tens of jobs, and no single one. */
void
certd_rate_job(certd_rate_t *rate, uint64_t usec)
{
    rate->mean_usec = (rate->mean_usec * (CERTD_RATE_WEIGHT - 1) + usec)
                      / CERTD_RATE_WEIGHT;
}


int
certd_rate_trouble(certd_rate_t *rate, int is_new, int64_t now_ms)
{
    if (is_new && rate->troubles < CERTD_SPELL_JOBS) {
        rate->troubles++;
    }

    if (rate->troubles < CERTD_SPELL_JOBS) {
        return 0;
    }

    /* Jobs that were begun together are one try. */
    if (now_ms < rate->hold_ms) {
        return 0;
    }

    if (rate->pause_ms == 0) {
        rate->pause_ms = CERTD_SPELL_MIN_MS;
        rate->hold_ms = now_ms + rate->pause_ms;
        return 1;
    }

    rate->pause_ms = 2 * rate->pause_ms < CERTD_SPELL_MAX_MS
                     ? 2 * rate->pause_ms : CERTD_SPELL_MAX_MS;
    rate->hold_ms = now_ms + rate->pause_ms;

    return 0;
}


/* One copy that is on disk shows more than any number that was drawn. */
int
certd_rate_success(certd_rate_t *rate)
{
    int  was_spell;

    was_spell = (rate->pause_ms > 0);

    rate->troubles = 0;
    rate->pause_ms = 0;
    rate->hold_ms = 0;

    return was_spell;
}


int
certd_rate_may(const certd_rate_t *rate, int64_t now_ms, int64_t *wait_ms)
{
    *wait_ms = INT64_MAX;

    if (rate->pause_ms == 0) {
        return 1;
    }

    if (now_ms < rate->hold_ms) {
        *wait_ms = rate->hold_ms - now_ms;
        return 0;
    }

    /* One at a time, until it is known whether it works again. */
    return rate->busy == 0;
}


int64_t
certd_rate_pause_ms(unsigned troubles)
{
    int64_t  ms;

    ms = CERTD_TROUBLE_MIN_MS;

    while (--troubles > 0 && ms < CERTD_TROUBLE_MAX_MS) {
        ms *= 2;
    }

    return ms < CERTD_TROUBLE_MAX_MS ? ms : CERTD_TROUBLE_MAX_MS;
}


uint32_t
certd_rate_seconds(const certd_rate_t *rate, uint64_t position,
    int64_t now_ms)
{
    uint64_t  usec, sec;

    /* Before the product could overflow: 1e8 s of jobs of a microsecond. */
    if (position > UINT64_C(100000000000000)
        || rate->mean_usec > UINT64_MAX / (position + 1))
    {
        return CERTD_RATE_SEC_MAX;
    }

    usec = position * rate->mean_usec;
    usec /= rate->alive > 0 ? rate->alive : 1;

    if (now_ms < rate->hold_ms) {
        usec += (uint64_t) (rate->hold_ms - now_ms) * 1000;
    }

    sec = (usec + 999999) / 1000000;

    if (rate->alive == 0) {
        sec += CERTD_RATE_NONE_SEC;
    }

    if (sec == 0) {
        return 1;
    }

    return sec < CERTD_RATE_SEC_MAX ? (uint32_t) sec : CERTD_RATE_SEC_MAX;
}
