/*
 * Copyright (C) the ngx_cert authors
 *
 * What a renderer has open of a home, and whether it is still that; private to
 * render/.
 */


#ifndef CERTRENDER_HOME_INT_H_INCLUDED
#define CERTRENDER_HOME_INT_H_INCLUDED


#include "certrender_int.h"


/* HOME/NAME; what "name" may be always fits. */
void certrender_path(const certrender_t *render,
    char path[CERTRENDER_PATH_MAX], const char *name);

/*
 * Of a file by name; links are followed.  False, with errno and a stamp of
 * zeros: it cannot be looked at.
 */
int certrender_stamp_take(certrender_stamp_t *stamp, const char *path);
void certrender_stamp_fill(certrender_stamp_t *stamp, const struct stat *st);
int certrender_stamp_is_equal(const certrender_stamp_t *a,
    const certrender_stamp_t *b);

/*
 * Opens what is not open, and again what has changed; errors as
 * certrender_prepare().  The other one closes store and keyrings, so that the
 * next job opens them again.
 */
cert_err_t certrender_home_open(certrender_t *render, cert_reason_t *reason);
void certrender_home_close(certrender_t *render);

/* True if "path" is a folder; links are followed: an operator made them. */
int certrender_is_folder(const char *path);


#endif /* CERTRENDER_HOME_INT_H_INCLUDED */
