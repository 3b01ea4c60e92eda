/*
 * Copyright (C) the ngx_cert authors
 *
 * One page: a face, the photo, the seal's image, the band and its QR.
 *
 * A renderer keeps what does not change from copy to copy: the parsed
 * templates with their drawings, and the Pango context whose font map holds
 * the open fonts.  Opening fonts takes far longer than drawing a copy.
 *
 * cairo draws what differs: fields, photo, QR.  The shapes of face and band
 * are put under that, and those of the seal over it, as on paper.
 *
 * There is one renderer to a thread.  Pango's font map and cairo's caches are
 * per thread or behind one lock, so threads that shared a renderer would only
 * wait for each other; and a fork would share the open fonts' file positions.
 *
 * Drawing order is not the order of the elements but under, drawn, over: no
 * template can thereby put a shape over a value and hide it.
 *
 * GLib ends the process when memory is out, and so do Pango and librsvg below
 * us: CERT_NO_MEMORY is returned where it can be, and is not a promise.
 */


#include <cairo-pdf.h>
#include <fontconfig/fontconfig.h>
#include <stdlib.h>
#include <string.h>

#include "certpdf_bytes.h"
#include "certpdf_compose_int.h"
#include "certpdf_fields_int.h"
#include "certpdf_photo_int.h"
#include "certpdf_qr_int.h"
#include "certpdf_render.h"


struct certpdf_renderer_s {
    GPtrArray     *templates;   /* of certpdf_template_t * */
    PangoContext  *pango;
};

typedef struct {
    certpdf_template_t  *face;
    certpdf_template_t  *seal;
    certpdf_template_t  *band;
    certpdf_links_t     *links;
} certpdf_page_t;


static const RsvgRectangle  certpdf_render_a4 = {
    0, 0, CERTPDF_PAGE_WIDTH, CERTPDF_PAGE_HEIGHT
};


static cert_err_t certpdf_renderer_load(certpdf_renderer_t *renderer,
    const char *templates, int is_part, cert_reason_t *reason);
static cert_err_t certpdf_renderer_load_folder(certpdf_renderer_t *renderer,
    const char *folder, const char *prefix, cert_reason_t *reason);
static cert_err_t certpdf_renderer_load_file(certpdf_renderer_t *renderer,
    const char *folder, const char *prefix, const char *file,
    cert_reason_t *reason);
static int certpdf_renderer_has(const certpdf_renderer_t *renderer,
    const char *name);
static PangoContext *certpdf_renderer_pango(void);
static int certpdf_renderer_find(certpdf_renderer_t *renderer,
    const char *prefix, const char *name, certpdf_template_t **found,
    cert_reason_t *reason);
static cert_err_t certpdf_render_draw(certpdf_renderer_t *renderer,
    const certpdf_page_t *page, const certpdf_job_t *job,
    certpdf_bytes_t *drawn, cert_reason_t *reason);
static cert_err_t certpdf_render_page(certpdf_renderer_t *renderer,
    cairo_t *cr, const certpdf_page_t *page, const certpdf_job_t *job,
    cert_reason_t *reason);
static cert_err_t certpdf_render_template(certpdf_renderer_t *renderer,
    cairo_t *cr, const certpdf_template_t *template, certpdf_links_t *links,
    const certpdf_job_t *job, cert_reason_t *reason);
static cert_err_t certpdf_render_compose(const certpdf_page_t *page,
    const certpdf_job_t *job, certpdf_bytes_t *drawn, cert_reason_t *reason);
static void certpdf_render_box(RsvgRectangle *box, double *scale,
    const RsvgRectangle *slot, const certpdf_template_t *template);


cert_err_t
certpdf_renderer_open(certpdf_renderer_t **renderer, const char *templates,
    const char *others, cert_reason_t *reason)
{
    cert_err_t           err;
    certpdf_renderer_t  *r;

    cert_reason_set(reason, "%s", "");

    r = g_new0(certpdf_renderer_t, 1);
    r->templates = g_ptr_array_new_with_free_func(
                       (GDestroyNotify) certpdf_template_free);
    r->pango = certpdf_renderer_pango();

    err = certpdf_renderer_load(r, templates, others != NULL, reason);

    if (err == CERT_OK && others != NULL) {
        err = certpdf_renderer_load(r, others, 0, reason);
    }

    if (err != CERT_OK) {
        certpdf_renderer_close(r);
        return err;
    }

    *renderer = r;

    return CERT_OK;
}


