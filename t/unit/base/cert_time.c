/*
 * Copyright (C) the ngx_cert authors
 *
 * Days and times, compared with libc over four centuries and with a table of
 * what must be refused.
 */


#include <time.h>

#include "cert_time.h"
#include "tap.h"


static void
test_dates(void)
{
    int          y, m, d, wrong;
    char         text[CERT_DATE_TEXT_SIZE], expected[40];
    time_t       t;
    struct tm    tm;
    cert_date_t  date, again;

    wrong = 0;

    /* 1600-03-01 to 2400-03-01. */

    for (date = -135080; date < 157114; date++) {
        t = (time_t) date * CERT_DAY_SEC;
        gmtime_r(&t, &tm);

        cert_date_split(date, &y, &m, &d);
        again = cert_date_make(y, m, d);

        wrong += y != tm.tm_year + 1900 || m != tm.tm_mon + 1
                 || d != tm.tm_mday || again != date;

        strftime(expected, sizeof(expected), "%Y-%m-%d", &tm);
        cert_date_format(date, text);

        wrong += strcmp(text, expected) != 0;
        wrong += cert_date_parse(&again, cert_strz(text)) != CERT_OK
                 || again != date;
    }

    is_int(wrong, 0, "292,194 days agree with libc both ways");

    wrong = 0;

    for (date = cert_date_make(1, 1, 1); date <= cert_date_make(9999, 12, 31);
         date++)
    {
        cert_date_split(date, &y, &m, &d);
        wrong += cert_date_make(y, m, d) != date;
    }

    is_int(wrong, 0, "every day of years 1 to 9999 splits and joins");
}


static void
test_bad_dates(void)
{
    size_t       i;
    cert_date_t  date;

    static const char *const  bad[] = {
        "", "2022-08-2", "2022-08-299", "2022/08/29", "2022-8-29", "22-08-29",
        "2022-02-29", "1900-02-29", "2100-02-29", "2022-04-31", "2022-13-01",
        "2022-00-10", "2022-01-00", "2022-01-32", "0000-01-01", "-001-01-01",
        "2022-08- 9", "2022-08-+9", "2022-0a-09", "20220829", "２０22-08",
        " 2022-08-29", "2022-08-29 "
    };

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        date = 4711;
        ok(cert_date_parse(&date, cert_strz(bad[i])) == CERT_INVALID
           && date == 4711, "date \"%s\" is refused", bad[i]);
    }

    ok(cert_date_parse(&date, cert_str("2000-02-29")) == CERT_OK,
       "2000 is a leap year");
    ok(cert_date_parse(&date, cert_str("2024-02-29")) == CERT_OK,
       "2024 is a leap year");
    is_int(cert_date_make(10000, 1, 1), CERT_DATE_NONE, "no year 10000");
}


static void
test_times(void)
{
    size_t       i;
    cert_time_t  time;

    static const struct {
        const char   *text;
        cert_time_t   time;
    } good[] = {
        { "1970-01-01T00:00:00Z", 0 },
        { "1969-12-31T23:59:59Z", -1 },
        { "2022-08-29T10:20:30+08:00", 1661739630 },
        { "2022-08-29T02:20:30Z", 1661739630 },
        { "2022-08-28T12:20:30-14:00", 1661739630 },
        { "2022-08-29", 1661702400 },
        { "2022-08-29T23:59:59+00:00", 1661817599 },
        { "0001-01-01T00:00:00Z", INT64_C(-62135596800) },
        { "9999-12-31T23:59:59Z", INT64_C(253402300799) }
    };

    static const char *const  bad[] = {
        "2022-08-29T10:20:30", "2022-08-29 10:20:30Z", "2022-08-29t10:20:30Z",
        "2022-08-29T10:20:30z", "2022-08-29T24:00:00Z",
        "2022-08-29T10:60:30Z", "2022-08-29T10:20:60Z",
        "2022-08-29T10:20:30.5Z", "2022-08-29T10:20Z",
        "2022-08-29T10:20:30+8:00", "2022-08-29T10:20:30+0800",
        "2022-08-29T10:20:30+14:01", "2022-08-29T10:20:30+08:60",
        "2022-08-29T10:20:30Z ", "2022-02-30T10:20:30Z",
        "2022-08-29T-1:20:30Z", "2022-08-29T10-20:30Z", "2022-08-29T", ""
    };

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        time = 0;
        ok(cert_time_parse(&time, cert_strz(good[i].text), 28800) == CERT_OK,
           "time \"%s\" is read", good[i].text);
        is_int(time, good[i].time, "... rightly");
    }

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        time = 4711;
        ok(cert_time_parse(&time, cert_strz(bad[i]), 28800) == CERT_INVALID
           && time == 4711, "time \"%s\" is refused", bad[i]);
    }
}


