/*
 * Copyright (C) the ngx_cert authors
 *
 * The places of a template: its page, and the slots for photo, seal, band and
 * QR.
 *
 * Slots are rectangles that a designer can see and drag about; they are never
 * drawn themselves.  What comes into them is drawn in the template's own
 * units, so none may stand under a transform.
 *
 * A transform could be multiplied out, but photo, seal and QR have sides that
 * must stay upright and proportions that must stay true, so all a transform
 * could do is a mistake.  An SVG's own <image> was rejected as a slot: it names
 * a file, which is what templates may not do, and viewers show a broken picture
 * where a designer wants to see a box.
 */


#include "certpdf_markup_int.h"

#include <string.h>


int
certpdf_markup_root(certpdf_markup_t *markup, const char **names,
    const char **values)
{
    int          i;
    char        *end;
    double       box[4];
    const char  *p;

    p = certpdf_markup_value(names, values, "viewBox");
    if (p == NULL) {
        return certpdf_markup_fail(markup, "no attribute", "viewBox");
    }

    for (i = 0; i < 4; i++) {
        box[i] = g_ascii_strtod(p, &end);
        if (end == p) {
            return certpdf_markup_fail(markup, "not four numbers", "viewBox");
        }

        p = end + strspn(end, " ,");
    }

    if (box[0] != 0 || box[1] != 0 || !(box[2] >= 1 && box[2] < 1e5)
        || !(box[3] >= 1 && box[3] < 1e5))
    {
        return certpdf_markup_fail(markup, "must start at 0 0 and have a size",
                                   "viewBox");
    }

    markup->template->width = box[2];
    markup->template->height = box[3];

    return 1;
}


int
certpdf_markup_slot(certpdf_markup_t *markup, certpdf_frame_t *frame,
    const char *slot, const char **names, const char **values)
{
    size_t          i;
    const char     *value;
    RsvgRectangle  *box;

    static const char *const  slots[] = { "photo", "seal", "band", "qr" };
    static const char *const  sides[] = { "x", "y", "width", "height" };

    frame->omitted = 1;

    for (i = 0; i < CERTPDF_SLOTS && strcmp(slots[i], slot) != 0; i++) {
        /* void */
    }

    if (i == CERTPDF_SLOTS) {
        return certpdf_markup_fail(markup, "unknown data-slot", slot);
    }

    box = &markup->template->slots[i];

    if (frame->altered || box->width != 0) {
        return certpdf_markup_fail(markup, "a slot twice, or in a changed "
                                   "group", slot);
    }

    double *const  numbers[] = { &box->x, &box->y, &box->width, &box->height };

    for (i = 0; i < 4; i++) {
        value = certpdf_markup_value(names, values, sides[i]);

        if (value == NULL
            || !certpdf_markup_number(markup, sides[i], value, numbers[i]))
        {
            return certpdf_markup_fail(markup, "a slot without", sides[i]);
        }
    }

    if (box->width <= 0 || box->height <= 0) {
        return certpdf_markup_fail(markup, "a slot without size", slot);
    }

    return 1;
}


const char *
certpdf_markup_value(const char **names, const char **values,
    const char *name)
{
    size_t  i;

    for (i = 0; names[i] != NULL; i++) {
        if (strcmp(names[i], name) == 0) {
            return values[i];
        }
    }

    return NULL;
}
