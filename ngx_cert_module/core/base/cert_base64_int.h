/*
 * Copyright (C) the ngx_cert authors
 *
 * Base64 with one spelling only.  Private to core/.
 *
 * OpenSSL's decoder skips white space and ignores the bits that do not fit,
 * so one token would have many spellings that all verify.
 */


#ifndef CERT_BASE64_INT_H_INCLUDED
#define CERT_BASE64_INT_H_INCLUDED


#include "cert.h"


typedef enum {
    CERT_BASE64 = 0,    /* RFC 4648 section 4, padded */
    CERT_BASE64_URL     /* RFC 4648 section 5, not padded */
} cert_base64_t;

/* Room for the text of "len" bytes and its terminating zero. */
#define CERT_BASE64_TEXT_SIZE(len)  (((len) + 2) / 3 * 4 + 1)


/* Writes the text, terminated, and returns its length. */
size_t cert_base64_encode(char *text, const uint8_t *in, size_t len,
    cert_base64_t form);

/*
 * Reads exactly "len" bytes.  CERT_INVALID: "text" is not what encode would
 * have written for any "len" bytes; "out" then holds rubbish.
 */
cert_err_t cert_base64_decode(uint8_t *out, size_t len, cert_str_t text,
    cert_base64_t form);


#endif /* CERT_BASE64_INT_H_INCLUDED */
