/*
 * Copyright (C) the ngx_cert authors
 *
 * The fields of a template; private to pdf/.
 */


#ifndef CERTPDF_FIELDS_INT_H_INCLUDED
#define CERTPDF_FIELDS_INT_H_INCLUDED


#include "certpdf_links_int.h"
#include "certpdf_render.h"
#include "certpdf_template_int.h"


typedef struct {
    cairo_t          *cr;
    PangoContext     *pango;
    certpdf_links_t  *links;    /* gets the places of code and address */
} certpdf_canvas_t;

/*
 * Draws the fields of a template.  CERT_NOT_FOUND: one is missing;
 * CERT_INVALID: a value is not plain UTF-8, is too long or has a character that
 * no font has.
 */
cert_err_t certpdf_fields_draw(const certpdf_canvas_t *canvas,
    const certpdf_template_t *template, const certpdf_job_t *job,
    cert_reason_t *reason);


#endif /* CERTPDF_FIELDS_INT_H_INCLUDED */
