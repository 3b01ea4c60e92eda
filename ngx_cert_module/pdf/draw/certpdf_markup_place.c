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


#include <string.h>

#include "certpdf_markup_int.h"


static int certpdf_markup_view_box(const char *text, double box[4]);
static RsvgRectangle *certpdf_markup_slot_of(certpdf_markup_t *markup,
    const char *slot);
static int certpdf_markup_sides(certpdf_markup_t *markup, RsvgRectangle *box,
    const char **names, const char **values);


int
certpdf_markup_root(certpdf_markup_t *markup, const char **names,
    const char **values)
{
    double       box[4];
    const char  *text;

    text = certpdf_markup_value(names, values, "viewBox");
    if (text == NULL) {
        return certpdf_markup_fail(markup, "no attribute", "viewBox");
    }

    if (!certpdf_markup_view_box(text, box)) {
        return certpdf_markup_fail(markup, "not four numbers", "viewBox");
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


/* Numbers as SVG writes them, with blanks or commas or both between them. */
static int
certpdf_markup_view_box(const char *text, double box[4])
{
    int    i;
    char  *end;

    for (i = 0; i < 4; i++) {
        box[i] = g_ascii_strtod(text, &end);
        if (end == text) {
            return 0;
        }

        text = end + strspn(end, " ,");
    }

    return 1;
}


int
certpdf_markup_slot(certpdf_markup_t *markup, certpdf_frame_t *frame,
    const char *slot, const char **names, const char **values)
{
    RsvgRectangle  *box;

    frame->omitted = 1;

    box = certpdf_markup_slot_of(markup, slot);
    if (box == NULL) {
        return certpdf_markup_fail(markup, "unknown data-slot", slot);
    }

    if (frame->altered || box->width != 0) {
        return certpdf_markup_fail(markup, "a slot twice, or in a changed "
                                   "group", slot);
    }

    if (!certpdf_markup_sides(markup, box, names, values)) {
        return 0;
    }

    if (box->width <= 0 || box->height <= 0) {
        return certpdf_markup_fail(markup, "a slot without size", slot);
    }

    return 1;
}


/* In the order of certpdf_slot_t. */
static RsvgRectangle *
certpdf_markup_slot_of(certpdf_markup_t *markup, const char *slot)
{
    size_t  i;

    static const char *const  slots[] = { "photo", "seal", "band", "qr" };

    for (i = 0; i < CERTPDF_SLOTS; i++) {
        if (strcmp(slots[i], slot) == 0) {
            return &markup->template->slots[i];
        }
    }

    return NULL;
}


static int
certpdf_markup_sides(certpdf_markup_t *markup, RsvgRectangle *box,
    const char **names, const char **values)
{
    size_t       i;
    const char  *value;

    static const char *const  sides[] = { "x", "y", "width", "height" };

    double *const  numbers[] = { &box->x, &box->y, &box->width, &box->height };

    for (i = 0; i < G_N_ELEMENTS(sides); i++) {
        value = certpdf_markup_value(names, values, sides[i]);

        if (value == NULL
            || !certpdf_markup_number(markup, sides[i], value, numbers[i]))
        {
            return certpdf_markup_fail(markup, "a slot without", sides[i]);
        }
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
