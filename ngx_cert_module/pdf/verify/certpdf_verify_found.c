/*
 * Copyright (C) the ngx_cert authors
 *
 * What a check found, for the report.
 */


#include <stdarg.h>
#include <stdio.h>

#include "certpdf_verify_int.h"


/* Reasons name objects and keys of the file, never a value out of it. */
certpdf_finding_t
certpdf_verify_found(certpdf_verify_t *v, certpdf_finding_t finding,
    const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    vsnprintf(v->report->reason.text, sizeof(v->report->reason.text), fmt,
              args);
    va_end(args);

    return finding;
}
