/*
 * Copyright (C) the ngx_cert authors
 *
 * JPEG, decoded and made by libjpeg-turbo in this process.
 *
 * libjpeg calls damage a warning and fills in gray, as a viewer should; on a
 * certificate half a face is worse than none, so all that it warns of and that
 * is of the picture is an error here.  What cameras are known to leave (bytes
 * between markers, odd numbers of versions, an order of scans that the
 * standard frowns on) is not.
 *
 * A large photo is decoded at a half, a quarter or an eighth of its size, which
 * the format allows for; every bit of it is read all the same.
 *
 * A file of a megabyte can hold a hundred thousand scans, each of which goes
 * over all of the picture: no camera makes more than twenty.
 */


#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <jpeglib.h>
#include <jerror.h>
#include <openssl/crypto.h>

#include "certpdf_bytes.h"
#include "certpdf_photo_int.h"
#include "certpdf_photo_scale_int.h"


#define CERTPDF_JPEG_QUALITY    88
#define CERTPDF_JPEG_SCANS_MAX  100

/* Of libjpeg's scaling: so many eighths. */
#define CERTPDF_JPEG_EIGHTHS    8

#define CERTPDF_JPEG_EXIF       (JPEG_APP0 + 1)
#define CERTPDF_JPEG_EXIF_HEAD  6       /* "Exif", 0, 0 */
#define CERTPDF_JPEG_EXIF_MAX   0xffff

/* What libjpeg hands on of the encoder's bytes at once. */
#define CERTPDF_JPEG_PIECE      16384

/* In a struct and not in variables, since longjmp() may forget those. */
typedef struct {
    certpdf_photo_t                *photo;
    struct jpeg_error_mgr           errors;
    jmp_buf                         failed;

    struct jpeg_decompress_struct   in;
    struct jpeg_progress_mgr        progress;

    struct jpeg_compress_struct     out;
    struct jpeg_destination_mgr     to;
    certpdf_bytes_t                *bytes;
    JOCTET                          piece[CERTPDF_JPEG_PIECE];
} certpdf_jpeg_t;


static void certpdf_jpeg_begin(certpdf_jpeg_t *jpeg, certpdf_photo_t *photo);
static void certpdf_jpeg_decode(certpdf_jpeg_t *jpeg, cert_str_t bytes);
static void certpdf_jpeg_side(certpdf_jpeg_t *jpeg);
static void certpdf_jpeg_shrink(certpdf_jpeg_t *jpeg);
static void certpdf_jpeg_ink(uint8_t *cmyk, unsigned width, int is_inverted);
static void certpdf_jpeg_encode(certpdf_jpeg_t *jpeg);
static void certpdf_jpeg_open(j_compress_ptr out);
static boolean certpdf_jpeg_flush(j_compress_ptr out);
static void certpdf_jpeg_close(j_compress_ptr out);
static void certpdf_jpeg_failed(j_common_ptr common);
static void certpdf_jpeg_told(j_common_ptr common, int level);
static int certpdf_jpeg_is_harmless(int code);
static void certpdf_jpeg_silent(j_common_ptr common);
static void certpdf_jpeg_scans(j_common_ptr common);


cert_err_t
certpdf_photo_jpeg(certpdf_photo_t *photo, cert_str_t bytes)
{
    certpdf_jpeg_t  jpeg;

    certpdf_jpeg_begin(&jpeg, photo);
    jpeg.in.err = &jpeg.errors;
    jpeg.in.client_data = &jpeg;

    certpdf_jpeg_decode(&jpeg, bytes);

    jpeg_destroy_decompress(&jpeg.in);

    return photo->err;
}


static void
certpdf_jpeg_begin(certpdf_jpeg_t *jpeg, certpdf_photo_t *photo)
{
    memset(jpeg, 0, sizeof(certpdf_jpeg_t));

    (void) jpeg_std_error(&jpeg->errors);
    jpeg->errors.error_exit = certpdf_jpeg_failed;
    jpeg->errors.emit_message = certpdf_jpeg_told;
    jpeg->errors.output_message = certpdf_jpeg_silent;

    jpeg->photo = photo;
}


