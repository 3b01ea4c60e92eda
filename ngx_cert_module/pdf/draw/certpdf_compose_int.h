/*
 * Copyright (C) the ngx_cert authors
 *
 * Putting finished drawings under and over a page; private to pdf/.
 */


#ifndef CERTPDF_COMPOSE_INT_H_INCLUDED
#define CERTPDF_COMPOSE_INT_H_INCLUDED


#include <cairo.h>

#include "certpdf_bytes.h"
#include "certpdf_links_int.h"
#include "certpdf_qpdf_int.h"
#include "certpdf_render.h"


/* The one page of "source", scaled, its lower left corner at "x", "y". */
typedef struct {
    qpdf_data  source;
    double     width;       /* of the page, before scaling */
    double     height;
    double     scale;
    double     x;
    double     y;
    int        over;        /* over what is drawn, else under it */
} certpdf_stamp_t;


/*
 * Replaces "pdf", of one page drawn by cairo, by one with the stamps, with
 * links to the address in the QR of "job", with its title and time, and with
 * the language of its text.  CERT_NO_MEMORY;
 * CERT_SYSTEM: libqpdf has failed.
 */
cert_err_t certpdf_compose(certpdf_bytes_t *pdf, const certpdf_stamp_t *stamps,
    size_t n, const certpdf_links_t *links, const certpdf_job_t *job,
    cert_reason_t *reason);

/* Appends to the certpdf_bytes_t "data"; a cairo_write_func_t. */
cairo_status_t certpdf_compose_write(void *data, const unsigned char *bytes,
    unsigned len);


#endif /* CERTPDF_COMPOSE_INT_H_INCLUDED */
