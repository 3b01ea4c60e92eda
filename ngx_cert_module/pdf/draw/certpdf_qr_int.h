/*
 * Copyright (C) the ngx_cert authors
 *
 * The QR of a copy; private to pdf/.
 */


#ifndef CERTPDF_QR_INT_H_INCLUDED
#define CERTPDF_QR_INT_H_INCLUDED


#include <cairo.h>
#include <librsvg/rsvg.h>

#include "cert.h"


/*
 * Draws "text" as a QR with its quiet zone in "box", as one path.
 * CERT_INVALID: too long for a QR; CERT_NO_MEMORY.
 */
cert_err_t certpdf_qr_draw(cairo_t *cr, const RsvgRectangle *box,
    cert_str_t text, cert_reason_t *reason);


#endif /* CERTPDF_QR_INT_H_INCLUDED */