/* Whatever fails below comes back to the setjmp() with "err" set. */
static void
certpdf_jpeg_decode(certpdf_jpeg_t *jpeg, cert_str_t bytes)
{
    JSAMPARRAY                      row;
    struct jpeg_decompress_struct  *in;

    in = &jpeg->in;

    if (setjmp(jpeg->failed)) {
        return;
    }

    jpeg_create_decompress(in);
    jpeg->progress.progress_monitor = certpdf_jpeg_scans;
    in->progress = &jpeg->progress;

    jpeg_mem_src(in, bytes.data, bytes.len);
    jpeg_save_markers(in, CERTPDF_JPEG_EXIF, CERTPDF_JPEG_EXIF_MAX);
    (void) jpeg_read_header(in, TRUE);

    if (!certpdf_photo_may(jpeg->photo, in->image_width, in->image_height)) {
        return;
    }

    certpdf_jpeg_side(jpeg);
    certpdf_jpeg_shrink(jpeg);

    in->out_color_space = in->num_components == 4 ? JCS_CMYK : JCS_RGB;
    (void) jpeg_start_decompress(in);

    if (!certpdf_photo_begin(jpeg->photo, in->output_width,
                             in->output_height))
    {
        return;
    }

    row = in->mem->alloc_sarray((j_common_ptr) in, JPOOL_IMAGE,
                                in->output_width
                                * (JDIMENSION) in->output_components, 1);

    while (in->output_scanline < in->output_height) {
        (void) jpeg_read_scanlines(in, row, 1);

        if (in->out_color_space == JCS_CMYK) {
            certpdf_jpeg_ink(row[0], in->output_width, in->saw_Adobe_marker);
        }

        certpdf_photo_row(jpeg->photo, row[0]);
    }

    /* To the marker of the end. */
    (void) jpeg_finish_decompress(in);
}


static void
certpdf_jpeg_side(certpdf_jpeg_t *jpeg)
{
    jpeg_saved_marker_ptr  marker;

    for (marker = jpeg->in.marker_list; marker != NULL; marker = marker->next)
    {
        if (marker->marker == CERTPDF_JPEG_EXIF
            && marker->data_length > CERTPDF_JPEG_EXIF_HEAD
            && memcmp(marker->data, "Exif\0\0", CERTPDF_JPEG_EXIF_HEAD) == 0)
        {
            jpeg->photo->orientation = certpdf_photo_orientation(
                marker->data + CERTPDF_JPEG_EXIF_HEAD,
                marker->data_length - CERTPDF_JPEG_EXIF_HEAD);
            return;
        }
    }
}


/* The smallest that is not smaller than what is wanted. */
static void
certpdf_jpeg_shrink(certpdf_jpeg_t *jpeg)
{
    struct jpeg_decompress_struct  *in;

    in = &jpeg->in;
    in->scale_denom = CERTPDF_JPEG_EIGHTHS;

    for (in->scale_num = 1; in->scale_num < CERTPDF_JPEG_EIGHTHS;
         in->scale_num *= 2)
    {
        jpeg_calc_output_dimensions(in);

        if (certpdf_photo_scale(jpeg->photo, in->output_width,
                                in->output_height) <= 1)
        {
            return;
        }
    }
}


/* Ink on paper becomes light; Adobe's programs write how much there is not. */
static void
certpdf_jpeg_ink(uint8_t *cmyk, unsigned width, int is_inverted)
{
    int        i;
    uint8_t   *rgb, flip;
    unsigned   x, black;

    rgb = cmyk;
    flip = is_inverted ? 0 : 0xff;

    for (x = 0; x < width; x++, cmyk += 4) {
        black = cmyk[3] ^ flip;

        for (i = 0; i < 3; i++) {
            *rgb++ = (uint8_t) (((cmyk[i] ^ flip) * black + 127) / 255);
        }
    }
}


cert_err_t
certpdf_photo_jpeg_write(certpdf_photo_t *photo, certpdf_bytes_t *bytes)
{
    certpdf_jpeg_t  jpeg;

    certpdf_jpeg_begin(&jpeg, photo);
    jpeg.bytes = bytes;
    jpeg.out.err = &jpeg.errors;
    jpeg.out.client_data = &jpeg;

    certpdf_jpeg_encode(&jpeg);

    jpeg_destroy_compress(&jpeg.out);
    OPENSSL_cleanse(jpeg.piece, sizeof(jpeg.piece));

    return photo->err;
}


