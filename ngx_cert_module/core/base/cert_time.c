/*
 * Copyright (C) the ngx_cert authors
 *
 * The civil calendar is computed in eras of 400 years (146097 days) counted
 * from the first of March, which puts the leap day last and makes the month
 * lengths a linear formula.  libc's gmtime() and timegm() are not used: they
 * take a lock over the zone data and read TZ from the environment.
 *
 * Time zones are offsets.  The authority's has no daylight saving, and a rule
 * such as "90 days from today" must not depend on which zone data a machine
 * happens to have.
 */


#include <string.h>

#include "cert_time.h"


#define CERT_TIME_ERA_DAYS  146097

/* Days from 0000-03-01, where the eras start, to 1970-01-01. */
#define CERT_TIME_EPOCH     719468

/* 0001-01-01 and 9999-12-31, the bounds of four-digit years. */
#define CERT_TIME_DATE_MIN  (-719162)
#define CERT_TIME_DATE_MAX  2932896

#define CERT_TIME_OFFSET_MAX  (14 * 3600)


static int64_t cert_time_floor_div(int64_t a, int64_t b);
static int cert_time_is_leap(int year);
static int cert_time_digits(const uint8_t *p, size_t n);
static void cert_time_put(char *p, unsigned value);
static int cert_time_clock(const uint8_t *p);


cert_date_t
cert_time_date(cert_time_t time, int32_t offset_sec)
{
    int64_t  day;

    /* Far outside any calendar: spare the addition its overflow. */

    if (time > CERT_TIME_NEVER) {
        time = CERT_TIME_NEVER;

    } else if (time < -CERT_TIME_NEVER) {
        time = -CERT_TIME_NEVER;
    }

    day = cert_time_floor_div(time + offset_sec, CERT_DAY_SEC);

    return (cert_date_t) day;
}


cert_time_t
cert_date_time(cert_date_t date, int32_t offset_sec)
{
    return (cert_time_t) date * CERT_DAY_SEC - offset_sec;
}


/* The eras begin in year 0, so a year from 1 on needs no rounding down. */
cert_date_t
cert_date_make(int year, int month, int day)
{
    int  era, year_of_era, day_of_year, days;

    static const uint8_t  length[] = {
        31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
    };

    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1) {
        return CERT_DATE_NONE;
    }

    /*
     * Checked in the calendar people use, before March becomes the first month.
     */
    days = length[month - 1] + (month == 2 && cert_time_is_leap(year));

    if (day > days) {
        return CERT_DATE_NONE;
    }

    /* January and February are the last months of the year before. */

    if (month <= 2) {
        year--;
        month += 12;
    }

    era = year / 400;
    year_of_era = year % 400;
    day_of_year = (153 * (month - 3) + 2) / 5 + day - 1;

    return era * CERT_TIME_ERA_DAYS + year_of_era * 365 + year_of_era / 4
           - year_of_era / 100 + day_of_year - CERT_TIME_EPOCH;
}


void
cert_date_split(cert_date_t date, int *year, int *month, int *day)
{
    int      year_of_era, day_of_era, day_of_year, m;
    int64_t  days, era;

    days = (int64_t) date + CERT_TIME_EPOCH;
    era = cert_time_floor_div(days, CERT_TIME_ERA_DAYS);
    day_of_era = (int) (days - era * CERT_TIME_ERA_DAYS);

    year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524
                   - day_of_era / 146096) / 365;
    day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4
                                - year_of_era / 100);

    /* Months from March: 153 days in each five of them. */

    m = (5 * day_of_year + 2) / 153;

    *day = day_of_year - (153 * m + 2) / 5 + 1;
    *month = m < 10 ? m + 3 : m - 9;
    *year = (int) (era * 400) + year_of_era + (*month <= 2);
}


cert_err_t
cert_date_parse(cert_date_t *date, cert_str_t text)
{
    int             year, month, day;
    cert_date_t     result;
    const uint8_t  *p;

    p = text.data;

    if (text.len != CERT_DATE_TEXT_SIZE - 1 || p[4] != '-' || p[7] != '-') {
        return CERT_INVALID;
    }

    year = cert_time_digits(p, 4);
    month = cert_time_digits(p + 5, 2);
    day = cert_time_digits(p + 8, 2);

    result = cert_date_make(year, month, day);

    if (result == CERT_DATE_NONE) {
        return CERT_INVALID;
    }

    *date = result;

    return CERT_OK;
}


/*
 * All of the text or nothing: "time" is set when date, clock and offset are
 * known to be right.
 */
cert_err_t
cert_time_parse(cert_time_t *time, cert_str_t text, int32_t offset_sec)
{
    int             clock;
    int32_t         offset;
    cert_str_t      part;
    cert_date_t     date;
    const uint8_t  *p;

    p = text.data;

    if (text.len == CERT_DATE_TEXT_SIZE - 1) {

        if (cert_date_parse(&date, text) != CERT_OK) {
            return CERT_INVALID;
        }

        *time = cert_date_time(date, offset_sec);

        return CERT_OK;
    }

    if (text.len < sizeof("2022-08-29T10:20:30Z") - 1 || p[10] != 'T') {
        return CERT_INVALID;
    }

    part.data = p;
    part.len = CERT_DATE_TEXT_SIZE - 1;

    clock = cert_time_clock(p + 11);

    if (cert_date_parse(&date, part) != CERT_OK || clock < 0) {
        return CERT_INVALID;
    }

    part.data = p + 19;
    part.len = text.len - 19;
    offset = 0;

    if ((part.len != 1 || part.data[0] != 'Z')
        && cert_offset_parse(&offset, part) != CERT_OK)
    {
        return CERT_INVALID;
    }

    *time = cert_date_time(date, offset) + clock;

    return CERT_OK;
}


