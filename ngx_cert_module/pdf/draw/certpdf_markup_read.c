/*
 * Copyright (C) the ngx_cert authors
 *
 * Splitting a template's markup into layers.
 *
 * Whatever surrounds others (groups, definitions, style sheets) is written to
 * every layer, so that what is inside keeps its transform, clip and style;
 * the rest goes to one.  Drawing a layer is librsvg's work, not ours.
 *
 * A DOM was rejected: it would be a second model of the same file beside
 * librsvg's, and the two could disagree about what had been checked.  Here each
 * element is checked, then written out again, and librsvg only ever sees what
 * was written; comments, editors' elements and attributes of our own are not.
 * Checks are lists of what may be, so that an element of a later SVG is refused
 * until someone has thought about it.
 *
 * Elements nest by a stack in "frames", never by recursion, so that a file of a
 * million "<g>" costs memory and not the stack.
 *
 * Text comes in one piece between two tags.  Where a comment may split it, the
 * pieces are either put together before they are checked (text) or the comment
 * is refused (style sheets): half of a forbidden word is not forbidden.
 */


#include <string.h>

#include "certpdf_markup_int.h"
#include "certpdf_svg_int.h"


static void certpdf_markup_push_document(certpdf_markup_t *markup);
static void certpdf_markup_start(GMarkupParseContext *context,
    const char *element, const char **names, const char **values, void *data,
    GError **error);
static int certpdf_markup_element(certpdf_markup_t *markup,
    certpdf_frame_t *frame, const char *element, const char **names,
    const char **values);
static void certpdf_markup_open(certpdf_markup_t *markup,
    certpdf_frame_t *frame, const char *element, const char **names,
    const char **values);
static void certpdf_markup_share(certpdf_frame_t *frame, const char *element);
static GString *certpdf_markup_tag(const char *element, const char **names,
    const char **values);
static void certpdf_markup_end(GMarkupParseContext *context,
    const char *element, void *data, GError **error);
static void certpdf_markup_content(GMarkupParseContext *context,
    const char *text, gsize len, void *data, GError **error);
static int certpdf_markup_css(certpdf_markup_t *markup,
    const certpdf_frame_t *frame, const char *text, gsize len);
static void certpdf_markup_passthrough(GMarkupParseContext *context,
    const char *text, gsize len, void *data, GError **error);
static void certpdf_markup_set_error(certpdf_markup_t *markup,
    GError **error);
static certpdf_frame_t *certpdf_markup_top(certpdf_markup_t *markup);


static const GMarkupParser  certpdf_markup_parser = {
    .start_element = certpdf_markup_start,
    .end_element = certpdf_markup_end,
    .text = certpdf_markup_content,
    .passthrough = certpdf_markup_passthrough
};


int
certpdf_markup_read(certpdf_markup_t *markup, const char *svg, size_t len,
    int *line)
{
    int                   ok;
    GError               *error;
    GMarkupParseContext  *context;

    certpdf_markup_push_document(markup);

    error = NULL;
    context = g_markup_parse_context_new(&certpdf_markup_parser,
                                         G_MARKUP_PREFIX_ERROR_POSITION,
                                         markup, NULL);

    ok = g_markup_parse_context_parse(context, svg, (gssize) len, &error)
         && g_markup_parse_context_end_parse(context, &error);

    g_markup_parse_context_get_position(context, line, NULL);

    if (!ok && markup->reason.text[0] == '\0') {
        cert_reason_set(&markup->reason, "not well-formed XML");
    }

    g_clear_error(&error);
    g_markup_parse_context_free(context);

    return ok;
}


/* The frame below all others stands for what SVG assumes of a document. */
static void
certpdf_markup_push_document(certpdf_markup_t *markup)
{
    certpdf_frame_t  frame;

    memset(&frame, 0, sizeof(certpdf_frame_t));
    frame.shared = 1;
    frame.style.size = 12;
    frame.style.weight = 400;
    frame.style.family = g_strdup("serif");

    g_array_append_val(markup->frames, frame);
}


