/*
 * Copyright (C) the ngx_cert authors
 *
 * Fields and a template in, a PDF out.
 *
 * A renderer belongs to one thread at a time and must not be carried over a
 * fork.  Every failure that a person has to repair comes with a reason in
 * words.
 */


#ifndef CERTPDF_RENDER_H_INCLUDED
#define CERTPDF_RENDER_H_INCLUDED


#include "certpdf_bytes.h"


typedef struct certpdf_renderer_s  certpdf_renderer_t;

/* What "{{name}}" in a template stands for: plain text, never markup. */
typedef struct {
    const char  *name;
    cert_str_t   value;
} certpdf_field_t;

typedef struct {
    const char             *face;      /* template: FACE.svg */
    const char             *seal;      /* image of the seal: seals/SEAL.svg */
    const char             *band;      /* band.svg or band-original.svg */
    const certpdf_field_t  *fields;
    size_t                  fields_n;
    cert_str_t              photo;     /* JPEG or PNG, empty for none; see
                                          certpdf_photo_check() */
    cert_str_t              qr;        /* text of the QR */
    const char             *title;     /* of the document; holds no name */
    const char *const      *quiet;     /* fields of which no reason tells a
                                          character, then NULL; NULL: none */
    cert_time_t             time;      /* of making, in UTC */
} certpdf_job_t;

/*
 * Opens the folder of templates: faces, bands and seal images.  The files are
 * read, checked and drawn once, and kept.  Unless it is NULL, "others" is a
 * folder that has the files which "templates" has not.
 *
 *     CERT_OK
 *     CERT_INVALID    a template that is not well-formed, names an unknown
 *                     field, reaches outside or holds a character that no
 *                     font has: the reason gives file and line
 *     CERT_SYSTEM     the folder or a file cannot be read, or a font that a
 *                     template asks for is not installed
 *
 * On an error "renderer" is untouched.  Without memory GLib ends the process.
 * close: NULL is allowed.
 */
cert_err_t certpdf_renderer_open(certpdf_renderer_t **renderer,
    const char *templates, const char *others, cert_reason_t *reason);
void certpdf_renderer_close(certpdf_renderer_t *renderer);

/*
 * Fonts are looked for once in a process.  After this they are looked for
 * again, by the next renderer that is opened; there may be none open.
 */
void certpdf_fonts_forget(void);

/*
 * Draws one A4 page: face, photo, seal image, band, QR; fonts embedded and
 * subset.  "pdf" is the caller's to free, untouched on failure.
 *
 *     CERT_OK         "pdf" is filled in
 *     CERT_NOT_FOUND  no such face, band or seal image, or the template wants
 *                     a field that the job has not: other templates may do
 *     CERT_INVALID    of the job itself: a value is not UTF-8, too long for
 *                     its place even when shrunk, or has a character no font
 *                     has (the reason gives U+XXXX, unless the field is one
 *                     of "quiet", and the field); a photo that does not decode
 *     CERT_NO_MEMORY
 *     CERT_SYSTEM     cairo or libqpdf failed
 */
cert_err_t certpdf_render(certpdf_renderer_t *renderer,
    const certpdf_job_t *job, certpdf_bytes_t *pdf, cert_reason_t *reason);


#endif /* CERTPDF_RENDER_H_INCLUDED */
