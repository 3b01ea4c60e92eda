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
    cert_time_t       until;        /* the chain holds; 0: not looked at */
    size_t            cms_max;      /* bytes to leave for the CMS */
};


#endif /* CERTPDF_SEAL_INT_H_INCLUDED */
