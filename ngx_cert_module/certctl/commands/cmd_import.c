/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl import: certificates from a file of rows.
 */


#include "certctl_certificate_import.h"
#include "certctl_commands.h"
#include "certctl_memory.h"
#include "certctl_options.h"
#include "certctl_output.h"
#include "certctl_undo.h"


static int cmd_import_is_plain(const certctl_intake_options_t *options);


int
cmd_import(certctl_t *ctl, int argc, char **argv)
{
    int                        status;
    uint64_t                   undo;
    certctl_args_t             args;
    certctl_intake_options_t   options;

    undo = 0;
    memset(&options, 0, sizeof(options));

    certctl_option_t  list[] = {
        { "rejects", CERTCTL_FILE, &options.rejects },
        { "encoding", CERTCTL_TEXT, &options.encoding },
        { "sheet", CERTCTL_TEXT, &options.sheet },
        { "force-rounded", CERTCTL_FLAG, &options.force_rounded },
        { "any-font", CERTCTL_FLAG, &options.any_font },
        { "check", CERTCTL_FLAG, &options.is_check },
        { "undo", CERTCTL_COUNT, &undo },
        { NULL, CERTCTL_FILE, NULL }
    };

    status = certctl_options(ctl, argc, argv, list, 0, 1, &args);
    if (status != 0) {
        return status;
    }

    if ((undo != 0) != (args.n == 0)) {
        return certctl_usage(ctl, "expected: a file, or --undo RUN");
    }

    if (undo != 0) {
        return cmd_import_is_plain(&options) ? certctl_undo(ctl, undo)
               : certctl_usage(ctl, "--undo goes with none of the options of "
                               "an import");
    }

    options.source = args.v[0];

    certctl_memory_huge();

    return certctl_certificate_import(ctl, &options);
}


/* What is said of a file that is not read would be without effect. */
static int
cmd_import_is_plain(const certctl_intake_options_t *options)
{
    static const certctl_intake_options_t  plain;

    return memcmp(options, &plain, sizeof(plain)) == 0;
}
