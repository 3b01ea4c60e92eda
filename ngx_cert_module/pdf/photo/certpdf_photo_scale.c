/*
 * Copyright (C) the ngx_cert authors
 *
 * The part of a photo that is shown, in the size it is shown.
 *
 * Each pixel made is the mean of the area it covers, borders counted by their
 * share: what a camera saw of hair and eyes then fades instead of flickering,
 * as it does where single pixels are picked.  Rows are taken as they come, so
 * a photo of 40 million pixels costs the memory of one of its rows and of what
 * is made of it.
 */


#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>

#include "certpdf_photo_int.h"
#include "certpdf_photo_scale_int.h"


/* Sums of shares are never quite whole. */
#define CERTPDF_PHOTO_NEAR  1e-6


static double certpdf_photo_fit(const certpdf_photo_t *photo, unsigned width,
    unsigned height, double *cut_width, double *cut_height);
static unsigned certpdf_photo_clamp(double value, unsigned max);
static void certpdf_photo_spans(certpdf_photo_t *photo);
static void certpdf_photo_squeeze(certpdf_photo_t *photo, const uint8_t *rgb);
static void certpdf_photo_add(certpdf_photo_t *photo, double share);
static void certpdf_photo_emit(certpdf_photo_t *photo);


double
certpdf_photo_scale(const certpdf_photo_t *photo, unsigned width,
    unsigned height)
{
    double  cut_width, cut_height;

    return certpdf_photo_fit(photo, width, height, &cut_width, &cut_height);
}


/* The largest middle part with the proportions of the box, lying as it does. */
static double
certpdf_photo_fit(const certpdf_photo_t *photo, unsigned width,
    unsigned height, double *cut_width, double *cut_height)
{
    int     is_turned;
    double  box_width, box_height, scale, across;

    is_turned = (photo->orientation > 4);
    box_width = is_turned ? photo->box_height : photo->box_width;
    box_height = is_turned ? photo->box_width : photo->box_height;

    scale = fmin(width / box_width, height / box_height);
    *cut_width = box_width * scale;
    *cut_height = box_height * scale;

    across = is_turned ? *cut_height : *cut_width;

    return photo->width_max / fmax(across, 1);
}


int
certpdf_photo_may(certpdf_photo_t *photo, unsigned width, unsigned height)
{
    if (width > 0 && height > 0
        && (uint64_t) width * height <= CERTPDF_PHOTO_PIXELS_MAX)
    {
        return 1;
    }

    photo->err = CERT_INVALID;
    cert_reason_set(photo->reason, "has %u x %u pixels, more than %d million "
                    "in all", width, height,
                    CERTPDF_PHOTO_PIXELS_MAX / 1000000);

    return 0;
}


int
certpdf_photo_begin(certpdf_photo_t *photo, unsigned width, unsigned height)
{
    double  cut_width, cut_height, scale;

    scale = certpdf_photo_fit(photo, width, height, &cut_width, &cut_height);
    scale = fmin(scale, 1);

    photo->cut_width = certpdf_photo_clamp(cut_width, width);
    photo->cut_height = certpdf_photo_clamp(cut_height, height);
    photo->left = (width - photo->cut_width) / 2;
    photo->top = (height - photo->cut_height) / 2;

    photo->width = certpdf_photo_clamp(photo->cut_width * scale,
                                       photo->cut_width);
    photo->height = certpdf_photo_clamp(photo->cut_height * scale,
                                        photo->cut_height);

    photo->size = (size_t) photo->width * photo->height * 3;
    photo->pixels = malloc(photo->size);
    photo->spans = malloc(photo->width * sizeof(certpdf_photo_span_t));
    photo->line = malloc(3 * photo->width * sizeof(float));
    photo->sum = calloc(3 * photo->width, sizeof(float));

    if (photo->pixels == NULL || photo->spans == NULL || photo->line == NULL
        || photo->sum == NULL)
    {
        certpdf_photo_no_memory(photo);
        return 0;
    }

    certpdf_photo_spans(photo);

    return 1;
}


static unsigned
certpdf_photo_clamp(double value, unsigned max)
{
    value = fmin(round(value), max);

    return value < 1 ? 1 : (unsigned) value;
}


/* The same for all rows, and worked out once. */
static void
certpdf_photo_spans(certpdf_photo_t *photo)
{
    double                 step, from, to;
    unsigned               x;
    certpdf_photo_span_t  *span;

    step = (double) photo->cut_width / photo->width;

    for (x = 0; x < photo->width; x++) {
        span = &photo->spans[x];
        from = x * step;
        to = fmin(from + step, photo->cut_width);

        span->first = (unsigned) from;
        span->last = certpdf_photo_clamp(ceil(to - CERTPDF_PHOTO_NEAR),
                                         photo->cut_width) - 1;
        span->head = (float) (fmin(to, span->first + 1) - from);
        span->tail = span->last > span->first ? (float) (to - span->last) : 0;
    }
}


