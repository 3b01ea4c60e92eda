/*
 * Copyright (C) the ngx_cert authors
 *
 * A sheet of a workbook, row by row.
 */


#ifndef CERTCTL_SHEET_H_INCLUDED
#define CERTCTL_SHEET_H_INCLUDED


#include "certctl_csv.h"
#include "certctl_rich.h"
#include "certctl_workbook.h"
#include "certctl_xml.h"


/* Rows and cells of a row that a sheet may have: those that Excel allows. */
#define CERTCTL_SHEET_ROWS_MAX   1048576
#define CERTCTL_SHEET_CELLS_MAX  16384

typedef struct {
    /* The row read last: valid until the next. */
    uint64_t             line;          /* its number in the sheet */
    size_t               fields_n;      /* up to the last that is not empty */
    cert_str_t           fields[CERTCTL_CSV_FIELDS_MAX];
    const char          *why;           /* static: what is wrong with it */
    size_t               bad;           /* the field that is about */
    int                  is_rounded;    /* a number that lost its end */

    /* The rest is for certctl_sheet.c alone. */
    certctl_xml_t       *xml;
    certctl_workbook_t  *book;          /* not owned */
    uint64_t             rows_n;
    size_t               cells_n;       /* of the row */
    size_t               column;        /* of the cell in hand, from 0 */
    int                  is_cell;
    int                  is_value;      /* inside of "v" */
    int                  is_inline;     /* inside of "is" */
    int                  has_formula;
    int                  has_value;
    char                 type;          /* the first letter, and for ... */
    char                 type2;         /* ... "str" the second */
    uint64_t             style;
    certctl_rich_t       rich;
    size_t               cell_len;
    size_t               values_len;
    uint8_t              cell[CERTCTL_CSV_ROW_MAX + 1];
    uint8_t              values[CERTCTL_CSV_ROW_MAX + 1];
} certctl_sheet_t;


/* Begins with the sheet of "book", which outlives it; errors as of zip. */
cert_err_t certctl_sheet_open(certctl_sheet_t **sheet,
    certctl_workbook_t *book, cert_reason_t *reason);

/* Wipes what was read; NULL is allowed. */
void certctl_sheet_close(certctl_sheet_t *sheet);

/*
 * Reads the next row that is not empty.
 *
 *     CERT_OK         the row is filled in; with "why" a cell has no value
 *     CERT_NOT_FOUND  the end
 *
 * Others as certctl_xml_run(); reading must not go on.
 */
cert_err_t certctl_sheet_next(certctl_sheet_t *sheet, cert_reason_t *reason);


#endif /* CERTCTL_SHEET_H_INCLUDED */
