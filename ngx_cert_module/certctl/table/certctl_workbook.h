/*
 * Copyright (C) the ngx_cert authors
 *
 * A workbook (.xlsx): its parts, and which of its sheets is read.
 */


#ifndef CERTCTL_WORKBOOK_H_INCLUDED
#define CERTCTL_WORKBOOK_H_INCLUDED


#include "certctl_strings.h"
#include "certctl_styles.h"


/* Names of parts and sheets, in bytes; longer ones are refused. */
#define CERTCTL_WORKBOOK_NAME_MAX  255

typedef struct {
    certctl_zip_t      *zip;
    certctl_strings_t  *strings;        /* NULL: it has none */
    certctl_styles_t   *styles;
    int                 is_1904;        /* days count from 1904 */
    unsigned            others;         /* visible sheets that are not read */
    char                sheet[CERTCTL_WORKBOOK_NAME_MAX + 1];   /* its name */
    char                part[CERTCTL_WORKBOOK_NAME_MAX + 1];    /* its part */
} certctl_workbook_t;


/*
 * Opens the workbook "fd", which stays the caller's, for the sheet named
 * "sheet"; NULL: the first that is visible.  Errors and reason as
 * certctl_zip_open(), and CERT_NOT_FOUND: there is no such sheet.
 */
cert_err_t certctl_workbook_open(certctl_workbook_t **book, int fd,
    const char *sheet, cert_reason_t *reason);

/* NULL is allowed. */
void certctl_workbook_close(certctl_workbook_t *book);


#endif /* CERTCTL_WORKBOOK_H_INCLUDED */
