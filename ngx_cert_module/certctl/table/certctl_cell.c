/*
 * Copyright (C) the ngx_cert authors
 *
 * Values as they stand in the files of registrars.
 *
 * A date is first brought to ASCII, where 年 and 月 become "-" like "/" and
 * ".", and then read by one rule.  A day and a month in another order, or a
 * year of two digits, cannot be told apart from each other and are refused.
 */


#include <string.h>

#include "certctl_cell.h"


/* Longest date with its time, as ASCII. */
#define CERTCTL_CELL_DATE_MAX  40

/* Digits from which on a spreadsheet rounds. */
#define CERTCTL_CELL_LONG_MIN  16


static int32_t certctl_cell_next(const uint8_t **p, const uint8_t *end);
static size_t certctl_cell_ascii(char *out, size_t size, cert_str_t cell);
static int certctl_cell_mark(int32_t ch);
static int certctl_cell_digits(const char **p, int max, int *n);
static int certctl_cell_day(const char *p, int *year, int *month, int *day,
    const char **rest);
static int certctl_cell_is_midnight(const char *p);


cert_str_t
certctl_cell_unguard(cert_str_t cell)
{
    const uint8_t  *p;

    p = cell.data;

    if (cell.len >= 3 && p[0] == '=' && p[1] == '"' && p[cell.len - 1] == '"')
    {
        cell.data += 2;
        cell.len -= 3;

    } else if (cell.len >= 2 && p[0] == '\''
               && ((p[1] >= '0' && p[1] <= '9')
                   || memchr("=+-@", p[1], 4) != NULL
                   || (cell.len > 2 && p[1] >= 'A' && p[1] <= 'Z'
                       && p[2] >= '0' && p[2] <= '9')))
    {
        cell.data++;
        cell.len--;
    }

    return cell;
}


