/*
 * Copyright (C) the ngx_cert authors
 *
 * Clocks that jump, row by row.
 */


#include "cert_clock.h"
#include "tap.h"


#define NOW   1661740830
#define HOUR  3600
#define DAY   86400
#define YEAR  (365 * DAY)


int
main(void)
{
    size_t        i;
    cert_clock_t  clock;
    cert_time_t   got;

    static const struct {
        const char  *name;
        int64_t      time;
        int64_t      passed;
        int64_t      expected;
        int          is_ahead;
    } rows[] = {
        { "at first", 0, 100, 0, 0 },
        { "time goes on", 10, 110, 10, 0 },
        { "an hour back", 15 - HOUR, 115, 10, 0 },
        { "and on from there", 15, 4000, 15, 0 },
        { "a day ahead", 15 + DAY, 4000, 15 + DAY, 0 },
        { "a day and a second", 16 + 2 * DAY, 4000, 16 + 2 * DAY, 1 },
        { "ten years ahead", 10 * (int64_t) YEAR, 4001,
          10 * (int64_t) YEAR, 1 },
        { "still", 10 * (int64_t) YEAR + 9, 4010, 10 * (int64_t) YEAR + 9,
          1 },
        { "back to what it was", 4011 - 100, 4011, 15 + DAY, 0 },
        { "a year of silence", YEAR, 4011 + YEAR, YEAR, 0 },
        { "fifty years back", -50 * (int64_t) YEAR, 4012 + YEAR, YEAR, 0 },
        { "and right again", YEAR + HOUR, 4011 + YEAR + HOUR, YEAR + HOUR, 0 }
    };

    memset(&clock, 0, sizeof(clock));

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        got = cert_clock_take(&clock, NOW + rows[i].time, rows[i].passed);
        is_int(got - NOW, rows[i].expected, "%s: time", rows[i].name);
        is_int(clock.is_ahead, rows[i].is_ahead, "%s: ahead", rows[i].name);
    }

    return done_testing();
}
