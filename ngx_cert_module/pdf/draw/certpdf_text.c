/*
 * Copyright (C) the ngx_cert authors
 *
 * Text: which font, how large, on how many lines.
 *
 * Kai type has no characters outside the BMP.  A name that mixed two faces
 * would look forged, so a value is set in the first family of the template's
 * list that has all its characters, and only when none has, character by
 * character.  Values are laid out as plain text, never as Pango markup.
 *
 * Sizes and breaks are found by laying out, never by counting characters: a
 * name of thirty letters may be shorter than one of twelve Han characters.
 * Hints are off, so the width at any size is the width at one size scaled, and
 * one division finds the size that fits; searching for it was not needed.
 *
 * When no single family has all characters Pango mixes them, which is seen but
 * right; the alternative was to refuse people with rare characters in their
 * names, who have been refused often enough.
 */


#include <math.h>
#include <string.h>

#include "certpdf_template_int.h"
#include "certpdf_text_int.h"


/* Text that would become smaller than this is broken if it may be. */
#define CERTPDF_SHRINK  0.7

/*
 * Text of two lines that would become smaller than this, in the units of the
 * template (points), is broken inside a word.
 */
#define CERTPDF_SMALL  8.0


static void certpdf_text_measure(PangoContext *pango,
    const certpdf_style_t *style, const char *family, const char *text,
    size_t len, double *width);
static char *certpdf_text_family(PangoContext *pango,
    const certpdf_style_t *style, const char *text, gunichar *missing,
    size_t *at);
static int certpdf_text_is_covered(PangoLayout *layout, const char *family);
static int certpdf_text_font_is(PangoFont *font, const char *family);
static gunichar certpdf_text_missing(PangoLayout *layout, size_t *at);
static int certpdf_text_find_box(const PangoLayoutRun *run, size_t *at);
static double certpdf_text_break(PangoContext *pango,
    const certpdf_style_t *style, const char *family, const char *value,
    int is_inside, size_t *at);
static int certpdf_text_may_break(const PangoLogAttr *attr, const char *value,
    const char *p, int is_inside);
static int certpdf_text_is_dot(gunichar ch);
static void certpdf_text_path(GString *d, cairo_path_t *path);


/* A paragraph of one line: a line break in a value was refused long before. */
PangoLayout *
certpdf_text_layout(PangoContext *pango, const certpdf_style_t *style,
    const char *family, const char *text, size_t len)
{
    int                    spacing;
    PangoLayout           *layout;
    PangoAttrList         *attrs;
    PangoFontDescription  *desc;

    desc = pango_font_description_new();
    pango_font_description_set_family(desc, family);
    pango_font_description_set_absolute_size(desc, style->size * PANGO_SCALE);
    pango_font_description_set_weight(desc, (PangoWeight) style->weight);

    layout = pango_layout_new(pango);
    pango_layout_set_font_description(layout, desc);
    pango_layout_set_single_paragraph_mode(layout, TRUE);
    pango_layout_set_text(layout, text, (int) len);

    if (style->spacing != 0) {
        spacing = (int) (style->spacing * PANGO_SCALE);
        attrs = pango_attr_list_new();
        pango_attr_list_insert(attrs, pango_attr_letter_spacing_new(spacing));
        pango_layout_set_attributes(layout, attrs);
        pango_attr_list_unref(attrs);
    }

    pango_font_description_free(desc);

    return layout;
}


static void
certpdf_text_measure(PangoContext *pango, const certpdf_style_t *style,
    const char *family, const char *text, size_t len, double *width)
{
    int           w;
    PangoLayout  *layout;

    layout = certpdf_text_layout(pango, style, family, text, len);
    pango_layout_get_size(layout, &w, NULL);
    g_object_unref(layout);

    *width = (double) w / PANGO_SCALE;
}


/*
 * Broken first and shrunk then: small print is harder to read than two lines.
 */
