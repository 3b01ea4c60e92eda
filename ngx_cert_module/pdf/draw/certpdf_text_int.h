/*
 * Copyright (C) the ngx_cert authors
 *
 * Text laid out, fitted and outlined; private to pdf/.
 */


#ifndef CERTPDF_TEXT_INT_H_INCLUDED
#define CERTPDF_TEXT_INT_H_INCLUDED


#include "certpdf_template_int.h"


typedef struct {
    char    *family;        /* the one family that has all characters */
    double   size;
    int      lines;
    size_t   breaks[2];     /* end of each line, in bytes */
} certpdf_fit_t;

/* Lays out "text" in "family", which may be a list and is not the style's. */
PangoLayout *certpdf_text_layout(PangoContext *pango,
    const certpdf_style_t *style, const char *family, const char *text,
    size_t len);

/*
 * Chooses family, size and line breaks so that "text" keeps to the limits.
 * "family" is the caller's to g_free(), NULL on failure.
 *
 *     CERT_OK
 *     CERT_INVALID    too long even at the smallest size: "missing" is 0;
 *                     or no font has the character "missing", which begins
 *                     at the byte "at"
 */
cert_err_t certpdf_text_fit(PangoContext *pango, const certpdf_text_t *text,
    const char *value, certpdf_fit_t *fit, gunichar *missing, size_t *at);

/* Whether the first family of the list is installed. */
int certpdf_text_font_exists(PangoContext *pango,
    const certpdf_style_t *style);

/* The outline of "text" whose baseline is at "x", "y", as path data. */
char *certpdf_text_outline(PangoContext *pango, const certpdf_style_t *style,
    double x, double y, const char *text, gunichar *missing);


#endif /* CERTPDF_TEXT_INT_H_INCLUDED */
