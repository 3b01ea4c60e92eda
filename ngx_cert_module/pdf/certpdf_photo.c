/*
 * Copyright (C) the ngx_cert authors
 *
 * The holder's photo.
 *
 * It is decoded, cut to the box and compressed again instead of being put in
 * as it came: cameras write places and thumbnails into their files, and a
 * photo of several megabytes would be carried by every copy.  Only the two
 * decoders that are needed may run, and only on sizes that a photo has.
 *
 * The JPEG is handed to cairo ready made, as MIME data.  Given pixels, cairo
 * compresses them without loss, and a portrait becomes larger than all the
 * rest of the copy.  Putting the original in when it happens to fit was
 * rejected: what a decoder skips over, comments and trailing data, would then
 * travel under our seal.
 */


#include "certpdf_draw_int.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <math.h>
#include <string.h>


/* Pixels to an inch of the page, and quality, of what is embedded. */
#define CERTPDF_PHOTO_DPI      240
#define CERTPDF_PHOTO_QUALITY  "88"

#define CERTPDF_PHOTO_PIXELS_MAX  (40 * 1000 * 1000)

/* Within how many bytes of its end a picture must say that it ends. */
#define CERTPDF_PHOTO_TAIL  64


static cert_err_t certpdf_photo_paint(cairo_t *cr, const RsvgRectangle *box,
    GdkPixbuf *cut);
static const char *certpdf_photo_type(cert_str_t photo);
static int certpdf_photo_ends(cert_str_t photo, const char *type);
static GdkPixbuf *certpdf_photo_decode(cert_str_t photo, const char *type);
static void certpdf_photo_size(GdkPixbufLoader *loader, int width, int height,
    void *data);
static GdkPixbuf *certpdf_photo_cut(GdkPixbuf *photo,
    const RsvgRectangle *box);
static GdkPixbuf *certpdf_photo_middle(GdkPixbuf *photo,
    const RsvgRectangle *box);
static cairo_surface_t *certpdf_photo_surface(GdkPixbuf *photo);
static int certpdf_photo_encode(GdkPixbuf *photo, char **jpeg, gsize *len);


/* Type and end are looked at before any decoder runs. */
cert_err_t
certpdf_photo_draw(cairo_t *cr, const RsvgRectangle *box, cert_str_t photo,
    cert_reason_t *reason)
{
    GdkPixbuf   *decoded, *cut;
    cert_err_t   err;
    const char  *type;

    type = certpdf_photo_type(photo);
    if (type == NULL) {
        cert_reason_set(reason, "the photo is neither JPEG nor PNG");
        return CERT_INVALID;
    }

    /* The decoders are content with half a picture. */

    decoded = NULL;

    if (certpdf_photo_ends(photo, type)) {
        decoded = certpdf_photo_decode(photo, type);
    }

    if (decoded == NULL) {
        cert_reason_set(reason, "the photo does not decode as %s", type);
        return CERT_INVALID;
    }

    cut = certpdf_photo_cut(decoded, box);
    g_object_unref(decoded);

    err = (cut != NULL) ? certpdf_photo_paint(cr, box, cut) : CERT_NO_MEMORY;
    g_clear_object(&cut);

    if (err != CERT_OK) {
        cert_reason_set(reason, "no memory for the photo");
    }

    return err;
}


static cert_err_t
certpdf_photo_paint(cairo_t *cr, const RsvgRectangle *box, GdkPixbuf *cut)
{
    cairo_surface_t  *surface;

    surface = certpdf_photo_surface(cut);
    if (surface == NULL) {
        return CERT_NO_MEMORY;
    }

    cairo_save(cr);
    cairo_translate(cr, box->x, box->y);
    cairo_scale(cr, box->width / gdk_pixbuf_get_width(cut),
                box->height / gdk_pixbuf_get_height(cut));
    cairo_set_source_surface(cr, surface, 0, 0);
    cairo_paint(cr);
    cairo_restore(cr);

    cairo_surface_destroy(surface);

    return CERT_OK;
}


/* By its first bytes: what a file is called says little of what is in it. */
static const char *
certpdf_photo_type(cert_str_t photo)
{
    if (photo.len > 3 && memcmp(photo.data, "\xff\xd8\xff", 3) == 0) {
        return "jpeg";
    }

    if (photo.len > 8 && memcmp(photo.data, "\x89PNG\r\n\x1a\n", 8) == 0) {
        return "png";
    }

    return NULL;
}


/* Some cameras write a little after the end. */
static int
certpdf_photo_ends(cert_str_t photo, const char *type)
{
    size_t          tail;
    const uint8_t  *from;

    tail = MIN(photo.len, CERTPDF_PHOTO_TAIL);
    from = photo.data + photo.len - tail;

    if (strcmp(type, "jpeg") == 0) {
        return memmem(from, tail, "\xff\xd9", 2) != NULL;
    }

    return memmem(from, tail, "IEND\xae\x42\x60\x82", 8) != NULL;
}


