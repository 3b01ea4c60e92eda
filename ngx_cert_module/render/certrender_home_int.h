/*
 * Copyright (C) the ngx_cert authors
 *
 * What a renderer has open of a home, and whether it is still that; private to
 * render/.
 */


#ifndef CERTRENDER_HOME_INT_H_INCLUDED
#define CERTRENDER_HOME_INT_H_INCLUDED


#include "certrender_int.h"


/*
 * Opens what is not open, and again what has changed; errors as
 * certrender_prepare().  The other one closes store and keyrings, so that the
 * next job opens them again.
 */
cert_err_t certrender_home_open(certrender_t *render, cert_reason_t *reason);
void certrender_home_close(certrender_t *render);


#endif /* CERTRENDER_HOME_INT_H_INCLUDED */
