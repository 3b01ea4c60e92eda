/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl import: certificates from a file of rows.
 */


#include "certctl_certificate_import.h"
#include "certctl_commands.h"
#include "certctl_options.h"


int
cmd_import(certctl_t *ctl, int argc, char **argv)
{
    int                        status;
    certctl_args_t             args;
    certctl_intake_options_t   options;

    memset(&options, 0, sizeof(options));

    certctl_option_t  list[] = {
        { "rejects", CERTCTL_TEXT, &options.rejects },
        { "encoding", CERTCTL_TEXT, &options.encoding },
        { "sheet", CERTCTL_TEXT, &options.sheet },
        { NULL, CERTCTL_FLAG, NULL }
    };

    status = certctl_options(ctl, argc, argv, list, 1, 1, &args);
    if (status != 0) {
        return status;
    }

    options.source = args.v[0];

    return certctl_certificate_import(ctl, &options);
}
