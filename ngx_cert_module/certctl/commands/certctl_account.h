/*
 * Copyright (C) the ngx_cert authors
 *
 * Accounts of holders, for the operator.
 *
 *     certctl_account.c            the command, finding and showing
 *     certctl_account_import.c     accounts of another platform
 *     certctl_account_change.c     new passwords, links
 *
 * User names are shown on standard output and never on standard error, which
 * ends up in logs; hashes are shown nowhere.
 */


#ifndef CERTCTL_ACCOUNT_H_INCLUDED
#define CERTCTL_ACCOUNT_H_INCLUDED


#include "certctl.h"


/*
 * Finds the account by its user name or, if that is NULL, by a certificate.
 * The store is open, with the private keys.  Wipe "account" when done.
 *
 *     CERTCTL_NO      there is none, which is said without the name
 *     CERTCTL_SYSTEM  cannot be read
 */
int certctl_account_find(certctl_t *ctl, const char *username,
    const char *number, cert_account_t *account);

/*
 * The name of whoever has the document that a certificate stands under.
 * CERTCTL_NO: no such certificate; CERTCTL_SYSTEM as above.
 */
int certctl_account_document(certctl_t *ctl, const char *number,
    cert_holder_t *holder);

/* Prints the account of a holder, as "list" shows one. */
int certctl_account_show(certctl_t *ctl, const cert_holder_t *holder);


/* The actions; the options of each are said in certctl_account.c. */

int certctl_account_import(certctl_t *ctl, const char *source,
    const char *rejects, int allow_unknown);
int certctl_account_reset(certctl_t *ctl, const char *username,
    const char *number, const char *password_file);
int certctl_account_link(certctl_t *ctl, const char *username,
    const char *certificate, const char *number);


#endif /* CERTCTL_ACCOUNT_H_INCLUDED */
