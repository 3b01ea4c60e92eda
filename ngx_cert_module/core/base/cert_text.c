/*
 * Copyright (C) the ngx_cert authors
 *
 * Text as people may send it.
 *
 * Two names that look the same have to be the same bytes, or a check by name
 * fails for no visible reason: so text is kept in NFC, and invisible
 * characters are refused.  Nearly all names are Chinese characters or plain
 * Latin, which NFC leaves alone in whatever order: they are recognised by
 * range and copied, all else goes through utf8proc.
 */


#include <string.h>

#include <utf8proc.h>

#include "cert_hex.h"
#include "cert_text_int.h"


/*
 * Composition shortens a text to a third at most; what is longer than this
 * cannot become short enough.
 */
#define CERT_TEXT_IN_MAX  (4 * CERT_TEXT_MAX)

/* No code point decomposes into more than four that are canonical. */
#define CERT_TEXT_POINTS_MAX  (4 * CERT_TEXT_IN_MAX)

typedef struct {
    int32_t      first;
    int32_t      last;
    const char  *what;
} cert_text_range_t;


static const char *cert_text_scan(cert_str_t text, int *inert);
static int cert_text_is_inert(int32_t ch);
static cert_err_t cert_text_compose(cert_text_t *out, cert_str_t in,
    size_t max, const char **why);


static const char  cert_text_control[] = "holds a control character";
static const char  cert_text_bidi[] = "holds a mark of writing direction";
static const char  cert_text_invisible[] = "holds an invisible character";
static const char  cert_text_private[] = "holds a private use character";
static const char  cert_text_no_char[] = "holds a code that is not a character";

/*
 * In order.  The joiners U+200C and U+200D are not here, since some scripts
 * cannot be written without them; the last two codes of each plane are
 * tested by arithmetic.
 */
static const cert_text_range_t  cert_text_ranges[] = {
    { 0x0000, 0x001F, cert_text_control },
    { 0x007F, 0x009F, cert_text_control },
    { 0x00AD, 0x00AD, cert_text_invisible },    /* soft hyphen */
    { 0x034F, 0x034F, cert_text_invisible },    /* grapheme joiner */
    { 0x061C, 0x061C, cert_text_bidi },
    { 0x115F, 0x1160, cert_text_invisible },    /* Hangul fillers */
    { 0x17B4, 0x17B5, cert_text_invisible },    /* Khmer inherent vowels */
    { 0x180B, 0x180F, cert_text_invisible },    /* Mongolian selectors */
    { 0x200B, 0x200B, cert_text_invisible },    /* zero width space */
    { 0x200E, 0x200F, cert_text_bidi },
    { 0x2028, 0x2029, cert_text_control },      /* line, paragraph end */
    { 0x202A, 0x202E, cert_text_bidi },
    { 0x2060, 0x2065, cert_text_invisible },
    { 0x2066, 0x2069, cert_text_bidi },
    { 0x206A, 0x206F, cert_text_control },
    { 0x3164, 0x3164, cert_text_invisible },
    { 0xE000, 0xF8FF, cert_text_private },
    { 0xFDD0, 0xFDEF, cert_text_no_char },
    { 0xFE00, 0xFE0F, cert_text_invisible },    /* variation selectors */
    { 0xFEFF, 0xFEFF, cert_text_invisible },    /* byte order mark */
    { 0xFFA0, 0xFFA0, cert_text_invisible },
    { 0xFFF9, 0xFFFD, cert_text_no_char },      /* stand-ins for others */
    { 0x1BCA0, 0x1BCA3, cert_text_invisible },  /* shorthand controls */
    { 0x1D173, 0x1D17A, cert_text_invisible },  /* musical controls */
    { 0x40000, 0xDFFFF, cert_text_no_char },    /* nothing is planned there */
    { 0xE0000, 0xE0FFF, cert_text_invisible },  /* tags, selectors */
    { 0xF0000, 0x10FFFF, cert_text_private }
};


cert_err_t
cert_text_fold(cert_text_t *out, cert_str_t in, size_t max, const char **why)
{
    int          inert;
    const char  *what;

    what = cert_text_scan(in, &inert);

    if (what != NULL) {
        return cert_text_refuse(why, what);
    }

    if (max > CERT_TEXT_MAX) {
        max = CERT_TEXT_MAX;
    }

    in = cert_text_trim(in);

    if (!inert) {
        return cert_text_compose(out, in, max, why);
    }

    if (in.len > max) {
        return cert_text_refuse(why, "is too long");
    }

    if (in.len != 0) {
        memcpy(out->data, in.data, in.len);
    }

    out->data[in.len] = '\0';
    out->len = in.len;

    return CERT_OK;
}


void
cert_text_escape(char *out, size_t size, cert_str_t in)
{
    int             is_whole;
    char           *last;
    int32_t         ch;
    const uint8_t  *p, *next, *end;

    last = out + size - 1;
    p = in.data;
    end = in.len != 0 ? p + in.len : p;

    for ( /* void */ ; p != end; p = next) {
        next = p;
        ch = cert_text_next(&next, end);
        is_whole = ch >= 0 && cert_text_refused(ch) == NULL;

        if (ch < 0) {
            next = p + 1;
        }

        if ((next - p) * (is_whole ? 1 : 4) > last - out) {
            break;
        }

        if (is_whole) {
            memcpy(out, p, (size_t) (next - p));
            out += next - p;
            continue;
        }

        for ( /* void */ ; p < next; p++) {
            *out++ = '\\';
            *out++ = 'x';
            out = cert_hex_encode(out, p, 1);
        }
    }

    *out = '\0';
}


const char *
cert_text_check(cert_str_t text)
{
    int  inert;

    return cert_text_scan(text, &inert);
}


