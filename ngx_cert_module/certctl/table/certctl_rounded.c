/*
 * Copyright (C) the ngx_cert authors
 *
 * A spreadsheet keeps 15 digits of a number and writes zeros for the others, so
 * of 18 digits the last three are 0.  Check digits find most of these, but one
 * in eleven holds by chance, and numbers of certificates have none.
 *
 * Of numbers that are right one in a thousand ends in 000, and in a file of two
 * hundred two do with a chance of one in a hundred: from two on and from one in
 * twenty on it is a spreadsheet.
 */


#include <string.h>

#include "certctl_rounded.h"


#define CERTCTL_ROUNDED_MIN    2
#define CERTCTL_ROUNDED_SHARE  20       /* one in so many */


/* A cell of a sheet can be refused as rounded before its digits are seen. */
certctl_cell_shape_t
certctl_rounded_count(certctl_rounded_t *rounded, const certctl_table_t *table,
    size_t field)
{
    certctl_cell_shape_t  shape;

    shape = table->why != NULL && table->bad == field && table->is_rounded
            ? CERTCTL_CELL_FLOAT
            : certctl_cell_shape(certctl_cell_unguard(table->fields[field]));

    rounded->n += shape != CERTCTL_CELL_TEXT;
    rounded->rounded += shape == CERTCTL_CELL_ROUNDED
                        || shape == CERTCTL_CELL_FLOAT;

    return shape;
}


int
certctl_rounded_is_file(const certctl_rounded_t *rounded)
{
    return rounded->rounded >= CERTCTL_ROUNDED_MIN
           && rounded->rounded * CERTCTL_ROUNDED_SHARE > rounded->n;
}


int
certctl_rounded_look(certctl_rounded_t *rounded, certctl_table_t *table,
    const unsigned char *is_long, size_t n)
{
    size_t             i, row;
    cert_err_t         err;
    cert_reason_t      reason;
    certctl_rounded_t  part;

    memset(rounded, 0, sizeof(certctl_rounded_t));
    memset(&part, 0, sizeof(part));

    for (row = 1; ; row++) {
        err = certctl_table_next(table, &reason);

        if (err != CERT_OK && err != CERT_INVALID) {
            break;
        }

        for (i = 0; err == CERT_OK && i < n && i < table->fields_n; i++) {
            if (is_long[i]) {
                (void) certctl_rounded_count(&part, table, i);
            }
        }

        if (row % CERTCTL_ROUNDED_ROWS == 0) {
            if (certctl_rounded_is_file(&part)) {
                break;
            }

            rounded->n += part.n;
            rounded->rounded += part.rounded;
            memset(&part, 0, sizeof(part));
        }
    }

    if (certctl_rounded_is_file(&part)) {
        *rounded = part;
        return 1;
    }

    rounded->n += part.n;
    rounded->rounded += part.rounded;

    return certctl_rounded_is_file(rounded);
}
