/*
 * Copyright (C) the ngx_cert authors
 *
 * Pictures for the tests of photos, made by libpng and libjpeg: four quarters
 * of a colour each, so that one that is turned, mirrored or in other colours is
 * seen.  The file is in "picture"; its size in pixels is "wide" and "high".
 */


#ifndef PICTURES_H_INCLUDED
#define PICTURES_H_INCLUDED


#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <png.h>


#define WIDTH    96
#define HEIGHT   64
#define PICTURE_MAX  (8 << 20)


/* Upper left, upper right, lower left, lower right. */
static const uint8_t  colours[4][3] = {
    { 230, 20, 30 }, { 20, 200, 40 }, { 30, 40, 220 }, { 240, 240, 100 }
};

static const uint8_t  grays[4] = { 0, 85, 170, 255 };

typedef struct {
    const char  *name;
    int          type;          /* PNG_COLOR_TYPE_... */
    int          depth;
    int          has_trns;      /* the upper left colour is transparent */
    int          is_gray;
} png_case_t;

typedef struct {
    const char     *name;
    J_COLOR_SPACE   from;       /* what is given to libjpeg */
    J_COLOR_SPACE   to;         /* what is in the file */
    int             is_progressive;
    int             has_adobe;
} jpeg_case_t;

static uint8_t   picture[PICTURE_MAX];
static size_t    picture_len;
static size_t    text_len;      /* of a packed text in a PNG; 0: none */
static unsigned  wide = WIDTH, high = HEIGHT;


static int
quarter(unsigned x, unsigned y, unsigned width, unsigned height)
{
    return (x >= width / 2) + 2 * (y >= height / 2);
}


static void
png_put(png_structp png, png_bytep bytes, size_t len)
{
    (void) png;

    if (picture_len + len > sizeof(picture)) {
        abort();
    }

    memcpy(picture + picture_len, bytes, len);
    picture_len += len;
}


static void
png_flush_none(png_structp png)
{
    (void) png;
}


/* One pixel, in the form its kind has in a file of 8 or 16 bits, or packed. */
static void
png_pixel(uint8_t *row, const png_case_t *c, unsigned x, int q)
{
    int      i, n;
    uint8_t  values[4];

    if (c->type == PNG_COLOR_TYPE_PALETTE) {
        values[0] = (uint8_t) q;
        n = 1;

    } else if (c->type & PNG_COLOR_MASK_COLOR) {
        memcpy(values, colours[q], 3);
        n = 3;

    } else {
        values[0] = c->depth < 8
                    ? (uint8_t) (grays[q] >> (8 - c->depth)) : grays[q];
        n = 1;
    }

    if (c->type & PNG_COLOR_MASK_ALPHA) {
        values[n++] = q == 0 ? 0 : 255;
    }

    if (c->depth < 8) {
        row[x * (unsigned) c->depth / 8] |= (uint8_t)
            (values[0] << (8 - c->depth
                           - (int) (x * (unsigned) c->depth) % 8));
        return;
    }

    for (i = 0; i < n; i++) {
        memset(row + ((size_t) x * (size_t) n + (size_t) i)
                     * (size_t) c->depth / 8, values[i],
               (size_t) c->depth / 8);
    }
}


static void
png_trns(png_structp png, png_infop info, const png_case_t *c)
{
    png_byte      alpha[1] = { 0 };
    png_color_16  colour;

    memset(&colour, 0, sizeof(colour));

    if (c->depth == 16) {
        colour.red = (png_uint_16) (colours[0][0] * 257);
        colour.green = (png_uint_16) (colours[0][1] * 257);
        colour.blue = (png_uint_16) (colours[0][2] * 257);

    } else {
        colour.red = colours[0][0];
        colour.green = colours[0][1];
        colour.blue = colours[0][2];
    }

    png_set_tRNS(png, info, alpha, 1, &colour);
}


/* In a chunk of its own, packed. */
static void
png_text_set(png_structp png, png_infop info)
{
    char      *words, key[] = "Comment";
    png_text   text;

    words = malloc(text_len + 1);
    memset(words, 'a', text_len);
    words[text_len] = '\0';

    memset(&text, 0, sizeof(text));
    text.compression = PNG_TEXT_COMPRESSION_zTXt;
    text.key = key;
    text.text = words;
    text.text_length = text_len;
    png_set_text(png, info, &text, 1);

    free(words);
}


