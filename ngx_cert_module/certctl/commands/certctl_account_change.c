/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl account reset and link: what a holder asks for at a counter, with
 * the document in hand.
 *
 * A new password is drawn here and not thought out by whoever sits there, and
 * is printed once, after it is on disk.  One of the operator's own comes from a
 * file: what is on a command line is read by everybody on the machine.
 *
 * A document whose number was corrected is named by a certificate that stands
 * under it now, for the same reason.  The former number leads to the account
 * already; the link makes the present one do so too, and certificates of both
 * are then in one list.
 */


#include "certctl_account.h"
#include "certctl_change.h"
#include "certctl_json.h"
#include "certctl_password.h"


static int certctl_account_open(certctl_t *ctl);
static int certctl_account_password(certctl_t *ctl, const char *file,
    certctl_password_t password);
static int certctl_account_set(certctl_t *ctl, const cert_account_t *account,
    const char *password);
static int certctl_account_said(certctl_t *ctl,
    const cert_account_t *account, const char *password);
static int certctl_account_join(certctl_t *ctl, const cert_holder_t *holder,
    const cert_holder_t *other);


/* The file first: what is wrong with it need not wait for a lock. */
int
certctl_account_reset(certctl_t *ctl, const char *username,
    const char *number, const char *password_file)
{
    int                 status;
    cert_account_t      account;
    certctl_password_t  password;

    memset(&account, 0, sizeof(account));

    status = certctl_account_password(ctl, password_file, password);

    if (status == 0) {
        status = certctl_account_open(ctl);
    }

    if (status == 0) {
        status = certctl_account_find(ctl, username, number, &account);
    }

    if (status == 0 && !account.has_login) {
        status = certctl_error(ctl, CERT_REFUSED, "the account has no login: "
                               "its holder is known by other means");
    }

    if (status == 0) {
        status = certctl_account_set(ctl, &account, password);
    }

    if (status == 0) {
        status = certctl_account_said(ctl, &account, password_file == NULL
                                                     ? password : NULL);
    }

    explicit_bzero(password, sizeof(password));
    explicit_bzero(&account, sizeof(account));

    return status;
}


static int
certctl_account_open(certctl_t *ctl)
{
    int  status;

    status = certctl_open(ctl, CERT_STORE_WRITE);

    return status != 0 ? status : certctl_need_private(ctl, "account");
}


static int
certctl_account_password(certctl_t *ctl, const char *file,
    certctl_password_t password)
{
    return file != NULL ? certctl_password_read(ctl, file, password)
                        : certctl_password_draw(ctl, password);
}


/* Hashed before the transaction: nobody else who writes waits for that. */
static int
certctl_account_set(certctl_t *ctl, const cert_account_t *account,
    const char *password)
{
    int             status;
    char            hash[CERT_PASSWORD_MAX + 1];
    cert_change_t   change;
    cert_outcome_t  outcome;

    status = certctl_password_hash(ctl, password, hash);

    if (status == 0) {
        status = certctl_change_init(ctl, &change, CERT_CHANGE_PASSWORD);
    }

    if (status == 0) {
        change.u.account.holder = account->holder;
        change.u.account.password = cert_strz(hash);

        status = certctl_change_run(ctl, &change, &outcome, "account");
    }

    explicit_bzero(hash, sizeof(hash));

    return status;
}


/* "password" NULL: whoever wrote the file knows it. */
static int
certctl_account_said(certctl_t *ctl, const cert_account_t *account,
    const char *password)
{
    return certctl_print_object(ctl, json_pack("{sososs?}",
                                "holder",
                                certctl_json_hex(account->holder.bytes,
                                                 CERT_HOLDER_SIZE),
                                "username",
                                certctl_json_text(&account->username),
                                "password", password));
}


int
certctl_account_link(certctl_t *ctl, const char *username,
    const char *certificate, const char *number)
{
    int             status;
    cert_holder_t   other;
    cert_account_t  account;

    memset(&account, 0, sizeof(account));

    status = certctl_account_open(ctl);

    if (status == 0) {
        status = certctl_account_document(ctl, number, &other);
    }

    if (status == 0) {
        status = certctl_account_find(ctl, username, certificate, &account);
    }

    if (status == 0) {
        status = certctl_account_join(ctl, &account.holder, &other);
    }

    if (status == 0) {
        status = certctl_account_show(ctl, &account.holder);
    }

    explicit_bzero(&account, sizeof(account));

    return status;
}


/* A document that is the account's already is no mistake, own or linked. */
static int
certctl_account_join(certctl_t *ctl, const cert_holder_t *holder,
    const cert_holder_t *other)
{
    int             status;
    cert_change_t   change;
    cert_outcome_t  outcome;

    if (memcmp(holder->bytes, other->bytes, CERT_HOLDER_SIZE) == 0) {
        return 0;
    }

    status = certctl_change_init(ctl, &change, CERT_CHANGE_LINK);
    if (status != 0) {
        return status;
    }

    change.u.account.holder = *holder;
    change.u.account.other = *other;

    return certctl_change_run(ctl, &change, &outcome, "account");
}
