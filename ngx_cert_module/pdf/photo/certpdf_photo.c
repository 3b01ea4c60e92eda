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
 * They are libpng and libjpeg-turbo, called here and now.  gdk-pixbuf, which
 * comes with librsvg and has loaders for both, was rejected: since 2.44 they
 * are other programs, which it starts, and a renderer may start none.  An
 * import decodes by the same functions, so that what it took can be drawn.
 *
 * The JPEG is handed to cairo ready made, as MIME data.  Given pixels, cairo
 * compresses them without loss, and a portrait becomes larger than all the
 * rest of the copy.  Putting the original in when it happens to fit was
 * rejected: what a decoder skips over, comments and trailing data, would then
 * travel under our seal.
 */


#include <stdlib.h>
#include <string.h>

#include "certpdf_bytes.h"
#include "certpdf_photo.h"
#include "certpdf_photo_int.h"
#include "certpdf_photo_scale_int.h"


/* Pixels to an inch of the page. */
#define CERTPDF_PHOTO_DPI  240

/* What a check decodes to: the usual photo of a document, in millimetres. */
#define CERTPDF_PHOTO_CHECK_WIDTH   35
#define CERTPDF_PHOTO_CHECK_HEIGHT  49


typedef cert_err_t (*certpdf_photo_decode_pt)(certpdf_photo_t *photo,
    cert_str_t bytes);


static cert_err_t certpdf_photo_decode(certpdf_photo_t *photo,
    cert_str_t bytes);
static certpdf_photo_decode_pt certpdf_photo_decoder(cert_str_t bytes);
static cert_err_t certpdf_photo_paint(cairo_t *cr, const RsvgRectangle *box,
    certpdf_photo_t *photo);
static cairo_surface_t *certpdf_photo_surface(certpdf_photo_t *photo,
    certpdf_bytes_t *jpeg);


cert_err_t
certpdf_photo_check(cert_str_t bytes, cert_reason_t *reason)
{
    cert_err_t       err;
    certpdf_photo_t  photo;

    memset(&photo, 0, sizeof(photo));
    photo.box_width = CERTPDF_PHOTO_CHECK_WIDTH;
    photo.box_height = CERTPDF_PHOTO_CHECK_HEIGHT;
    photo.width_max = CERTPDF_PHOTO_CHECK_WIDTH;
    photo.reason = reason;

    err = certpdf_photo_decode(&photo, bytes);
    certpdf_photo_wipe(&photo);

    return err;
}


cert_err_t
certpdf_photo_draw(cairo_t *cr, const RsvgRectangle *box, cert_str_t bytes,
    cert_reason_t *reason)
{
    cert_err_t       err;
    cert_reason_t    why;
    certpdf_photo_t  photo;

    memset(&photo, 0, sizeof(photo));
    photo.box_width = box->width;
    photo.box_height = box->height;
    photo.width_max = box->width * CERTPDF_PHOTO_DPI / 72;
    photo.reason = &why;

    err = certpdf_photo_decode(&photo, bytes);

    if (err == CERT_OK) {
        err = certpdf_photo_paint(cr, box, &photo);
    }

    certpdf_photo_wipe(&photo);

    if (err != CERT_OK) {
        cert_reason_set(reason, "the photo %.200s", why.text);
    }

    return err;
}


/* Upright as the camera noted: what is embedded carries no such note. */
static cert_err_t
certpdf_photo_decode(certpdf_photo_t *photo, cert_str_t bytes)
{
    cert_err_t               err;
    certpdf_photo_decode_pt  decode;

    decode = certpdf_photo_decoder(bytes);

    if (decode == NULL) {
        cert_reason_set(photo->reason, "is neither a JPEG nor a PNG");
        return CERT_INVALID;
    }

    photo->orientation = 1;

    err = decode(photo, bytes);
    if (err != CERT_OK) {
        return err;
    }

    return certpdf_photo_turn(photo) ? CERT_OK : photo->err;
}


/* By its first bytes: what a file is called says little of what is in it. */
static certpdf_photo_decode_pt
certpdf_photo_decoder(cert_str_t bytes)
{
    if (bytes.len > 3 && memcmp(bytes.data, "\xff\xd8\xff", 3) == 0) {
        return certpdf_photo_jpeg;
    }

    if (bytes.len > 8 && memcmp(bytes.data, "\x89PNG\r\n\x1a\n", 8) == 0) {
        return certpdf_photo_png;
    }

    return NULL;
}


static cert_err_t
certpdf_photo_paint(cairo_t *cr, const RsvgRectangle *box,
    certpdf_photo_t *photo)
{
    cert_err_t        err;
    certpdf_bytes_t   jpeg;
    cairo_surface_t  *surface;

    jpeg.data = NULL;
    jpeg.len = 0;

    err = certpdf_photo_jpeg_write(photo, &jpeg);
    if (err != CERT_OK) {
        certpdf_bytes_free(&jpeg);
        return err;
    }

    surface = certpdf_photo_surface(photo, &jpeg);
    if (surface == NULL) {
        return CERT_NO_MEMORY;
    }

    cairo_save(cr);
    cairo_translate(cr, box->x, box->y);
    cairo_scale(cr, box->width / photo->width, box->height / photo->height);
    cairo_set_source_surface(cr, surface, 0, 0);
    cairo_paint(cr);
    cairo_restore(cr);

    cairo_surface_destroy(surface);

    return CERT_OK;
}


/*
 * The PDF surface embeds the attached JPEG, which becomes its own, and never
 * looks at the pixels, so they are left as they come.
 */
static cairo_surface_t *
certpdf_photo_surface(certpdf_photo_t *photo, certpdf_bytes_t *jpeg)
{
    cairo_surface_t  *surface;

    surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24,
                                         (int) photo->width,
                                         (int) photo->height);

    if (cairo_surface_set_mime_data(surface, CAIRO_MIME_TYPE_JPEG, jpeg->data,
                                    jpeg->len, free, jpeg->data)
        != CAIRO_STATUS_SUCCESS)
    {
        certpdf_photo_no_memory(photo);
        certpdf_bytes_free(jpeg);
        cairo_surface_destroy(surface);
        return NULL;
    }

    return surface;
}
