/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl withdraw: withdraws a copy.
 *
 * A copy is withdrawn for good.  Its tokens stay well-formed, which does no
 * harm: the server asks the store at each request, and a list of tokens to
 * revoke would have to be kept for as long as the longest of them holds.
 */


#include "certctl_change.h"
#include "certctl_commands.h"
#include "certctl_home.h"
#include "certctl_json.h"
#include "certctl_options.h"
#include "certctl_output.h"


/* Repeated it changes nothing and says so, so it may be asked for again. */
int
cmd_withdraw(certctl_t *ctl, int argc, char **argv)
{
    int              status;
    cert_code_t      code;
    cert_change_t    change;
    cert_outcome_t   outcome;
    certctl_args_t   args;

    status = certctl_options(ctl, argc, argv, NULL, 1, 1, &args);
    if (status != 0) {
        return status;
    }

    if (cert_code_parse(&code, cert_strz(args.v[0])) != CERT_OK) {
        return certctl_usage(ctl, "\"%s\" is not a code", args.v[0]);
    }

    status = certctl_home_open(ctl, CERT_STORE_WRITE);

    if (status == 0) {
        status = certctl_change_init(ctl, &change, CERT_CHANGE_WITHDRAW);
    }

    if (status != 0) {
        return status;
    }

    change.u.copy.code = code;

    status = certctl_change_run(ctl, &change, &outcome, args.v[0]);
    if (status != 0) {
        return status;
    }

    if (ctl->is_json) {
        return certctl_print(json_pack("{sosssb}",
                                 "code", certjson_code(&code),
                                 "state", "withdrawn",
                                 "changed", !outcome.is_unchanged));
    }

    printf("%s: withdrawn%s\n", args.v[0],
           outcome.is_unchanged ? ", as before" : "");

    return 0;
}