void
certpdf_renderer_close(certpdf_renderer_t *renderer)
{
    if (renderer == NULL) {
        return;
    }

    g_ptr_array_free(renderer->templates, TRUE);
    g_object_unref(renderer->pango);
    g_free(renderer);
}


/* Without the map nobody holds a font of the old configuration. */
void
certpdf_fonts_forget(void)
{
    pango_cairo_font_map_set_default(NULL);
    (void) FcInitReinitialize();
}


/* A folder that is a part may have faces alone, without one of seals. */
static cert_err_t
certpdf_renderer_load(certpdf_renderer_t *renderer, const char *templates,
    int is_part, cert_reason_t *reason)
{
    char        *seals;
    cert_err_t   err;

    err = certpdf_renderer_load_folder(renderer, templates, "", reason);
    if (err != CERT_OK) {
        return err;
    }

    seals = g_build_filename(templates, "seals", NULL);

    if (!is_part || g_file_test(seals, G_FILE_TEST_EXISTS)) {
        err = certpdf_renderer_load_folder(renderer, seals, "seals/", reason);
    }

    g_free(seals);

    return err;
}


/* In any order: templates do not refer to one another. */
static cert_err_t
certpdf_renderer_load_folder(certpdf_renderer_t *renderer, const char *folder,
    const char *prefix, cert_reason_t *reason)
{
    GDir        *dir;
    cert_err_t   err;
    const char  *file;

    dir = g_dir_open(folder, 0, NULL);
    if (dir == NULL) {
        cert_reason_set(reason, "cannot read the folder %s", folder);
        return CERT_SYSTEM;
    }

    err = CERT_OK;

    while (err == CERT_OK && (file = g_dir_read_name(dir)) != NULL) {
        if (g_str_has_suffix(file, ".svg") && file[0] != '.') {
            err = certpdf_renderer_load_file(renderer, folder, prefix, file,
                                             reason);
        }
    }

    g_dir_close(dir);

    return err;
}


/* A template that another folder had before stays as it is. */
static cert_err_t
certpdf_renderer_load_file(certpdf_renderer_t *renderer, const char *folder,
    const char *prefix, const char *file, cert_reason_t *reason)
{
    char                *path, *name, *svg;
    gsize                len;
    cert_err_t           err;
    certpdf_template_t  *template;

    err = CERT_OK;
    path = g_build_filename(folder, file, NULL);
    name = g_strdup_printf("%s%.*s", prefix, (int) strlen(file) - 4, file);

    if (certpdf_renderer_has(renderer, name)) {
        goto done;
    }

    if (!g_file_get_contents(path, &svg, &len, NULL)) {
        cert_reason_set(reason, "cannot read %s", path);
        err = CERT_SYSTEM;
        goto done;
    }

    err = certpdf_template_parse(&template, name, svg, len, renderer->pango,
                                 reason);
    g_free(svg);

    if (err == CERT_OK) {
        g_ptr_array_add(renderer->templates, template);
    }

done:

    g_free(name);
    g_free(path);

    return err;
}


static int
certpdf_renderer_has(const certpdf_renderer_t *renderer, const char *name)
{
    guint                      i;
    const certpdf_template_t  *template;

    for (i = 0; i < renderer->templates->len; i++) {
        template = renderer->templates->pdata[i];

        if (strcmp(template->name, name) == 0) {
            return 1;
        }
    }

    return 0;
}


/*
 * The default font map is the one librsvg draws with, so what is measured
 * here is what it will draw.  Hints would make widths depend on the size.
 */