/*
 * The frame is pushed even after a failure: GMarkup ends elements that failed
 * too, and each end pops one.
 */
static void
certpdf_markup_start(GMarkupParseContext *context, const char *element,
    const char **names, const char **values, void *data, GError **error)
{
    certpdf_frame_t    frame;
    certpdf_markup_t  *markup = data;

    (void) context;

    frame = *certpdf_markup_top(markup);
    frame.style.family = g_strdup(frame.style.family);

    if (!frame.omitted
        && !certpdf_markup_element(markup, &frame, element, names, values))
    {
        certpdf_markup_set_error(markup, error);
    }

    g_array_append_val(markup->frames, frame);
}


static int
certpdf_markup_element(certpdf_markup_t *markup, certpdf_frame_t *frame,
    const char *element, const char **names, const char **values)
{
    const char  *wrong, *slot;

    /* First: an editor's element as the root would leave a page of no size. */

    if ((markup->frames->len == 1) != (strcmp(element, "svg") == 0)) {
        return certpdf_markup_fail(markup, "svg must be the root and only "
                                   "that", element);
    }

    if (certpdf_svg_is_foreign(element) || strcmp(element, "title") == 0
        || strcmp(element, "desc") == 0)
    {
        frame->omitted = 1;
        return 1;
    }

    wrong = certpdf_svg_check_element(element);
    if (wrong != NULL) {
        return certpdf_markup_fail(markup, wrong, element);
    }

    if (!certpdf_markup_attributes(markup, frame, names, values)) {
        return 0;
    }

    if (markup->frames->len == 1
        && !certpdf_markup_root(markup, names, values))
    {
        return 0;
    }

    if (markup->text_attrs != NULL && strcmp(element, "tspan") != 0) {
        return certpdf_markup_fail(markup, "an element inside text", element);
    }

    if (strcmp(element, "tspan") == 0 && markup->text_attrs == NULL) {
        return certpdf_markup_fail(markup, "not inside a text", element);
    }

    if (strcmp(element, "text") == 0 || strcmp(element, "tspan") == 0) {
        frame->shared = (frame->layer == CERTPDF_LAYERS);
        return certpdf_markup_text_begin(markup, names, values);
    }

    slot = certpdf_markup_value(names, values, "data-slot");
    if (slot != NULL) {
        return certpdf_markup_slot(markup, frame, slot, names, values);
    }

    certpdf_markup_open(markup, frame, element, names, values);

    return 1;
}


static void
certpdf_markup_open(certpdf_markup_t *markup, certpdf_frame_t *frame,
    const char *element, const char **names, const char **values)
{
    GString  *tag;

    certpdf_markup_share(frame, element);
    frame->css = (strcmp(element, "style") == 0);

    tag = certpdf_markup_tag(element, names, values);
    certpdf_markup_write(markup, frame, tag->str);
    g_string_free(tag, TRUE);
}


/*
 * Outside a definition only what surrounds others is shared; whatever is
 * inside a definition stays shared, else references to it would break.
 */
static void
certpdf_markup_share(certpdf_frame_t *frame, const char *element)
{
    static const char *const  around[] = { "svg", "g", NULL };
    static const char *const  common[] = { "defs", "style", NULL };

    if (g_strv_contains(common, element)) {
        frame->shared = 1;
        frame->layer = CERTPDF_LAYERS;

    } else if (frame->layer != CERTPDF_LAYERS
               && !g_strv_contains(around, element))
    {
        frame->shared = 0;
    }
}


