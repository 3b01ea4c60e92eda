/*
 * Copyright (C) the ngx_cert authors
 *
 * Bytes on the heap.
 */


#ifndef CERTPDF_BYTES_H_INCLUDED
#define CERTPDF_BYTES_H_INCLUDED


#include "cert.h"


/* Bytes on the heap, owned by the holder of the struct. */
typedef struct {
    uint8_t  *data;
    size_t    len;
} certpdf_bytes_t;

/*
 * Wipes them, since a copy shows a name, and leaves the struct empty; one of
 * zeros is allowed, NULL is not.
 */
void certpdf_bytes_free(certpdf_bytes_t *bytes);


#endif /* CERTPDF_BYTES_H_INCLUDED */
