/*
 * Copyright (C) the ngx_cert authors
 *
 * Reading a template's markup; private to pdf/.
 */


#ifndef CERTPDF_MARKUP_INT_H_INCLUDED
#define CERTPDF_MARKUP_INT_H_INCLUDED


#include "certpdf_template_int.h"


/* What an element hands down to those inside it. */
typedef struct {
    certpdf_layer_t   layer;
    certpdf_style_t   style;        /* family is owned */
    unsigned          shared:1;     /* written to every layer */
    unsigned          outline:1;    /* data-draw="outline" */
    unsigned          altered:1;    /* under a transform, clip, opacity... */
    unsigned          css:1;        /* content is a style sheet */
    unsigned          omitted:1;    /* neither it nor its content is written */
} certpdf_frame_t;

typedef struct {
    certpdf_template_t  *template;
    PangoContext        *pango;
    GString             *layers[CERTPDF_LAYERS];
    int                  drawn[CERTPDF_LAYERS];     /* has a shape or text */
    GArray              *frames;        /* of certpdf_frame_t */

    GPtrArray           *text_attrs;    /* name, value, ...; NULL: no text */
    GString             *text;
    int                  spans;         /* tspan elements in the text */

    int                  missing_font;
    cert_reason_t        reason;        /* without file and line */
} certpdf_markup_t;


/*
 * Feeds the file through, certpdf_markup_read.c; returns 0 and sets "reason" on
 * failure.
 */
int certpdf_markup_read(certpdf_markup_t *markup, const char *svg, size_t len,
    int *line);

/* Each returns 0 and sets "markup->reason" on failure. */
int certpdf_markup_fail(certpdf_markup_t *markup, const char *what,
    const char *name);
int certpdf_markup_number(certpdf_markup_t *markup, const char *name,
    const char *value, double *number);

/* Appends to the layer of "frame", or to all when it is shared. */
void certpdf_markup_write(certpdf_markup_t *markup,
    const certpdf_frame_t *frame, const char *text);

/* Checks all of an element and notes in "frame" what is ours of them. */
int certpdf_markup_attributes(certpdf_markup_t *markup,
    certpdf_frame_t *frame, const char **names, const char **values);

/* A text element from its start to its end, certpdf_markup_text.c. */
int certpdf_markup_text_begin(certpdf_markup_t *markup, const char **names,
    const char **values);
int certpdf_markup_text_end(certpdf_markup_t *markup, certpdf_frame_t *frame);

/* Size of the page, and a data-slot, certpdf_markup_place.c. */
int certpdf_markup_root(certpdf_markup_t *markup, const char **names,
    const char **values);
int certpdf_markup_slot(certpdf_markup_t *markup, certpdf_frame_t *frame,
    const char *slot, const char **names, const char **values);

/* The value of an attribute, NULL when there is none. */
const char *certpdf_markup_value(const char **names, const char **values,
    const char *name);

/* Takes an attribute into "style" if it belongs there. */
int certpdf_markup_style(certpdf_markup_t *markup, certpdf_style_t *style,
    const char *name, const char *value);


#endif /* CERTPDF_MARKUP_INT_H_INCLUDED */
