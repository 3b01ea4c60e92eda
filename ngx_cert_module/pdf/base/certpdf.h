/*
 * Copyright (C) the ngx_cert authors
 *
 * Fields and a template in, a sealed PDF out; a sealed PDF in, a verdict out.
 *
 * Knows neither the store nor nginx.  A renderer and a seal belong to one
 * thread at a time; neither must be carried over a fork.  Every failure that
 * a person has to mend comes with a reason in words.
 */


#ifndef CERTPDF_H_INCLUDED
#define CERTPDF_H_INCLUDED


#include "cert.h"


/* Bytes on the heap, owned by whoever holds the struct. */
typedef struct {
    uint8_t  *data;
    size_t    len;
} certpdf_bytes_t;

/*
 * Wipes them, since a copy shows a name, and leaves the struct empty; one of
 * zeros is allowed, NULL is not.
 */
void certpdf_bytes_free(certpdf_bytes_t *bytes);


/* Rendering. */

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
 * read, checked and drawn once, and kept.
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
    const char *templates, cert_reason_t *reason);
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


/*
 * Decodes a photo as certpdf_render() would, to its last byte, and lets go of
 * it.  JPEG: gray, RGB and CMYK, baseline and progressive; PNG: all kinds.
 * What is transparent becomes white.  The photo is turned upright as the
 * camera noted (Exif), colour profiles are passed over, and so is what follows
 * the end of the picture.
 *
 *     CERT_OK
 *     CERT_INVALID    neither JPEG nor PNG, damaged or cut short anywhere, or
 *                     of more than 40 million pixels
 *     CERT_NO_MEMORY  not the photo's fault
 *
 * The reason goes behind "the photo", and holds nothing of the picture.
 */
cert_err_t certpdf_photo_check(cert_str_t photo, cert_reason_t *reason);


/* Sealing: PAdES baseline B-B, certification signature, DocMDP P=1. */

typedef struct certpdf_seal_s  certpdf_seal_t;

/*
 * Reads key, certificate and chain from PEM, or from PKCS#12 when the name
 * ends in ".p12" or ".pfx" ("passphrase" may be NULL).  Refused: a file
 * readable by others, a key under RSA 2048 or EC P-256, a key that does not
 * belong to the certificate, a certificate not valid at "now", one whose key
 * usage forbids signing or whose every purpose is one of machines (TLS, time
 * stamps, OCSP).  Signs once, to be sure that it can.
 *
 *     CERT_OK
 *     CERT_NOT_FOUND  no such file
 *     CERT_REFUSED    see above, the reason says which
 *     CERT_INVALID    does not parse, a certificate of the chain included, or
 *                     the passphrase is wrong
 *     CERT_NO_MEMORY
 *     CERT_SYSTEM     the file cannot be read, or OpenSSL failed
 *
 * On an error "seal" is untouched; the file's bytes are wiped in any case.
 * close: NULL is allowed; OpenSSL wipes the key.
 */
cert_err_t certpdf_seal_open(certpdf_seal_t **seal, const char *path,
    const char *passphrase, cert_time_t now, cert_reason_t *reason);
void certpdf_seal_close(certpdf_seal_t *seal);

/*
 * Adds the one signature to what certpdf_render() made: one revision, the
 * byte ranges cover the whole file, "/M" is "now", no signing-time attribute.
 * "sealed" is the caller's to free, untouched on failure.
 *
 *     CERT_OK
 *     CERT_REFUSED    the certificate is not valid at "now"
 *     CERT_INVALID    "pdf" is not one clean revision without forms
 *     CERT_NO_MEMORY
 *     CERT_SYSTEM     libqpdf or OpenSSL failed
 */
cert_err_t certpdf_seal_apply(certpdf_seal_t *seal, cert_str_t pdf,
    cert_time_t now, certpdf_bytes_t *sealed, cert_reason_t *reason);


/* Verifying. */

typedef enum {
    CERTPDF_GENUINE = 0,
    CERTPDF_NOT_PDF,            /* no PDF, or cut short */
    CERTPDF_UNSIGNED,           /* no signature */
    CERTPDF_MORE_SIGNATURES,    /* more than one */
    CERTPDF_MORE_REVISIONS,     /* saved again after sealing */
    CERTPDF_BAD_RANGE,          /* the ranges do not cover the whole file */
    CERTPDF_NOT_CERTIFIED,      /* no DocMDP, or not P=1 */
    CERTPDF_ACTIVE_CONTENT,     /* scripts, actions, embedded files, forms */
    CERTPDF_BAD_SIGNATURE,      /* no CMS of the agreed form */
    CERTPDF_CHANGED,            /* digest or signature does not match */
    CERTPDF_UNKNOWN_SIGNER,     /* the chain does not end at our authority */
    CERTPDF_SIGNER_EXPIRED      /* not valid at the time of signing */
} certpdf_finding_t;

typedef struct {
    certpdf_finding_t  finding;
    uint8_t            sha256[CERT_SHA256_SIZE];   /* of the whole file */
    cert_time_t        signed_at;                  /* "/M"; 0 if none */
    char               signer[256];                /* subject, RFC 2253 */
    cert_reason_t      reason;                     /* of the finding */
} certpdf_report_t;

/*
 * Says what "pdf" is, the first finding in the order above that holds.  "ca"
 * is a PEM file of trusted authorities.
 *
 *     CERT_OK         "report" is filled in, whatever the finding
 *     CERT_NOT_FOUND  no such "ca" file
 *     CERT_INVALID    "ca" holds no certificate, or one that does not parse
 *     CERT_SYSTEM     libqpdf or OpenSSL failed; "report" says not_pdf
 */
cert_err_t certpdf_verify(cert_str_t pdf, const char *ca,
    certpdf_report_t *report, cert_reason_t *reason);

/* The finding as a stable lower-case name, "more_revisions"; static. */
const char *certpdf_finding_name(certpdf_finding_t finding);


#endif /* CERTPDF_H_INCLUDED */
