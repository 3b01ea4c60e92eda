/*
 * Copyright (C) the ngx_cert authors
 *
 * The folder of copies; private to render/.
 */


#ifndef CERTRENDER_COPIES_INT_H_INCLUDED
#define CERTRENDER_COPIES_INT_H_INCLUDED


#include "certrender_int.h"


/*
 * Puts "sealed" into the folder of copies, or takes the file that is there if
 * it is this copy and genuine; fills in size and sha256, on an error the
 * reason.
 *
 *     CERT_EXISTS  there is a file that is not genuine, or another copy
 *
 * and the errors of certrender_publish() and certpdf_verify().
 */
cert_err_t certrender_copies_put(certrender_t *render, cert_str_t sealed,
    certrender_result_t *result);

/* Writes "sealed" there as if it were to stay; nothing is left. */
cert_err_t certrender_copies_try(certrender_t *render, cert_str_t sealed,
    cert_reason_t *reason);


#endif /* CERTRENDER_COPIES_INT_H_INCLUDED */
