/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl policy: what the authority decides.
 *
 * All settings of one command are one change: they hold together or not at
 * all.  The policy is one record, so setting a key means to read and to write
 * it whole.  Both happen in one write transaction, of which LMDB lets one at a
 * time, or of two operators who set different keys at once the later would
 * undo what the earlier had set.  A lock of our own would do the same for
 * certctl alone; the transaction does it for whatever writes.
 *
 * A value that is as it was is not a change, and the answer says so, which
 * lets a script set what it needs each time it runs.
 */


#include <stdlib.h>

#include "cert_read.h"
#include "certctl_change.h"
#include "certctl_commands.h"
#include "certctl_home.h"
#include "certctl_json.h"
#include "certctl_options.h"
#include "certctl_output.h"


static int cmd_policy_show(certctl_t *ctl);
static json_t *cmd_policy_json(char *text, size_t len);
static int cmd_policy_set(certctl_t *ctl, int n, char **settings);
static int cmd_policy_apply(certctl_t *ctl, certctl_txn_t *txn, int n,
    char **settings, cert_outcome_t *outcome);
static int cmd_policy_one(certctl_t *ctl, cert_policy_t *policy,
    const char *setting);


int
cmd_policy(certctl_t *ctl, int argc, char **argv)
{
    int             status, is_set;
    certctl_args_t  args;

    status = certctl_options(ctl, argc, argv, NULL, 1, -1, &args);
    if (status != 0) {
        return status;
    }

    is_set = strcmp(args.v[0], "set") == 0;

    if (!is_set && strcmp(args.v[0], "show") != 0) {
        return certctl_usage(ctl, "\"%s\" is neither show nor set",
                             args.v[0]);
    }

    if (is_set != (args.n > 1)) {
        return certctl_usage(ctl, is_set ? "nothing to set"
                                         : "too many arguments");
    }

    status = certctl_home_open(ctl, is_set ? CERT_STORE_WRITE
                                           : CERT_STORE_READ);

    if (status == 0) {
        status = is_set ? cmd_policy_set(ctl, args.n - 1, args.v + 1)
                        : cmd_policy_show(ctl);
    }

    return status;
}


/*
 * The library's own text is taken apart, so that a new key shows without a
 * change here.
 */
static int
cmd_policy_show(certctl_t *ctl)
{
    int      status;
    char    *text;
    size_t   len;

    text = malloc(CERT_POLICY_TEXT_MAX);
    if (text == NULL) {
        return certctl_error(ctl, CERT_NO_MEMORY, "out of memory");
    }

    len = cert_policy_format(&ctl->policy, text, CERT_POLICY_TEXT_MAX);
    status = 0;

    if (ctl->is_json) {
        status = certctl_print(cmd_policy_json(text, len));

    } else {
        fwrite(text, 1, len, stdout);
    }

    free(text);

    return status;
}


/* Cuts the text up. */
static json_t *
cmd_policy_json(char *text, size_t len)
{
    char    *line, *end, *equals;
    json_t  *json;

    json = json_object();

    for (line = text; line < text + len; line = end + 1) {

        end = memchr(line, '\n', (size_t) (text + len - line));
        if (end == NULL) {
            end = text + len;
        }

        equals = memchr(line, '=', (size_t) (end - line));
        if (equals == NULL) {
            continue;
        }

        *equals = '\0';
        certjson_set(&json, line, json_stringn(equals + 1,
                                               (size_t) (end - equals - 1)));
    }

    return json;
}


static int
cmd_policy_set(certctl_t *ctl, int n, char **settings)
{
    int              status;
    certctl_txn_t   *txn;
    cert_outcome_t   outcome;

    status = certctl_txn_begin(ctl, &txn);
    if (status != 0) {
        return status;
    }

    status = cmd_policy_apply(ctl, txn, n, settings, &outcome);
    status = certctl_txn_end(ctl, txn, status);
    if (status != 0) {
        return status;
    }

    if (ctl->is_json) {
        return certctl_print(json_pack("{sb}", "changed",
                                       !outcome.is_unchanged));
    }

    puts(outcome.is_unchanged ? "unchanged" : "changed");

    return 0;
}


/*
 * The policy is read again within the transaction: the one in "ctl" is of the
 * start of this command, and another command may have changed it since.
 */
static int
cmd_policy_apply(certctl_t *ctl, certctl_txn_t *txn, int n,
    char **settings, cert_outcome_t *outcome)
{
    int             i, status;
    cert_err_t      err;
    cert_policy_t   policy;
    cert_change_t   change;

    err = cert_read_policy(ctl->reader, &policy);
    if (err != CERT_OK) {
        return certctl_error(ctl, err, "cannot read the policy: %s",
                             cert_err_name(err));
    }

    for (i = 0; i < n; i++) {
        status = cmd_policy_one(ctl, &policy, settings[i]);
        if (status != 0) {
            return status;
        }
    }

    status = certctl_change_init(ctl, &change, CERT_CHANGE_POLICY);
    if (status != 0) {
        return status;
    }

    change.u.policy = &policy;

    err = certctl_txn_apply(txn, &change, outcome);

    return certctl_change_report(ctl, err, outcome, "policy");
}


/* What is wrong with a value is the library's to say. */
static int
cmd_policy_one(certctl_t *ctl, cert_policy_t *policy, const char *setting)
{
    cert_str_t      key;
    cert_err_t      err;
    const char     *equals;
    cert_reason_t   reason;

    equals = strchr(setting, '=');
    if (equals == NULL) {
        return certctl_usage(ctl, "\"%s\" is not KEY=VALUE", setting);
    }

    key.data = (const uint8_t *) setting;
    key.len = (size_t) (equals - setting);

    err = cmd_policy_value(policy, key, cert_strz(equals + 1), &reason);

    if (err == CERT_NOT_FOUND) {
        return certctl_usage(ctl, "the policy has no key \"%.*s\"",
                             (int) key.len, setting);
    }

    if (err == CERT_NO_MEMORY) {
        return certctl_error(ctl, err, "%s", reason.text);
    }

    if (err != CERT_OK) {
        return certctl_usage(ctl, "%s", reason.text);
    }

    return 0;
}


cert_err_t
cmd_policy_value(cert_policy_t *policy, cert_str_t key, cert_str_t value,
    cert_reason_t *reason)
{
    cert_err_t      err;
    const uint8_t  *host;

    err = cert_policy_set(policy, key, value, reason);

    if (err != CERT_OK || key.len != sizeof("public_url") - 1
        || memcmp(key.data, "public_url", key.len) != 0 || value.len == 0)
    {
        return err;
    }

    /* It is http:// or https:// and a host, or it would have been refused. */
    host = memchr(value.data, ':', value.len);
    host += sizeof("://") - 1;

    if (memchr(host, '/', (size_t) (value.data + value.len - host)) != NULL) {
        cert_reason_set(reason, "public_url has a path, but the pages are at "
                        "the root of a host: leave it out; a port may stay");
        return CERT_INVALID;
    }

    return CERT_OK;
}