static PangoContext *
certpdf_renderer_pango(void)
{
    PangoContext          *pango;
    cairo_font_options_t  *options;

    pango = pango_font_map_create_context(pango_cairo_font_map_get_default());

    options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(pango, options);
    cairo_font_options_destroy(options);

    pango_context_set_language(pango, pango_language_from_string("zh-cn"));
    pango_context_set_round_glyph_positions(pango, FALSE);

    return pango;
}


/* Six templates as shipped: a search is all that takes. */
static int
certpdf_renderer_find(certpdf_renderer_t *renderer, const char *prefix,
    const char *name, certpdf_template_t **found, cert_reason_t *reason)
{
    guint                i;
    size_t               len;
    certpdf_template_t  *template;

    len = strlen(prefix);

    for (i = 0; i < renderer->templates->len; i++) {
        template = renderer->templates->pdata[i];

        if (strncmp(template->name, prefix, len) == 0
            && strcmp(template->name + len, name) == 0)
        {
            *found = template;
            return 1;
        }
    }

    cert_reason_set(reason, "no template %s%s.svg", prefix, name);

    return 0;
}


cert_err_t
certpdf_render(certpdf_renderer_t *renderer, const certpdf_job_t *job,
    certpdf_bytes_t *pdf, cert_reason_t *reason)
{
    cert_err_t       err;
    certpdf_page_t   page;
    certpdf_bytes_t  drawn;
    certpdf_links_t  links;

    cert_reason_set(reason, "%s", "");

    if (!certpdf_renderer_find(renderer, "", job->face, &page.face, reason)
        || !certpdf_renderer_find(renderer, "seals/", job->seal, &page.seal,
                                  reason)
        || !certpdf_renderer_find(renderer, "", job->band, &page.band, reason))
    {
        return CERT_NOT_FOUND;
    }

    memset(&drawn, 0, sizeof(certpdf_bytes_t));
    links.n = 0;
    page.links = &links;

    err = certpdf_render_draw(renderer, &page, job, &drawn, reason);

    if (err == CERT_OK) {
        err = certpdf_render_compose(&page, job, &drawn, reason);
    }

    if (err != CERT_OK) {
        certpdf_bytes_free(&drawn);
        return err;
    }

    *pdf = drawn;

    return CERT_OK;
}


/*
 * Fonts are written when the surface is finished, which is where most of the
 * time goes, so the status is asked for once more after that.
 */
static cert_err_t
certpdf_render_draw(certpdf_renderer_t *renderer, const certpdf_page_t *page,
    const certpdf_job_t *job, certpdf_bytes_t *drawn, cert_reason_t *reason)
{
    cairo_t          *cr;
    cert_err_t        err;
    cairo_status_t    status;
    cairo_surface_t  *surface;

    surface = cairo_pdf_surface_create_for_stream(certpdf_compose_write, drawn,
                  CERTPDF_PAGE_WIDTH, CERTPDF_PAGE_HEIGHT);

    cr = cairo_create(surface);
    err = certpdf_render_page(renderer, cr, page, job, reason);
    status = cairo_status(cr);
    cairo_destroy(cr);

    cairo_surface_finish(surface);

    if (status == CAIRO_STATUS_SUCCESS) {
        status = cairo_surface_status(surface);
    }

    cairo_surface_destroy(surface);

    if (err != CERT_OK || status == CAIRO_STATUS_SUCCESS) {
        return err;
    }

    cert_reason_set(reason, "cairo: %s", cairo_status_to_string(status));

    return (status == CAIRO_STATUS_NO_MEMORY) ? CERT_NO_MEMORY : CERT_SYSTEM;
}


/* The seal has no fields, so it is not drawn here at all. */
static cert_err_t
certpdf_render_page(certpdf_renderer_t *renderer, cairo_t *cr,
    const certpdf_page_t *page, const certpdf_job_t *job,
    cert_reason_t *reason)
{
    size_t          i;
    double          scale;
    cert_err_t      err;
    RsvgRectangle   box;

    const struct {
        const certpdf_template_t  *template;
        const RsvgRectangle       *slot;
    } parts[] = {
        { page->face, &certpdf_render_a4 },
        { page->band, &page->face->slots[CERTPDF_SLOT_BAND] }
    };

    for (i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (parts[i].slot->width == 0) {
            continue;
        }

        certpdf_render_box(&box, &scale, parts[i].slot, parts[i].template);

        cairo_save(cr);
        cairo_translate(cr, box.x, box.y);
        cairo_scale(cr, scale, scale);
        err = certpdf_render_template(renderer, cr, parts[i].template,
                                      page->links, job, reason);
        cairo_restore(cr);

        if (err != CERT_OK) {
            return err;
        }
    }

    return CERT_OK;
}


