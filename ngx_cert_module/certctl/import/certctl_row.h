/*
 * Copyright (C) the ngx_cert authors
 *
 * A row of the import: its columns and its rules.  Nothing here knows the
 * store or the file: fields go in, a certificate or a reason comes out.
 */


#ifndef CERTCTL_ROW_H_INCLUDED
#define CERTCTL_ROW_H_INCLUDED


#include "cert_record.h"
#include "certctl_document.h"
#include "certctl_kind.h"


/* In the order in which they are exported. */
typedef enum {
    CERTCTL_COL_NUMBER = 0,
    CERTCTL_COL_NAME,
    CERTCTL_COL_ID_TYPE,
    CERTCTL_COL_ID_NUMBER,
    CERTCTL_COL_SEX,
    CERTCTL_COL_BIRTH_DATE,
    CERTCTL_COL_QUALIFICATION,
    CERTCTL_COL_SPECIALTY,
    CERTCTL_COL_LEVEL,
    CERTCTL_COL_APPROVED,
    CERTCTL_COL_ISSUER,
    CERTCTL_COL_STATUS,         /* from here on optional */
    CERTCTL_COL_REPLACED_BY,
    CERTCTL_COL_PHOTO,
    CERTCTL_COLS
} certctl_column_t;

/*
 * "certificate" points into the texts: do not copy the struct.  It may be used
 * for one row after the other; the caller wipes it in the end.
 */
typedef struct {
    cert_certificate_t  certificate;    /* its person is not masked */
    cert_text_t         number;
    cert_text_t         number_form;    /* by which rows of one are known */
    cert_text_t         masked;
    cert_text_t         qualification;
    cert_text_t         specialty;
    cert_text_t         level;
    cert_text_t         issuer;
    cert_text_t         replaced_by;
    cert_str_t          photo;          /* a path in the field; or empty */
    certctl_document_t  document;       /* as the file names its type */

    /* Why it is refused: a static sentence part, never the value itself. */
    certctl_column_t    column;
    const char         *why;
} certctl_row_t;


/* Of a certctl_column_t; static, empty for CERTCTL_COLS. */
const char *certctl_column_name(unsigned column);

/*
 * Reads one column into "row": for rows that have some of these columns and
 * others besides.  The type of a document goes before its number.  Errors as
 * below, and "column" and "why" as well.
 */
cert_err_t certctl_row_read_one(certctl_row_t *row, certctl_column_t column,
    cert_str_t text, const certctl_rules_t *rules);

/*
 * Reads the fields of a row, one a column, empty where the file has no such
 * column.  Texts are folded into "row", so the fields may go, but for the
 * photo, whose path is not copied.
 *
 *     CERT_OK         row->certificate is complete; its photo is not read
 *     CERT_INVALID    row->column and row->why say what is wrong; nothing of
 *                     the certificate may be used
 */
cert_err_t certctl_row_read(certctl_row_t *row,
    const cert_str_t fields[CERTCTL_COLS], const certctl_rules_t *rules);


#endif /* CERTCTL_ROW_H_INCLUDED */
