/*
 * Copyright (C) the ngx_cert authors
 *
 * The QR, as one path: sharp at every size, a few hundred bytes in the file.
 *
 * An image was rejected: viewers smooth it when they scale it, and one that is
 * large enough for that not to matter is larger than the path.
 *
 * The fewer modules, the larger each of them, so the smallest version counts
 * that holds the text with correction of level M, which is enough for a fold or
 * a staple.  The code has a mode of its own, in which a character takes 5.5
 * bits and not 8.  To write the whole address in capitals, which would shorten
 * it more, was rejected: a path has its case, and what people see before they
 * open it should look as it is printed.  What is free in that version goes into
 * more correction.
 */


#include <errno.h>
#include <qrencode.h>
#include <stdlib.h>
#include <string.h>

#include "certpdf_qr_int.h"


/* Modules of white around it that ISO/IEC 18004 asks for. */
#define CERTPDF_QR_QUIET  4

/* Points of a module: a third of a millimetre, as printers of offices take. */
#define CERTPDF_QR_UNIT_MIN  0.95


static QRcode *certpdf_qr_encode(const char *text);
static void certpdf_qr_paint(cairo_t *cr, const RsvgRectangle *box,
    const QRcode *qr);
static void certpdf_qr_row(cairo_t *cr, const QRcode *qr, int y);


cert_err_t
certpdf_qr_draw(cairo_t *cr, const RsvgRectangle *box, cert_str_t text,
    cert_reason_t *reason)
{
    char    *copy;
    double   side, skew;
    QRcode  *qr;

    copy = strndup((const char *) text.data, text.len);
    qr = (copy != NULL) ? certpdf_qr_encode(copy) : NULL;
    free(copy);

    if (qr == NULL) {
        cert_reason_set(reason, "cannot make a QR of the text: %s",
                        errno == ERANGE ? "too long" : "it is empty, or "
                                                       "memory is out");
        return (errno == ENOMEM) ? CERT_NO_MEMORY : CERT_INVALID;
    }

    skew = 0;
    side = MIN(box->width, box->height);
    cairo_user_to_device_distance(cr, &side, &skew);

    if (side < CERTPDF_QR_UNIT_MIN * (qr->width + 2 * CERTPDF_QR_QUIET)) {
        QRcode_free(qr);
        cert_reason_set(reason, "cannot make a QR of the text: too long for "
                        "its place");
        return CERT_INVALID;
    }

    certpdf_qr_paint(cr, box, qr);
    QRcode_free(qr);

    return CERT_OK;
}


/* NULL with "errno" as libqrencode sets it. */
static QRcode *
certpdf_qr_encode(const char *text)
{
    size_t   i;
    QRcode  *qr, *better;

    static const QRecLevel  levels[] = { QR_ECLEVEL_Q, QR_ECLEVEL_H };

    qr = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);

    for (i = 0; qr != NULL && i < sizeof(levels) / sizeof(levels[0]); i++) {
        better = QRcode_encodeString(text, qr->version, levels[i], QR_MODE_8,
                                     1);

        if (better == NULL || better->version != qr->version) {
            QRcode_free(better);
            break;
        }

        QRcode_free(qr);
        qr = better;
    }

    return qr;
}


/* On white of its own: a template may have colour or lines there. */
static void
certpdf_qr_paint(cairo_t *cr, const RsvgRectangle *box, const QRcode *qr)
{
    int     y;
    double  side, unit;

    side = MIN(box->width, box->height);
    unit = side / (qr->width + 2 * CERTPDF_QR_QUIET);

    cairo_save(cr);

    cairo_translate(cr, box->x + (box->width - side) / 2,
                    box->y + (box->height - side) / 2);
    cairo_set_source_rgb(cr, 1, 1, 1);
    cairo_rectangle(cr, 0, 0, side, side);
    cairo_fill(cr);

    cairo_scale(cr, unit, unit);
    cairo_translate(cr, CERTPDF_QR_QUIET, CERTPDF_QR_QUIET);
    cairo_set_source_rgb(cr, 0, 0, 0);

    for (y = 0; y < qr->width; y++) {
        certpdf_qr_row(cr, qr, y);
    }

    cairo_fill(cr);
    cairo_restore(cr);
}


/* Neighbours are joined, so that no viewer shows hairlines between them. */
static void
certpdf_qr_row(cairo_t *cr, const QRcode *qr, int y)
{
    int                   x, start;
    const unsigned char  *row;

    row = qr->data + (size_t) y * qr->width;

    for (x = 0; x < qr->width; x++) {
        if (!(row[x] & 1)) {
            continue;
        }

        for (start = x; x < qr->width && (row[x] & 1); x++) { /* void */ }

        cairo_rectangle(cr, start, y, x - start, 1);
    }
}
