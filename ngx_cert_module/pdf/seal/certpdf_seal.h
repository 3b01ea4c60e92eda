/*
 * Copyright (C) the ngx_cert authors
 *
 * Sealing: PAdES baseline B-B, certification signature, DocMDP P=1.
 *
 * A seal belongs to one thread at a time and must not be carried over a fork.
 */


#ifndef CERTPDF_SEAL_H_INCLUDED
#define CERTPDF_SEAL_H_INCLUDED


#include "certpdf_bytes.h"


typedef struct certpdf_seal_s  certpdf_seal_t;

/*
 * Reads key, certificate and chain from PEM, or from PKCS#12 when the name
 * ends in ".p12" or ".pfx" ("passphrase" may be NULL).  Refused: a file that
 * others than its owner may open, a key under RSA 2048, one that common readers
 * do not know (other than RSA or EC on P-256, P-384 or P-521; RSA-PSS; a curve
 * whose parameters are spelt out), a key that does not belong to the
 * certificate, a certificate not valid at "now", one whose key usage forbids
 * signing or whose every purpose is one of machines (TLS, time stamps, OCSP).
 * Signs once, to be sure that it can.
 *
 *     CERT_OK
 *     CERT_NOT_FOUND  no such file
 *     CERT_REFUSED    see above, the reason says which
 *     CERT_INVALID    does not parse, a certificate of the chain included, or
 *                     the passphrase is wrong
 *     CERT_NO_MEMORY
 *     CERT_SYSTEM     the file cannot be read, or OpenSSL failed
 *
 * On an error "seal" is untouched; the file's bytes are wiped in any case.
 * close: NULL is allowed; OpenSSL wipes the key.
 */
cert_err_t certpdf_seal_open(certpdf_seal_t **seal, const char *path,
    const char *passphrase, cert_time_t now, cert_reason_t *reason);
void certpdf_seal_close(certpdf_seal_t *seal);

/*
 * Whether certpdf_verify() with the authorities of "ca" would take what the
 * seal signs at "now", which is remembered: certpdf_seal_apply() refuses from
 * the end of that chain on.
 *
 *     CERT_OK
 *     CERT_REFUSED    none of them vouches for it, at that time
 *     CERT_NOT_FOUND, CERT_INVALID, CERT_SYSTEM
 *                     of "ca", as certpdf_verify()
 */
cert_err_t certpdf_seal_check_chain(certpdf_seal_t *seal, const char *ca,
    cert_time_t now, cert_reason_t *reason);

/*
 * The first instant at which the seal's certificate, or one of the chain that
 * was found, is no longer valid.
 */
cert_time_t certpdf_seal_expires(const certpdf_seal_t *seal);

/*
 * Adds the one signature to what certpdf_render() made: one revision, the
 * byte ranges cover the whole file, "/M" is "now", no signing-time attribute.
 * "sealed" is the caller's to free, untouched on failure.
 *
 *     CERT_OK
 *     CERT_REFUSED    the certificate, or its chain, is not valid at "now"
 *     CERT_INVALID    "pdf" is not one clean revision without forms
 *     CERT_NO_MEMORY
 *     CERT_SYSTEM     libqpdf or OpenSSL failed
 */
cert_err_t certpdf_seal_apply(certpdf_seal_t *seal, cert_str_t pdf,
    cert_time_t now, certpdf_bytes_t *sealed, cert_reason_t *reason);


#endif /* CERTPDF_SEAL_H_INCLUDED */
