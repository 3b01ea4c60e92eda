/*
 * Copyright (C) the ngx_cert authors
 *
 * The charset of a form.
 *
 * Forms are UTF-8.  Older systems send theirs in GBK, declared or not, and a
 * name that is read in the wrong charset is the name of nobody: so the fields
 * of a form are made UTF-8, or the one that cannot be is named.
 *
 * Of GB 2312, GBK and GB 18030 each has the characters of the one before at the
 * same bytes, so all three are read as GB 18030.
 */


#ifndef CERT_CHARSET_H_INCLUDED
#define CERT_CHARSET_H_INCLUDED


#include "cert_form.h"


/* Room for all values of a form that had to be decoded. */
#define CERT_DECODED_MAX  4096

typedef enum {
    CERT_CHARSET_UTF8 = 0,  /* or nothing declared */
    CERT_CHARSET_GB,        /* gbk, gb18030, gb2312, in any case */
    CERT_CHARSET_OTHER
} cert_charset_t;

typedef struct cert_decoder_s  cert_decoder_t;


/* What a Content-Type declares. */
cert_charset_t cert_charset_declared(cert_str_t content_type);

/*
 * What the values of a form are in, given what was declared:
 *
 *     CERT_CHARSET_UTF8   all are UTF-8: there is nothing to decode
 *     CERT_CHARSET_GB     to be decoded; not declared, it is a guess
 *     CERT_CHARSET_OTHER  the form cannot be read
 *
 * Where nothing was declared, bytes that are UTF-8 and GBK are UTF-8.  A
 * charset that was declared is believed, unless all values are ASCII or Chinese
 * in UTF-8: libraries declare one that they do not use.
 */
cert_charset_t cert_charset_look(const cert_form_field_t *fields,
    size_t fields_n, cert_charset_t declared);

/*
 * A decoder, for one thread at a time; it lives as long as the process may need
 * one, since it takes the C library a file to make.  destroy allows NULL.
 *
 * CERT_NOT_FOUND: this system cannot decode GB 18030 (its gconv modules are not
 * installed, or not in this root folder); CERT_NO_MEMORY.  "decoder" is NULL
 * then.
 */
cert_err_t cert_decoder_create(cert_decoder_t **decoder);
void cert_decoder_destroy(cert_decoder_t *decoder);

/*
 * Makes the values UTF-8, in "buffer": wipe it when they are done with.  What
 * is Chinese in UTF-8 stays as it is.  The decoder keeps nothing of the values;
 * NULL: there is none.
 *
 * In a guess ("declared" is not CERT_CHARSET_GB) a name is only taken if it is
 * Chinese, dots and spaces, a number if it is that, digits, letters and signs,
 * and any other field if it is ASCII.  A secret is left as it is then: what was
 * hashed elsewhere may not have been UTF-8.
 *
 * CERT_INVALID: the field that cannot be decoded is marked as wrong, and "why"
 * is a static sentence part about it; the values are unspecified.
 */
cert_err_t cert_charset_decode(cert_decoder_t *decoder,
    cert_form_field_t *fields, size_t fields_n, cert_charset_t declared,
    uint8_t buffer[CERT_DECODED_MAX], const char **why);


#endif /* CERT_CHARSET_H_INCLUDED */
