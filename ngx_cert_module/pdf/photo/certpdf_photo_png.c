/*
 * Copyright (C) the ngx_cert authors
 *
 * PNG, decoded by libpng in this process and to its end.
 *
 * libpng is told to bring every kind (gray, palette, 16 bits, a transparent
 * colour) to RGBA of 8 bits.  White shows through what is transparent, as on
 * paper, since the JPEG that is embedded has no transparency.
 *
 * An interlaced picture comes in seven passes over all rows, so it is held as
 * a whole; any other one by the row.
 *
 * Of the chunks that are not of the picture only Exif is read.  libpng would
 * unpack and keep the others, texts and profiles: in a file of a megabyte, two
 * hundred of 4 MB each.  What it warns of is not part of the picture either.
 */


#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>

#include "certpdf_photo_int.h"
#include "certpdf_photo_scale_int.h"


/* Any count below zero: all chunks that are not needed for the picture. */
#define CERTPDF_PNG_ALL  (-1)

/* In a struct and not in variables, since longjmp() may forget those. */
typedef struct {
    certpdf_photo_t  *photo;
    png_structp       png;
    png_infop         info;
    cert_str_t        rest;         /* of the file */
    png_uint_32       width;
    png_uint_32       height;
    int               is_interlaced;
    uint8_t          *pixels;       /* of a row, or of all if interlaced */
    size_t            row;          /* bytes */
    size_t            size;         /* of "pixels" */
} certpdf_png_t;


static void certpdf_png_decode(certpdf_png_t *in);
static int certpdf_png_header(certpdf_png_t *in);
static void certpdf_png_side(certpdf_png_t *in);
static void certpdf_png_rows(certpdf_png_t *in);
static void certpdf_png_passes(certpdf_png_t *in);
static void certpdf_png_row(certpdf_png_t *in, uint8_t *rgba);
static void certpdf_png_read(png_structp png, png_bytep to, size_t len);
static void certpdf_png_failed(png_structp png, png_const_charp what);
static void certpdf_png_warned(png_structp png, png_const_charp what);
static png_voidp certpdf_png_alloc(png_structp png, png_alloc_size_t size);
static void certpdf_png_free(png_structp png, png_voidp p);


cert_err_t
certpdf_photo_png(certpdf_photo_t *photo, cert_str_t bytes)
{
    certpdf_png_t  in;

    memset(&in, 0, sizeof(in));
    in.photo = photo;
    in.rest = bytes;

    in.png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &in,
                                      certpdf_png_failed, certpdf_png_warned,
                                      photo, certpdf_png_alloc,
                                      certpdf_png_free);
    if (in.png != NULL) {
        in.info = png_create_info_struct(in.png);
    }

    if (in.info != NULL) {
        certpdf_png_decode(&in);

    } else {
        certpdf_photo_no_memory(photo);
    }

    png_destroy_read_struct(&in.png, &in.info, NULL);

    if (in.pixels != NULL) {
        OPENSSL_cleanse(in.pixels, in.size);
        free(in.pixels);
    }

    return photo->err;
}


/* Whatever fails below comes back to the setjmp() with "err" set. */
static void
certpdf_png_decode(certpdf_png_t *in)
{
    static const png_byte  exif[] = "eXIf";

    if (setjmp(png_jmpbuf(in->png))) {
        return;
    }

    png_set_read_fn(in->png, in, certpdf_png_read);
    png_set_keep_unknown_chunks(in->png, PNG_HANDLE_CHUNK_NEVER, NULL,
                                CERTPDF_PNG_ALL);
    png_set_keep_unknown_chunks(in->png, PNG_HANDLE_CHUNK_AS_DEFAULT, exif, 1);

    if (!certpdf_png_header(in)) {
        return;
    }

    if (in->is_interlaced) {
        certpdf_png_passes(in);

    } else {
        certpdf_png_rows(in);
    }

    /* This verifies the chunks behind the picture, and that there is an end. */
    png_read_end(in->png, NULL);
}


