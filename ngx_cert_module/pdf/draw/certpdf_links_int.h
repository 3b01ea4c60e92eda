/*
 * Copyright (C) the ngx_cert authors
 *
 * What on a page leads to the check; private to pdf/.
 */


#ifndef CERTPDF_LINKS_INT_H_INCLUDED
#define CERTPDF_LINKS_INT_H_INCLUDED


#include <cairo.h>
#include <librsvg/rsvg.h>

#include "certpdf_link_int.h"


/* A4 in points. */
#define CERTPDF_PAGE_WIDTH   595.276
#define CERTPDF_PAGE_HEIGHT  841.890

typedef struct {
    size_t              n;
    certpdf_link_box_t  at[CERTPDF_LINKS_MAX];
} certpdf_links_t;


/* Notes what is drawn in "box" of "cr"; beyond the limit nothing is noted. */
void certpdf_links_add(certpdf_links_t *links, cairo_t *cr,
    const RsvgRectangle *box);

/* Makes each place a link to "uri"; a failure is an error of "qpdf". */
void certpdf_links_attach(const certpdf_links_t *links, qpdf_data qpdf,
    qpdf_oh page, cert_str_t uri);


#endif /* CERTPDF_LINKS_INT_H_INCLUDED */
