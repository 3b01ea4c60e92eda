/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl account: accounts of holders.
 *
 * An account is named by its user name or by a certificate of its holder.  It
 * is not named by document: a command line can be read by every user of the
 * machine, and the number of a certificate tells them nothing.
 *
 * "reset" and "link" are what a holder asks for at a counter, with the document
 * in hand.  A new password is drawn here and not chosen by the clerk, and is
 * printed once, after it is on disk.  One of the operator's own comes from a
 * file, again because a command line can be read by every user.
 *
 * A document whose number was corrected is named by a certificate that stands
 * under it now.  The former number leads to the account already; the link
 * makes the present one do so too, and certificates of both are then in one
 * list.
 */


#include "certctl_account.h"
#include "certctl_account_import.h"
#include "certctl_change.h"
#include "certctl_commands.h"
#include "certctl_home.h"
#include "certctl_json.h"
#include "certctl_options.h"
#include "certctl_output.h"
#include "certctl_password.h"


/* Options of all actions; what is NULL was not given. */
typedef struct {
    const char                *username;
    const char                *certificate;
    const char                *password_file;
    certctl_intake_options_t   intake;
    int                        allow_unknown;
} cmd_account_options_t;


static int cmd_account_check(certctl_t *ctl, const char *action,
    const cmd_account_options_t *options);
static int cmd_account_run(certctl_t *ctl, const certctl_args_t *args,
    const cmd_account_options_t *options);
static int cmd_account_list(certctl_t *ctl,
    const cmd_account_options_t *options);
static int cmd_account_reset(certctl_t *ctl, const char *username,
    const char *number, const char *password_file);
static int cmd_account_open(certctl_t *ctl);
static int cmd_account_password(certctl_t *ctl, const char *file,
    certctl_password_t password);
static int cmd_account_set(certctl_t *ctl, const cert_account_t *account,
    const char *password);
static int cmd_account_said(certctl_t *ctl, const cert_account_t *account,
    const char *password);
static int cmd_account_link(certctl_t *ctl, const char *username,
    const char *certificate, const char *number);
static int cmd_account_join(certctl_t *ctl, const cert_holder_t *holder,
    const cert_holder_t *other);


int
cmd_account(certctl_t *ctl, int argc, char **argv)
{
    int                    status;
    certctl_args_t         args;
    cmd_account_options_t  options;

    memset(&options, 0, sizeof(options));

    certctl_option_t  list[] = {
        { "username", CERTCTL_TEXT, &options.username },
        { "certificate", CERTCTL_TEXT, &options.certificate },
        { "password-file", CERTCTL_FILE, &options.password_file },
        { "rejects", CERTCTL_FILE, &options.intake.rejects },
        { "encoding", CERTCTL_TEXT, &options.intake.encoding },
        { "sheet", CERTCTL_TEXT, &options.intake.sheet },
        { "force-rounded", CERTCTL_FLAG, &options.intake.force_rounded },
        { "check", CERTCTL_FLAG, &options.intake.is_check },
        { "allow-unknown", CERTCTL_FLAG, &options.allow_unknown },
        { NULL, CERTCTL_FILE, NULL }
    };

    status = certctl_options(ctl, argc, argv, list, 1, 3, &args);

    if (status == 0 && strcmp(args.v[0], "import") != 0) {
        status = certctl_options_texts(ctl, &args);
    }

    if (status == 0) {
        status = cmd_account_check(ctl, args.v[0], &options);
    }

    return status != 0 ? status : cmd_account_run(ctl, &args, &options);
}


/* An option of another action is a mistake and must not be ignored. */
static int
cmd_account_check(certctl_t *ctl, const char *action,
    const cmd_account_options_t *options)
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

    if ((options->intake.rejects != NULL || options->intake.encoding != NULL
         || options->intake.sheet != NULL || options->intake.force_rounded
         || options->intake.is_check)
        && !is_import)
    {
        return certctl_usage(ctl, "\"--rejects\", \"--encoding\", "
                             "\"--sheet\", \"--force-rounded\" and "
                             "\"--check\" go with \"import\"");
    }

    if (options->allow_unknown && !is_import) {
        return certctl_usage(ctl, "\"--allow-unknown\" goes with \"import\"");
    }

    return 0;
}


