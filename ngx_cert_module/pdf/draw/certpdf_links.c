/*
 * Copyright (C) the ngx_cert authors
 *
 * What on a page leads to the check: QR, code and printed address.
 *
 * A person who has the file open need neither scan nor type.  Every link leads
 * to the address in the QR, so that what is pressed and what is scanned give
 * one answer.
 *
 * cairo can write links itself.  That was rejected: since 1.18 it puts them
 * into a structure of the document, and verify knows one form.
 */


#include "certpdf_links_int.h"


void
certpdf_links_add(certpdf_links_t *links, cairo_t *cr,
    const RsvgRectangle *box)
{
    double               x, y, width, height;
    certpdf_link_box_t  *at;

    if (links->n == CERTPDF_LINKS_MAX) {
        return;
    }

    x = box->x;
    y = box->y;
    width = box->width;
    height = box->height;
    cairo_user_to_device(cr, &x, &y);
    cairo_user_to_device_distance(cr, &width, &height);

    /* In a PDF y grows upwards. */

    at = &links->at[links->n++];
    at->left = x;
    at->bottom = CERTPDF_PAGE_HEIGHT - y - height;
    at->right = x + width;
    at->top = CERTPDF_PAGE_HEIGHT - y;
}


void
certpdf_links_attach(const certpdf_links_t *links, qpdf_data qpdf,
    qpdf_oh page, cert_str_t uri)
{
    size_t   i;
    qpdf_oh  list;

    if (links->n == 0) {
        return;
    }

    list = qpdf_oh_new_array(qpdf);

    for (i = 0; i < links->n; i++) {
        qpdf_oh_append_item(qpdf, list,
            qpdf_make_indirect_object(qpdf,
                certpdf_link_make(qpdf, &links->at[i], uri)));
    }

    qpdf_oh_replace_key(qpdf, page, "/Annots", list);
}
