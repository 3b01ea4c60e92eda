/*
 * Copyright (C) the ngx_cert authors
 *
 * A name whose rare character has another font is a text in runs, and Japanese
 * and Chinese programs add phonetic runs, which do not belong to it.
 */


#include <string.h>

#include "certctl_rich.h"


static int certctl_rich_hex(const uint8_t *p);


void
certctl_rich_start(certctl_rich_t *rich, const char *name)
{
    if (strcmp(name, "rPh") == 0) {
        rich->phonetic++;
    }

    rich->is_text = rich->phonetic == 0 && strcmp(name, "t") == 0;
}


void
certctl_rich_end(certctl_rich_t *rich, const char *name)
{
    if (strcmp(name, "rPh") == 0 && rich->phonetic > 0) {
        rich->phonetic--;
    }

    rich->is_text = 0;
}


size_t
certctl_rich_decode(uint8_t *text, size_t len)
{
    int       ch;
    size_t    in, out;

    if (len < 7 || memmem(text, len, "_x", 2) == NULL) {
        return len;
    }

    out = 0;

    for (in = 0; in < len; /* void */ ) {
        ch = len - in >= 7 && text[in] == '_' && text[in + 1] == 'x'
             && text[in + 6] == '_' ? certctl_rich_hex(text + in + 2) : -1;

        if (ch < 0) {
            text[out++] = text[in++];
            continue;
        }

        in += 7;

        /* Half of a pair is not a character: U+FFFD, which no field holds. */
        ch = ch >= 0xD800 && ch <= 0xDFFF ? 0xFFFD : ch;

        if (ch < 0x80) {
            text[out++] = (uint8_t) ch;

        } else if (ch < 0x800) {
            text[out++] = (uint8_t) (0xC0 | ch >> 6);
            text[out++] = (uint8_t) (0x80 | (ch & 0x3F));

        } else {
            text[out++] = (uint8_t) (0xE0 | ch >> 12);
            text[out++] = (uint8_t) (0x80 | (ch >> 6 & 0x3F));
            text[out++] = (uint8_t) (0x80 | (ch & 0x3F));
        }
    }

    return out;
}


static int
certctl_rich_hex(const uint8_t *p)
{
    int          i, ch;
    const char  *at;

    static const char  digits[] = "0123456789ABCDEFabcdef";

    ch = 0;

    for (i = 0; i < 4; i++) {
        at = memchr(digits, p[i], sizeof(digits) - 1);

        if (at == NULL) {
            return -1;
        }

        ch = ch << 4 | (int) (at - digits < 16 ? at - digits
                                               : at - digits - 6);
    }

    return ch;
}
