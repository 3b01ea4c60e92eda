/*
 * Copyright (C) the ngx_cert authors
 *
 * Texts of the command line, whatever charset the terminal has.
 */


#ifndef CERTCTL_ARGUMENT_H_INCLUDED
#define CERTCTL_ARGUMENT_H_INCLUDED


#include "certctl.h"


/*
 * Makes "*text" UTF-8: left alone if it is, decoded if it is Chinese in GB
 * 18030; it then lives as long as the process.  "option" names the option it
 * was given to, NULL for a word of the command.
 *
 * CERTCTL_USAGE: it is neither, which is reported with its bytes;
 * CERTCTL_SYSTEM: no memory.
 */
int certctl_argument_decode(certctl_t *ctl, const char *option,
    const char **text);


#endif /* CERTCTL_ARGUMENT_H_INCLUDED */
