/*
 * Copyright (C) the ngx_cert authors
 *
 * A photo on its way from a file's bytes to what is embedded: shared by
 *
 *     certpdf_photo.c         what kind it is, and where it is drawn
 *     certpdf_photo_jpeg.c    JPEG, in and out
 *     certpdf_photo_png.c     PNG, in
 *     certpdf_photo_exif.c    which side is up
 *     certpdf_photo_scale.c   the part that is shown, in the size it is shown
 *
 * A decoder gives its size once and then row by row, from the top; what is
 * kept of them is the small picture.
 */


#ifndef CERTPDF_PHOTO_INT_H_INCLUDED
#define CERTPDF_PHOTO_INT_H_INCLUDED


#include <cairo.h>
#include <librsvg/rsvg.h>

#include "certpdf_bytes_int.h"


/* A file of a few bytes can claim more; no camera of persons makes more. */
#define CERTPDF_PHOTO_PIXELS_MAX  40000000

/* Pixels of a row that one of what is made covers, the ends by their shares. */
typedef struct {
    unsigned  first;
    unsigned  last;
    float     head;
    float     tail;                 /* 0 if there is but one */
} certpdf_photo_span_t;

typedef struct {
    /* What is wanted, upright; set before decoding. */
    double          box_width;      /* of which the proportions count */
    double          box_height;
    double          width_max;      /* pixels across the box at most */

    /* Of the decoder. */
    int             orientation;    /* as in Exif: 1..8, 1 is upright */
    cert_err_t      err;            /* what failed, and in words */
    cert_reason_t  *reason;

    /* The part that is kept, in pixels of what comes. */
    unsigned        left;
    unsigned        top;
    unsigned        cut_width;
    unsigned        cut_height;
    unsigned        row;            /* the next that comes */

    /* What is made: rows of RGB without gaps. */
    unsigned        width;
    unsigned        height;
    unsigned        done;           /* rows */
    uint8_t        *pixels;
    size_t          size;           /* of "pixels" */
    certpdf_photo_span_t  *spans;   /* of each pixel of a row */
    float          *line;           /* one row, in the width wanted */
    float          *sum;            /* rows that share one of what is made */
} certpdf_photo_t;


/*
 * Decode all of "bytes", to the end, and leave the picture as it is in the
 * file.  On an error there is a reason, to go behind "the photo":
 *
 *     CERT_INVALID    the file is damaged, or too large a picture
 *     CERT_NO_MEMORY  not the photo's fault
 */
cert_err_t certpdf_photo_jpeg(certpdf_photo_t *photo, cert_str_t bytes);
cert_err_t certpdf_photo_png(certpdf_photo_t *photo, cert_str_t bytes);

/* The picture as a JPEG, appended to "jpeg".  CERT_NO_MEMORY, CERT_SYSTEM. */
cert_err_t certpdf_photo_jpeg_write(certpdf_photo_t *photo,
    certpdf_bytes_t *jpeg);

/* The orientation in TIFF data as Exif has it; 1 if it tells none. */
int certpdf_photo_orientation(const uint8_t *tiff, size_t len);

/*
 * Draws the photo over all of "box".  Errors as of certpdf_photo_check(), and
 * CERT_SYSTEM: libjpeg failed to make what is embedded.
 */
cert_err_t certpdf_photo_draw(cairo_t *cr, const RsvgRectangle *box,
    cert_str_t photo, cert_reason_t *reason);


#endif /* CERTPDF_PHOTO_INT_H_INCLUDED */
