/*
 * Copyright (C) the ngx_cert authors
 *
 * Percent escapes.
 *
 * Not ngx_unescape_uri(), nor what other libraries have: they let a broken
 * escape pass as it is, so that one text has two readings.
 */


#include "cert_hex.h"
#include "cert_percent.h"


cert_err_t
cert_percent_decode(cert_str_t in, int is_form, uint8_t *out, size_t *len,
    const char **why)
{
    int       byte;
    size_t    i;
    uint8_t   ch, *p;

    p = out;

    for (i = 0; i < in.len; i++) {
        ch = in.data[i];

        if (ch == '+' && is_form) {
            ch = ' ';

        } else if (ch == '%') {
            byte = in.len - i > 2 ? cert_hex_byte(in.data + i + 1) : -1;

            if (byte < 0) {
                *why = "a percent sign is not followed by two hex digits";
                return CERT_INVALID;
            }

            ch = (uint8_t) byte;
            i += 2;
        }

        if (ch == '\0') {
            *why = "a zero byte is not allowed";
            return CERT_INVALID;
        }

        *p++ = ch;
    }

    *len = p - out;

    return CERT_OK;
}