static int
cmd_account_run(certctl_t *ctl, const certctl_args_t *args,
    const cmd_account_options_t *options)
{
    char                      **v;
    certctl_intake_options_t    intake;

    v = args->v;

    if (args->n == 1 && strcmp(v[0], "list") == 0
        && (options->username == NULL || options->certificate == NULL))
    {
        return cmd_account_list(ctl, options);
    }

    if (args->n == 2 && strcmp(v[0], "import") == 0) {
        intake = options->intake;
        intake.source = v[1];

        return certctl_account_import(ctl, &intake, options->allow_unknown);
    }

    if (strcmp(v[0], "reset") == 0
        && args->n == (options->certificate == NULL ? 2 : 1))
    {
        return cmd_account_reset(ctl, args->n == 2 ? v[1] : NULL,
                                 options->certificate,
                                 options->password_file);
    }

    if (strcmp(v[0], "link") == 0
        && args->n == (options->certificate == NULL ? 3 : 2))
    {
        return cmd_account_link(ctl, args->n == 3 ? v[1] : NULL,
                                options->certificate, v[args->n - 1]);
    }

    return certctl_usage(ctl, "expected: list, import FILE.csv, reset "
                         "(USERNAME | --certificate NUMBER) or link (USERNAME "
                         "| --certificate NUMBER) NUMBER");
}


static int
cmd_account_list(certctl_t *ctl, const cmd_account_options_t *options)
{
    int             status;
    cert_account_t  account;

    status = certctl_home_open(ctl, CERT_STORE_READ);

    if (status == 0) {
        status = certctl_home_need_private(ctl, "account");
    }

    if (status != 0) {
        return status;
    }

    if (options->username == NULL && options->certificate == NULL) {
        return certctl_account_show_all(ctl);
    }

    status = certctl_account_find(ctl, options->username,
                                  options->certificate, &account);
    if (status == 0) {
        status = certctl_account_show(ctl, &account.holder);
    }

    explicit_bzero(&account, sizeof(account));

    return status;
}


/* The file first: what is wrong with it need not wait for a lock. */
static int
cmd_account_reset(certctl_t *ctl, const char *username,
    const char *number, const char *password_file)
{
    int                 status;
    cert_account_t      account;
    certctl_password_t  password;

    memset(&account, 0, sizeof(account));

    status = cmd_account_password(ctl, password_file, password);

    if (status == 0) {
        status = cmd_account_open(ctl);
    }

    if (status == 0) {
        status = certctl_account_find(ctl, username, number, &account);
    }

    if (status == 0 && !account.has_login) {
        status = certctl_error(ctl, CERT_REFUSED, "the account has no login: "
                               "its holder is known by other means");
    }

    if (status == 0) {
        status = cmd_account_set(ctl, &account, password);
    }

    if (status == 0) {
        status = cmd_account_said(ctl, &account, password_file == NULL
                                                 ? password : NULL);
    }

    explicit_bzero(password, sizeof(password));
    explicit_bzero(&account, sizeof(account));

    return status;
}


static int
cmd_account_open(certctl_t *ctl)
{
    int  status;

    status = certctl_home_open(ctl, CERT_STORE_WRITE);

    return status != 0 ? status : certctl_home_need_private(ctl, "account");
}


static int
cmd_account_password(certctl_t *ctl, const char *file,
    certctl_password_t password)
{
    return file != NULL ? certctl_password_read(ctl, file, password)
                        : certctl_password_draw(ctl, password);
}


/* Hashed before the transaction: no other writer waits for that. */
static int
cmd_account_set(certctl_t *ctl, const cert_account_t *account,
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


/* "password" NULL: the author of the file knows it. */
static int
cmd_account_said(certctl_t *ctl, const cert_account_t *account,
    const char *password)
{
    return certctl_print_object(ctl, json_pack("{sososs?}",
                                "holder",
                                certjson_hex(account->holder.bytes,
                                             CERT_HOLDER_SIZE),
                                "username",
                                certjson_text(&account->username),
                                "password", password));
}


static int
cmd_account_link(certctl_t *ctl, const char *username,
    const char *certificate, const char *number)
{
    int             status;
    cert_holder_t   other;
    cert_account_t  account;

    memset(&account, 0, sizeof(account));

    status = cmd_account_open(ctl);

    if (status == 0) {
        status = certctl_account_document(ctl, number, &other);
    }

    if (status == 0) {
        status = certctl_account_find(ctl, username, certificate, &account);
    }

    if (status == 0) {
        status = cmd_account_join(ctl, &account.holder, &other);
    }

    if (status == 0) {
        status = certctl_account_show(ctl, &account.holder);
    }

    explicit_bzero(&account, sizeof(account));

    return status;
}


/* A document that is the account's already is not a mistake, own or linked. */
static int
cmd_account_join(certctl_t *ctl, const cert_holder_t *holder,
    const cert_holder_t *other)
{
    int             status;
    cert_change_t   change;
    cert_outcome_t  outcome;

    if (cert_holder_is_equal(holder, other)) {
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
