/*
 * Copyright (C) the ngx_cert authors
 *
 * What is drawn into the slots of a template, and the fields; private to
 * pdf/.
 */


#ifndef CERTPDF_DRAW_INT_H_INCLUDED
#define CERTPDF_DRAW_INT_H_INCLUDED


#include "certpdf_template_int.h"


/*
 * Draws the photo over all of "box".  Errors as of certpdf_photo_check(), and
 * CERT_SYSTEM: libjpeg failed to make what is embedded.
 */
cert_err_t certpdf_photo_draw(cairo_t *cr, const RsvgRectangle *box,
    cert_str_t photo, cert_reason_t *reason);

/*
 * Draws "text" as a QR with its quiet zone in "box", as one path.
 * CERT_INVALID: too long for a QR.
 */
cert_err_t certpdf_qr_draw(cairo_t *cr, const RsvgRectangle *box,
    cert_str_t text, cert_reason_t *reason);

/*
 * Draws the fields of a template.  CERT_NOT_FOUND: one is missing;
 * CERT_INVALID: a value is not plain UTF-8, is too long or has a character that
 * no font has.
 */
cert_err_t certpdf_fields_draw(cairo_t *cr, PangoContext *pango,
    const certpdf_template_t *template, const certpdf_job_t *job,
    cert_reason_t *reason);


#endif /* CERTPDF_DRAW_INT_H_INCLUDED */
