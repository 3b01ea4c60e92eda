/*
 * Copyright (C) the ngx_cert authors
 *
 * Both alphabets are read through one table; that a symbol belongs to the
 * right one is proven by writing it again, which is also what "canonical"
 * means for the text as a whole.
 */


#include "cert_base64_int.h"


/* What cert_base64_values says of a character in neither alphabet. */
#define XX  0xFF


static size_t cert_base64_length(size_t len, cert_base64_t form);
static unsigned cert_base64_value(uint8_t ch, const char *alphabet);


static const char  cert_base64_alphabets[2][65] = {
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
};

/* ASCII from '+' to 'z', both alphabets in one. */
static const uint8_t  cert_base64_values[] = {
    62, XX, 62, XX, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, XX,
    XX, XX, XX, XX, XX, XX,  0,  1,  2,  3,  4,  5,  6,  7,  8,  9,
    10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
    XX, XX, XX, XX, 63, XX, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35,
    36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51
};


size_t
cert_base64_encode(char *text, const uint8_t *in, size_t len,
    cert_base64_t form)
{
    char        *p;
    size_t       i;
    unsigned     n, bits;
    const char  *alphabet;

    alphabet = cert_base64_alphabets[form];
    p = text;
    bits = 0;
    n = 0;

    for (i = 0; i < len; i++) {
        bits = bits << 8 | in[i];
        n += 8;

        while (n >= 6) {
            n -= 6;
            *p++ = alphabet[(bits >> n) & 63];
        }
    }

    /* The last bits are filled up with zeros. */

    if (n > 0) {
        *p++ = alphabet[(bits << (6 - n)) & 63];
    }

    while (form == CERT_BASE64 && (p - text) % 4 != 0) {
        *p++ = '=';
    }

    *p = '\0';

    return (size_t) (p - text);
}


cert_err_t
cert_base64_decode(uint8_t *out, size_t len, cert_str_t text,
    cert_base64_t form)
{
    size_t          i, symbols;
    unsigned        n, bits, value;
    const char     *alphabet;
    const uint8_t  *p;

    if (text.len != cert_base64_length(len, form)) {
        return CERT_INVALID;
    }

    alphabet = cert_base64_alphabets[form];
    symbols = cert_base64_length(len, CERT_BASE64_URL);
    p = text.data;
    bits = 0;
    n = 0;

    for (i = 0; i < symbols; i++) {
        value = cert_base64_value(p[i], alphabet);

        if (value == XX) {
            return CERT_INVALID;
        }

        bits = bits << 6 | value;
        n += 6;

        if (n >= 8) {
            n -= 8;
            *out++ = (uint8_t) (bits >> n);
        }
    }

    /* Slack bits other than zero would be a second spelling. */

    if ((bits & ((1u << n) - 1)) != 0) {
        return CERT_INVALID;
    }

    for ( /* void */ ; i < text.len; i++) {
        if (p[i] != '=') {
            return CERT_INVALID;
        }
    }

    return CERT_OK;
}


/* The only length that "len" bytes are written in. */
static size_t
cert_base64_length(size_t len, cert_base64_t form)
{
    if (form == CERT_BASE64_URL) {
        return (len * 4 + 2) / 3;
    }

    return (len + 2) / 3 * 4;
}


/*
 * The table is shared, so "+" and "-" have one value: writing the value again
 * in the alphabet that was asked for tells them apart.
 */
static unsigned
cert_base64_value(uint8_t ch, const char *alphabet)
{
    unsigned  value;

    if (ch < '+' || ch > 'z') {
        return XX;
    }

    value = cert_base64_values[ch - '+'];

    /* A symbol of the other alphabet does not come back as itself. */

    if (value == XX || (uint8_t) alphabet[value] != ch) {
        return XX;
    }

    return value;
}