/* False: "err" is set. */
static int
certpdf_png_header(certpdf_png_t *in)
{
    png_read_info(in->png, in->info);

    in->width = png_get_image_width(in->png, in->info);
    in->height = png_get_image_height(in->png, in->info);

    if (!certpdf_photo_may(in->photo, in->width, in->height)) {
        return 0;
    }

    certpdf_png_side(in);

    png_set_expand(in->png);
    png_set_scale_16(in->png);
    png_set_gray_to_rgb(in->png);
    png_set_add_alpha(in->png, 0xff, PNG_FILLER_AFTER);

    in->is_interlaced = (png_set_interlace_handling(in->png) > 1);
    png_read_update_info(in->png, in->info);

    in->row = png_get_rowbytes(in->png, in->info);

    if (in->row != 4 * (size_t) in->width) {
        png_error(in->png, "a row that is not RGBA");
    }

    in->size = in->row * (in->is_interlaced ? in->height : 1);
    in->pixels = malloc(in->size);

    if (in->pixels == NULL) {
        certpdf_photo_no_memory(in->photo);
        return 0;
    }

    return certpdf_photo_begin(in->photo, in->width, in->height);
}


static void
certpdf_png_side(certpdf_png_t *in)
{
    png_bytep    exif;
    png_uint_32  len;

    if (png_get_eXIf_1(in->png, in->info, &len, &exif) != 0) {
        in->photo->orientation = certpdf_photo_orientation(exif, len);
    }
}


static void
certpdf_png_rows(certpdf_png_t *in)
{
    png_uint_32  i;

    for (i = 0; i < in->height; i++) {
        png_read_row(in->png, in->pixels, NULL);
        certpdf_png_row(in, in->pixels);
    }
}


/* libpng adds each pass to the rows as those before have left them. */
static void
certpdf_png_passes(certpdf_png_t *in)
{
    int          pass;
    png_uint_32  i;

    for (pass = 0; pass < PNG_INTERLACE_ADAM7_PASSES; pass++) {
        for (i = 0; i < in->height; i++) {
            png_read_row(in->png, in->pixels + i * in->row, NULL);
        }
    }

    for (i = 0; i < in->height; i++) {
        certpdf_png_row(in, in->pixels + i * in->row);
    }
}


/* RGBA becomes RGB in its own place. */
static void
certpdf_png_row(certpdf_png_t *in, uint8_t *rgba)
{
    int           i;
    uint8_t      *rgb, *from;
    unsigned      alpha;
    png_uint_32   x;

    rgb = rgba;
    from = rgba;

    for (x = 0; x < in->width; x++, from += 4) {
        alpha = from[3];

        if (alpha == 0xff) {
            *rgb++ = from[0];
            *rgb++ = from[1];
            *rgb++ = from[2];
            continue;
        }

        for (i = 0; i < 3; i++) {
            *rgb++ = (uint8_t) ((from[i] * alpha + 255 * (255 - alpha) + 127)
                                / 255);
        }
    }

    certpdf_photo_row(in->photo, rgba);
}


static void
certpdf_png_read(png_structp png, png_bytep to, size_t len)
{
    certpdf_png_t  *in;

    in = png_get_io_ptr(png);

    if (len > in->rest.len) {
        png_error(png, "it is cut short");
    }

    memcpy(to, in->rest.data, len);
    in->rest.data += len;
    in->rest.len -= len;
}


/* Nothing of a person is in what libpng says: names of chunks and faults. */
static void
certpdf_png_failed(png_structp png, png_const_charp what)
{
    certpdf_photo_t  *photo;

    photo = ((certpdf_png_t *) png_get_error_ptr(png))->photo;

    if (photo->err == CERT_OK) {
        photo->err = CERT_INVALID;
        cert_reason_set(photo->reason, "does not decode as PNG: %.120s",
                        what);
    }

    png_longjmp(png, 1);
}


static void
certpdf_png_warned(png_structp png, png_const_charp what)
{
    (void) png;
    (void) what;
}


/* libpng calls a lack of memory an error of the picture; it is none. */
static png_voidp
certpdf_png_alloc(png_structp png, png_alloc_size_t size)
{
    void  *p;

    p = malloc(size);

    if (p == NULL) {
        certpdf_photo_no_memory(png_get_mem_ptr(png));
    }

    return p;
}


static void
certpdf_png_free(png_structp png, png_voidp p)
{
    (void) png;

    free(p);
}