/* Upright as the camera noted: what is embedded carries no such note. */
static GdkPixbuf *
certpdf_photo_decode(cert_str_t photo, const char *type)
{
    int               ok;
    GdkPixbuf        *pixbuf, *upright;
    GdkPixbufLoader  *loader;

    loader = gdk_pixbuf_loader_new_with_type(type, NULL);
    if (loader == NULL) {
        return NULL;
    }

    g_signal_connect(loader, "size-prepared", G_CALLBACK(certpdf_photo_size),
                     NULL);

    ok = gdk_pixbuf_loader_write(loader, photo.data, photo.len, NULL);

    /* Must be called even after a failure. */
    ok = gdk_pixbuf_loader_close(loader, NULL) && ok;

    upright = NULL;
    pixbuf = ok ? gdk_pixbuf_loader_get_pixbuf(loader) : NULL;

    if (pixbuf != NULL) {
        upright = gdk_pixbuf_apply_embedded_orientation(pixbuf);
    }

    g_object_unref(loader);

    return upright;
}


/* A small file may claim a huge picture; a size of 0 stops the decoder. */
static void
certpdf_photo_size(GdkPixbufLoader *loader, int width, int height, void *data)
{
    (void) data;

    if ((double) width * height > CERTPDF_PHOTO_PIXELS_MAX) {
        gdk_pixbuf_loader_set_size(loader, 0, 0);
    }
}


/* Never enlarged: that adds bytes to a copy and nothing to see. */
static GdkPixbuf *
certpdf_photo_cut(GdkPixbuf *photo, const RsvgRectangle *box)
{
    int         w, h;
    double      scale;
    GdkPixbuf  *part, *scaled;

    part = certpdf_photo_middle(photo, box);
    if (part == NULL) {
        return NULL;
    }

    w = gdk_pixbuf_get_width(part);
    h = gdk_pixbuf_get_height(part);

    scale = box->width * CERTPDF_PHOTO_DPI / 72 / w;
    if (scale >= 1) {
        return part;
    }

    scaled = gdk_pixbuf_scale_simple(part, MAX(1, lround(w * scale)),
                                     MAX(1, lround(h * scale)),
                                     GDK_INTERP_BILINEAR);
    g_object_unref(part);

    return scaled;
}


/* The largest middle part with the box's proportions. */
static GdkPixbuf *
certpdf_photo_middle(GdkPixbuf *photo, const RsvgRectangle *box)
{
    int     w, h, cut_w, cut_h;
    double  scale;

    w = gdk_pixbuf_get_width(photo);
    h = gdk_pixbuf_get_height(photo);

    scale = fmin(w / box->width, h / box->height);
    cut_w = CLAMP((int) lround(box->width * scale), 1, w);
    cut_h = CLAMP((int) lround(box->height * scale), 1, h);

    return gdk_pixbuf_new_subpixbuf(photo, (w - cut_w) / 2, (h - cut_h) / 2,
                                    cut_w, cut_h);
}


/*
 * The PDF surface embeds the attached JPEG and never looks at the pixels, so
 * they are left as they come.
 */
static cairo_surface_t *
certpdf_photo_surface(GdkPixbuf *photo)
{
    char             *jpeg;
    gsize             len;
    cairo_surface_t  *surface;

    if (!certpdf_photo_encode(photo, &jpeg, &len)) {
        return NULL;
    }

    surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24,
                                         gdk_pixbuf_get_width(photo),
                                         gdk_pixbuf_get_height(photo));

    if (cairo_surface_set_mime_data(surface, CAIRO_MIME_TYPE_JPEG,
                                    (unsigned char *) jpeg, len, g_free, jpeg)
        != CAIRO_STATUS_SUCCESS)
    {
        g_free(jpeg);
        cairo_surface_destroy(surface);
        return NULL;
    }

    return surface;
}


/* JPEG has no transparency: white shows through, as on paper. */
static int
certpdf_photo_encode(GdkPixbuf *photo, char **jpeg, gsize *len)
{
    int         w, h;
    gboolean    saved;
    GdkPixbuf  *flat;

    w = gdk_pixbuf_get_width(photo);
    h = gdk_pixbuf_get_height(photo);

    flat = gdk_pixbuf_get_has_alpha(photo)
           ? gdk_pixbuf_composite_color_simple(photo, w, h,
                                               GDK_INTERP_NEAREST, 255, 8,
                                               0xffffff, 0xffffff)
           : g_object_ref(photo);
    if (flat == NULL) {
        return 0;
    }

    saved = gdk_pixbuf_save_to_buffer(flat, jpeg, len, "jpeg", NULL,
                                      "quality", CERTPDF_PHOTO_QUALITY, NULL);
    g_object_unref(flat);

    return saved;
}
