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


#include "certctl_rounded.h"


#define CERTCTL_ROUNDED_MIN    2
#define CERTCTL_ROUNDED_SHARE  20       /* one in so many */


void
certctl_rounded_add(certctl_rounded_t *rounded, certctl_cell_shape_t shape)
{
    rounded->n += shape != CERTCTL_CELL_TEXT;
    rounded->rounded += shape == CERTCTL_CELL_ROUNDED
                        || shape == CERTCTL_CELL_FLOAT;
}


int
certctl_rounded_is_file(const certctl_rounded_t *rounded)
{
    return rounded->rounded >= CERTCTL_ROUNDED_MIN
           && rounded->rounded * CERTCTL_ROUNDED_SHARE > rounded->n;
}
