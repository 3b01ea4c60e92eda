/*
 * Copyright (C) the ngx_cert authors
 *
 * The seal's key, the CMS it makes and the place in the PDF where that goes;
 * private to pdf/.
 */


#ifndef CERTPDF_SEAL_INT_H_INCLUDED
#define CERTPDF_SEAL_INT_H_INCLUDED


#include <openssl/x509.h>

#include "certpdf_bytes_int.h"


struct certpdf_seal_s {
    EVP_PKEY         *key;
    X509             *cert;
    STACK_OF(X509)   *chain;        /* without "cert", may be empty */
    size_t            cms_max;      /* bytes to leave for the CMS */
};


/* Sets "reason" to what failed and OpenSSL's own words. */
void certpdf_seal_openssl(cert_reason_t *reason, const char *action);

/* CERT_REFUSED unless key and digest are strong enough to last. */
cert_err_t certpdf_seal_check_strength(const certpdf_seal_t *seal,
    cert_reason_t *reason);

/* CERT_REFUSED unless the certificate is valid at "now". */
cert_err_t certpdf_seal_check_time(const X509 *cert, cert_time_t now,
    cert_reason_t *reason);

/* Reads key, certificate and chain of "file" into "seal". */
cert_err_t certpdf_seal_read_pem(certpdf_seal_t *seal, cert_str_t file,
    const char *passphrase, cert_reason_t *reason);
cert_err_t certpdf_seal_read_pkcs12(certpdf_seal_t *seal, cert_str_t file,
    const char *passphrase, cert_reason_t *reason);

/* Whether "cert" allows its key to be used for signing documents. */
int certpdf_seal_may_sign(X509 *cert);

/*
 * Reads certificates in PEM up to the end of "bio" onto "certs", none twice.
 * Returns 0 when one of them does not parse or memory is out: a certificate
 * left out in silence would be missed years later.
 */
int certpdf_seal_read_list(STACK_OF(X509) *certs, BIO *bio);


/* Where in a file the signature goes: "[ 0 a b c ]". */
typedef struct {
    size_t  contents;       /* a: the "<" of /Contents */
    size_t  contents_end;   /* b: after its ">" */
    size_t  range;          /* the "[" of /ByteRange */
    size_t  range_end;      /* after its "]" */
} certpdf_place_t;

/*
 * Writes "pdf" anew with an empty signature of room for "cms_max" bytes and
 * finds its place.  CERT_INVALID: it has forms or permissions already, or
 * does not parse; CERT_SYSTEM: libqpdf failed.
 */
cert_err_t certpdf_seal_place(cert_str_t pdf, cert_time_t now, size_t cms_max,
    certpdf_bytes_t *placed, certpdf_place_t *place, cert_reason_t *reason);

/*
 * Makes the detached CMS over a SHA-256 digest.  "cms" is the caller's to
 * OPENSSL_free().
 */
cert_err_t certpdf_cms_make(certpdf_seal_t *seal,
    const uint8_t digest[CERT_SHA256_SIZE], uint8_t **cms, size_t *len,
    cert_reason_t *reason);

/* SHA-256 of "bytes" without those from "from" up to "to"; 0 on failure. */
int certpdf_cms_digest(cert_str_t bytes, size_t from, size_t to,
    uint8_t digest[CERT_SHA256_SIZE]);


#endif /* CERTPDF_SEAL_INT_H_INCLUDED */
