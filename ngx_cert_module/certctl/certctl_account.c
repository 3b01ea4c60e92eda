/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl account: accounts of holders.
 *
 * An account is named by its user name or by a certificate of its holder.  By
 * document it cannot be: a command line is read by everybody on the machine,
 * and a number of a certificate tells them nothing.
 *
 * The store names an account by a keyed digest.  It is shown, in hex, because
 * the journal and its readers have nothing else to say which one it was.
 */


#include "cert_holder_read.h"
#include "cert_read.h"
#include "certctl_account.h"
#include "certctl_commands.h"
#include "certctl_json.h"
#include "certctl_options.h"
#include "certctl_password.h"


/* Accounts and certificates in one snapshot. */
#define CERTCTL_ACCOUNT_BATCH  64

/* Options of all actions; what is NULL was not given. */
typedef struct {
    const char  *username;
    const char  *certificate;
    const char  *password_file;
    const char  *rejects;
    int          allow_unknown;
} certctl_account_options_t;

typedef struct {
    size_t          n;
    cert_account_t  accounts[CERTCTL_ACCOUNT_BATCH];
} certctl_accounts_t;


static int certctl_account_check(certctl_t *ctl, const char *action,
    const certctl_account_options_t *options);
static int certctl_account_run(certctl_t *ctl, const certctl_args_t *args,
    const certctl_account_options_t *options);
static int certctl_account_list(certctl_t *ctl,
    const certctl_account_options_t *options);
static int certctl_account_all(certctl_t *ctl);
static cert_err_t certctl_account_collect(void *data,
    const cert_account_t *account);
static int certctl_account_line(certctl_t *ctl,
    const cert_account_t *account);
static void certctl_account_plain(const json_t *json);
static const char *certctl_account_text(const json_t *json,
    const char *name);
static int certctl_account_json(certctl_t *ctl,
    const cert_account_t *account, json_t **json);
static cert_err_t certctl_account_certificates(certctl_t *ctl,
    const cert_account_t *account, json_int_t *n);
static cert_err_t certctl_account_count(void *data, cert_str_t number);
static int certctl_account_unread(certctl_t *ctl, cert_err_t err);


int
certctl_account(certctl_t *ctl, int argc, char **argv)
{
    int                        status;
    certctl_args_t             args;
    certctl_account_options_t  options;

    memset(&options, 0, sizeof(options));

    certctl_option_t  list[] = {
        { "username", CERTCTL_TEXT, &options.username },
        { "certificate", CERTCTL_TEXT, &options.certificate },
        { "password-file", CERTCTL_TEXT, &options.password_file },
        { "rejects", CERTCTL_TEXT, &options.rejects },
        { "allow-unknown", CERTCTL_FLAG, &options.allow_unknown },
        { NULL, CERTCTL_FLAG, NULL }
    };

    status = certctl_options(ctl, argc, argv, list, 1, 3, &args);

    if (status == 0) {
        status = certctl_account_check(ctl, args.v[0], &options);
    }

    return status != 0 ? status : certctl_account_run(ctl, &args, &options);
}


/* An option of another action is a mistake and not to be passed over. */
static int
certctl_account_check(certctl_t *ctl, const char *action,
    const certctl_account_options_t *options)
{
    int  is_list, is_import, is_reset, is_link;

    is_list = strcmp(action, "list") == 0;
    is_import = strcmp(action, "import") == 0;
    is_reset = strcmp(action, "reset") == 0;
    is_link = strcmp(action, "link") == 0;

    if (options->username != NULL && !is_list) {
        return certctl_usage(ctl, "\"--username\" goes with \"list\"");
    }

    if (options->certificate != NULL && !is_list && !is_reset && !is_link) {
        return certctl_usage(ctl, "\"--certificate\" goes with \"list\", "
                             "\"reset\" and \"link\"");
    }

    if (options->password_file != NULL && !is_reset) {
        return certctl_usage(ctl, "\"--password-file\" goes with \"reset\"");
    }

    if (options->rejects != NULL && !is_import) {
        return certctl_usage(ctl, "\"--rejects\" goes with \"import\"");
    }

    if (options->allow_unknown && !is_import) {
        return certctl_usage(ctl, "\"--allow-unknown\" goes with \"import\"");
    }

    return 0;
}


static int
certctl_account_run(certctl_t *ctl, const certctl_args_t *args,
    const certctl_account_options_t *options)
{
    char  **v;

    v = args->v;

    if (args->n == 1 && strcmp(v[0], "list") == 0
        && (options->username == NULL || options->certificate == NULL))
    {
        return certctl_account_list(ctl, options);
    }

    if (args->n == 2 && strcmp(v[0], "import") == 0) {
        return certctl_account_import(ctl, v[1], options->rejects,
                                      options->allow_unknown);
    }

    if (strcmp(v[0], "reset") == 0
        && args->n == (options->certificate == NULL ? 2 : 1))
    {
        return certctl_account_reset(ctl, args->n == 2 ? v[1] : NULL,
                                     options->certificate,
                                     options->password_file);
    }

    if (strcmp(v[0], "link") == 0
        && args->n == (options->certificate == NULL ? 3 : 2))
    {
        return certctl_account_link(ctl, args->n == 3 ? v[1] : NULL,
                                    options->certificate, v[args->n - 1]);
    }

    return certctl_usage(ctl, "expected: list, import FILE.csv, reset "
                         "USERNAME or --certificate NUMBER, or link NUMBER "
                         "with one of them before it");
}


static int
certctl_account_list(certctl_t *ctl, const certctl_account_options_t *options)
{
    int             status;
    cert_account_t  account;

    status = certctl_open(ctl, CERT_STORE_READ);

    if (status == 0) {
        status = certctl_need_private(ctl, "account");
    }

    if (status != 0) {
        return status;
    }

    if (options->username == NULL && options->certificate == NULL) {
        return certctl_account_all(ctl);
    }

    status = certctl_account_find(ctl, options->username,
                                  options->certificate, &account);
    if (status == 0) {
        status = certctl_account_show(ctl, &account.holder);
    }

    explicit_bzero(&account, sizeof(account));

    return status;
}


/* Gathered first: the certificates of each are another list. */
static int
certctl_account_all(certctl_t *ctl)
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


/* All but the hash; its method tells who has not logged in since an import. */
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
                      "holder", certctl_json_hex(account->holder.bytes,
                                                 CERT_HOLDER_SIZE),
                      "username", account->has_login
                                  ? certctl_json_text(&account->username)
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


/* What is no user name is nobody's: the rules of one are not told here. */
int
certctl_account_find(certctl_t *ctl, const char *username,
    const char *number, cert_account_t *account)
{
    int            status;
    cert_err_t     err;
    cert_text_t    folded;
    cert_holder_t  holder;

    if (username != NULL) {
        err = cert_username_fold(&folded, cert_strz(username), NULL);

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
