/*
 * Copyright (C) the ngx_cert authors
 *
 * The state of a template's markup while it is read: what failed, and what is
 * written to which layer.
 */


#include <string.h>

#include "certpdf_markup_int.h"


int
certpdf_markup_fail(certpdf_markup_t *markup, const char *what,
    const char *name)
{
    cert_reason_set(&markup->reason, "%s: \"%.60s\"", what, name);

    return 0;
}


int
certpdf_markup_number(certpdf_markup_t *markup, const char *name,
    const char *value, double *number)
{
    char    *end;
    double   n;

    n = g_ascii_strtod(value, &end);

    if (end == value || (*end != '\0' && strcmp(end, "px") != 0)
        || !(n > -1e5 && n < 1e5))
    {
        return certpdf_markup_fail(markup, "not a plain number", name);
    }

    *number = n;

    return 1;
}


/*
 * An element of one layer counts as something drawn, a group around it does
 * not: a layer of groups alone is not worth a drawing.
 */
void
certpdf_markup_write(certpdf_markup_t *markup, const certpdf_frame_t *frame,
    const char *text)
{
    size_t  i;

    for (i = 0; i < CERTPDF_LAYERS; i++) {
        if (frame->shared || frame->layer == i) {
            g_string_append(markup->layers[i], text);
            markup->drawn[i] |= !frame->shared;
        }
    }
}
