/*
 * Copyright (C) the ngx_cert authors
 *
 * Fields of CSV files that others open.
 */


#ifndef CERTCTL_CSV_WRITE_H_INCLUDED
#define CERTCTL_CSV_WRITE_H_INCLUDED


#include <stdio.h>

#include "cert.h"


typedef enum {
    CERTCTL_CSV_PLAIN = 0,  /* for programs */
    CERTCTL_CSV_EXCEL       /* for spreadsheets: numbers are guarded, too */
} certctl_csv_form_t;


/*
 * Writes a field in quotes.  One that a spreadsheet would run as a formula gets
 * a ' in front; with CERTCTL_CSV_EXCEL what it would make another value of,
 * such as 0123, 1E5, 5.10 or TRUE, becomes ="0123".  An import takes both off.
 * Errors show in ferror().
 */
void certctl_csv_write(FILE *file, cert_str_t field, certctl_csv_form_t form);


#endif /* CERTCTL_CSV_WRITE_H_INCLUDED */
