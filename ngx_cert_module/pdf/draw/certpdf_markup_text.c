/*
 * Copyright (C) the ngx_cert authors
 *
 * A text element of a template.
 *
 * It becomes one of three things: markup as it is, a path (for seals, whose
 * text is not part of what the certificate says), or, when it holds a field, a
 * certpdf_text_t.
 *
 * librsvg could draw all three, but takes ten times as long as Pango for a line
 * and would take it for every copy.  Paths keep heavy fonts out of the file: of
 * Noto cairo embeds 30 KB for a single character.  What is drawn as a path
 * cannot be searched or copied, so fields never are, nor the fixed lines of our
 * faces: a reader must be able to check a number without typing it.
 *
 * A text is one line in one style.  Two styles in one would need a model of
 * runs, and where the second would go when a value is longer or shorter than
 * the designer's own, nobody could say.
 */


#include <string.h>

#include "certpdf_markup_int.h"
#include "certpdf_svg_int.h"
#include "certpdf_text_int.h"


static void certpdf_markup_set(GPtrArray *attrs, const char *name,
    const char *value);
static int certpdf_markup_set_style(certpdf_markup_t *markup,
    const char *style);
static int certpdf_markup_is_property(const char *name);
static int certpdf_markup_is_plain(certpdf_markup_t *markup,
    const certpdf_frame_t *frame);
static int certpdf_markup_text_write(certpdf_markup_t *markup,
    certpdf_frame_t *frame, const certpdf_text_t *text, const char *content);
static GString *certpdf_markup_text_attrs(certpdf_markup_t *markup,
    int outline);
static int certpdf_markup_text_options(certpdf_markup_t *markup,
    certpdf_text_t *text);
static int certpdf_markup_text_option(certpdf_markup_t *markup,
    certpdf_text_t *text, const char *name, const char *value);
static int certpdf_markup_parts(certpdf_markup_t *markup, GArray *parts,
    const char *content);
static const char *certpdf_markup_field(certpdf_markup_t *markup,
    const char *open, size_t len);


/* Names that may stand between "{{" and "}}", up to a NULL. */
static const char *const  certpdf_field_names[] = {
    "name", "sex", "id_number", "birth_date", "qualification", "specialty",
    "level", "approved", "issuer", "number", "scene", "last_day", "code",
    "public_url", NULL
};


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
            if (!certpdf_markup_set_style(markup, values[i])) {
                return 0;
            }

        } else if (!certpdf_svg_is_foreign(names[i])) {
            certpdf_markup_set(markup->text_attrs, names[i], values[i]);
        }
    }

    return 1;
}


/* The later one wins, as a tspan does over the text around it. */
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
static int
certpdf_markup_set_style(certpdf_markup_t *markup, const char *style)
{
    int      ok;
    char    *colon;
    char   **items;
    size_t   i;

    ok = 1;
    items = g_strsplit(style, ";", 0);

    for (i = 0; ok && items[i] != NULL; i++) {
        g_strstrip(items[i]);
        colon = strchr(items[i], ':');

        if (colon == NULL || items[i][0] == '-') {
            continue;
        }

        *colon = '\0';
        g_strstrip(items[i]);

        if (certpdf_markup_is_property(items[i])) {
            certpdf_markup_set(markup->text_attrs, items[i],
                               g_strstrip(colon + 1));

        } else {
            ok = certpdf_markup_fail(markup, "not a property", items[i]);
        }
    }

    g_strfreev(items);

    return ok;
}


/*
 * What becomes an attribute here has not been through the check of
 * attributes: only what paints or sets type may, nothing that refers, runs or
 * takes part in the markup.
 */
static int
certpdf_markup_is_property(const char *name)
{
    return name[0] != '\0'
           && name[strspn(name, "abcdefghijklmnopqrstuvwxyz-")] == '\0'
           && strncmp(name, "on", 2) != 0 && strcmp(name, "href") != 0
           && !g_str_has_prefix(name, "data-");
}


/*
 * The text is added to the template first, so that it is freed with it
 * whatever goes wrong from here on.
 */
int
certpdf_markup_text_end(certpdf_markup_t *markup, certpdf_frame_t *frame)
{
    int              ok;
    char            *content;
    certpdf_text_t  *text;

    text = g_new0(certpdf_text_t, 1);
    text->parts = g_array_new(FALSE, TRUE, sizeof(certpdf_part_t));
    text->style = frame->style;
    text->style.family = g_strdup(frame->style.family);
    text->lines = 1;

    g_ptr_array_add(markup->template->texts, text);

    content = g_strstrip(markup->text->str);
    ok = certpdf_markup_text_options(markup, text);

    if (ok && !certpdf_text_font_exists(markup->pango, &text->style)) {
        markup->missing_font = 1;
        ok = certpdf_markup_fail(markup, "a font that is not installed",
                                 text->style.family);
    }

    if (strstr(content, "{{") != NULL) {
        ok = ok && certpdf_markup_is_plain(markup, frame)
             && certpdf_markup_parts(markup, text->parts, content);

    } else {
        ok = ok && certpdf_markup_text_write(markup, frame, text, content);
        g_ptr_array_set_size(markup->template->texts,
                             (int) markup->template->texts->len - 1);
    }

    g_ptr_array_free(markup->text_attrs, TRUE);
    markup->text_attrs = NULL;

    return ok;
}


