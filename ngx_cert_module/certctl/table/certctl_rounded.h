/*
 * Copyright (C) the ngx_cert authors
 *
 * Whether a spreadsheet has rounded the long numbers of a file.
 */


#ifndef CERTCTL_ROUNDED_H_INCLUDED
#define CERTCTL_ROUNDED_H_INCLUDED


#include "certctl_cell.h"


typedef struct {
    uint64_t  n;            /* numbers of 16 digits and more, or once so */
    uint64_t  rounded;      /* of them, those that look rounded */
} certctl_rounded_t;


/* Counts a number by its shape. */
void certctl_rounded_add(certctl_rounded_t *rounded,
    certctl_cell_shape_t shape);

/* True if so many look rounded that it is not chance. */
int certctl_rounded_is_file(const certctl_rounded_t *rounded);


#endif /* CERTCTL_ROUNDED_H_INCLUDED */
