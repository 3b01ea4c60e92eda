/*
 * Copyright (C) the ngx_cert authors
 *
 * Codes as people paste them: an address out of a QR, with a stop, a slash, or
 * with the words that a messenger adds.  One pass, which forgets the symbols of
 * an address's part as soon as the next part has one.
 */


#include <utf8proc.h>

#include "cert_fold.h"
#include "cert_fold_int.h"
#include "cert_text_int.h"


#define CERT_FOLD_CODE_IN_MAX  1024

/* No code point decomposes into more: U+FDFA. */
#define CERT_FOLD_CODE_POINTS  18

typedef struct {
    char    *symbols;
    size_t   n;             /* one more than fit: too many */
    int      is_behind;     /* what follows the last symbol was met */
    int      is_parted;     /* the next symbol is the first of its part */
    int      is_cut;        /* nothing after that counts */
} cert_fold_code_t;


static void cert_fold_code_decompose(cert_fold_code_t *c, int32_t ch);
static void cert_fold_code_add(cert_fold_code_t *c, int32_t ch);
static void cert_fold_code_symbol(cert_fold_code_t *c, char symbol);
static int cert_fold_code_is_between(int32_t ch);
static char cert_fold_code_is_symbol(int32_t ch);


cert_err_t
cert_fold_code(char symbols[CERT_FOLD_CODE_SIZE], cert_str_t in)
{
    int32_t            ch;
    const uint8_t     *p, *end;
    cert_fold_code_t   c = { symbols, 0, 0, 0, 0 };

    if (in.len == 0 || in.len > CERT_FOLD_CODE_IN_MAX) {
        return CERT_INVALID;
    }

    p = in.data;
    end = p + in.len;

    while (p < end) {
        ch = cert_text_next(&p, end);

        if (ch < 0) {
            return CERT_INVALID;
        }

        if (ch < 0x80) {
            cert_fold_code_add(&c, ch);

        } else {
            cert_fold_code_decompose(&c, ch);
        }
    }

    return c.n == CERT_FOLD_CODE_SIZE ? CERT_OK : CERT_INVALID;
}


static void
cert_fold_code_decompose(cert_fold_code_t *c, int32_t ch)
{
    int                last;
    int32_t            points[CERT_FOLD_CODE_POINTS];
    utf8proc_ssize_t   i, n;

    last = 0;
    n = utf8proc_decompose_char(ch, points, CERT_FOLD_CODE_POINTS,
                                UTF8PROC_DECOMPOSE|UTF8PROC_COMPAT, &last);

    for (i = 0; i < n && i < CERT_FOLD_CODE_POINTS; i++) {
        cert_fold_code_add(c, points[i]);
    }
}


static void
cert_fold_code_add(cert_fold_code_t *c, int32_t ch)
{
    char  symbol;

    if (c->is_cut) {
        return;
    }

    symbol = cert_fold_code_is_symbol(ch);

    if (symbol != '\0') {
        cert_fold_code_symbol(c, symbol);

    } else if (ch == '?' || ch == '#') {
        c->is_cut = 1;

    } else if (ch == '/') {
        c->is_parted = 1;

    } else if (c->n == CERT_FOLD_CODE_SIZE && !cert_fold_code_is_between(ch)) {
        c->is_behind = 1;
    }
}


static void
cert_fold_code_symbol(cert_fold_code_t *c, char symbol)
{
    if (c->is_parted) {
        c->is_parted = 0;
        c->is_behind = 0;
        c->n = 0;
    }

    if (c->is_behind || c->n > CERT_FOLD_CODE_SIZE) {
        return;
    }

    if (c->n < CERT_FOLD_CODE_SIZE) {
        c->symbols[c->n] = symbol;
    }

    c->n++;
}


/* By category, as a page can ask for it too. */
static int
cert_fold_code_is_between(int32_t ch)
{
    switch (utf8proc_category(ch)) {

    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_PD:
        return 1;

    default:
        return cert_fold_is_space(ch);
    }
}


/* The symbol, or zero; which letters a code has is for its reader to know. */
static char
cert_fold_code_is_symbol(int32_t ch)
{
    if (ch >= 'a' && ch <= 'z') {
        return (char) (ch - 'a' + 'A');
    }

    if ((ch >= '0' && ch <= '9') || (ch >= 'A' && ch <= 'Z')) {
        return (char) ch;
    }

    return '\0';
}
