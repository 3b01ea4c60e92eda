/*
 * Copyright (C) the ngx_cert authors
 *
 * Keys and certificates, read from files; private to pdf/.
 */


#ifndef CERTPDF_SEAL_KEY_INT_H_INCLUDED
#define CERTPDF_SEAL_KEY_INT_H_INCLUDED


#include "certpdf_seal.h"
#include "certpdf_seal_int.h"


/*
 * Reads key, certificate and chain of "file", its bytes and not its name, into
 * "seal", where all three are NULL before.  They are the seal's from then on;
 * after an error some may be set: certpdf_seal_close() frees what there is.
 * "passphrase" may be NULL, and none is ever asked for at a terminal.
 *
 *     CERT_INVALID    not of this form, no key, no certificate, or the
 *                     passphrase is wrong
 *     CERT_REFUSED    the key does not belong to the certificate
 *     CERT_NO_MEMORY
 *     CERT_SYSTEM     OpenSSL failed
 *
 * The reason is set with each; OpenSSL's queue of errors is the caller's to
 * clear.
 */
cert_err_t certpdf_seal_read_pem(certpdf_seal_t *seal, cert_str_t file,
    const char *passphrase, cert_reason_t *reason);
cert_err_t certpdf_seal_read_pkcs12(certpdf_seal_t *seal, cert_str_t file,
    const char *passphrase, cert_reason_t *reason);

/*
 * Reads certificates in PEM up to the end of "bio" onto "certs", none twice;
 * both stay the caller's.  OpenSSL's queue of errors is cleared first and not
 * after.  Returns 0 when one of them does not parse or memory is out: a
 * certificate left out in silence would be missed years later.
 */
int certpdf_seal_read_list(STACK_OF(X509) *certs, BIO *bio);


#endif /* CERTPDF_SEAL_KEY_INT_H_INCLUDED */