/*
 * Fields are set by Pango itself, which takes a tenth of the time that
 * librsvg does, so what only librsvg can do is refused rather than ignored.
 */
static int
certpdf_markup_is_plain(certpdf_markup_t *markup, const certpdf_frame_t *frame)
{
    guint        i;
    const char  *name, *value;

    static const char *const  plain[] = {
        "x", "y", "id", "fill", "font-family", "font-size", "font-weight",
        "letter-spacing", "text-anchor", "xml:space", "data-fit", "data-min",
        "data-lines", NULL
    };

    if (frame->altered || frame->outline
        || frame->layer != CERTPDF_LAYER_FIXED)
    {
        return certpdf_markup_fail(markup, "a field where it cannot be drawn",
                                   markup->text->str);
    }

    for (i = 0; i < markup->text_attrs->len; i += 2) {
        name = markup->text_attrs->pdata[i];
        value = markup->text_attrs->pdata[i + 1];

        if (!g_strv_contains(plain, name)
            || g_str_has_prefix(value, "url(") || strcmp(value, "none") == 0)
        {
            return certpdf_markup_fail(markup, "a text with fields cannot "
                                       "have this attribute", name);
        }
    }

    return 1;
}


/* Text without a field. */
static int
certpdf_markup_text_write(certpdf_markup_t *markup, certpdf_frame_t *frame,
    const certpdf_text_t *text, const char *content)
{
    char      *d, *escaped, *tag;
    GString   *attrs;
    gunichar   missing;

    d = certpdf_text_outline(markup->pango, &text->style, text->x, text->y,
                             content, &missing);
    attrs = certpdf_markup_text_attrs(markup, frame->outline);
    escaped = g_markup_escape_text(content, -1);

    tag = frame->outline
          ? g_strdup_printf("<path%s d=\"%s\"/>", attrs->str, d)
          : g_strdup_printf("<text%s>%s</text>", attrs->str, escaped);

    certpdf_markup_write(markup, frame, tag);

    g_free(tag);
    g_free(escaped);
    g_string_free(attrs, TRUE);
    g_free(d);

    if (missing) {
        cert_reason_set(&markup->reason, "no font has the character U+%04X",
                        missing);
        return 0;
    }

    return 1;
}


static GString *
certpdf_markup_text_attrs(certpdf_markup_t *markup, int outline)
{
    char        *attr;
    guint        i;
    GString     *attrs;
    const char  *name, *value;

    attrs = g_string_new(NULL);

    for (i = 0; i < markup->text_attrs->len; i += 2) {
        name = markup->text_attrs->pdata[i];
        value = markup->text_attrs->pdata[i + 1];

        /* A path has its place in it already. */

        if (g_str_has_prefix(name, "data-")
            || (outline && (strcmp(name, "x") == 0 || strcmp(name, "y") == 0)))
        {
            continue;
        }

        attr = g_markup_printf_escaped(" %s=\"%s\"", name, value);
        g_string_append(attrs, attr);
        g_free(attr);
    }

    return attrs;
}


/* A size of six tenths can still be read where the full one is ten points. */
static int
certpdf_markup_text_options(certpdf_markup_t *markup, certpdf_text_t *text)
{
    guint  i;

    for (i = 0; i < markup->text_attrs->len; i += 2) {
        if (!certpdf_markup_text_option(markup, text,
                                        markup->text_attrs->pdata[i],
                                        markup->text_attrs->pdata[i + 1]))
        {
            return 0;
        }
    }

    if (text->min == 0) {
        text->min = text->style.size * 0.6;
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

    return certpdf_markup_style(markup, &text->style, name, value);
}


/*
 * Text before, field, text before, field, ..., text: a literal may be empty,
 * which is simpler than a case of its own.
 */
static int
certpdf_markup_parts(certpdf_markup_t *markup, GArray *parts,
    const char *content)
{
    const char      *open, *close;
    certpdf_part_t   literal, field;

    field.literal = NULL;
    literal.field = NULL;

    while ((open = strstr(content, "{{")) != NULL) {
        close = strstr(open, "}}");
        if (close == NULL) {
            return certpdf_markup_fail(markup, "a field without its end",
                                       open);
        }

        field.field = certpdf_markup_field(markup, open + 2,
                                           (size_t) (close - open) - 2);
        if (field.field == NULL) {
            return 0;
        }

        literal.literal = g_strndup(content, (gsize) (open - content));
        g_array_append_val(parts, literal);
        g_array_append_val(parts, field);

        content = close + 2;
    }

    literal.literal = g_strdup(content);
    g_array_append_val(parts, literal);

    return 1;
}


/* Returns the name in our own table, which outlives the template. */
static const char *
certpdf_markup_field(certpdf_markup_t *markup, const char *open, size_t len)
{
    char    *name;
    size_t   i;

    name = g_strstrip(g_strndup(open, len));

    for (i = 0; certpdf_field_names[i] != NULL; i++) {
        if (strcmp(certpdf_field_names[i], name) == 0) {
            break;
        }
    }

    if (certpdf_field_names[i] == NULL) {
        certpdf_markup_fail(markup, "an unknown field", name);
    }

    g_free(name);

    return certpdf_field_names[i];
}
