/*
 * Copyright (C) the ngx_cert authors
 *
 * Which characters a text may hold.  Private to core/.
 */


#ifndef CERT_TEXT_INT_H_INCLUDED
#define CERT_TEXT_INT_H_INCLUDED


#include "cert_text.h"


/*
 * NULL if "text" is UTF-8 of code points that any field may hold; otherwise
 * what is wrong with it, a static sentence part that quotes nothing.
 */
const char *cert_text_check(cert_str_t text);

/* The same of one code point. */
const char *cert_text_refused(int32_t ch);

/*
 * True for what shows nothing and separates nothing: zero width characters,
 * marks of writing direction, variation selectors, tags, byte order marks.
 */
int cert_text_is_format(int32_t ch);

/* Sets "why", where the caller wants it, and returns CERT_INVALID. */
cert_err_t cert_text_refuse(const char **why, const char *what);

/* cert_text_next() of what it does not read by itself. */
int32_t cert_text_next_rare(const uint8_t **p, const uint8_t *end);

/*
 * Reads one code point and steps over it; "p" must be before "end". -1 if the
 * bytes are not UTF-8 (overlong, surrogate, cut short), "p" stays then.
 *
 * Nearly all texts are ASCII and the Chinese characters from U+4000 to U+9FFF,
 * of whose first bytes any two that continue make one.
 */
static inline int32_t
cert_text_next(const uint8_t **p, const uint8_t *end)
{
    const uint8_t  *s = *p;

    if (s[0] < 0x80) {
        *p = s + 1;
        return s[0];
    }

    if (s[0] >= 0xE4 && s[0] <= 0xE9 && end - s > 2 && (s[1] & 0xC0) == 0x80
        && (s[2] & 0xC0) == 0x80)
    {
        *p = s + 3;
        return (s[0] & 0x0F) << 12 | (s[1] & 0x3F) << 6 | (s[2] & 0x3F);
    }

    return cert_text_next_rare(p, end);
}


/* True for the spaces that are trimmed: not for tabs and line ends. */
int cert_text_is_space(int32_t ch);

/* "text" without the spaces at both ends; it must have been checked. */
cert_str_t cert_text_trim(cert_str_t text);


#endif /* CERT_TEXT_INT_H_INCLUDED */
