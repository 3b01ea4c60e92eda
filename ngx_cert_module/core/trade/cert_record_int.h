/*
 * Copyright (C) the ngx_cert authors
 *
 * How certificates, annotations, photos and qualifications are laid out.
 * Private to core/.
 *
 * Encoding appends a payload to "w".  What does not fit, or is longer than its
 * length can say, makes the writer full, and cert_seal() refuses it: a caller
 * need not look.  Decoding returns CERT_CORRUPT for what is not of this form;
 * what it was to fill in is unspecified then.
 */


#ifndef CERT_RECORD_INT_H_INCLUDED
#define CERT_RECORD_INT_H_INCLUDED


#include "cert_hidden_int.h"


#define CERT_RECORD_FORMAT  1


/* Not a payload: a part that certificates and annotations share. */
void cert_facts_encode(cert_writer_t *w, const cert_facts_t *facts);

void cert_certificate_encode(cert_writer_t *w, const cert_facts_t *facts,
    int has_photo, const cert_hidden_t *hidden);

/*
 * Copies the payload into certificate->bytes and reads it; the personal part
 * stays hidden, and points there.
 */
cert_err_t cert_certificate_decode(cert_certificate_t *certificate,
    cert_hidden_t *hidden, cert_str_t payload);

/* "certificate" gets its facts alone; "code" is the key. */
void cert_annotation_encode(cert_writer_t *w,
    const cert_annotation_t *annotation, const cert_facts_t *facts);
cert_err_t cert_annotation_decode(cert_annotation_t *annotation,
    cert_certificate_t *certificate, const cert_code_t *code,
    cert_str_t payload);

/* A stored photo; the parts point into the payload. */
typedef struct {
    uint8_t         personal_key;
    const uint8_t  *nonce;          /* CERT_NONCE_SIZE bytes */
    cert_str_t      sealed;         /* ciphertext and its tag */
} cert_photo_t;

/*
 * Takes a photo's payload apart without opening it.  CERT_CORRUPT: also if it
 * is longer than a photo may be.
 */
cert_err_t cert_photo_decode(cert_photo_t *photo, cert_str_t payload);

/* "name" is the key, and copied. */
void cert_qualification_encode(cert_writer_t *w,
    const cert_qualification_t *qualification);
cert_err_t cert_qualification_decode(cert_qualification_t *qualification,
    cert_str_t name, cert_str_t payload);


#endif /* CERT_RECORD_INT_H_INCLUDED */
