/*
 * Copyright (C) the ngx_cert authors
 *
 * Attributes of a template's elements: checked, and what they mean to us.
 *
 * Most are librsvg's affair and go through as they are.  Read here are those of
 * our own, which no other program knows ("data-draw", "data-when"), the style
 * that texts with fields are set in, and whether anything was done to a group
 * that only librsvg could do to what is in it.
 */


#include <string.h>

#include "certpdf_markup_int.h"
#include "certpdf_svg_int.h"


static int certpdf_markup_attribute(certpdf_markup_t *markup,
    certpdf_frame_t *frame, const char *name, const char *value);
static int certpdf_markup_draw(certpdf_markup_t *markup,
    certpdf_frame_t *frame, const char *value);
static int certpdf_markup_when(certpdf_markup_t *markup,
    certpdf_frame_t *frame, const char *value);


/* Each is checked before any is used, whatever element it stands on. */
int
certpdf_markup_attributes(certpdf_markup_t *markup, certpdf_frame_t *frame,
    const char **names, const char **values)
{
    size_t       i;
    const char  *wrong;

    for (i = 0; names[i] != NULL; i++) {
        wrong = certpdf_svg_check_attribute(names[i], values[i]);

        if (wrong != NULL) {
            return certpdf_markup_fail(markup, wrong, names[i]);
        }

        if (!certpdf_markup_attribute(markup, frame, names[i], values[i])) {
            return 0;
        }
    }

    return 1;
}


static int
certpdf_markup_attribute(certpdf_markup_t *markup, certpdf_frame_t *frame,
    const char *name, const char *value)
{
    static const char *const  altering[] = {
        "transform", "opacity", "clip-path", "mask", "class", "style",
        "display", "visibility", "fill-opacity", "stroke", NULL
    };

    frame->altered |= g_strv_contains(altering, name);

    if (strcmp(name, "data-draw") == 0) {
        return certpdf_markup_draw(markup, frame, value);
    }

    if (strcmp(name, "data-when") == 0) {
        return certpdf_markup_when(markup, frame, value);
    }

    return certpdf_markup_style(markup, &frame->style, name, value);
}


/* Whether the text holds a field, which may not be a path, shows later. */
static int
certpdf_markup_draw(certpdf_markup_t *markup, certpdf_frame_t *frame,
    const char *value)
{
    if (strcmp(value, "outline") != 0) {
        return certpdf_markup_fail(markup, "unknown data-draw", value);
    }

    frame->outline = 1;

    return 1;
}


/* In a layer of its own, which copies with a photo leave out. */
static int
certpdf_markup_when(certpdf_markup_t *markup, certpdf_frame_t *frame,
    const char *value)
{
    if (strcmp(value, "no-photo") != 0) {
        return certpdf_markup_fail(markup, "unknown data-when", value);
    }

    frame->layer = CERTPDF_LAYER_EMPTY;
    frame->shared = 0;

    return 1;
}
