/*
 * Copyright (C) the ngx_cert authors
 *
 * A text element of a template.
 *
 * It becomes one of three things: markup as it is, a path (for seals, whose
 * text is not part of what the certificate says), or, when it holds a field, a
 * certpdf_text_t.
 */


#include "certpdf_markup_int.h"

#include <string.h>


static void certpdf_markup_set(GPtrArray *attrs, const char *name,
    const char *value);
static void certpdf_markup_set_style(GPtrArray *attrs, const char *style);
static int certpdf_markup_text_write(certpdf_markup_t *markup,
    certpdf_frame_t *frame, const certpdf_text_t *text, const char *anchor);
static int certpdf_markup_text_options(certpdf_markup_t *markup,
    certpdf_text_t *text, const char **anchor);
static int certpdf_markup_text_option(certpdf_markup_t *markup,
    certpdf_text_t *text, const char *name, const char *value);
static int certpdf_markup_parts(certpdf_markup_t *markup, GArray *parts,
    const char *content);
static void certpdf_markup_text_font(GString *tag,
    const certpdf_font_t *font);


const char *const  certpdf_field_names[] = {
    "name", "sex", "id_number", "birth_date", "qualification", "specialty",
    "level", "approved", "issuer", "number", "scene", "last_day", "code",
    "public_url", NULL
};


int
certpdf_markup_font(certpdf_markup_t *markup, certpdf_font_t *font,
    const char *name, const char *value)
{
    double  weight;

    if (strcmp(name, "font-family") == 0) {
        g_free(font->family);
        font->family = g_strdelimit(g_strdup(value), "'\"", ' ');
        g_strstrip(font->family);
        return 1;
    }

    if (strcmp(name, "font-size") == 0) {
        return certpdf_markup_number(markup, name, value, &font->size)
               && (font->size > 0
                   || certpdf_markup_fail(markup, "not a size", name));
    }

    if (strcmp(name, "letter-spacing") == 0) {
        return certpdf_markup_number(markup, name, value, &font->spacing);
    }

    if (strcmp(name, "font-weight") != 0) {
        return 1;
    }

    if (strcmp(value, "normal") == 0) {
        weight = 400;

    } else if (strcmp(value, "bold") == 0) {
        weight = 700;

    } else if (!certpdf_markup_number(markup, name, value, &weight)) {
        return 0;
    }

    font->weight = (int) weight;

    return 1;
}


int
certpdf_markup_text_begin(certpdf_markup_t *markup, const char **names,
    const char **values)
{
    size_t  i;

    if (markup->text_attrs == NULL) {
        markup->text_attrs = g_ptr_array_new_with_free_func(g_free);
        g_string_truncate(markup->text, 0);
        markup->spans = 0;

    } else if (markup->spans++ > 0) {
        return certpdf_markup_fail(markup, "one text holds more than one line "
                                   "or style", "tspan");
    }

    /* Editors wrap each line in one tspan: taken as the text itself. */

    for (i = 0; names[i] != NULL; i++) {
        if (strcmp(names[i], "style") == 0) {
            certpdf_markup_set_style(markup->text_attrs, values[i]);

        } else if (!certpdf_svg_is_foreign(names[i])) {
            certpdf_markup_set(markup->text_attrs, names[i], values[i]);
        }
    }

    return 1;
}


static void
certpdf_markup_set(GPtrArray *attrs, const char *name, const char *value)
{
    guint  i;

    for (i = 0; i < attrs->len; i += 2) {
        if (strcmp(attrs->pdata[i], name) == 0) {
            g_free(attrs->pdata[i + 1]);
            attrs->pdata[i + 1] = g_strdup(value);
            return;
        }
    }

    g_ptr_array_add(attrs, g_strdup(name));
    g_ptr_array_add(attrs, g_strdup(value));
}


/* "fill:#333;font-size:12px" as if each were an attribute. */
static void
certpdf_markup_set_style(GPtrArray *attrs, const char *style)
{
    char    *colon;
    char   **items;
    size_t   i;

    items = g_strsplit(style, ";", 0);

    for (i = 0; items[i] != NULL; i++) {
        colon = strchr(items[i], ':');

        if (colon != NULL && items[i][0] != '-') {
            *colon = '\0';
            certpdf_markup_set(attrs, g_strstrip(items[i]),
                               g_strstrip(colon + 1));
        }
    }

    g_strfreev(items);
}


int
certpdf_markup_text_end(certpdf_markup_t *markup, certpdf_frame_t *frame)
{
    int              ok;
    const char      *anchor;
    certpdf_text_t  *text;

    text = g_new0(certpdf_text_t, 1);
    text->attrs = g_string_new(NULL);
    text->parts = g_array_new(FALSE, TRUE, sizeof(certpdf_part_t));
    text->font = frame->font;
    text->font.family = g_strdup(frame->font.family);
    text->lines = 1;

    g_ptr_array_add(markup->template->texts, text);

    ok = certpdf_markup_text_options(markup, text, &anchor);

    if (ok && !certpdf_text_font_exists(markup->pango, &text->font)) {
        markup->missing_font = "";
        ok = certpdf_markup_fail(markup, "a font that is not installed",
                                 text->font.family);
    }

    if (ok && strstr(markup->text->str, "{{") != NULL) {
        ok = certpdf_markup_parts(markup, text->parts,
                                  g_strstrip(markup->text->str));

        if (ok && (frame->layer != CERTPDF_LAYER_FIXED || frame->outline)) {
            ok = certpdf_markup_fail(markup, "a field where it cannot change",
                                     markup->text->str);
        }

        g_ptr_array_add(markup->template->chunks,
                 g_strdup(markup->layers[CERTPDF_LAYER_FIELDS]->str));
        g_string_truncate(markup->layers[CERTPDF_LAYER_FIELDS], 0);

    } else {
        ok = ok && certpdf_markup_text_write(markup, frame, text, anchor);
        g_ptr_array_set_size(markup->template->texts,
                             (int) markup->template->texts->len - 1);
    }

    g_ptr_array_free(markup->text_attrs, TRUE);
    markup->text_attrs = NULL;

    return ok;
}


