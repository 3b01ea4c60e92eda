/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl import: certificates from a CSV file.
 */


#include "certctl_certificate_import.h"
#include "certctl_commands.h"
#include "certctl_options.h"


int
cmd_import(certctl_t *ctl, int argc, char **argv)
{
    int              status;
    const char      *rejects;
    certctl_args_t   args;

    rejects = NULL;

    certctl_option_t  list[] = {
        { "rejects", CERTCTL_TEXT, &rejects },
        { NULL, CERTCTL_FLAG, NULL }
    };

    status = certctl_options(ctl, argc, argv, list, 1, 1, &args);

    return status != 0 ? status
                       : certctl_certificate_import(ctl, args.v[0], rejects);
}
