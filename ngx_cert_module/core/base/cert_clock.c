/*
 * Copyright (C) the ngx_cert authors
 */


#include "cert_clock.h"


cert_time_t
cert_clock_take(cert_clock_t *clock, cert_time_t time, int64_t monotonic_sec)
{
    int64_t  passed;

    passed = monotonic_sec - clock->since_sec;

    if (clock->is_begun && time - clock->seen > passed + CERT_CLOCK_AHEAD_MAX)
    {
        clock->is_ahead = 1;
        return time;
    }

    clock->is_ahead = 0;

    if (!clock->is_begun || time > clock->seen) {
        clock->is_begun = 1;
        clock->seen = time;
        clock->since_sec = monotonic_sec;
    }

    return clock->seen;
}