static void
certpdf_jpeg_encode(certpdf_jpeg_t *jpeg)
{
    JSAMPROW                      row;
    struct jpeg_compress_struct  *out;

    out = &jpeg->out;

    if (setjmp(jpeg->failed)) {
        return;
    }

    jpeg_create_compress(out);

    jpeg->to.init_destination = certpdf_jpeg_open;
    jpeg->to.empty_output_buffer = certpdf_jpeg_flush;
    jpeg->to.term_destination = certpdf_jpeg_close;
    out->dest = &jpeg->to;

    out->image_width = jpeg->photo->width;
    out->image_height = jpeg->photo->height;
    out->input_components = 3;
    out->in_color_space = JCS_RGB;

    jpeg_set_defaults(out);
    jpeg_set_quality(out, CERTPDF_JPEG_QUALITY, TRUE);
    jpeg_start_compress(out, TRUE);

    while (out->next_scanline < out->image_height) {
        row = jpeg->photo->pixels
              + 3 * (size_t) jpeg->photo->width * out->next_scanline;
        (void) jpeg_write_scanlines(out, &row, 1);
    }

    jpeg_finish_compress(out);
}


static void
certpdf_jpeg_open(j_compress_ptr out)
{
    certpdf_jpeg_t  *jpeg;

    jpeg = out->client_data;
    jpeg->to.next_output_byte = jpeg->piece;
    jpeg->to.free_in_buffer = sizeof(jpeg->piece);
}


/* The whole piece: libjpeg's count of what is free is not up to date here. */
static boolean
certpdf_jpeg_flush(j_compress_ptr out)
{
    certpdf_jpeg_t  *jpeg;

    jpeg = out->client_data;

    if (!certpdf_bytes_append(jpeg->bytes, jpeg->piece, sizeof(jpeg->piece))) {
        ERREXIT1(out, JERR_OUT_OF_MEMORY, 0);
    }

    certpdf_jpeg_open(out);

    return TRUE;
}


static void
certpdf_jpeg_close(j_compress_ptr out)
{
    certpdf_jpeg_t  *jpeg;

    jpeg = out->client_data;

    if (!certpdf_bytes_append(jpeg->bytes, jpeg->piece,
                              sizeof(jpeg->piece) - jpeg->to.free_in_buffer))
    {
        ERREXIT1(out, JERR_OUT_OF_MEMORY, 0);
    }
}


/* Nothing of a person is in what libjpeg says: numbers of the format. */
static void
certpdf_jpeg_failed(j_common_ptr common)
{
    char             what[JMSG_LENGTH_MAX];
    certpdf_jpeg_t  *jpeg;

    jpeg = common->client_data;

    if (common->err->msg_code == JERR_OUT_OF_MEMORY) {
        certpdf_photo_no_memory(jpeg->photo);

    } else if (jpeg->photo->err == CERT_OK) {
        common->err->format_message(common, what);

        jpeg->photo->err = common->is_decompressor ? CERT_INVALID
                                                   : CERT_SYSTEM;
        cert_reason_set(jpeg->photo->reason, "does not %s as JPEG: %.120s",
                        common->is_decompressor ? "decode" : "encode", what);
    }

    longjmp(jpeg->failed, 1);
}


/* Level -1 is a warning; 0 and more is what the decoder thinks to itself. */
static void
certpdf_jpeg_told(j_common_ptr common, int level)
{
    if (level < 0 && !certpdf_jpeg_is_harmless(common->err->msg_code)) {
        certpdf_jpeg_failed(common);
    }
}


static int
certpdf_jpeg_is_harmless(int code)
{
    switch (code) {

    case JWRN_ADOBE_XFORM:
    case JWRN_BOGUS_PROGRESSION:
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_JFIF_MAJOR:
        return 1;

    default:
        return 0;
    }
}


static void
certpdf_jpeg_silent(j_common_ptr common)
{
    (void) common;
}


static void
certpdf_jpeg_scans(j_common_ptr common)
{
    certpdf_jpeg_t  *jpeg;

    jpeg = common->client_data;

    if (!common->is_decompressor
        || jpeg->in.input_scan_number <= CERTPDF_JPEG_SCANS_MAX)
    {
        return;
    }

    jpeg->photo->err = CERT_INVALID;
    cert_reason_set(jpeg->photo->reason, "does not decode as JPEG: more than "
                    "%d scans", CERTPDF_JPEG_SCANS_MAX);

    longjmp(jpeg->failed, 1);
}
