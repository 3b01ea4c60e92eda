/*
 * Copyright (C) the ngx_cert authors
 *
 * The authorities that are trusted; private to pdf/.
 */


#ifndef CERTPDF_TRUST_INT_H_INCLUDED
#define CERTPDF_TRUST_INT_H_INCLUDED


#include <openssl/x509.h>

#include "cert.h"


/*
 * Reads the certificates of a PEM file; the caller frees "store".
 *
 *     CERT_OK
 *     CERT_NOT_FOUND  no such file
 *     CERT_INVALID    it holds no certificate, or one that does not parse; or
 *                     it is too large, or not a regular file
 *     CERT_SYSTEM     it cannot be read, or OpenSSL failed
 *
 * On an error "store" is NULL.
 */
cert_err_t certpdf_trust_open(X509_STORE **store, const char *path,
    cert_reason_t *reason);

/*
 * Looks for a chain from "cert", by way of "chain", to one of the authorities,
 * as of "time", with no link under 112 bits.  "error" is X509_V_OK or the code
 * of what is wrong.  "until" (may be NULL) is then the first instant at which a
 * certificate of the chain is no longer valid.  CERT_SYSTEM: OpenSSL failed, or
 * had no memory.
 */
cert_err_t certpdf_trust_check(X509_STORE *store, X509 *cert,
    STACK_OF(X509) *chain, cert_time_t time, int *error, cert_time_t *until,
    cert_reason_t *reason);


#endif /* CERTPDF_TRUST_INT_H_INCLUDED */