/* Fields come last: nothing of the photo or QR can cover them. */
static cert_err_t
certpdf_render_template(certpdf_renderer_t *renderer, cairo_t *cr,
    const certpdf_template_t *template, certpdf_links_t *links,
    const certpdf_job_t *job, cert_reason_t *reason)
{
    cert_err_t            err;
    certpdf_canvas_t      canvas;
    const RsvgRectangle  *slots;

    err = CERT_OK;
    slots = template->slots;
    canvas = (certpdf_canvas_t) { cr, renderer->pango, links };

    if (job->photo.len != 0 && slots[CERTPDF_SLOT_PHOTO].width != 0) {
        err = certpdf_photo_draw(cr, &slots[CERTPDF_SLOT_PHOTO], job->photo,
                                 reason);
    }

    if (err == CERT_OK && slots[CERTPDF_SLOT_QR].width != 0) {
        certpdf_links_add(links, cr, &slots[CERTPDF_SLOT_QR]);
        err = certpdf_qr_draw(cr, &slots[CERTPDF_SLOT_QR], job->qr, reason);
    }

    if (err == CERT_OK && template->texts->len != 0) {
        err = certpdf_fields_draw(&canvas, template, job, reason);
    }

    return err;
}


/* The face without a photo is two drawings, its frame and the empty box. */
static cert_err_t
certpdf_render_compose(const certpdf_page_t *page, const certpdf_job_t *job,
    certpdf_bytes_t *drawn, cert_reason_t *reason)
{
    size_t             i, n;
    qpdf_data          source;
    RsvgRectangle      box;
    certpdf_stamp_t    stamps[4];
    certpdf_stamp_t   *stamp;

    const struct {
        const certpdf_template_t  *template;
        const RsvgRectangle       *slot;
        certpdf_layer_t            layer;
    } parts[] = {
        { page->face, &certpdf_render_a4, CERTPDF_LAYER_FIXED },
        { page->face, &certpdf_render_a4, CERTPDF_LAYER_EMPTY },
        { page->band, &page->face->slots[CERTPDF_SLOT_BAND],
          CERTPDF_LAYER_FIXED },
        { page->seal, &page->face->slots[CERTPDF_SLOT_SEAL],
          CERTPDF_LAYER_FIXED }
    };

    for (i = 0, n = 0; i < G_N_ELEMENTS(parts); i++) {
        source = parts[i].template->qpdf[parts[i].layer];

        if (source == NULL || parts[i].slot->width == 0
            || (parts[i].layer == CERTPDF_LAYER_EMPTY && job->photo.len != 0))
        {
            continue;
        }

        stamp = &stamps[n++];
        stamp->source = source;
        stamp->width = parts[i].template->width;
        stamp->height = parts[i].template->height;
        stamp->over = (parts[i].template == page->seal);

        certpdf_render_box(&box, &stamp->scale, parts[i].slot,
                           parts[i].template);

        /* In a PDF y grows upwards. */
        stamp->x = box.x;
        stamp->y = CERTPDF_PAGE_HEIGHT - box.y - box.height;
    }

    return certpdf_compose(drawn, stamps, n, page->links, job, reason);
}


/* Where in "slot" a template comes to lie, undistorted and centred. */
static void
certpdf_render_box(RsvgRectangle *box, double *scale,
    const RsvgRectangle *slot, const certpdf_template_t *template)
{
    *scale = MIN(slot->width / template->width,
                 slot->height / template->height);

    box->width = template->width * *scale;
    box->height = template->height * *scale;
    box->x = slot->x + (slot->width - box->width) / 2;
    box->y = slot->y + (slot->height - box->height) / 2;
}
