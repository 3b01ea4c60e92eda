/*
 * Copyright (C) the ngx_cert authors
 *
 * Growing byte strings, as cairo and qpdf hand them over piece by piece.
 *
 * Both hand over a few hundred bytes at a time, a thousand times a copy, so a
 * string that grew by what is asked for would be copied as often.  The capacity
 * is worked out from the length instead of being kept, so that the struct which
 * callers see stays the pair that every interface in the project takes, and
 * nothing that was allocated elsewhere can be mistaken for one that may grow.
 */


#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>

#include "certpdf_bytes_int.h"


/* No PDF comes near it; doubled it still fits a size_t of 32 bits. */
#define CERTPDF_BYTES_MAX  ((size_t) 1 << 30)


static int certpdf_bytes_reserve(certpdf_bytes_t *bytes, size_t len);
static size_t certpdf_bytes_capacity(size_t len);


int
certpdf_bytes_append(certpdf_bytes_t *bytes, const void *data, size_t len)
{
    if (len == 0) {
        return 1;
    }

    /* Beyond this the search for a power of two would not end. */

    if (len > CERTPDF_BYTES_MAX || bytes->len > CERTPDF_BYTES_MAX - len) {
        return 0;
    }

    if (!certpdf_bytes_reserve(bytes, bytes->len + len)) {
        return 0;
    }

    memcpy(bytes->data + bytes->len, data, len);
    bytes->len += len;

    return 1;
}


static int
certpdf_bytes_reserve(certpdf_bytes_t *bytes, size_t len)
{
    size_t    size;
    uint8_t  *grown;

    size = certpdf_bytes_capacity(len);

    if (bytes->data != NULL && size == certpdf_bytes_capacity(bytes->len)) {
        return 1;
    }

    /* realloc() would leave the names of a copy behind. */

    grown = malloc(size);
    if (grown == NULL) {
        return 0;
    }

    if (bytes->data != NULL) {
        memcpy(grown, bytes->data, bytes->len);
        OPENSSL_cleanse(bytes->data, bytes->len);
        free(bytes->data);
    }

    bytes->data = grown;

    return 1;
}


/* What is allocated for a string of "len" bytes. */
static size_t
certpdf_bytes_capacity(size_t len)
{
    size_t  size;

    for (size = 4096; size < len; size *= 2) { /* void */ }

    return size;
}


void
certpdf_bytes_free(certpdf_bytes_t *bytes)
{
    if (bytes->data != NULL) {
        OPENSSL_cleanse(bytes->data, bytes->len);
        free(bytes->data);
    }

    bytes->data = NULL;
    bytes->len = 0;
}
