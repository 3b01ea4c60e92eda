/*
 * Copyright (C) the ngx_cert authors
 *
 * What people and spreadsheets put around a value: guards, widths, and the
 * forms of a date.  All functions are pure and take any bytes.
 */


#ifndef CERTCTL_CELL_H_INCLUDED
#define CERTCTL_CELL_H_INCLUDED


#include "cert_time.h"


/*
 * What is said of a number that a spreadsheet has made one: digits, a point or
 * "E+", and so no longer what was typed.
 */
typedef enum {
    CERTCTL_CELL_TEXT = 0,      /* anything else */
    CERTCTL_CELL_LONG,          /* 16 digits and more; may be right */
    CERTCTL_CELL_ROUNDED,       /* the same, and the last three are 0 */
    CERTCTL_CELL_FLOAT          /* 1.10101E+17, or 2022001.0 */
} certctl_cell_shape_t;


/*
 * Takes off the guard that keeps a spreadsheet from reading a number or a
 * formula: ="0123", or a ' before a digit, a capital and a digit, or one of
 * = + - @.  The result lies inside "cell".
 */
cert_str_t certctl_cell_unguard(cert_str_t cell);

/* True for #N/A, #REF! and the like: a formula had no value. */
int certctl_cell_is_error(cert_str_t cell);

/* What a cell without a guard looks like; full-width digits count. */
certctl_cell_shape_t certctl_cell_shape(cert_str_t cell);

/*
 * Reads a day as 2022-05-15, 2022/5/15, 2022.5.15, 2022年5月15日 or 20220515,
 * in any width, with blanks around its parts, and with a time if that is
 * midnight.
 *
 *     CERT_INVALID   another form or no such day; "date" is untouched, and
 *                    "why" a static sentence part
 */
cert_err_t certctl_cell_date(cert_date_t *date, cert_str_t cell,
    const char **why);

/*
 * Writes a cell as ASCII for a comparison: full-width forms to ASCII, lower
 * case, without blanks, line ends and "*"; from a "(" on nothing, and other
 * characters as they are.  Returns the length, 0 if it does not fit.
 */
size_t certctl_cell_key(char *out, size_t size, cert_str_t cell);


#endif /* CERTCTL_CELL_H_INCLUDED */
