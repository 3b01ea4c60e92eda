/*
 * Copyright (C) the ngx_cert authors
 *
 * Templates: what an authority's designer draws as SVG, read once and split
 * into what is the same on every copy and what is not; private to pdf/.
 */


#ifndef CERTPDF_TEMPLATE_INT_H_INCLUDED
#define CERTPDF_TEMPLATE_INT_H_INCLUDED


#include <glib.h>
#include <librsvg/rsvg.h>
#include <pango/pangocairo.h>
#include <qpdf/qpdf-c.h>

#include "certpdf_bytes.h"


/* Rectangles of a template that something else is drawn into. */
typedef enum {
    CERTPDF_SLOT_PHOTO = 0,
    CERTPDF_SLOT_SEAL,
    CERTPDF_SLOT_BAND,
    CERTPDF_SLOT_QR,
    CERTPDF_SLOTS
} certpdf_slot_t;

typedef struct {
    char        *family;    /* as in CSS, the preferred one first */
    double       size;      /* in units of the template */
    int          weight;    /* 100..900 */
    double       spacing;   /* between letters, in units of the template */
    double       anchor;    /* part of the width to the left: 0, 0.5 or 1 */
    PangoColor   color;
} certpdf_style_t;

/* Text and fields by turns; exactly one of the two is set. */
typedef struct {
    char        *literal;
    const char  *field;     /* in certpdf_field_names[] */
} certpdf_part_t;

/* One <text> that holds a field. */
typedef struct {
    GArray           *parts;    /* of certpdf_part_t */
    certpdf_style_t   style;
    double            x;
    double            y;        /* of the baseline */
    double            fit;      /* longest width, 0 for any */
    double            min;      /* smallest font size */
    int               lines;    /* into how many it may be broken */
} certpdf_text_t;

/*
 * The drawings made of one file.  The groups and definitions around an
 * element are in both of them.
 */
typedef enum {
    CERTPDF_LAYER_FIXED = 0,    /* the same on every copy */
    CERTPDF_LAYER_EMPTY,        /* data-when="no-photo" */
    CERTPDF_LAYERS
} certpdf_layer_t;

typedef struct {
    char             *name;
    double            width;
    double            height;

    /* The layers as PDF; "qpdf" is NULL where nothing is drawn. */
    certpdf_bytes_t   pdf[CERTPDF_LAYERS];
    qpdf_data         qpdf[CERTPDF_LAYERS];     /* reads from "pdf" */

    GPtrArray        *texts;                    /* of certpdf_text_t * */
    RsvgRectangle     slots[CERTPDF_SLOTS];     /* width 0: has none */
} certpdf_template_t;


/*
 * Reads a template.  "pango" is used to turn text marked data-draw="outline"
 * into paths.  CERT_INVALID: the reason gives file, line and what is wrong;
 * CERT_SYSTEM: a font that the template asks for is not installed.
 */
cert_err_t certpdf_template_parse(certpdf_template_t **template,
    const char *name, const char *svg, size_t len, PangoContext *pango,
    cert_reason_t *reason);
void certpdf_template_free(certpdf_template_t *template);


#endif /* CERTPDF_TEMPLATE_INT_H_INCLUDED */
