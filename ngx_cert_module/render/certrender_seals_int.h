/*
 * Copyright (C) the ngx_cert authors
 *
 * The seals of a renderer, kept open; private to render/.
 */


#ifndef CERTRENDER_SEALS_INT_H_INCLUDED
#define CERTRENDER_SEALS_INT_H_INCLUDED


#include "certpdf_seal.h"
#include "certrender_int.h"


/*
 * The seal of this name, opened if it is not or if its file has changed; stays
 * the renderer's.
 *
 *     CERT_NOT_FOUND  there is neither NAME.pem nor NAME.p12, or no ca.pem
 *
 * and the errors of certpdf_seal_open() and certpdf_seal_check_chain().
 */
cert_err_t certrender_seal_find(certrender_t *render, const cert_text_t *name,
    cert_time_t now, certpdf_seal_t **seal, cert_reason_t *reason);
void certrender_seals_close(certrender_t *render);


#endif /* CERTRENDER_SEALS_INT_H_INCLUDED */