/* Text without a field. */
static int
certpdf_markup_text_write(certpdf_markup_t *markup, certpdf_frame_t *frame,
    const certpdf_text_t *text, const char *anchor)
{
    char      *d, *content, *escaped, *tag;
    gunichar   missing;
    GString   *font;

    content = g_strstrip(markup->text->str);
    d = certpdf_text_outline(markup->pango, &text->font, anchor, text->x,
                             text->y, content, &missing);

    if (frame->outline) {
        tag = g_strdup_printf("<path%s d=\"%s\"/>", text->attrs->str, d);

    } else {
        font = g_string_new(NULL);
        certpdf_markup_text_font(font, &text->font);
        escaped = g_markup_escape_text(content, -1);

        tag = g_strdup_printf("<text%s x=\"%g\" y=\"%g\"%s>%s</text>",
                              text->attrs->str, text->x, text->y, font->str,
                              escaped);
        g_free(escaped);
        g_string_free(font, TRUE);
    }

    certpdf_markup_write(markup, frame, tag);

    g_free(tag);
    g_free(d);

    if (missing) {
        cert_reason_set(&markup->reason, "no font has the character U+%04X",
                        missing);
        return 0;
    }

    return 1;
}


static void
certpdf_markup_text_font(GString *tag, const certpdf_font_t *font)
{
    char  *family;

    family = g_markup_escape_text(font->family, -1);
    g_string_append_printf(tag, " font-family=\"%s\" font-size=\"%g\" "
                           "font-weight=\"%d\" letter-spacing=\"%g\"",
                           family, font->size, font->weight, font->spacing);
    g_free(family);
}


static int
certpdf_markup_text_options(certpdf_markup_t *markup, certpdf_text_t *text,
    const char **anchor)
{
    char        *attr;
    guint        i;
    const char  *name, *value;

    *anchor = "start";

    for (i = 0; i < markup->text_attrs->len; i += 2) {
        name = markup->text_attrs->pdata[i];
        value = markup->text_attrs->pdata[i + 1];

        if (!certpdf_markup_text_option(markup, text, name, value)) {
            return 0;
        }

        if (strcmp(name, "text-anchor") == 0) {
            *anchor = value;
        }

        /* Position and font are written anew for each copy. */

        if (g_str_has_prefix(name, "font-") || g_str_has_prefix(name, "data-")
            || strcmp(name, "letter-spacing") == 0
            || strcmp(name, "x") == 0 || strcmp(name, "y") == 0)
        {
            continue;
        }

        attr = g_markup_printf_escaped(" %s=\"%s\"", name, value);
        g_string_append(text->attrs, attr);
        g_free(attr);
    }

    if (text->min == 0) {
        text->min = text->font.size * 0.6;
    }

    return 1;
}


static int
certpdf_markup_text_option(certpdf_markup_t *markup, certpdf_text_t *text,
    const char *name, const char *value)
{
    size_t  i;
    double  lines;

    const struct {
        const char  *name;
        double      *number;
    } numbers[] = {
        { "x", &text->x },
        { "y", &text->y },
        { "data-fit", &text->fit },
        { "data-min", &text->min },
        { "data-lines", &lines }
    };

    for (i = 0; i < G_N_ELEMENTS(numbers); i++) {
        if (strcmp(name, numbers[i].name) != 0) {
            continue;
        }

        if (!certpdf_markup_number(markup, name, value, numbers[i].number)) {
            return 0;
        }

        if (numbers[i].number == &lines) {
            text->lines = (lines >= 2) ? 2 : 1;
        }

        return 1;
    }

    return certpdf_markup_font(markup, &text->font, name, value);
}


static int
certpdf_markup_parts(certpdf_markup_t *markup, GArray *parts,
    const char *content)
{
    char            *name;
    size_t           i;
    const char      *open, *close;
    certpdf_part_t   part;

    while ((open = strstr(content, "{{")) != NULL) {
        close = strstr(open, "}}");
        if (close == NULL) {
            return certpdf_markup_fail(markup, "a field without its end",
                                       open);
        }

        name = g_strstrip(g_strndup(open + 2, close - open - 2));

        for (i = 0; certpdf_field_names[i] != NULL; i++) {
            if (strcmp(certpdf_field_names[i], name) == 0) {
                break;
            }
        }

        if (certpdf_field_names[i] == NULL) {
            certpdf_markup_fail(markup, "an unknown field", name);
            g_free(name);
            return 0;
        }

        g_free(name);

        part.literal = g_strndup(content, open - content);
        part.field = NULL;
        g_array_append_val(parts, part);

        part.literal = NULL;
        part.field = certpdf_field_names[i];
        g_array_append_val(parts, part);

        content = close + 2;
    }

    part.literal = g_strdup(content);
    part.field = NULL;
    g_array_append_val(parts, part);

    return 1;
}