cert_err_t
certpdf_text_fit(PangoContext *pango, const certpdf_text_t *text,
    const char *value, certpdf_fit_t *fit, gunichar *missing, size_t *at)
{
    double  width;

    *missing = 0;

    fit->size = text->style.size;
    fit->lines = 1;
    fit->breaks[0] = strlen(value);
    fit->breaks[1] = fit->breaks[0];

    fit->family = certpdf_text_family(pango, &text->style, value, missing, at);
    if (fit->family == NULL) {
        return CERT_INVALID;
    }

    if (text->fit == 0) {
        return CERT_OK;
    }

    certpdf_text_measure(pango, &text->style, fit->family, value,
                         fit->breaks[0], &width);

    if (text->lines > 1 && width * CERTPDF_SHRINK > text->fit) {
        width = certpdf_text_break(pango, &text->style, fit->family, value, 0,
                                   &fit->breaks[0]);

        if (text->style.size * text->fit < CERTPDF_SMALL * width) {
            width = certpdf_text_break(pango, &text->style, fit->family,
                                       value, 1, &fit->breaks[0]);
        }

        fit->lines = fit->breaks[0] < fit->breaks[1] ? 2 : 1;
    }

    if (width > text->fit) {
        fit->size = text->style.size * text->fit / width;
    }

    if (fit->size < text->min) {
        g_free(fit->family);
        fit->family = NULL;
        return CERT_INVALID;
    }

    return CERT_OK;
}


/* Returns NULL and sets "missing" where no font will do. */
static char *
certpdf_text_family(PangoContext *pango, const certpdf_style_t *style,
    const char *text, gunichar *missing, size_t *at)
{
    int            covered;
    char         **names;
    char          *family;
    size_t         i;
    PangoLayout   *layout;

    family = NULL;
    names = g_strsplit(style->family, ",", 0);

    for (i = 0; names[i] != NULL && family == NULL; i++) {
        g_strstrip(names[i]);

        layout = certpdf_text_layout(pango, style, names[i], text,
                                     strlen(text));
        covered = certpdf_text_is_covered(layout, names[i]);
        g_object_unref(layout);

        if (covered) {
            family = g_strdup(names[i]);
        }
    }

    g_strfreev(names);

    if (family != NULL) {
        return family;
    }

    layout = certpdf_text_layout(pango, style, style->family, text,
                                 strlen(text));
    *missing = certpdf_text_missing(layout, at);
    g_object_unref(layout);

    return *missing ? NULL : g_strdup(style->family);
}


/* Pango falls back without a word, so the font of every run is looked at. */
static int
certpdf_text_is_covered(PangoLayout *layout, const char *family)
{
    int               covered;
    PangoLayoutRun   *run;
    PangoLayoutIter  *iter;

    if (pango_layout_get_unknown_glyphs_count(layout) != 0) {
        return 0;
    }

    covered = 1;
    iter = pango_layout_get_iter(layout);

    do {
        run = pango_layout_iter_get_run_readonly(iter);

        if (run != NULL
            && !certpdf_text_font_is(run->item->analysis.font, family))
        {
            covered = 0;
        }

    } while (covered && pango_layout_iter_next_run(iter));

    pango_layout_iter_free(iter);

    return covered;
}


static int
certpdf_text_font_is(PangoFont *font, const char *family)
{
    int                    same;
    PangoFontDescription  *desc;

    desc = pango_font_describe(font);
    same = g_ascii_strcasecmp(pango_font_description_get_family(desc),
                              family) == 0;
    pango_font_description_free(desc);

    return same;
}


/* The first character that would be drawn as a box, 0 if there is none. */
static gunichar
certpdf_text_missing(PangoLayout *layout, size_t *at)
{
    gunichar          missing;
    PangoLayoutRun   *run;
    PangoLayoutIter  *iter;

    missing = 0;
    iter = pango_layout_get_iter(layout);

    do {
        run = pango_layout_iter_get_run_readonly(iter);

        if (run != NULL && certpdf_text_find_box(run, at)) {
            missing = g_utf8_get_char(pango_layout_get_text(layout) + *at);
        }

    } while (missing == 0 && pango_layout_iter_next_run(iter));

    pango_layout_iter_free(iter);

    return missing;
}


/* Where Pango would draw a box with the number of the character in it. */
static int
certpdf_text_find_box(const PangoLayoutRun *run, size_t *at)
{
    int         i;
    PangoGlyph  glyph;

    for (i = 0; i < run->glyphs->num_glyphs; i++) {
        glyph = run->glyphs->glyphs[i].glyph;

        if (glyph != PANGO_GLYPH_EMPTY && (glyph & PANGO_GLYPH_UNKNOWN_FLAG)) {
            *at = run->item->offset + run->glyphs->log_clusters[i];
            return 1;
        }
    }

    return 0;
}


/*
 * Finds the break that makes the longer of two lines shortest; returns its
 * width.  Between Han characters nearly every place is allowed, in Latin text
 * only spaces and the like, or "is_inside" a word.
 */
