/*
 * Copyright (C) the ngx_cert authors
 *
 * What may be a password.
 *
 * Length is the one rule that helps: a password that must have a digit and a
 * capital ends with "1" and begins with a capital.  Characters are counted, not
 * bytes, so that a sentence in Chinese is as long as it looks.
 */


#include "cert_password.h"
#include "cert_text_int.h"


static int cert_password_has(int32_t ch);


int
cert_password_is_sound(cert_str_t password)
{
    size_t          n;
    int32_t         ch;
    const uint8_t  *p, *end;

    if (password.len > CERT_PASSWORD_BYTES_MAX) {
        return 0;
    }

    p = password.data;
    end = p + password.len;

    for (n = 0; p < end; n++) {
        ch = cert_text_next(&p, end);

        if (!cert_password_has(ch)) {
            return 0;
        }
    }

    return n >= CERT_PASSWORD_CHARS_MIN && n <= CERT_PASSWORD_CHARS_MAX;
}


/* Controls of ASCII and Latin-1, and the separators U+2028 and U+2029. */
static int
cert_password_has(int32_t ch)
{
    return ch >= 0x20 && (ch < 0x7F || ch >= 0xA0)
           && ch != 0x2028 && ch != 0x2029;
}
