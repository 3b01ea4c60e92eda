/*
 * Copyright (C) the ngx_cert authors
 *
 * Photos: every kind that there is of PNG and JPEG comes out in its colours and
 * upright, and what is damaged is refused.
 */


#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "certpdf_bytes.h"
#include "certpdf_photo_int.h"
#include "certpdf_photo_scale_int.h"
#include "pictures.h"
#include "tap.h"


#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED  1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED  1
#endif
#endif

#ifndef SANITIZED
#define SANITIZED  0
#endif

/* libpng 1.6.48 does not compare the checksum of IEND, which has no content. */
#define PNG_END_CRC  4


/* As certpdf_photo.c does, with a box that has the proportions given. */
static cert_err_t
decode(certpdf_photo_t *photo, size_t len, double width_max,
    double proportions, cert_reason_t *reason)
{
    cert_err_t  err;
    uint8_t    *copy;
    cert_str_t  bytes;

    memset(photo, 0, sizeof(certpdf_photo_t));
    photo->box_width = proportions;
    photo->box_height = 1;
    photo->width_max = width_max;
    photo->orientation = 1;
    photo->reason = reason;

    /* Of its own size, so that a sanitizer sees what reads beyond it. */
    copy = malloc(len + 1);
    memcpy(copy, picture, len);
    bytes.data = copy;
    bytes.len = len;

    err = picture[0] == 0xff ? certpdf_photo_jpeg(photo, bytes)
                          : certpdf_photo_png(photo, bytes);
    free(copy);

    return err == CERT_OK && !certpdf_photo_turn(photo) ? photo->err : err;
}


static int
is_near(const uint8_t *pixel, const uint8_t *expected, int by)
{
    int  i;

    for (i = 0; i < 3; i++) {
        if (abs(pixel[i] - expected[i]) > by) {
            diag("%d %d %d instead of %d %d %d", pixel[0], pixel[1], pixel[2],
                 expected[0], expected[1], expected[2]);
            return 0;
        }
    }

    return 1;
}


/* The middle of each quarter; "first" is the colour where it is transparent. */
static int
is_right(const certpdf_photo_t *photo, int is_gray, int is_clear, int by)
{
    int       q, same;
    uint8_t   expected[3];
    unsigned  x, y;

    same = 1;

    for (q = 0; q < 4; q++) {
        x = photo->width / 4 + (unsigned) (q % 2) * photo->width / 2;
        y = photo->height / 4 + (unsigned) (q / 2) * photo->height / 2;

        if (is_clear && q == 0) {
            memset(expected, 255, 3);

        } else if (is_gray) {
            memset(expected, grays[q], 3);

        } else {
            memcpy(expected, colours[q], 3);
        }

        same = is_near(photo->pixels + 3 * (y * photo->width + x), expected,
                       by) && same;
    }

    return same;
}