static double
certpdf_text_break(PangoContext *pango, const certpdf_style_t *style,
    const char *family, const char *value, int is_inside, size_t *at)
{
    int                  i, n, x, width;
    double               best, longer;
    const char          *p;
    PangoLayout         *layout;
    const PangoLogAttr  *attrs;

    layout = certpdf_text_layout(pango, style, family, value, strlen(value));
    attrs = pango_layout_get_log_attrs_readonly(layout, &n);
    pango_layout_get_size(layout, &width, NULL);

    best = width;
    *at = strlen(value);

    for (i = 1, p = g_utf8_find_next_char(value, NULL); i < n && *p; i++) {
        pango_layout_index_to_line_x(layout, (int) (p - value), FALSE, NULL,
                                     &x);
        longer = fmax(x, width - x);

        if (longer < best
            && certpdf_text_may_break(&attrs[i], value, p, is_inside))
        {
            best = longer;
            *at = p - value;
        }

        p = g_utf8_find_next_char(p, NULL);
    }

    g_object_unref(layout);

    return best / PANGO_SCALE;
}


/*
 * A middle dot joins the parts of a name.  Pango takes it for a letter, and
 * between Han characters for an ideograph: so it would break nowhere, or before
 * it.
 */
static int
certpdf_text_may_break(const PangoLogAttr *attr, const char *value,
    const char *p, int is_inside)
{
    gunichar  before;

    if (certpdf_text_is_dot(g_utf8_get_char(p))) {
        return 0;
    }

    before = g_utf8_get_char(g_utf8_find_prev_char(value, p));

    return attr->is_line_break || certpdf_text_is_dot(before)
           || (is_inside && attr->is_cursor_position);
}


/* Those that are written in names: U+00B7, and what stands in for it. */
static int
certpdf_text_is_dot(gunichar ch)
{
    return ch == 0x00B7 || ch == 0x2022 || ch == 0x2027 || ch == 0x2219
           || ch == 0x22C5 || ch == 0x30FB || ch == 0xFF65;
}


/* By setting a character: fontconfig itself always names some font. */
int
certpdf_text_font_exists(PangoContext *pango, const certpdf_style_t *style)
{
    int           exists;
    char         *family;
    PangoLayout  *layout;

    family = g_strndup(style->family, strcspn(style->family, ","));
    g_strstrip(family);

    layout = certpdf_text_layout(pango, style, family, "1", 1);
    exists = certpdf_text_is_covered(layout, family);

    g_object_unref(layout);
    g_free(family);

    return exists;
}


char *
certpdf_text_outline(PangoContext *pango, const certpdf_style_t *style,
    double x, double y, const char *text, gunichar *missing)
{
    int               width;
    size_t            at;
    cairo_t          *cr;
    GString          *d;
    PangoLayout      *layout;
    cairo_path_t     *path;
    cairo_surface_t  *surface;

    layout = certpdf_text_layout(pango, style, style->family, text,
                                 strlen(text));
    *missing = certpdf_text_missing(layout, &at);
    pango_layout_get_size(layout, &width, NULL);

    x -= style->anchor * width / PANGO_SCALE;
    y -= (double) pango_layout_get_baseline(layout) / PANGO_SCALE;

    surface = cairo_recording_surface_create(CAIRO_CONTENT_ALPHA, NULL);
    cr = cairo_create(surface);
    cairo_move_to(cr, x, y);
    pango_cairo_layout_path(cr, layout);
    path = cairo_copy_path(cr);

    d = g_string_new(NULL);
    certpdf_text_path(d, path);

    cairo_path_destroy(path);
    cairo_destroy(cr);
    cairo_surface_destroy(surface);
    g_object_unref(layout);

    return g_string_free(d, FALSE);
}


/* In thousandths of a unit, which no printer resolves. */
static void
certpdf_text_path(GString *d, cairo_path_t *path)
{
    static const char  letters[] = "MLCZ";

    int                 i, k, points;
    char                number[G_ASCII_DTOSTR_BUF_SIZE];
    cairo_path_data_t  *data;

    for (i = 0; i < path->num_data; i += data->header.length) {
        data = &path->data[i];
        points = data->header.length - 1;

        g_string_append_c(d, letters[data->header.type]);

        for (k = 0; k < points; k++) {
            g_string_append(d, g_ascii_formatd(number, sizeof(number), "%.3f ",
                                               data[k + 1].point.x));
            g_string_append(d, g_ascii_formatd(number, sizeof(number), "%.3f ",
                                               data[k + 1].point.y));
        }
    }
}
