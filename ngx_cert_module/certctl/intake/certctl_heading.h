/*
 * Copyright (C) the ngx_cert authors
 *
 * Headings of columns, in Chinese and English, as people write them.
 */


#ifndef CERTCTL_HEADING_H_INCLUDED
#define CERTCTL_HEADING_H_INCLUDED


#include "certctl_intake.h"


/*
 * The column of "kind" that a heading names, in any case and width, with blanks
 * and what stands in brackets left out.
 *
 *     CERT_OK
 *     CERT_NOT_FOUND  none of them; "column" is CERTCTL_RECORD_SKIP
 *     CERT_EXISTS     known, and passed over (序号); "column" likewise
 */
cert_err_t certctl_heading_find(const certctl_kind_t *kind,
    cert_str_t heading, unsigned *column);

/* True for "line", "column", "reason": how a rejects file begins. */
int certctl_heading_is_rejects(const cert_str_t *headings, size_t n);


#endif /* CERTCTL_HEADING_H_INCLUDED */