static void
test_png(void)
{
    size_t           i;
    int              is_interlaced;
    cert_err_t       err;
    cert_reason_t    reason;
    certpdf_photo_t  photo;

    static const png_case_t  cases[] = {
        { "gray of 1 bit", PNG_COLOR_TYPE_GRAY, 1, 0, 2 },
        { "gray of 2 bits", PNG_COLOR_TYPE_GRAY, 2, 0, 1 },
        { "gray of 4 bits", PNG_COLOR_TYPE_GRAY, 4, 0, 1 },
        { "gray of 8 bits", PNG_COLOR_TYPE_GRAY, 8, 0, 1 },
        { "gray of 16 bits", PNG_COLOR_TYPE_GRAY, 16, 0, 1 },
        { "gray of 8 bits, a transparent one", PNG_COLOR_TYPE_GRAY, 8, 1, 1 },
        { "gray and alpha of 8 bits", PNG_COLOR_TYPE_GRAY_ALPHA, 8, 0, 1 },
        { "gray and alpha of 16 bits", PNG_COLOR_TYPE_GRAY_ALPHA, 16, 0, 1 },
        { "palette of 2 bits", PNG_COLOR_TYPE_PALETTE, 2, 0, 0 },
        { "palette of 4 bits", PNG_COLOR_TYPE_PALETTE, 4, 0, 0 },
        { "palette of 8 bits", PNG_COLOR_TYPE_PALETTE, 8, 0, 0 },
        { "palette, a transparent one", PNG_COLOR_TYPE_PALETTE, 8, 1, 0 },
        { "RGB of 8 bits", PNG_COLOR_TYPE_RGB, 8, 0, 0 },
        { "RGB of 16 bits", PNG_COLOR_TYPE_RGB, 16, 0, 0 },
        { "RGB, a transparent one", PNG_COLOR_TYPE_RGB, 8, 1, 0 },
        { "RGB of 16 bits, a transparent one", PNG_COLOR_TYPE_RGB, 16, 1, 0 },
        { "RGBA of 8 bits", PNG_COLOR_TYPE_RGB_ALPHA, 8, 0, 0 },
        { "RGBA of 16 bits", PNG_COLOR_TYPE_RGB_ALPHA, 16, 0, 0 }
    };

    for (i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
        const png_case_t *c = &cases[i / 2];

        is_interlaced = (int) (i % 2);
        make_png(c, is_interlaced, NULL, 0);
        err = decode(&photo, picture_len, WIDTH, 1.5, &reason);

        ok(err == CERT_OK && photo.width == WIDTH && photo.height == HEIGHT
           && is_right(&photo, c->is_gray,
                       c->has_trns || (c->type & PNG_COLOR_MASK_ALPHA),
                       c->is_gray == 2 ? 128 : 1),
           "PNG: %s%s", c->name, is_interlaced ? ", interlaced" : "");
        certpdf_photo_wipe(&photo);
    }
}


static void
test_jpeg(void)
{
    size_t           i;
    cert_err_t       err;
    cert_reason_t    reason;
    certpdf_photo_t  photo;

    static const jpeg_case_t  cases[] = {
        { "YCbCr", JCS_RGB, JCS_YCbCr, 0, 0 },
        { "YCbCr, progressive", JCS_RGB, JCS_YCbCr, 1, 0 },
        { "RGB by Adobe", JCS_RGB, JCS_RGB, 0, 1 },
        { "gray", JCS_GRAYSCALE, JCS_GRAYSCALE, 0, 0 },
        { "gray, progressive", JCS_GRAYSCALE, JCS_GRAYSCALE, 1, 0 },
        { "CMYK by Adobe", JCS_CMYK, JCS_CMYK, 0, 1 },
        { "CMYK by Adobe, progressive", JCS_CMYK, JCS_CMYK, 1, 1 },
        { "YCCK by Adobe", JCS_CMYK, JCS_YCCK, 0, 1 },
        { "CMYK by others", JCS_CMYK, JCS_CMYK, 0, 0 }
    };

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const jpeg_case_t *c = &cases[i];

        make_jpeg(c, NULL, 0, 0);
        err = decode(&photo, picture_len, WIDTH, 1.5, &reason);

        ok(err == CERT_OK && photo.width == WIDTH && photo.height == HEIGHT
           && is_right(&photo, c->from == JCS_GRAYSCALE, 0, 6),
           "JPEG: %s", c->name);
        certpdf_photo_wipe(&photo);
    }
}


static const png_case_t   rgb = { "RGB", PNG_COLOR_TYPE_RGB, 8, 0, 0 };
static const jpeg_case_t  ycc = { "YCbCr", JCS_RGB, JCS_YCbCr, 0, 0 };


