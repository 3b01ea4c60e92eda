/*
 * Copyright (C) the ngx_cert authors
 *
 * Whether a spreadsheet has rounded the long numbers of a file.
 */


#ifndef CERTCTL_ROUNDED_H_INCLUDED
#define CERTCTL_ROUNDED_H_INCLUDED


#include "certctl_cell.h"
#include "certctl_table.h"


/* Rows that are judged by themselves as well. */
#define CERTCTL_ROUNDED_ROWS  10000

typedef struct {
    uint64_t  n;            /* numbers of 16 digits and more, or once so */
    uint64_t  rounded;      /* of them, those that look rounded */
} certctl_rounded_t;


/* Counts the number in a field of the row in hand; returns its shape. */
certctl_cell_shape_t certctl_rounded_count(certctl_rounded_t *rounded,
    const certctl_table_t *table, size_t field);

/* True if so many look rounded that it is not chance. */
int certctl_rounded_is_file(const certctl_rounded_t *rounded);

/*
 * Reads a table to its end, or to where it cannot be read.  True if the long
 * numbers of the whole or of CERTCTL_ROUNDED_ROWS in a row are rounded, which
 * "rounded" then counts.  "is_long" tells the fields that hold them, "n" are
 * looked at.
 */
int certctl_rounded_look(certctl_rounded_t *rounded, certctl_table_t *table,
    const unsigned char *is_long, size_t n);


#endif /* CERTCTL_ROUNDED_H_INCLUDED */
