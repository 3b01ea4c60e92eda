/*
 * Copyright (C) the ngx_cert authors
 *
 * Building a certpdf_bytes_t; private to pdf/.
 */


#ifndef CERTPDF_BYTES_INT_H_INCLUDED
#define CERTPDF_BYTES_INT_H_INCLUDED


#include "certpdf_bytes.h"


/*
 * Appends to "bytes", which was zeroed or filled by this function only.
 * Returns 0 when memory is out; "bytes" is then unchanged.
 */
int certpdf_bytes_append(certpdf_bytes_t *bytes, const void *data, size_t len);


#endif /* CERTPDF_BYTES_INT_H_INCLUDED */
