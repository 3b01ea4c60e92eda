/*
 * Copyright (C) the ngx_cert authors
 *
 * The templates of a renderer; private to render/.
 */


#ifndef CERTRENDER_TEMPLATES_INT_H_INCLUDED
#define CERTRENDER_TEMPLATES_INT_H_INCLUDED


#include "certrender_int.h"


/*
 * Opens the templates, again if one has changed, has come or has gone; on an
 * error the next job tries again.
 *
 *     CERT_SYSTEM     there is no folder of templates
 *
 * and the errors of certpdf_renderer_open().
 */
cert_err_t certrender_templates_open(certrender_t *render,
    cert_reason_t *reason);

/*
 * Whether there is a file NAME.svg that opening would read, without reading it.
 *
 *     CERT_OK
 *     CERT_NOT_FOUND  the reason says where it could be
 *     CERT_SYSTEM     there is no folder of templates, or it is closed
 */
cert_err_t certrender_templates_has(const certrender_t *render,
    const char *name, cert_reason_t *reason);

/* Lets go of templates and fonts, so that the next job opens both again. */
void certrender_templates_drop(certrender_t *render);


#endif /* CERTRENDER_TEMPLATES_INT_H_INCLUDED */