static void
make_png(const png_case_t *c, int is_interlaced, uint8_t *exif,
    size_t exif_len)
{
    int           i;
    uint8_t      *rows;
    size_t        row_len;
    unsigned      x, y;
    png_infop     info;
    png_color     palette[4];
    png_structp   png;
    png_bytepp    pointers;

    picture_len = 0;
    png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    info = png_create_info_struct(png);

    if (setjmp(png_jmpbuf(png))) {
        abort();
    }

    png_set_write_fn(png, NULL, png_put, png_flush_none);
    png_set_IHDR(png, info, wide, high, c->depth, c->type,
                 is_interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);

    if (c->type == PNG_COLOR_TYPE_PALETTE) {
        for (i = 0; i < 4; i++) {
            palette[i].red = colours[i][0];
            palette[i].green = colours[i][1];
            palette[i].blue = colours[i][2];
        }

        png_set_PLTE(png, info, palette, 4);
    }

    if (c->has_trns) {
        png_trns(png, info, c);
    }

    if (exif != NULL) {
        png_set_eXIf_1(png, info, (png_uint_32) exif_len, exif);
    }

    if (text_len != 0) {
        png_text_set(png, info);
    }

    png_write_info(png, info);

    row_len = png_get_rowbytes(png, info);
    rows = calloc(high, row_len);
    pointers = calloc(high, sizeof(png_bytep));

    for (y = 0; y < high; y++) {
        pointers[y] = rows + y * row_len;

        for (x = 0; x < wide; x++) {
            png_pixel(pointers[y], c, x, quarter(x, y, wide, high));
        }
    }

    png_write_image(png, pointers);
    png_write_end(png, NULL);
    png_destroy_write_struct(&png, &info);
    free(pointers);
    free(rows);
}


/* Exif with nothing but an orientation. */
static size_t
make_exif(uint8_t exif[32], int is_big, int orientation)
{
    static const uint8_t  big[] = {
        'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1,
        0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0
    };
    static const uint8_t  little[] = {
        'I', 'I', 42, 0, 8, 0, 0, 0, 1, 0,
        0x12, 0x01, 3, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
    };

    memcpy(exif, is_big ? big : little, sizeof(big));
    exif[is_big ? 19 : 18] = (uint8_t) orientation;

    return sizeof(big);
}


/* What libjpeg is given of one pixel. */
static void
jpeg_pixel(uint8_t *row, const jpeg_case_t *c, unsigned x, int q)
{
    int      i;
    uint8_t  flip;

    switch (c->from) {

    case JCS_GRAYSCALE:
        row[x] = grays[q];
        return;

    case JCS_RGB:
        memcpy(row + 3 * x, colours[q], 3);
        return;

    default:
        /* All of the colour in three inks, and a black of none. */
        flip = c->has_adobe ? 0 : 0xff;

        for (i = 0; i < 3; i++) {
            row[4 * x + (unsigned) i] = colours[q][i] ^ flip;
        }

        row[4 * x + 3] = 0xff ^ flip;
        return;
    }
}


static void
make_jpeg(const jpeg_case_t *c, const jpeg_scan_info *scans, int scans_n,
    int orientation)
{
    uint8_t                      *row, *bytes, exif[38] = "Exif\0";
    unsigned                      x;
    unsigned long                 len;
    struct jpeg_error_mgr         errors;
    struct jpeg_compress_struct   out;

    bytes = NULL;
    len = 0;
    out.err = jpeg_std_error(&errors);
    jpeg_create_compress(&out);
    jpeg_mem_dest(&out, &bytes, &len);

    out.image_width = wide;
    out.image_height = high;
    out.in_color_space = c->from;
    out.input_components = c->from == JCS_GRAYSCALE ? 1
                           : c->from == JCS_RGB ? 3 : 4;
    jpeg_set_defaults(&out);
    jpeg_set_colorspace(&out, c->to);
    jpeg_set_quality(&out, 95, TRUE);

    if (c->is_progressive) {
        jpeg_simple_progression(&out);
    }

    if (scans != NULL) {
        out.scan_info = scans;
        out.num_scans = scans_n;
    }

    if (!c->has_adobe) {
        out.write_Adobe_marker = FALSE;
    }

    jpeg_start_compress(&out, TRUE);

    if (orientation != 0) {
        (void) make_exif(exif + 6, orientation % 2, orientation);
        jpeg_write_marker(&out, JPEG_APP0 + 1, exif, 32);
    }

    row = malloc((size_t) wide * 4);

    while (out.next_scanline < out.image_height) {
        for (x = 0; x < wide; x++) {
            jpeg_pixel(row, c, x, quarter(x, out.next_scanline, wide, high));
        }

        (void) jpeg_write_scanlines(&out, &row, 1);
    }

    jpeg_finish_compress(&out);
    jpeg_destroy_compress(&out);

    memcpy(picture, bytes, len);
    picture_len = len;
    free(row);
    free(bytes);
}


#endif /* PICTURES_H_INCLUDED */