/* Which quarter of the file is where, upright: the table of Exif's standard. */
static void
test_orientation(void)
{
    int              i, kind, q, seen, same, is_turned;
    size_t           len;
    uint8_t          exif[32];
    unsigned         x, y;
    cert_err_t       err;
    cert_reason_t    reason;
    certpdf_photo_t  photo;

    static const char  *places[] = {
        "0123", "0123", "1032", "3210", "2301", "0213", "2031", "3120",
        "1302", "0123"
    };

    for (i = 0; i < 20; i++) {
        kind = i % 2;
        seen = i / 2;
        is_turned = seen > 4 && seen < 9;

        if (kind == 0) {
            make_jpeg(&ycc, NULL, 0, seen);

        } else {
            len = make_exif(exif, seen % 2, seen);
            make_png(&rgb, 0, exif, len);
        }

        err = decode(&photo, picture_len, WIDTH,
                     is_turned ? 2.0 / 3 : 1.5, &reason);
        same = err == CERT_OK
               && photo.width == (is_turned ? HEIGHT : WIDTH)
               && photo.height == (is_turned ? WIDTH : HEIGHT);

        for (q = 0; same && q < 4; q++) {
            x = photo.width / 4 + (unsigned) (q % 2) * photo.width / 2;
            y = photo.height / 4 + (unsigned) (q / 2) * photo.height / 2;
            same = is_near(photo.pixels + 3 * (y * photo.width + x),
                           colours[places[seen][q] - '0'], 6);
        }

        ok(same, "%s: upright from orientation %d", kind ? "PNG" : "JPEG",
           seen);
        certpdf_photo_wipe(&photo);
    }

    for (len = 0; len <= sizeof(exif); len++) {
        (void) make_exif(exif, 0, 6);
        i = certpdf_photo_orientation(exif, len);

        if (i != (len < 22 ? 1 : 6)) {
            break;
        }
    }

    is_int(len, sizeof(exif) + 1, "Exif that is cut short tells nothing");
    memset(exif + 4, 0xff, 4);
    is_int(certpdf_photo_orientation(exif, 26), 1, "nor one that leads out");
}


/* Sizes, cuts and means. */
static void
test_scale(void)
{
    int              white, i;
    unsigned         x, y;
    uint8_t         *row;
    cert_reason_t    reason;
    certpdf_photo_t  photo;

    make_png(&rgb, 0, NULL, 0);

    is_int(decode(&photo, picture_len, 24, 1.5, &reason), CERT_OK, "a quarter");
    ok(photo.width == 24 && photo.height == 16 && is_right(&photo, 0, 0, 1),
       "has its size and colours");
    certpdf_photo_wipe(&photo);

    is_int(decode(&photo, picture_len, 1000, 1, &reason), CERT_OK, "a square");
    ok(photo.width == HEIGHT && photo.height == HEIGHT
       && is_right(&photo, 0, 0, 1), "is cut from the middle");
    certpdf_photo_wipe(&photo);

    is_int(decode(&photo, picture_len, 0.1, 1.5, &reason), CERT_OK, "a dot");
    ok(photo.width == 1 && photo.height == 1, "has one pixel at least");
    certpdf_photo_wipe(&photo);

    make_jpeg(&ycc, NULL, 0, 0);
    is_int(decode(&photo, picture_len, 13, 1.5, &reason), CERT_OK,
           "a JPEG of odd size");
    ok(photo.width == 13 && photo.height == 9 && is_right(&photo, 0, 0, 6),
       "has its size and colours");
    certpdf_photo_wipe(&photo);

    /* Stripes of one pixel, into widths that do not divide theirs. */

    row = malloc(3 * 300);

    for (i = 0; i < 300; i++) {
        memset(row + 3 * i, i % 2 ? 255 : 0, 3);
    }

    memset(&photo, 0, sizeof(photo));
    photo.box_width = photo.box_height = photo.orientation = 1;
    photo.width_max = 37;
    photo.reason = &reason;
    ok(certpdf_photo_begin(&photo, 300, 300), "stripes");

    for (y = 0; y < 300; y++) {
        certpdf_photo_row(&photo, row);
    }

    is_int(photo.done, 37, "all rows are made");
    white = 0;

    for (x = 0; x < 37 * 37; x++) {
        white += abs(photo.pixels[3 * x] - 127) > 16;
    }

    is_int(white, 0, "they become gray");
    certpdf_photo_wipe(&photo);
    free(row);
}


