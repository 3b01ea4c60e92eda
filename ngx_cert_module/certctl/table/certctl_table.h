/*
 * Copyright (C) the ngx_cert authors
 *
 * A file of rows as registrars have it: CSV of any encoding and separator, or
 * a sheet of a workbook (.xlsx); which of them is seen from its first bytes.
 *
 *     certctl_text.c       bytes as UTF-8, the encoding recognised
 *     certctl_csv.c        CSV: separators, quotes, lines
 *     certctl_workbook.c   .xlsx: parts and sheets, with certctl_zip.c,
 *                          certctl_xml.c, certctl_strings.c, certctl_styles.c
 *     certctl_sheet.c      rows of a sheet, with certctl_number.c
 *     certctl_cell.c       what people put around a value
 */


#ifndef CERTCTL_TABLE_H_INCLUDED
#define CERTCTL_TABLE_H_INCLUDED


#include "certctl_sheet.h"


#define CERTCTL_TABLE_FORM_SIZE  512

typedef struct {
    /* The row read last: valid until the next. */
    uint64_t             line;          /* where it starts, from 1 */
    size_t               fields_n;      /* may be over CERTCTL_CSV_FIELDS_MAX,
                                           beyond which none is kept */
    const cert_str_t    *fields;
    cert_str_t           raw;           /* of what is not a row */
    const char          *why;           /* static, or NULL */
    size_t               bad;           /* the field that "why" is about */
    int                  is_rounded;    /* "why": a number lost its end */

    uint64_t             bytes;         /* of the file up to here */
    int                  is_sheet;      /* empty cells at the end of a row are
                                           not there */

    /* What was recognised, for people; empty: UTF-8 with ",". */
    char                 form[CERTCTL_TABLE_FORM_SIZE];

    /* For certctl_table.c alone. */
    int                  has_form;
    certctl_csv_t       *csv;           /* one of the two */
    certctl_workbook_t  *book;
    certctl_sheet_t     *sheet;
    certctl_text_t      *text;          /* of "csv" */
} certctl_table_t;


/*
 * Opens the file "fd", which stays the caller's.  "encoding" of a text and
 * "sheet" of a workbook may be NULL: recognised, and the first visible.
 *
 *     CERT_OK
 *     CERT_INVALID    a file of another kind, a damaged workbook, or an unknown
 *                     encoding
 *     CERT_NOT_FOUND  no such sheet
 *     CERT_NO_MEMORY
 *     CERT_SYSTEM     cannot be read
 *
 * Other than CERT_OK: the reason says why and quotes nothing.
 */
cert_err_t certctl_table_open(certctl_table_t **table, int fd,
    const char *encoding, const char *sheet, cert_reason_t *reason);

/* Wipes what was read; NULL is allowed. */
void certctl_table_close(certctl_table_t *table);

/*
 * Reads the next row; rows of empty fields do not count.
 *
 *     CERT_OK         a row; with "why" the field "bad" has no value
 *     CERT_INVALID    not a row: "why", "raw" and "line" say; the caller may
 *                     read on
 *     CERT_NOT_FOUND  the end
 *
 * Others as certctl_table_open(), with a reason; reading must not go on.
 */
cert_err_t certctl_table_next(certctl_table_t *table, cert_reason_t *reason);


#endif /* CERTCTL_TABLE_H_INCLUDED */
