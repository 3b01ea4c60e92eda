/*
 * Copyright (C) the ngx_cert authors
 *
 * Percent escapes, as they come in forms and in paths.
 */


#ifndef CERT_PERCENT_H_INCLUDED
#define CERT_PERCENT_H_INCLUDED


#include "cert.h"


/*
 * Decodes "in": "%" and two hex digits are a byte; "+" is a space in a form
 * (is_form) and itself in a path.  "out" has room for in.len bytes and may be
 * in.data, since decoding never makes a text longer.
 *
 * CERT_OK: "len" bytes are at "out".  CERT_INVALID: an escape is cut short or
 * is not of hex digits, or there is a zero byte; "why" is a static English
 * sentence part that quotes nothing of the text; "out" may be half written, and
 * "len" is as it was.
 */
cert_err_t cert_percent_decode(cert_str_t in, int is_form, uint8_t *out,
    size_t *len, const char **why);


#endif /* CERT_PERCENT_H_INCLUDED */
