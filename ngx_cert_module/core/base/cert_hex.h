/*
 * Copyright (C) the ngx_cert authors
 *
 * Hex digits: written in lower case, read in either.
 *
 * Inline, since checks write digests and read escapes: a call would cost more
 * than what it does.
 */


#ifndef CERT_HEX_H_INCLUDED
#define CERT_HEX_H_INCLUDED


#include "cert.h"


/*
 * Writes "n" bytes as 2 * n digits at "p", without a zero behind them, and
 * returns where they end.
 */
static inline char *
cert_hex_encode(char *p, const uint8_t *bytes, size_t n)
{
    static const char  digits[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        *p++ = digits[bytes[i] >> 4];
        *p++ = digits[bytes[i] & 15];
    }

    return p;
}


/* The value of a digit; -1: it is not one. */
static inline int
cert_hex_value(uint8_t ch)
{
    if (ch >= '0' && ch <= '9') {
        return ch - '0';
    }

    ch |= 0x20;

    return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}


/* The byte that two digits at "p" stand for; -1: they are not two digits. */
static inline int
cert_hex_byte(const uint8_t *p)
{
    int  high, low;

    high = cert_hex_value(p[0]);
    low = cert_hex_value(p[1]);

    return high < 0 || low < 0 ? -1 : high << 4 | low;
}


/*
 * Reads exactly "n" bytes from "text".  CERT_INVALID: it is not 2 * n digits;
 * "bytes" may be half written then.
 */
static inline cert_err_t
cert_hex_decode(uint8_t *bytes, size_t n, cert_str_t text)
{
    int  byte;

    if (text.len != 2 * n) {
        return CERT_INVALID;
    }

    for (size_t i = 0; i < n; i++) {
        byte = cert_hex_byte(text.data + 2 * i);
        if (byte < 0) {
            return CERT_INVALID;
        }

        bytes[i] = (uint8_t) byte;
    }

    return CERT_OK;
}


#endif /* CERT_HEX_H_INCLUDED */
