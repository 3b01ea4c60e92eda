/*
 * Copyright (C) the ngx_cert authors
 *
 * The place of the signature in a PDF; private to pdf/.
 */


#ifndef CERTPDF_SEAL_PDF_INT_H_INCLUDED
#define CERTPDF_SEAL_PDF_INT_H_INCLUDED


#include "certpdf_bytes_int.h"


/* Where in a file the signature goes: "[ 0 a b c ]". */
typedef struct {
    size_t  contents;       /* a: the "<" of /Contents */
    size_t  contents_end;   /* b: after its ">" */
    size_t  range;          /* the "[" of /ByteRange */
    size_t  range_end;      /* after its "]" */
} certpdf_place_t;

/*
 * Writes "pdf" again, with an empty signature of room for "cms_max" bytes and
 * finds its place.  CERT_INVALID: it has forms or permissions already, or does
 * not parse; CERT_SYSTEM: libqpdf failed.
 */
cert_err_t certpdf_seal_place(cert_str_t pdf, cert_time_t now, size_t cms_max,
    certpdf_bytes_t *placed, certpdf_place_t *place, cert_reason_t *reason);


#endif /* CERTPDF_SEAL_PDF_INT_H_INCLUDED */
