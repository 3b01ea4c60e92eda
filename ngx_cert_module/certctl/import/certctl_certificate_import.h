/*
 * Copyright (C) the ngx_cert authors
 *
 * Certificates from a file of rows.
 */


#ifndef CERTCTL_CERTIFICATE_IMPORT_H_INCLUDED
#define CERTCTL_CERTIFICATE_IMPORT_H_INCLUDED


#include "certctl_intake.h"


/*
 * Imports the certificates of a file, with photos from below its folder;
 * options and statuses are those of certctl_intake().
 */
int certctl_certificate_import(certctl_t *ctl,
    const certctl_intake_options_t *options);


#endif /* CERTCTL_CERTIFICATE_IMPORT_H_INCLUDED */
