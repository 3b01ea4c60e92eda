/*
 * Copyright (C) the ngx_cert authors
 *
 * A number of a sheet as its text, which is what the cell shows.
 */


#ifndef CERTCTL_NUMBER_H_INCLUDED
#define CERTCTL_NUMBER_H_INCLUDED


#include "cert.h"


#define CERTCTL_NUMBER_SIZE  64

/*
 * Writes the number "text" with a style of certctl_styles.h: a day as
 * 2022-05-15, with a time behind it if that is not midnight; a whole number as
 * its digits.
 *
 *     CERT_OK
 *     CERT_INVALID   "why", a static sentence part; "is_rounded" says whether
 *                    that is that the number lost its last digits
 */
cert_err_t certctl_number_format(char out[CERTCTL_NUMBER_SIZE],
    const char *text, unsigned style, int is_1904, const char **why,
    int *is_rounded);


#endif /* CERTCTL_NUMBER_H_INCLUDED */