/* No part of a file is one, and no bit of a PNG can be another. */
static void
test_damage(void)
{
    int              kind, taken, strange;
    size_t           i, len;
    uint8_t          byte;
    cert_err_t       err;
    cert_reason_t    reason;
    certpdf_photo_t  photo;

    for (kind = 0; kind < 4; kind++) {
        const char *name = kind % 2 ? "PNG" : "JPEG";

        if (kind % 2) {
            make_png(&rgb, kind / 2, NULL, 0);

        } else {
            jpeg_case_t c = ycc;
            c.is_progressive = kind / 2;
            make_jpeg(&c, NULL, 0, 0);
        }

        len = picture_len;
        taken = 0;

        for (i = 3; i < len; i++) {
            err = decode(&photo, i, WIDTH, 1.5, &reason);
            taken += err != CERT_INVALID;
            certpdf_photo_wipe(&photo);
        }

        is_int(taken, 0, "%s: cut short it is refused, of %zu", name, len);

        taken = strange = 0;

        for (i = 8; i < len; i++) {
            byte = picture[i];
            picture[i] ^= 0x10;
            err = decode(&photo, len, WIDTH, 1.5, &reason);
            taken += err == CERT_OK && i < len - PNG_END_CRC;
            strange += err != CERT_OK && err != CERT_INVALID;
            picture[i] = byte;
            certpdf_photo_wipe(&photo);
        }

        is_int(strange, 0, "%s: with one bit changed it is taken or not",
               name);

        if (kind % 2) {
            is_int(taken, 0, "PNG: and never taken, but for its end");
        }

        memset(picture + len, 'x', 1000);
        is_int(decode(&photo, len + 1000, WIDTH, 1.5, &reason), CERT_OK,
               "%s: what follows the end does not matter", name);
        certpdf_photo_wipe(&photo);
    }
}


/* What a process of its own makes of the picture with 64 MiB of memory. */
static int
decode_within(void)
{
    int              status;
    pid_t            pid;
    cert_reason_t    reason;
    struct rlimit    limit;
    certpdf_photo_t  photo;

    fflush(stdout);
    pid = fork();

    if (pid == 0) {
        getrlimit(RLIMIT_DATA, &limit);
        limit.rlim_cur = 64 << 20;
        setrlimit(RLIMIT_DATA, &limit);
        _exit((int) decode(&photo, picture_len, WIDTH, 1, &reason));
    }

    (void) waitpid(pid, &status, 0);

    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}


/* As many chunks of text as a photo has room for, each of 4 MiB unpacked. */
static void
test_texts(void)
{
    size_t           len;
    cert_reason_t    reason;
    certpdf_photo_t  photo;

    static const size_t  head = 8 + 25;     /* the signature, and IHDR */

    text_len = (4 << 20) - 100;
    make_png(&rgb, 0, NULL, 0);
    text_len = 0;

    len = 12 + ((size_t) picture[head + 1] << 16)
          + ((size_t) picture[head + 2] << 8) + picture[head + 3];
    is_int(memcmp(picture + head + 4, "zTXt", 4), 0, "a chunk of text");

    for ( /* void */ ; picture_len + len < (1 << 20); picture_len += len) {
        memmove(picture + head + len, picture + head, picture_len - head);
    }

    is_int(decode(&photo, picture_len, WIDTH, 1.5, &reason), CERT_OK,
           "texts are passed over");
    ok(is_right(&photo, 0, 0, 1), "with what is seen");
    certpdf_photo_wipe(&photo);

    if (!SANITIZED) {
        is_int(decode_within(), CERT_OK, "and take no memory");
    }
}


