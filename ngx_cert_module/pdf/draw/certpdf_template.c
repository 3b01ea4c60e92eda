/*
 * Copyright (C) the ngx_cert authors
 *
 * A template, read once and kept.
 *
 * The layers that never change are drawn here, each as a PDF of one page with
 * its own fonts.  Their compressed bytes are put into every copy as they are
 * (certpdf_compose.c): drawing and compressing a border of thousands of curves
 * again would take most of the time of making a copy.
 *
 * A cairo recording surface kept per layer was rejected: replaying it still
 * writes and compresses every curve.  The price of PDFs kept ready is that the
 * fonts of fixed text and of fields are embedded apart, some 10 KB; sharing a
 * subset would mean to make it again for every copy.
 */


#include <cairo-pdf.h>
#include <string.h>

#include "certpdf_bytes.h"
#include "certpdf_compose_int.h"
#include "certpdf_markup_int.h"


static void certpdf_template_text_free(void *data);
static void certpdf_template_begin(certpdf_markup_t *markup,
    certpdf_template_t *template, PangoContext *pango);
static void certpdf_template_frame_free(void *data);
static void certpdf_template_end(certpdf_markup_t *markup);
static cert_err_t certpdf_template_record(certpdf_markup_t *markup,
    cert_reason_t *reason);
static int certpdf_template_draw(certpdf_template_t *template,
    const GString *layer, certpdf_bytes_t *pdf);


/* The markup lives for this one call; what is kept of it is in "t". */
cert_err_t
certpdf_template_parse(certpdf_template_t **template, const char *name,
    const char *svg, size_t len, PangoContext *pango, cert_reason_t *reason)
{
    int                  line;
    cert_err_t           err;
    certpdf_markup_t     markup;
    certpdf_template_t  *t;

    t = g_new0(certpdf_template_t, 1);
    t->name = g_strdup(name);
    t->texts = g_ptr_array_new_with_free_func(certpdf_template_text_free);

    certpdf_template_begin(&markup, t, pango);

    if (!certpdf_markup_read(&markup, svg, len, &line)) {
        cert_reason_set(reason, "template %s.svg, line %d: %s", name, line,
                        markup.reason.text);
        err = markup.missing_font ? CERT_SYSTEM : CERT_INVALID;

    } else {
        err = certpdf_template_record(&markup, reason);
    }

    certpdf_template_end(&markup);

    if (err != CERT_OK) {
        certpdf_template_free(t);
        return err;
    }

    *template = t;

    return CERT_OK;
}


void
certpdf_template_free(certpdf_template_t *template)
{
    size_t  i;

    for (i = 0; i < CERTPDF_LAYERS; i++) {
        certpdf_qpdf_close(template->qpdf[i]);
        certpdf_bytes_free(&template->pdf[i]);
    }

    g_ptr_array_free(template->texts, TRUE);
    g_free(template->name);
    g_free(template);
}


static void
certpdf_template_text_free(void *data)
{
    guint            i;
    certpdf_text_t  *text = data;

    for (i = 0; i < text->parts->len; i++) {
        g_free(g_array_index(text->parts, certpdf_part_t, i).literal);
    }

    g_array_free(text->parts, TRUE);
    g_free(text->style.family);
    g_free(text);
}


static void
certpdf_template_begin(certpdf_markup_t *markup, certpdf_template_t *template,
    PangoContext *pango)
{
    size_t  i;

    memset(markup, 0, sizeof(certpdf_markup_t));
    markup->template = template;
    markup->pango = pango;
    markup->text = g_string_new(NULL);
    markup->frames = g_array_new(FALSE, TRUE, sizeof(certpdf_frame_t));
    g_array_set_clear_func(markup->frames, certpdf_template_frame_free);

    for (i = 0; i < CERTPDF_LAYERS; i++) {
        markup->layers[i] = g_string_new(NULL);
    }
}


static void
certpdf_template_frame_free(void *data)
{
    certpdf_frame_t  *frame = data;

    g_free(frame->style.family);
}


/* Reading that stops inside a text leaves the text's attributes behind. */
static void
certpdf_template_end(certpdf_markup_t *markup)
{
    size_t  i;

    if (markup->text_attrs != NULL) {
        g_ptr_array_free(markup->text_attrs, TRUE);
    }

    for (i = 0; i < CERTPDF_LAYERS; i++) {
        g_string_free(markup->layers[i], TRUE);
    }

    g_array_free(markup->frames, TRUE);
    g_string_free(markup->text, TRUE);
}


/*
 * What cairo drew is read back at once: a drawing that libqpdf cannot read
 * should stop the start and not the first copy.
 */
static cert_err_t
certpdf_template_record(certpdf_markup_t *markup, cert_reason_t *reason)
{
    size_t               i;
    cert_str_t           bytes;
    certpdf_template_t  *t;

    t = markup->template;

    for (i = 0; i < CERTPDF_LAYERS; i++) {
        if (!markup->drawn[i]) {
            continue;
        }

        if (!certpdf_template_draw(t, markup->layers[i], &t->pdf[i])) {
            cert_reason_set(reason, "template %s.svg does not draw", t->name);
            return CERT_INVALID;
        }

        bytes.data = t->pdf[i].data;
        bytes.len = t->pdf[i].len;
        t->qpdf[i] = certpdf_qpdf_open(bytes);

        if (t->qpdf[i] == NULL) {
            cert_reason_set(reason, "template %s.svg: libqpdf cannot read "
                            "what cairo drew", t->name);
            return CERT_SYSTEM;
        }
    }

    return CERT_OK;
}


/* In the units of the template; the page scales it when it is put there. */
static int
certpdf_template_draw(certpdf_template_t *template, const GString *layer,
    certpdf_bytes_t *pdf)
{
    int               drawn;
    cairo_t          *cr;
    RsvgHandle       *handle;
    RsvgRectangle     page;
    cairo_surface_t  *surface;

    handle = rsvg_handle_new_from_data((const guint8 *) layer->str,
                                       layer->len, NULL);
    if (handle == NULL) {
        return 0;
    }

    page = (RsvgRectangle) { 0, 0, template->width, template->height };
    surface = cairo_pdf_surface_create_for_stream(certpdf_compose_write, pdf,
                                                  page.width, page.height);

    cr = cairo_create(surface);
    drawn = rsvg_handle_render_document(handle, cr, &page, NULL)
            && cairo_status(cr) == CAIRO_STATUS_SUCCESS;
    cairo_destroy(cr);

    cairo_surface_finish(surface);
    drawn = drawn && cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS;

    cairo_surface_destroy(surface);
    g_object_unref(handle);

    return drawn;
}
