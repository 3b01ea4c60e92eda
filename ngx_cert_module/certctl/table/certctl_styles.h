/*
 * Copyright (C) the ngx_cert authors
 *
 * What the number formats of a workbook make of a number: a day, or digits
 * with zeros in front.
 */


#ifndef CERTCTL_STYLES_H_INCLUDED
#define CERTCTL_STYLES_H_INCLUDED


#include "certctl_zip.h"


/* More than 1: so many digits, as the format 0000 is 4. */
#define CERTCTL_STYLE_NUMBER  0
#define CERTCTL_STYLE_DATE    1

typedef struct certctl_styles_s  certctl_styles_t;


/* Reads the part "name"; errors and reason as certctl_xml_part(). */
cert_err_t certctl_styles_read(certctl_styles_t **styles, certctl_zip_t *zip,
    const char *name, cert_reason_t *reason);
void certctl_styles_destroy(certctl_styles_t *styles);

/* Of the style with this place; "styles" may be NULL. */
unsigned certctl_styles_get(const certctl_styles_t *styles, uint64_t n);


#endif /* CERTCTL_STYLES_H_INCLUDED */