cert_err_t
cert_text_refuse(const char **why, const char *what)
{
    if (why != NULL) {
        *why = what;
    }

    return CERT_INVALID;
}


const char *
cert_text_refused(int32_t ch)
{
    size_t  i;

    if ((ch & 0xFFFE) == 0xFFFE) {
        return cert_text_no_char;
    }

    for (i = 0; i < sizeof(cert_text_ranges) / sizeof(cert_text_ranges[0]);
         i++)
    {
        if (ch < cert_text_ranges[i].first) {
            return NULL;
        }

        if (ch <= cert_text_ranges[i].last) {
            return cert_text_ranges[i].what;
        }
    }

    return NULL;
}


/*
 * The joiners, which a text may hold, and the deprecated controls of digits
 * and swapping are invisible too.
 */
int
cert_text_is_format(int32_t ch)
{
    const char  *what;

    /* Nothing of this kind is before U+00AD, nor among Chinese characters. */

    if (ch < 0xAD || (ch > 0x3164 && ch < 0xE000)) {
        return 0;
    }

    what = cert_text_refused(ch);

    return what == cert_text_invisible || what == cert_text_bidi
           || ch == 0x200C || ch == 0x200D || (ch >= 0x206A && ch <= 0x206F);
}


int32_t
cert_text_next_rare(const uint8_t **p, const uint8_t *end)
{
    int32_t           ch;
    utf8proc_ssize_t  n;

    n = utf8proc_iterate(*p, end - *p, &ch);

    if (n <= 0) {
        return -1;
    }

    *p += n;

    return ch;
}


int
cert_text_is_space(int32_t ch)
{
    return ch == 0x20 || ch == 0xA0 || ch == 0x1680
           || (ch >= 0x2000 && ch <= 0x200A) || ch == 0x202F || ch == 0x205F
           || ch == 0x3000;
}


cert_str_t
cert_text_trim(cert_str_t text)
{
    const uint8_t  *p, *end, *at;

    if (text.len == 0) {
        return text;
    }

    end = text.data + text.len;

    for (p = text.data; p < end; text.data = p) {
        if (!cert_text_is_space(cert_text_next(&p, end))) {
            break;
        }
    }

    /* Code points begin with the bytes that continue none. */

    for ( /* void */ ; end > text.data; end = at) {
        at = end - 1;

        while (at > text.data && (*at & 0xC0) == 0x80) {
            at--;
        }

        p = at;

        if (!cert_text_is_space(cert_text_next(&p, end))) {
            break;
        }
    }

    text.len = (size_t) (end - text.data);

    return text;
}


/*
 * As cert_text_check(); "inert" tells whether NFC would change nothing.
 */
static const char *
cert_text_scan(cert_str_t text, int *inert)
{
    int32_t         ch;
    const char     *what;
    const uint8_t  *p, *end;

    *inert = 1;

    /* An empty text may have no address. */

    if (text.len == 0) {
        return NULL;
    }

    p = text.data;
    end = p + text.len;

    while (p < end) {
        ch = cert_text_next(&p, end);

        if (ch < 0) {
            return "is not UTF-8";
        }

        if (cert_text_is_inert(ch)) {
            continue;
        }

        what = cert_text_refused(ch);

        if (what != NULL) {
            return what;
        }

        *inert = 0;
    }

    return NULL;
}


/*
 * True for allowed code points that neither decompose nor join with another
 * one of these: Chinese characters, Hangul syllables, Latin, and punctuation
 * found beside them.  t/unit/trade/cert_person.c holds this against utf8proc
 * for all of Unicode.
 */
static int
cert_text_is_inert(int32_t ch)
{
    return (ch >= 0x3400 && ch <= 0x9FFF)
           || (ch >= 0x20 && ch <= 0x7E)
           || (ch >= 0xAE && ch <= 0x2FF)
           || (ch >= 0xA0 && ch <= 0xAC)
           || (ch >= 0x2010 && ch <= 0x2027)
           || (ch >= 0x3000 && ch <= 0x3029)
           || (ch >= 0xAC00 && ch <= 0xD7A3)
           || (ch >= 0xFF01 && ch <= 0xFF60)
           || (ch >= 0x20000 && ch <= 0x2F7FF && (ch & 0xFFFE) != 0xFFFE)
           || (ch >= 0x30000 && ch <= 0x3FFFD);
}


static cert_err_t
cert_text_compose(cert_text_t *out, cert_str_t in, size_t max,
    const char **why)
{
    utf8proc_ssize_t   i, n;
    utf8proc_int32_t   points[CERT_TEXT_POINTS_MAX];
    utf8proc_uint8_t   bytes[4];
    utf8proc_ssize_t   len;
    utf8proc_option_t  options;

    if (in.len > CERT_TEXT_IN_MAX) {
        return cert_text_refuse(why, "is too long");
    }

    options = UTF8PROC_STABLE|UTF8PROC_COMPOSE;

    n = utf8proc_decompose(in.data, (utf8proc_ssize_t) in.len, points,
                           CERT_TEXT_POINTS_MAX, options);

    if (n < 0 || n > CERT_TEXT_POINTS_MAX) {
        return cert_text_refuse(why, "is not UTF-8");
    }

    n = utf8proc_normalize_utf32(points, n, options);

    if (n < 0) {
        return cert_text_refuse(why, "is not UTF-8");
    }

    out->len = 0;

    for (i = 0; i < n; i++) {
        len = utf8proc_encode_char(points[i], bytes);

        if (out->len + (size_t) len > max) {
            return cert_text_refuse(why, "is too long");
        }

        memcpy(out->data + out->len, bytes, (size_t) len);
        out->len += (size_t) len;
    }

    out->data[out->len] = '\0';

    return CERT_OK;
}