size_t
cert_date_format(cert_date_t date, char text[CERT_DATE_TEXT_SIZE])
{
    int  year, month, day;

    if (date < CERT_TIME_DATE_MIN) {
        date = CERT_TIME_DATE_MIN;

    } else if (date > CERT_TIME_DATE_MAX) {
        date = CERT_TIME_DATE_MAX;
    }

    cert_date_split(date, &year, &month, &day);

    cert_time_put(text, (unsigned) year / 100);
    cert_time_put(text + 2, (unsigned) year % 100);
    text[4] = '-';
    cert_time_put(text + 5, (unsigned) month);
    text[7] = '-';
    cert_time_put(text + 8, (unsigned) day);
    text[10] = '\0';

    return CERT_DATE_TEXT_SIZE - 1;
}


size_t
cert_time_format(cert_time_t time, int32_t offset_sec,
    char text[CERT_TIME_TEXT_SIZE])
{
    unsigned     sec;
    cert_date_t  date;
    cert_time_t  first, last;

    /* The bounds apply to what is written, hence to local time. */

    first = cert_date_time(CERT_TIME_DATE_MIN, offset_sec);
    last = cert_date_time(CERT_TIME_DATE_MAX + 1, offset_sec) - 1;

    if (time < first) {
        time = first;

    } else if (time > last) {
        time = last;
    }

    date = cert_time_date(time, offset_sec);
    sec = (unsigned) (time - cert_date_time(date, offset_sec));

    cert_date_format(date, text);
    text[10] = 'T';
    cert_time_put(text + 11, sec / 3600);
    text[13] = ':';
    cert_time_put(text + 14, sec / 60 % 60);
    text[16] = ':';
    cert_time_put(text + 17, sec % 60);

    return 19 + cert_offset_format(offset_sec, text + 19);
}


cert_err_t
cert_offset_parse(int32_t *offset_sec, cert_str_t text)
{
    int             hours, minutes;
    int32_t         sec;
    const uint8_t  *p;

    p = text.data;

    if (text.len != 6 || (p[0] != '+' && p[0] != '-') || p[3] != ':') {
        return CERT_INVALID;
    }

    hours = cert_time_digits(p + 1, 2);
    minutes = cert_time_digits(p + 4, 2);

    if (hours < 0 || minutes < 0 || minutes > 59) {
        return CERT_INVALID;
    }

    sec = hours * 3600 + minutes * 60;

    if (sec > CERT_TIME_OFFSET_MAX) {
        return CERT_INVALID;
    }

    *offset_sec = p[0] == '-' ? -sec : sec;

    return CERT_OK;
}


size_t
cert_offset_format(int32_t offset_sec, char text[7])
{
    unsigned  sec;

    sec = (unsigned) (offset_sec < 0 ? -offset_sec : offset_sec);

    text[0] = offset_sec < 0 ? '-' : '+';
    cert_time_put(text + 1, sec / 3600);
    text[3] = ':';
    cert_time_put(text + 4, sec / 60 % 60);
    text[6] = '\0';

    return 6;
}


/* Rounds down, where C rounds towards zero. */
static int64_t
cert_time_floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}


static int
cert_time_is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}


/*
 * The value of "n" ASCII digits, or -1.  No sign, no space and no full-width
 * digit: what is printed has one spelling, so what is read has one.
 */
static int
cert_time_digits(const uint8_t *p, size_t n)
{
    int     value;
    size_t  i;

    value = 0;

    for (i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9') {
            return -1;
        }

        value = value * 10 + (p[i] - '0');
    }

    return value;
}


/* Two digits, not terminated: all that is printed is made of pairs. */
static void
cert_time_put(char *p, unsigned value)
{
    static const char  pairs[] =
        "00010203040506070809" "10111213141516171819"
        "20212223242526272829" "30313233343536373839"
        "40414243444546474849" "50515253545556575859"
        "60616263646566676869" "70717273747576777879"
        "80818283848586878889" "90919293949596979899";

    memcpy(p, pairs + 2 * value, 2);
}


/*
 * The second of the day that "10:20:30" names, or -1.  A leap second has no
 * second of its own in a count of seconds, so 60 is refused.
 */
static int
cert_time_clock(const uint8_t *p)
{
    int  hours, minutes, seconds;

    if (p[2] != ':' || p[5] != ':') {
        return -1;
    }

    hours = cert_time_digits(p, 2);
    minutes = cert_time_digits(p + 3, 2);
    seconds = cert_time_digits(p + 6, 2);

    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || seconds < 0
        || seconds > 59)
    {
        return -1;
    }

    return hours * 3600 + minutes * 60 + seconds;
}
