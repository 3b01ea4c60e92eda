/*
 * Copyright (C) the ngx_cert authors
 *
 * The look at the bytes, before any parser sees the file; private to pdf/.
 */


#ifndef CERTPDF_VERIFY_BYTES_INT_H_INCLUDED
#define CERTPDF_VERIFY_BYTES_INT_H_INCLUDED


#include "certpdf_verify.h"
#include "certpdf_verify_int.h"


/* Whether it is a PDF at all, and a whole one, certpdf_verify_kind.c. */
certpdf_finding_t certpdf_verify_is_pdf(certpdf_verify_t *v);

/* Bytes, certpdf_verify_bytes.c: before any parser sees the file. */
certpdf_finding_t certpdf_verify_is_in_form(certpdf_verify_t *v);
certpdf_finding_t certpdf_verify_is_signed(certpdf_verify_t *v);
certpdf_finding_t certpdf_verify_is_one_revision(certpdf_verify_t *v);
certpdf_finding_t certpdf_verify_layout(certpdf_verify_t *v);

/*
 * What a finding of these means where the bytes are not those of ours: the file
 * of somebody else, or ours that was saved again; certpdf_verify_kind.c.
 */
certpdf_finding_t certpdf_verify_kind(certpdf_verify_t *v,
    certpdf_finding_t finding);

/* How often "needle" occurs in "pdf". */
size_t certpdf_verify_count(cert_str_t pdf, const char *needle);

/* Where it first occurs at or after "from", which is in "pdf"; or NULL. */
const uint8_t *certpdf_verify_find(cert_str_t pdf, size_t from,
    const char *needle);

/* Decimal digits at "*at", at most 10; they end before the end of the file. */
int certpdf_verify_number(cert_str_t pdf, size_t *at, size_t *number);


#endif /* CERTPDF_VERIFY_BYTES_INT_H_INCLUDED */
