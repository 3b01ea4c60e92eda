/*
 * Copyright (C) the ngx_cert authors
 *
 * Files of a home by their names, and whether one is still the same; private to
 * render/.
 */


#ifndef CERTRENDER_STAMP_INT_H_INCLUDED
#define CERTRENDER_STAMP_INT_H_INCLUDED


#include <sys/stat.h>

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

/* True if "path" is a folder; links are followed: an operator made them. */
int certrender_is_folder(const char *path);


#endif /* CERTRENDER_STAMP_INT_H_INCLUDED */
