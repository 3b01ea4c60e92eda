/*
 * Copyright (C) the ngx_cert authors
 *
 * The look at the bytes, before any parser sees the file; private to pdf/.
 */


#ifndef CERTPDF_VERIFY_BYTES_INT_H_INCLUDED
#define CERTPDF_VERIFY_BYTES_INT_H_INCLUDED


#include "certpdf_verify.h"
#include "certpdf_verify_int.h"


/* Bytes, certpdf_verify_bytes.c: before any parser sees the file. */
certpdf_finding_t certpdf_verify_is_pdf(certpdf_verify_t *v);
certpdf_finding_t certpdf_verify_is_signed(certpdf_verify_t *v);
certpdf_finding_t certpdf_verify_is_one_revision(certpdf_verify_t *v);
certpdf_finding_t certpdf_verify_layout(certpdf_verify_t *v);


#endif /* CERTPDF_VERIFY_BYTES_INT_H_INCLUDED */