int
certctl_cell_is_error(cert_str_t cell)
{
    size_t  i;

    static const char *const  errors[] = {
        "#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"
    };

    if (cell.len == 0 || cell.data[0] != '#') {
        return 0;
    }

    for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        if (strlen(errors[i]) == cell.len
            && memcmp(errors[i], cell.data, cell.len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


certctl_cell_shape_t
certctl_cell_shape(cert_str_t cell)
{
    size_t          digits, zeros, tail;
    int32_t         ch;
    const uint8_t  *p, *end;

    p = cell.data;
    end = cell.len > 0 ? p + cell.len : p;
    digits = 0;
    zeros = 0;

    for (ch = 0; p < end; digits++) {
        ch = certctl_cell_next(&p, end);

        if (ch < '0' || ch > '9') {
            break;
        }

        zeros = ch == '0' ? zeros + 1 : 0;
        ch = 0;
    }

    if (ch == 0) {
        return digits < CERTCTL_CELL_LONG_MIN ? CERTCTL_CELL_TEXT
               : zeros >= 3 ? CERTCTL_CELL_ROUNDED : CERTCTL_CELL_LONG;
    }

    if (digits == 0 || (ch != '.' && ch != 'E' && ch != 'e')) {
        return CERTCTL_CELL_TEXT;
    }

    /* 1.1E+17, 1E+17, 12.0: after the point zeros alone, or an exponent. */

    tail = (size_t) (end - p);
    zeros = tail;

    while (ch != 'E' && ch != 'e' && tail > 0) {
        ch = *p++;
        tail--;

        if (ch == 'E' || ch == 'e') {
            break;
        }

        if (ch < '0' || ch > '9') {
            return CERTCTL_CELL_TEXT;
        }

        if (ch != '0') {
            zeros = 0;
        }
    }

    if (ch == 'E' || ch == 'e') {
        return digits == 1 && tail >= 2 && *p == '+' ? CERTCTL_CELL_FLOAT
                                                     : CERTCTL_CELL_TEXT;
    }

    return zeros > 0 ? CERTCTL_CELL_FLOAT : CERTCTL_CELL_TEXT;
}


/* Nearly all are written as the store writes them. */
cert_err_t
certctl_cell_date(cert_date_t *date, cert_str_t cell, const char **why)
{
    int          year, month, day;
    char         text[CERTCTL_CELL_DATE_MAX + 1];
    size_t       len;
    const char  *rest;
    cert_date_t  found;

    if (cert_date_parse(date, cell) == CERT_OK) {
        return CERT_OK;
    }

    *why = "is not a date (2022-05-15, 2022/5/15, 20220515, 2022年5月15日)";

    len = certctl_cell_ascii(text, sizeof(text), cell);

    if (len == 0 || !certctl_cell_day(text, &year, &month, &day, &rest)) {
        return CERT_INVALID;
    }

    if (!certctl_cell_is_midnight(rest)) {
        *why = "is a date with more behind it than a time of 00:00:00";
        return CERT_INVALID;
    }

    found = cert_date_make(year, month, day);

    if (found == CERT_DATE_NONE) {
        *why = "is not a date that exists";
        return CERT_INVALID;
    }

    *date = found;

    return CERT_OK;
}


size_t
certctl_cell_key(char *out, size_t size, cert_str_t cell)
{
    size_t          n, len;
    int32_t         ch;
    const uint8_t  *p, *at, *end;

    p = cell.data;
    end = cell.len > 0 ? p + cell.len : p;
    n = 0;

    while (p < end) {
        at = p;
        ch = certctl_cell_next(&p, end);

        if (ch == '(') {
            break;
        }

        if (ch == ' ' || ch == '*' || ch == '\n' || ch == '\r' || ch == '\t') {
            continue;
        }

        ch = ch >= 'A' && ch <= 'Z' ? ch - 'A' + 'a' : ch;
        len = ch < 0x80 ? 1 : (size_t) (p - at);

        if (n + len >= size) {
            return 0;
        }

        if (ch < 0x80) {
            out[n] = (char) ch;

        } else {
            memcpy(out + n, at, len);
        }

        n += len;
    }

    out[n] = '\0';

    return n;
}


/*
 * The next code point, full-width forms as ASCII and blanks as " "; bytes that
 * are not UTF-8 each as one above all that is looked for.
 */
static int32_t
certctl_cell_next(const uint8_t **p, const uint8_t *end)
{
    int      n, i;
    int32_t  ch;

    ch = *(*p)++;

    if (ch < 0x80) {
        return ch;
    }

    n = (ch & 0xE0) == 0xC0 ? 1 : (ch & 0xF0) == 0xE0 ? 2
        : (ch & 0xF8) == 0xF0 ? 3 : 0;

    if (n == 0 || end - *p < n) {
        return INT32_MAX;
    }

    ch &= 0x3F >> n;

    for (i = 0; i < n; i++) {
        ch = ch << 6 | ((*p)[i] & 0x3F);
    }

    *p += n;

    if (ch >= 0xFF01 && ch <= 0xFF5E) {
        return ch - 0xFF01 + '!';
    }

    return ch == 0x3000 || ch == 0xA0 || (ch >= 0x2000 && ch <= 0x200A) ? ' '
           : ch;
}


/* A date with its words as "-", without blanks but for one before a time. */
static size_t
certctl_cell_ascii(char *out, size_t size, cert_str_t cell)
{
    int             mark;
    size_t          n;
    int32_t         ch;
    const uint8_t  *p, *end;

    p = cell.data;
    end = cell.len > 0 ? p + cell.len : p;
    n = 0;

    while (p < end) {
        ch = certctl_cell_next(&p, end);
        mark = certctl_cell_mark(ch);

        if (mark == 0 || n + 1 >= size) {
            return 0;
        }

        if (mark == '-' || mark == ':') {
            n -= n > 0 && out[n - 1] == ' ';

        } else if (mark == ' '
                   && (n == 0 || memchr(" -:", out[n - 1], 3) != NULL))
        {
            continue;
        }

        out[n++] = (char) mark;
    }

    n -= n > 0 && out[n - 1] == ' ';
    out[n] = '\0';

    return n;
}


/* 0: no character of a date. */
static int
certctl_cell_mark(int32_t ch)
{
    if (ch >= '0' && ch <= '9') {
        return ch;
    }

    switch (ch) {

    case '-':
    case '/':
    case '.':
    case 0x5E74:                /* 年 */
    case 0x6708:                /* 月 */
    case 0x2010:                /* hyphens and dashes */
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2014:
    case 0x2212:
        return '-';

    case ' ':
    case 'T':
    case 0x65E5:                /* 日 */
        return ' ';

    case ':':
        return ':';

    default:
        return 0;
    }
}


/* Reads at most "max" digits; returns how many there were. */
static int
certctl_cell_digits(const char **p, int max, int *n)
{
    int  i;

    *n = 0;

    for (i = 0; i < max && **p >= '0' && **p <= '9'; i++) {
        *n = *n * 10 + *(*p)++ - '0';
    }

    return i;
}


static int
certctl_cell_day(const char *p, int *year, int *month, int *day,
    const char **rest)
{
    int  is_joined;

    if (certctl_cell_digits(&p, 4, year) != 4) {
        return 0;
    }

    is_joined = *p != '-';
    p += !is_joined;

    if (certctl_cell_digits(&p, 2, month) < (is_joined ? 2 : 1)) {
        return 0;
    }

    if (!is_joined && *p++ != '-') {
        return 0;
    }

    if (certctl_cell_digits(&p, 2, day) < (is_joined ? 2 : 1)) {
        return 0;
    }

    *rest = p;

    return *p == '\0' || *p == ' ';
}


/* Nothing, or " 0:00", "00:00:00", "00:00:00.000". */
static int
certctl_cell_is_midnight(const char *p)
{
    int  n, value;

    if (*p == '\0') {
        return 1;
    }

    p++;

    for (n = 0; n < 4; n++) {
        if (certctl_cell_digits(&p, 9, &value) == 0 || value != 0) {
            return 0;
        }

        if (*p == '\0') {
            return n > 0;
        }

        /* The point of a fraction has become a dash. */
        if (*p++ != (n < 2 ? ':' : '-')) {
            return 0;
        }
    }

    return 0;
}
