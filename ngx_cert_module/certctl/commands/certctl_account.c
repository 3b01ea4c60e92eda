/*
 * Copyright (C) the ngx_cert authors
 *
 * Accounts read and shown.
 *
 * The store names an account by a keyed digest.  It is shown, in hex, because
 * the journal and its readers have nothing else to say which one it was.
 */


#include "cert_holder_read.h"
#include "cert_read.h"
#include "certctl_account.h"
#include "certctl_json.h"
#include "certctl_output.h"
#include "certctl_password.h"


/* Accounts and certificates in one snapshot. */
#define CERTCTL_ACCOUNT_BATCH  64

typedef struct {
    size_t          n;
    cert_account_t  accounts[CERTCTL_ACCOUNT_BATCH];
} certctl_accounts_t;


static cert_err_t certctl_account_collect(void *data,
    const cert_account_t *account);
static int certctl_account_line(certctl_t *ctl,
    const cert_account_t *account);
static void certctl_account_plain(const json_t *json);
static const char *certctl_account_text(const json_t *json, const char *name);
static int certctl_account_json(certctl_t *ctl, const cert_account_t *account,
    json_t **json);
static cert_err_t certctl_account_certificates(certctl_t *ctl,
    const cert_account_t *account, json_int_t *n);
static cert_err_t certctl_account_count(void *data, cert_str_t number);
static int certctl_account_unread(certctl_t *ctl, cert_err_t err);


/* Gathered first: the certificates of each are another list. */
int
certctl_account_show_all(certctl_t *ctl)
{
    int                 status;
    size_t              i;
    cert_err_t          err;
    cert_position_t     after;
    certctl_accounts_t  page;

    after.len = 0;
    status = 0;

    do {
        page.n = 0;

        err = cert_list_accounts(ctl->reader, &after, CERTCTL_ACCOUNT_BATCH,
                                 certctl_account_collect, &page);

        if (err != CERT_OK && err != CERT_NOT_FOUND) {
            status = certctl_account_unread(ctl, err);
        }

        for (i = 0; status == 0 && i < page.n; i++) {
            status = certctl_account_line(ctl, &page.accounts[i]);
        }

    } while (status == 0 && err == CERT_OK);

    explicit_bzero(&page, sizeof(page));

    return status;
}


/* Called within a snapshot, so it only takes a note. */
static cert_err_t
certctl_account_collect(void *data, const cert_account_t *account)
{
    certctl_accounts_t *page = data;

    page->accounts[page->n++] = *account;

    return CERT_OK;
}


/* A line an account, as JSON too: there may be millions. */
static int
certctl_account_line(certctl_t *ctl, const cert_account_t *account)
{
    int      status;
    json_t  *json;

    status = certctl_account_json(ctl, account, &json);
    if (status != 0) {
        return status;
    }

    if (ctl->is_json || json == NULL) {
        return certctl_print(json);
    }

    certctl_account_plain(json);
    json_decref(json);

    return 0;
}


static void
certctl_account_plain(const json_t *json)
{
    printf("%s  %s  %s  %s  notice %lld %s  links %lld  certificates %lld\n",
           certctl_account_text(json, "holder"),
           certctl_account_text(json, "username"),
           certctl_account_text(json, "method"),
           certctl_account_text(json, "created"),
           (long long) json_integer_value(json_object_get(json,
                                                          "notice_version")),
           certctl_account_text(json, "notice_time"),
           (long long) json_integer_value(json_object_get(json, "links")),
           (long long) json_integer_value(json_object_get(json,
                                                          "certificates")));
}


/* A line has as many words for each account. */
static const char *
certctl_account_text(const json_t *json, const char *name)
{
    const char  *text;

    text = json_string_value(json_object_get(json, name));

    return text != NULL ? text : "-";
}


int
certctl_account_show(certctl_t *ctl, const cert_holder_t *holder)
{
    int             status;
    json_t         *json;
    cert_err_t      err;
    cert_account_t  account;

    err = cert_read_account(ctl->reader, holder, &account);

    status = err == CERT_OK ? certctl_account_json(ctl, &account, &json)
                            : certctl_account_unread(ctl, err);

    explicit_bzero(&account, sizeof(account));

    return status != 0 ? status : certctl_print_object(ctl, json);
}


/*
 * All but the hash; its method tells which holder has not logged in since an
 * import.
 */
