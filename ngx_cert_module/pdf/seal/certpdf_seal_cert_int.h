/*
 * Copyright (C) the ngx_cert authors
 *
 * What a certificate that seals has to be; private to pdf/.
 */


#ifndef CERTPDF_SEAL_CERT_INT_H_INCLUDED
#define CERTPDF_SEAL_CERT_INT_H_INCLUDED


#include "certpdf_seal.h"
#include "certpdf_seal_int.h"


/* CERT_REFUSED unless key and digest are strong enough to last. */
cert_err_t certpdf_seal_check_strength(const certpdf_seal_t *seal,
    cert_reason_t *reason);

/* CERT_REFUSED unless the certificate is valid at "now". */
cert_err_t certpdf_seal_check_time(const X509 *cert, cert_time_t now,
    cert_reason_t *reason);

/* Whether "cert" allows its key to be used for signing documents. */
int certpdf_seal_may_sign(X509 *cert);


#endif /* CERTPDF_SEAL_CERT_INT_H_INCLUDED */
