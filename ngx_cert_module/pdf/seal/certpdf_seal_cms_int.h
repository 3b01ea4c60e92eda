/*
 * Copyright (C) the ngx_cert authors
 *
 * The CMS of a signature; private to pdf/.
 */


#ifndef CERTPDF_SEAL_CMS_INT_H_INCLUDED
#define CERTPDF_SEAL_CMS_INT_H_INCLUDED


#include "certpdf_seal.h"
#include "certpdf_seal_int.h"


/*
 * Makes the detached CMS over a SHA-256 digest.  "cms" is the caller's to
 * OPENSSL_free().  CERT_SYSTEM: libcrypto has failed.
 */
cert_err_t certpdf_cms_make(certpdf_seal_t *seal,
    const uint8_t digest[CERT_SHA256_SIZE], uint8_t **cms, size_t *len,
    cert_reason_t *reason);

/* SHA-256 of "bytes" without those from "from" up to "to"; 0 on failure. */
int certpdf_cms_digest(cert_str_t bytes, size_t from, size_t to,
    uint8_t digest[CERT_SHA256_SIZE]);


#endif /* CERTPDF_SEAL_CMS_INT_H_INCLUDED */