static void
test_format(void)
{
    int          wrong;
    char         text[CERT_TIME_TEXT_SIZE];
    int32_t      offset;
    cert_time_t  time, again;

    is_int(cert_time_format(1661739630, 28800, text), 25, "length of a time");
    is_str(text, "2022-08-29T10:20:30+08:00", "a time at +08:00");

    cert_time_format(1661739630, -12600, text);
    is_str(text, "2022-08-28T22:50:30-03:30", "a time at -03:30");

    cert_time_format(CERT_TIME_NEVER, 28800, text);
    is_str(text, "9999-12-31T23:59:59+08:00", "never is the last second");
    cert_time_format(INT64_MAX, 0, text);
    is_str(text, "9999-12-31T23:59:59+00:00", "the largest time");
    cert_time_format(INT64_MIN, 28800, text);
    is_str(text, "0001-01-01T00:00:00+08:00", "the smallest time");
    cert_date_format(CERT_DATE_NONE, text);
    is_str(text, "0001-01-01", "the smallest date");
    cert_date_format(INT32_MAX, text);
    is_str(text, "9999-12-31", "the largest date");

    wrong = 0;

    for (time = -70000000000; time < 250000000000; time += 86399 * 997) {
        for (offset = -14 * 3600; offset <= 14 * 3600; offset += 1800) {
            if (time < -62000000000) {
                continue;
            }

            cert_time_format(time, offset, text);
            wrong += cert_time_parse(&again, cert_strz(text), 0) != CERT_OK
                     || again != time;
        }
    }

    is_int(wrong, 0, "times at every half-hour offset come back");
}


static void
test_days(void)
{
    cert_date_t  day;

    day = cert_date_make(2022, 8, 29);

    is_int(cert_date_time(day, 28800), 1661702400, "a day begins at +08:00");
    is_int(cert_time_date(1661702400, 28800), day, "... with its first second");
    is_int(cert_time_date(1661702399, 28800), day - 1, "... and not before");
    is_int(cert_time_date(1661702400, 0), day - 1, "another day elsewhere");
    is_int(cert_time_date(-1, 0), -1, "days before 1970 round down");
    is_int(cert_time_date(-86400, 0), -1, "the first second of a day there");
    ok(cert_time_date(INT64_MAX, 50400) > 0, "no overflow upwards");
    ok(cert_time_date(INT64_MIN, -50400) < 0, "no overflow downwards");
}


static void
test_offsets(void)
{
    char     text[7];
    size_t   i;
    int32_t  offset, again;

    static const char *const  bad[] = {
        "", "8", "08:00", "+8:00", "+0800", "+14:01", "-14:30", "+15:00",
        "+08:60", "+08:00 ", " +08:00", "*08:00", "+08.00", "+ab:00"
    };

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        offset = 4711;
        ok(cert_offset_parse(&offset, cert_strz(bad[i])) == CERT_INVALID
           && offset == 4711, "offset \"%s\" is refused", bad[i]);
    }

    for (offset = -14 * 3600; offset <= 14 * 3600; offset += 60) {
        cert_offset_format(offset, text);

        if (cert_offset_parse(&again, cert_strz(text)) != CERT_OK
            || again != offset)
        {
            break;
        }
    }

    ok(offset > 14 * 3600, "every offset in minutes comes back");
}


int
main(void)
{
    test_dates();
    test_bad_dates();
    test_times();
    test_format();
    test_days();
    test_offsets();

    return done_testing();
}
