/*
 * Copyright (C) the ngx_cert authors
 *
 * Keys and certificates, read from files; private to pdf/.
 */


#ifndef CERTPDF_SEAL_KEY_INT_H_INCLUDED
#define CERTPDF_SEAL_KEY_INT_H_INCLUDED


#include "certpdf_seal.h"
#include "certpdf_seal_int.h"


/* Reads key, certificate and chain of "file" into "seal". */
cert_err_t certpdf_seal_read_pem(certpdf_seal_t *seal, cert_str_t file,
    const char *passphrase, cert_reason_t *reason);
cert_err_t certpdf_seal_read_pkcs12(certpdf_seal_t *seal, cert_str_t file,
    const char *passphrase, cert_reason_t *reason);

/*
 * Reads certificates in PEM up to the end of "bio" onto "certs", none twice.
 * Returns 0 when one of them does not parse or memory is out: a certificate
 * left out in silence would be missed years later.
 */
int certpdf_seal_read_list(STACK_OF(X509) *certs, BIO *bio);


#endif /* CERTPDF_SEAL_KEY_INT_H_INCLUDED */
