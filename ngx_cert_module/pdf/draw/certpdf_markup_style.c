/*
 * Copyright (C) the ngx_cert authors
 *
 * Font, anchor and colour of a template's text, as groups hand them down.
 *
 * Only what a text with fields can have is understood; the rest is librsvg's.
 * It is read at every element, fields or not, because a group hands it down.
 * Class selectors are not looked up: a text under a class is "altered" and may
 * hold no field, since the style it has would be known to librsvg alone.
 */


#include <string.h>

#include "certpdf_markup_int.h"


static int certpdf_markup_size(certpdf_markup_t *markup,
    certpdf_style_t *style, const char *value);
static int certpdf_markup_weight(certpdf_markup_t *markup,
    certpdf_style_t *style, const char *value);
static int certpdf_markup_fill(certpdf_markup_t *markup,
    certpdf_style_t *style, const char *value);


int
certpdf_markup_style(certpdf_markup_t *markup, certpdf_style_t *style,
    const char *name, const char *value)
{
    if (strcmp(name, "font-family") == 0) {
        g_free(style->family);
        style->family = g_strdelimit(g_strdup(value), "'\"", ' ');
        g_strstrip(style->family);
        return 1;
    }

    if (strcmp(name, "font-size") == 0) {
        return certpdf_markup_size(markup, style, value);
    }

    if (strcmp(name, "font-weight") == 0) {
        return certpdf_markup_weight(markup, style, value);
    }

    if (strcmp(name, "letter-spacing") == 0) {
        return certpdf_markup_number(markup, name, value, &style->spacing);
    }

    if (strcmp(name, "text-anchor") == 0) {
        style->anchor = (strcmp(value, "middle") == 0) ? 0.5
                        : (strcmp(value, "end") == 0) ? 1 : 0;
        return 1;
    }

    if (strcmp(name, "fill") == 0) {
        return certpdf_markup_fill(markup, style, value);
    }

    return 1;
}


static int
certpdf_markup_size(certpdf_markup_t *markup, certpdf_style_t *style,
    const char *value)
{
    if (!certpdf_markup_number(markup, "font-size", value, &style->size)) {
        return 0;
    }

    if (style->size <= 0) {
        return certpdf_markup_fail(markup, "not a size", value);
    }

    return 1;
}


static int
certpdf_markup_weight(certpdf_markup_t *markup, certpdf_style_t *style,
    const char *value)
{
    double  weight;

    if (strcmp(value, "normal") == 0) {
        weight = 400;

    } else if (strcmp(value, "bold") == 0) {
        weight = 700;

    } else if (!certpdf_markup_number(markup, "font-weight", value, &weight)) {
        return 0;
    }

    style->weight = (int) weight;

    return 1;
}


/* Paint that is not a colour is left to librsvg; fields refuse it. */
static int
certpdf_markup_fill(certpdf_markup_t *markup, certpdf_style_t *style,
    const char *value)
{
    if (strcmp(value, "none") == 0 || g_str_has_prefix(value, "url(")) {
        return 1;
    }

    if (!pango_color_parse(&style->color, value)) {
        return certpdf_markup_fail(markup, "not a colour", value);
    }

    return 1;
}