static int
certctl_account_json(certctl_t *ctl, const cert_account_t *account,
    json_t **json)
{
    cert_err_t  err;
    json_int_t  certificates;

    err = certctl_account_certificates(ctl, account, &certificates);
    if (err != CERT_OK) {
        return certctl_account_unread(ctl, err);
    }

    *json = json_pack("{sosososbsososososIsI}",
                      "holder", certjson_hex(account->holder.bytes,
                                             CERT_HOLDER_SIZE),
                      "username", account->has_login
                                  ? certjson_text(&account->username)
                                  : json_null(),
                      "created", certctl_json_time(ctl, account->created),
                      "login", account->has_login,
                      "method", account->has_login ? json_string(
                                certctl_password_method(account->password))
                                : json_null(),
                      "matched", json_boolean(account->is_matched),
                      "notice_version", account->notice_version != 0
                                ? json_integer(account->notice_version)
                                : json_null(),
                      "notice_time", certctl_json_time(ctl,
                                                    account->notice_time),
                      "links", (json_int_t) account->links_n,
                      "certificates", certificates);

    return 0;
}


/* Under all its documents. */
static cert_err_t
certctl_account_certificates(certctl_t *ctl, const cert_account_t *account,
    json_int_t *n)
{
    size_t                i;
    cert_err_t            err;
    cert_position_t       after;
    const cert_holder_t  *holder;

    *n = 0;

    for (i = 0; i <= account->links_n; i++) {

        holder = i == 0 ? &account->holder : &account->links[i - 1];
        after.len = 0;

        do {
            err = cert_list_holder_certificates(ctl->reader, holder, &after,
                                                CERTCTL_ACCOUNT_BATCH,
                                                certctl_account_count, n);
        } while (err == CERT_OK);

        if (err != CERT_NOT_FOUND) {
            return err;
        }
    }

    return CERT_OK;
}


static cert_err_t
certctl_account_count(void *data, cert_str_t number)
{
    json_int_t *n = data;

    (void) number;

    (*n)++;

    return CERT_OK;
}


/* What is not a user name has no account: its rules are not explained here. */
int
certctl_account_find(certctl_t *ctl, const char *username,
    const char *number, cert_account_t *account)
{
    int            status;
    cert_err_t     err;
    cert_text_t    folded;
    cert_holder_t  holder;

    if (username != NULL) {
        err = cert_username_match(&folded, cert_strz(username), NULL);

        err = err == CERT_OK
              ? cert_read_username(ctl->reader, cert_strz(folded.data),
                                   &holder)
              : CERT_NOT_FOUND;

        if (err == CERT_NOT_FOUND) {
            return certctl_error(ctl, err, "no account has this user name");
        }

        if (err != CERT_OK) {
            return certctl_account_unread(ctl, err);
        }

    } else {
        status = certctl_account_document(ctl, number, &holder);
        if (status != 0) {
            return status;
        }
    }

    err = cert_read_account(ctl->reader, &holder, account);

    if (err == CERT_NOT_FOUND && username == NULL) {
        return certctl_error(ctl, err, "the holder of this certificate has "
                             "no account");
    }

    return err == CERT_OK ? 0 : certctl_account_unread(ctl, err);
}


int
certctl_account_document(certctl_t *ctl, const char *number,
    cert_holder_t *holder)
{
    cert_err_t          err;
    cert_person_t      *person;
    cert_certificate_t  certificate;

    err = cert_read_certificate(ctl->reader, cert_strz(number), &certificate);

    if (err == CERT_OK && !certificate.has_person) {
        err = CERT_NO_KEY;
    }

    if (err == CERT_OK) {
        person = &certificate.person;
        err = cert_holder_make(ctl->ring, person->id_type,
                               cert_strz(person->id_number.data), holder);
    }

    explicit_bzero(&certificate, sizeof(certificate));

    if (err == CERT_NOT_FOUND) {
        return certctl_error(ctl, err, "no such certificate");
    }

    return err == CERT_OK ? 0 : certctl_account_unread(ctl, err);
}


/* An account that is not there any more is none: accounts are not removed. */
static int
certctl_account_unread(certctl_t *ctl, cert_err_t err)
{
    return certctl_error(ctl, err == CERT_NOT_FOUND ? CERT_CORRUPT : err,
                         "cannot read an account: %s", cert_err_name(err));
}
