/*
 * Copyright (C) the ngx_cert authors
 *
 * What OpenSSL says of a failure of its own; private to pdf/.
 */


#ifndef CERTPDF_OPENSSL_INT_H_INCLUDED
#define CERTPDF_OPENSSL_INT_H_INCLUDED


#include "cert.h"


/* Sets "reason" to what failed and OpenSSL's own words for its last error. */
void certpdf_openssl_reason(cert_reason_t *reason, const char *action);


#endif /* CERTPDF_OPENSSL_INT_H_INCLUDED */
