/*
 * Copyright (C) the ngx_cert authors
 *
 * Accounts of holders, read and shown.  The store is open, with the private
 * keys.
 *
 * User names are shown on standard output and never on standard error, which
 * ends up in logs; hashes are shown nowhere.
 */


#ifndef CERTCTL_ACCOUNT_H_INCLUDED
#define CERTCTL_ACCOUNT_H_INCLUDED


#include "certctl.h"


/*
 * Finds the account by its user name or, if that is NULL, by a certificate.
 * Wipe "account" when done.
 *
 *     CERTCTL_NO      there is none, which is said without the name
 *     CERTCTL_SYSTEM  cannot be read
 */
int certctl_account_find(certctl_t *ctl, const char *username,
    const char *number, cert_account_t *account);

/*
 * The holder key of the document that a certificate stands under.
 * CERTCTL_NO: no such certificate; CERTCTL_SYSTEM as above.
 */
int certctl_account_document(certctl_t *ctl, const char *number,
    cert_holder_t *holder);

/* Prints the account of a holder, as "list" shows one. */
int certctl_account_show(certctl_t *ctl, const cert_holder_t *holder);

/* Prints all accounts, a line each. */
int certctl_account_show_all(certctl_t *ctl);


#endif /* CERTCTL_ACCOUNT_H_INCLUDED */