/* A row lies in at most two of those made, which are no lower than it. */
void
certpdf_photo_row(certpdf_photo_t *photo, const uint8_t *rgb)
{
    double    share, from, end;
    unsigned  row;

    row = photo->row++;

    if (row < photo->top || row - photo->top >= photo->cut_height) {
        return;
    }

    certpdf_photo_squeeze(photo, rgb + 3 * (size_t) photo->left);

    from = row - photo->top;
    end = (photo->done + 1) * (double) photo->cut_height / photo->height;

    share = fmin(end - from, 1);
    certpdf_photo_add(photo, share);

    if (from + 1 < end - CERTPDF_PHOTO_NEAR) {
        return;
    }

    certpdf_photo_emit(photo);

    if (share < 1 && photo->done < photo->height) {
        certpdf_photo_add(photo, 1 - share);
    }
}


/* One row into "line": sums of what each pixel covers. */
static void
certpdf_photo_squeeze(certpdf_photo_t *photo, const uint8_t *rgb)
{
    int             i;
    float          *out;
    unsigned        x, n, sum[3];
    const uint8_t  *first, *last, *p;

    out = photo->line;

    for (x = 0; x < photo->width; x++, out += 3) {
        const certpdf_photo_span_t *span = &photo->spans[x];

        first = rgb + 3 * (size_t) span->first;
        last = rgb + 3 * (size_t) span->last;
        sum[0] = sum[1] = sum[2] = 0;

        for (p = first + 3, n = span->first + 1; n < span->last; n++, p += 3) {
            sum[0] += p[0];
            sum[1] += p[1];
            sum[2] += p[2];
        }

        for (i = 0; i < 3; i++) {
            out[i] = span->head * first[i] + (float) sum[i]
                     + span->tail * last[i];
        }
    }
}


static void
certpdf_photo_add(certpdf_photo_t *photo, double share)
{
    unsigned  i;

    for (i = 0; i < 3 * photo->width; i++) {
        photo->sum[i] += (float) share * photo->line[i];
    }
}


/* The next row of the picture is whole: its mean, and the sums begin again. */
static void
certpdf_photo_emit(certpdf_photo_t *photo)
{
    float      value, area;
    uint8_t   *out;
    unsigned   i;

    area = (float) photo->cut_width / photo->width
           * photo->cut_height / photo->height;

    out = photo->pixels + 3 * (size_t) photo->width * photo->done;

    for (i = 0; i < 3 * photo->width; i++) {
        value = photo->sum[i] / area + 0.5f;
        out[i] = value < 255 ? (uint8_t) value : 255;
        photo->sum[i] = 0;
    }

    photo->done++;
}


/* Orientations above 4 lie on their side, the others are mirrored at most. */
int
certpdf_photo_turn(certpdf_photo_t *photo)
{
    int        is_turned, from_right, from_below;
    uint8_t   *upright, *out;
    unsigned   x, y, width, height, from_x, from_y;

    if (photo->orientation == 1) {
        return 1;
    }

    upright = malloc(photo->size);

    if (upright == NULL) {
        certpdf_photo_no_memory(photo);
        return 0;
    }

    is_turned = (photo->orientation > 4);
    from_right = strchr("\2\3\7\10", photo->orientation) != NULL;
    from_below = strchr("\3\4\6\7", photo->orientation) != NULL;

    width = is_turned ? photo->height : photo->width;
    height = is_turned ? photo->width : photo->height;

    for (out = upright, y = 0; y < height; y++) {
        for (x = 0; x < width; x++, out += 3) {
            from_x = is_turned ? y : x;
            from_y = is_turned ? x : y;

            from_x = from_right ? photo->width - 1 - from_x : from_x;
            from_y = from_below ? photo->height - 1 - from_y : from_y;

            memcpy(out, photo->pixels
                        + 3 * ((size_t) photo->width * from_y + from_x), 3);
        }
    }

    OPENSSL_cleanse(photo->pixels, photo->size);
    free(photo->pixels);

    photo->pixels = upright;
    photo->width = width;
    photo->height = height;

    return 1;
}


void
certpdf_photo_wipe(certpdf_photo_t *photo)
{
    if (photo->pixels != NULL) {
        OPENSSL_cleanse(photo->pixels, photo->size);
    }

    free(photo->pixels);
    free(photo->spans);
    free(photo->line);
    free(photo->sum);

    photo->pixels = NULL;
    photo->spans = NULL;
    photo->line = NULL;
    photo->sum = NULL;
}


void
certpdf_photo_no_memory(certpdf_photo_t *photo)
{
    photo->err = CERT_NO_MEMORY;
    cert_reason_set(photo->reason, "cannot be decoded: out of memory");
}
