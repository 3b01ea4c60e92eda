/*
 * Copyright (C) the ngx_cert authors
 *
 * Hex digits.
 */


#include "certd_hex.h"


void
certd_hex_encode(char *text, const uint8_t *bytes, size_t n)
{
    static const char  digits[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        *text++ = digits[bytes[i] >> 4];
        *text++ = digits[bytes[i] & 15];
    }

    *text = '\0';
}


int
certd_hex_value(uint8_t ch)
{
    if (ch >= '0' && ch <= '9') {
        return ch - '0';
    }

    ch |= 0x20;

    return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}
