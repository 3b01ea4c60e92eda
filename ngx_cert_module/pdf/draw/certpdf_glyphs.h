/*
 * Copyright (C) the ngx_cert authors
 *
 * Which characters a copy can show: those that an installed font has.
 *
 * A template names its fonts, and what these lack is drawn with any other that
 * has it, so what counts is all fonts together.
 */


#ifndef CERTPDF_GLYPHS_H_INCLUDED
#define CERTPDF_GLYPHS_H_INCLUDED


#include "cert.h"


typedef struct certpdf_glyphs_s  certpdf_glyphs_t;


/*
 * Looks at the fonts that are installed now.  It may be made on one thread and
 * used on another, by one at a time.  NULL: no memory, or fontconfig cannot
 * list them.
 */
certpdf_glyphs_t *certpdf_glyphs_create(void);

/* NULL is allowed. */
void certpdf_glyphs_destroy(certpdf_glyphs_t *glyphs);

/*
 * The first character of "text", which is UTF-8, that would be drawn as a box;
 * 0 if there is none.
 */
uint32_t certpdf_glyphs_missing(certpdf_glyphs_t *glyphs, cert_str_t text);

/* The Debian package whose fonts have such characters; static. */
const char *certpdf_glyphs_package(uint32_t ch);


#endif /* CERTPDF_GLYPHS_H_INCLUDED */
