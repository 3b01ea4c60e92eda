/*
 * Copyright (C) the ngx_cert authors
 *
 * What a template may contain; private to pdf/.
 *
 * They return NULL when it may, else what is wrong, static.
 */


#ifndef CERTPDF_SVG_INT_H_INCLUDED
#define CERTPDF_SVG_INT_H_INCLUDED


#include "cert.h"


/*
 * What a template may contain, certpdf_svg.c.  They return NULL when it may,
 * else what is wrong, static.
 */
const char *certpdf_svg_check_element(const char *element);
const char *certpdf_svg_check_attribute(const char *name, const char *value);
const char *certpdf_svg_check_style(const char *css);

/* Whether an element belongs to an editor and is left out. */
int certpdf_svg_is_foreign(const char *name);


#endif /* CERTPDF_SVG_INT_H_INCLUDED */
