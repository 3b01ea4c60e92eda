/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl revoke, suspend, reinstate, replace: the status of a certificate.
 * Its copies follow in the same transaction.
 *
 * Four commands rather than one with a word for the status: "revoke" cannot be
 * mistyped into "reinstate", and what a role may do can be told by its name.
 *
 * A status that is set already is not an error: such a command is repeated by
 * people who are not sure, and "as before" is what they want to know.
 */


#include "certctl_change.h"
#include "certctl_commands.h"
#include "certctl_home.h"
#include "certctl_options.h"
#include "certctl_output.h"


static int cmd_status_set(certctl_t *ctl, int argc, char **argv,
    cert_status_t status);


int
cmd_revoke(certctl_t *ctl, int argc, char **argv)
{
    return cmd_status_set(ctl, argc, argv, CERT_STATUS_REVOKED);
}


int
cmd_suspend(certctl_t *ctl, int argc, char **argv)
{
    return cmd_status_set(ctl, argc, argv, CERT_STATUS_SUSPENDED);
}


int
cmd_reinstate(certctl_t *ctl, int argc, char **argv)
{
    return cmd_status_set(ctl, argc, argv, CERT_STATUS_VALID);
}


int
cmd_replace(certctl_t *ctl, int argc, char **argv)
{
    return cmd_status_set(ctl, argc, argv, CERT_STATUS_REPLACED);
}


/* Which step is allowed from where is the library's to know. */
static int
cmd_status_set(certctl_t *ctl, int argc, char **argv,
    cert_status_t status)
{
    int              rc, words;
    cert_change_t    change;
    cert_outcome_t   outcome;
    certctl_args_t   args;

    words = status == CERT_STATUS_REPLACED ? 2 : 1;

    rc = certctl_options(ctl, argc, argv, NULL, words, words, &args);

    if (rc == 0) {
        rc = certctl_home_open(ctl, CERT_STORE_WRITE);
    }

    if (rc == 0) {
        rc = certctl_change_init(ctl, &change, CERT_CHANGE_STATUS);
    }

    if (rc != 0) {
        return rc;
    }

    change.u.status.number = cert_strz(args.v[0]);
    change.u.status.status = status;

    if (words == 2) {
        change.u.status.replaced_by = cert_strz(args.v[1]);
    }

    rc = certctl_change_run(ctl, &change, &outcome, args.v[0]);
    if (rc != 0) {
        return rc;
    }

    if (ctl->is_json) {
        return certctl_print(json_pack("{ssssss*sb}", "number", args.v[0],
                                 "status", cert_status_name(status),
                                 "replaced_by", words == 2 ? args.v[1] : NULL,
                                 "changed", !outcome.is_unchanged));
    }

    printf("%s: %s%s\n", args.v[0], cert_status_name(status),
           outcome.is_unchanged ? ", as before" : "");

    return 0;
}
