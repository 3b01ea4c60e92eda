/*
 * Copyright (C) the ngx_cert authors
 *
 * Calendar days and RFC 3339 times at a fixed offset from UTC.
 *
 * The trade counts calendar days in the policy's time zone, which is an
 * offset without daylight saving ("+08:00").  All functions are pure.
 */


#ifndef CERT_TIME_H_INCLUDED
#define CERT_TIME_H_INCLUDED


#include "cert.h"


#define CERT_DAY_SEC  86400

/* "2022-08-29T10:20:30+08:00" and its terminating zero. */
#define CERT_TIME_TEXT_SIZE  26

/* "2022-08-29" and its terminating zero. */
#define CERT_DATE_TEXT_SIZE  11


/*
 * The day on which "time" falls at "offset_sec" east of UTC, and the first
 * instant of "date" there.
 */
cert_date_t cert_time_date(cert_time_t time, int32_t offset_sec);
cert_time_t cert_date_time(cert_date_t date, int32_t offset_sec);

/*
 * The day of a proleptic Gregorian year (1..9999), month and day of month.
 * Returns CERT_DATE_NONE where there is no such day.
 */
cert_date_t cert_date_make(int year, int month, int day);

/* The opposite of cert_date_make(). */
void cert_date_split(cert_date_t date, int *year, int *month, int *day);

/*
 * Reads "2022-08-29", all ten characters.  CERT_INVALID: another form or no
 * such day; "date" is untouched.
 */
cert_err_t cert_date_parse(cert_date_t *date, cert_str_t text);

/*
 * Reads RFC 3339: "2022-08-29T10:20:30+08:00", or with "Z"; a bare date means
 * its first instant at "offset_sec".  CERT_INVALID as above.
 */
cert_err_t cert_time_parse(cert_time_t *time, cert_str_t text,
    int32_t offset_sec);

/*
 * Write "date" or "time" as text, terminated; they return its length.  A year
 * outside 1..9999 is written as its nearest bound.
 */
size_t cert_date_format(cert_date_t date, char text[CERT_DATE_TEXT_SIZE]);
size_t cert_time_format(cert_time_t time, int32_t offset_sec,
    char text[CERT_TIME_TEXT_SIZE]);

/*
 * Reads and writes an offset as "+08:00"; the bounds are -14:00..+14:00.
 * CERT_INVALID: it is not one of these; "offset_sec" is as it was.
 */
cert_err_t cert_offset_parse(int32_t *offset_sec, cert_str_t text);
size_t cert_offset_format(int32_t offset_sec, char text[7]);


#endif /* CERT_TIME_H_INCLUDED */