/* Attributes that are ours or an editor's mean nothing to librsvg. */
static GString *
certpdf_markup_tag(const char *element, const char **names,
    const char **values)
{
    char     *attr;
    size_t    i;
    GString  *tag;

    tag = g_string_new(NULL);
    g_string_printf(tag, "<%s", element);

    for (i = 0; names[i] != NULL; i++) {
        if (certpdf_svg_is_foreign(names[i])
            || g_str_has_prefix(names[i], "data-"))
        {
            continue;
        }

        attr = g_markup_printf_escaped(" %s=\"%s\"", names[i], values[i]);
        g_string_append(tag, attr);
        g_free(attr);
    }

    g_string_append(tag, ">");

    return tag;
}


static void
certpdf_markup_end(GMarkupParseContext *context, const char *element,
    void *data, GError **error)
{
    char              *tag;
    certpdf_frame_t   *frame;
    certpdf_markup_t  *markup = data;

    (void) context;

    frame = certpdf_markup_top(markup);

    if (strcmp(element, "tspan") == 0) {
        /* Its content belongs to the text around it. */

    } else if (markup->text_attrs != NULL && strcmp(element, "text") == 0) {
        if (!certpdf_markup_text_end(markup, frame)) {
            certpdf_markup_set_error(markup, error);
        }

    } else if (!frame->omitted) {
        tag = g_strdup_printf("</%s>", element);
        certpdf_markup_write(markup, frame, tag);
        g_free(tag);
    }

    g_array_set_size(markup->frames, markup->frames->len - 1);
}


static void
certpdf_markup_content(GMarkupParseContext *context, const char *text,
    gsize len, void *data, GError **error)
{
    certpdf_frame_t   *frame;
    certpdf_markup_t  *markup = data;

    (void) context;

    frame = certpdf_markup_top(markup);

    if (frame->omitted) {
        return;
    }

    if (markup->text_attrs != NULL) {
        g_string_append_len(markup->text, text, (gssize) len);
        return;
    }

    /* What else there is between elements is blanks. */

    if (frame->css && !certpdf_markup_css(markup, frame, text, len)) {
        certpdf_markup_set_error(markup, error);
    }
}


static int
certpdf_markup_css(certpdf_markup_t *markup, const certpdf_frame_t *frame,
    const char *text, gsize len)
{
    char        *css, *escaped;
    const char  *wrong;

    /* GMarkup does not promise a zero at the end. */

    css = g_strndup(text, len);
    wrong = certpdf_svg_check_style(css);

    if (wrong != NULL) {
        certpdf_markup_fail(markup, wrong, "style");

    } else {
        escaped = g_markup_escape_text(css, -1);
        certpdf_markup_write(markup, frame, escaped);
        g_free(escaped);
    }

    g_free(css);

    return wrong == NULL;
}


/* Comments, processing instructions, CDATA and document types. */
static void
certpdf_markup_passthrough(GMarkupParseContext *context, const char *text,
    gsize len, void *data, GError **error)
{
    certpdf_markup_t  *markup = data;

    (void) context;

    /* An entity could be a file, or a million characters. */

    if (len > 2 && text[1] == '!' && text[2] != '-') {
        certpdf_markup_fail(markup, "a declaration", "<!");
        certpdf_markup_set_error(markup, error);
        return;
    }

    /* It would split "url(" in two, and the halves join when it is dropped. */

    if (certpdf_markup_top(markup)->css) {
        certpdf_markup_fail(markup, "an XML comment in a style", "<!--");
        certpdf_markup_set_error(markup, error);
    }
}


/*
 * GMarkup stops at an error and adds words of its own; ours are kept apart,
 * since only they are shown.
 */
static void
certpdf_markup_set_error(certpdf_markup_t *markup, GError **error)
{
    g_set_error_literal(error, G_MARKUP_ERROR, G_MARKUP_ERROR_INVALID_CONTENT,
                        markup->reason.text);
}


static certpdf_frame_t *
certpdf_markup_top(certpdf_markup_t *markup)
{
    return &g_array_index(markup->frames, certpdf_frame_t,
                          markup->frames->len - 1);
}
