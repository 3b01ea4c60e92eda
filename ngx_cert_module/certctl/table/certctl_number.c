/*
 * Copyright (C) the ngx_cert authors
 *
 * Numbers of sheets are doubles, of which spreadsheets keep 15 digits: one of
 * 16 and more has lost the last ones, whatever the file holds in their place,
 * and is refused rather than repaired.
 *
 * A day is counted from 1900 or 1904.  The first count has a 29 February 1900
 * that never was, 60: days before it are one off, and itself is none.
 */


#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cert_time.h"
#include "certctl_number.h"
#include "certctl_styles.h"


/* The first number of 16 digits. */
#define CERTCTL_NUMBER_LONG  1e15

/* 9999-12-31. */
#define CERTCTL_NUMBER_DAYS  2958465


static cert_err_t certctl_number_date(char *out, double days, int is_1904,
    const char **why);


cert_err_t
certctl_number_format(char out[CERTCTL_NUMBER_SIZE], const char *text,
    unsigned style, int is_1904, const char **why, int *is_rounded)
{
    char    *end;
    double   value;

    *is_rounded = 0;
    value = strtod(text, &end);

    if (end == text || *end != '\0' || !isfinite(value)) {
        *why = "is a number that cannot be read";
        return CERT_INVALID;
    }

    if (fabs(value) >= CERTCTL_NUMBER_LONG) {
        *is_rounded = 1;
        *why = "is a number of 16 or more digits, the last of which a "
               "spreadsheet loses; make the column text and type it again";
        return CERT_INVALID;
    }

    if (style == CERTCTL_STYLE_DATE && value >= 1
        && value < CERTCTL_NUMBER_DAYS + 1)
    {
        return certctl_number_date(out, value, is_1904, why);
    }

    if (value == floor(value)) {
        (void) snprintf(out, CERTCTL_NUMBER_SIZE, "%0*.0f",
                        style > CERTCTL_STYLE_DATE ? (int) style : 0, value);

    } else {
        (void) snprintf(out, CERTCTL_NUMBER_SIZE, "%.15g", value);
    }

    return CERT_OK;
}


static cert_err_t
certctl_number_date(char *out, double days, int is_1904, const char **why)
{
    long         day, sec;
    size_t       len;
    cert_date_t  base;

    /* To the second, or 0.9999999 of a day would be another day. */

    sec = lround((days - floor(days)) * CERT_DAY_SEC);
    day = (long) floor(days) + sec / CERT_DAY_SEC;
    sec %= CERT_DAY_SEC;

    if (!is_1904 && day == 60) {
        *why = "is 29 February 1900, which never was";
        return CERT_INVALID;
    }

    base = is_1904 ? cert_date_make(1904, 1, 1)
                   : cert_date_make(1899, 12, day < 60 ? 31 : 30);

    len = cert_date_format(base + (cert_date_t) day, out);

    if (sec != 0) {
        (void) snprintf(out + len, CERTCTL_NUMBER_SIZE - len,
                        " %02ld:%02ld:%02ld", sec / 3600, sec / 60 % 60,
                        sec % 60);
    }

    return CERT_OK;
}