static void
test_pixels(void)
{
    cert_reason_t    reason;
    certpdf_photo_t  photo;
    png_case_t       c = { "", PNG_COLOR_TYPE_GRAY, 1, 0, 1 };

    wide = 10000;
    high = 4001;
    make_png(&c, 0, NULL, 0);
    is_int(decode(&photo, picture_len, WIDTH, 1, &reason), CERT_INVALID,
           "a PNG of 40 million pixels and some");
    is_str(reason.text, "has 10000 x 4001 pixels, more than 40 million "
           "in all", "the reason tells");
    certpdf_photo_wipe(&photo);

    high = 4000;
    make_png(&c, 0, NULL, 0);
    is_int(decode(&photo, picture_len, WIDTH, 1, &reason), CERT_OK,
           "one of just as many");
    certpdf_photo_wipe(&photo);

    wide = WIDTH;
    high = HEIGHT;
}


/* Every coefficient in scans of its own, twice. */
static void
test_scans(void)
{
    int              i, n;
    jpeg_case_t      gray = { "", JCS_GRAYSCALE, JCS_GRAYSCALE, 0, 0 };
    cert_reason_t    reason;
    jpeg_scan_info   scans[200];
    certpdf_photo_t  photo;

    memset(scans, 0, sizeof(scans));
    scans[0].comps_in_scan = 1;

    for (n = 1, i = 1; i < 64; i++) {
        scans[n++] = (jpeg_scan_info) { 1, { 0 }, i, i, 0, 1 };
        scans[n++] = (jpeg_scan_info) { 1, { 0 }, i, i, 1, 0 };
    }

    make_jpeg(&gray, scans, n, 0);
    is_int(decode(&photo, picture_len, WIDTH, 1, &reason), CERT_INVALID,
           "a JPEG of %d scans", n);
    is_str(reason.text, "does not decode as JPEG: more than 100 scans",
           "the reason tells");
    certpdf_photo_wipe(&photo);

    make_jpeg(&gray, scans, 99, 0);
    is_int(decode(&photo, picture_len, WIDTH, 1, &reason), CERT_OK,
           "one of 99");
    certpdf_photo_wipe(&photo);
}


/* In a process of its own: an interlaced picture is held as a whole. */
static void
test_memory(void)
{
    cert_reason_t    reason;
    certpdf_photo_t  photo;
    png_case_t       c = { "", PNG_COLOR_TYPE_GRAY, 1, 0, 1 };

    if (SANITIZED) {
        return;
    }

    wide = 8000;
    high = 4000;
    make_png(&c, 1, NULL, 0);
    is_int(decode_within(), CERT_NO_MEMORY,
           "no memory is not the photo's fault");
    is_int(decode(&photo, picture_len, WIDTH, 1, &reason), CERT_OK,
           "with memory it is taken");
    certpdf_photo_wipe(&photo);
    wide = WIDTH;
    high = HEIGHT;
}


static void
test_write(void)
{
    cert_reason_t    reason;
    certpdf_bytes_t  jpeg = { NULL, 0 };
    certpdf_photo_t  photo;

    wide = 640;
    high = 480;
    make_png(&rgb, 0, NULL, 0);
    is_int(decode(&photo, picture_len, 640, 4.0 / 3, &reason), CERT_OK,
           "a picture");
    is_int(certpdf_photo_jpeg_write(&photo, &jpeg), CERT_OK, "is written");
    certpdf_photo_wipe(&photo);

    memcpy(picture, jpeg.data, jpeg.len);
    is_int(decode(&photo, jpeg.len, 640, 4.0 / 3, &reason), CERT_OK,
           "and is read");
    ok(is_right(&photo, 0, 0, 6), "with its colours");
    certpdf_photo_wipe(&photo);
    certpdf_bytes_free(&jpeg);
}


int
main(void)
{
    test_png();
    test_jpeg();
    test_orientation();
    test_scale();
    test_damage();
    test_pixels();
    test_scans();
    test_memory();
    test_texts();
    test_write();

    return done_testing();
}
