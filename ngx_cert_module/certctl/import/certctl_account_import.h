/*
 * Copyright (C) the ngx_cert authors
 *
 * Accounts of another platform, from a CSV file.
 */


#ifndef CERTCTL_ACCOUNT_IMPORT_H_INCLUDED
#define CERTCTL_ACCOUNT_IMPORT_H_INCLUDED


#include "certctl_intake.h"


/*
 * Imports the accounts of a file; options and statuses are those of
 * certctl_intake().  "allow_unknown": a name is
 * taken for a document that no certificate is known for, too.
 */
int certctl_account_import(certctl_t *ctl,
    const certctl_intake_options_t *options, int allow_unknown);


#endif /* CERTCTL_ACCOUNT_IMPORT_H_INCLUDED */
