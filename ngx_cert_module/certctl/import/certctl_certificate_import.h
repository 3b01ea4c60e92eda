/*
 * Copyright (C) the ngx_cert authors
 *
 * Certificates from a CSV file.
 */


#ifndef CERTCTL_CERTIFICATE_IMPORT_H_INCLUDED
#define CERTCTL_CERTIFICATE_IMPORT_H_INCLUDED


#include "certctl.h"


/*
 * Imports the certificates of the file "source" ("-": standard input), with
 * photos from below its folder; "rejects" and the statuses are those of
 * certctl_intake().
 */
int certctl_certificate_import(certctl_t *ctl, const char *source,
    const char *rejects);


#endif /* CERTCTL_CERTIFICATE_IMPORT_H_INCLUDED */
