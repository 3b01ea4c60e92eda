/*
 * Copyright (C) the ngx_cert authors
 *
 * The look at the objects of the signature; private to pdf/.
 */


#ifndef CERTPDF_VERIFY_OBJECTS_INT_H_INCLUDED
#define CERTPDF_VERIFY_OBJECTS_INT_H_INCLUDED


#include "certpdf_verify.h"
#include "certpdf_verify_int.h"


/* Objects, certpdf_verify_objects.c. */
certpdf_finding_t certpdf_verify_open(certpdf_verify_t *v);
certpdf_finding_t certpdf_verify_range(certpdf_verify_t *v);
certpdf_finding_t certpdf_verify_docmdp(certpdf_verify_t *v);


#endif /* CERTPDF_VERIFY_OBJECTS_INT_H_INCLUDED */
