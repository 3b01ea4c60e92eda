/*
 * Copyright (C) the ngx_cert authors
 *
 * Match forms by rounds of steps, each of which begins with a normalisation:
 * canonical (NFD), then what people type for the same sign, then compatible
 * (NFKD), case, compatible again, and composed (NFKC).  Unicode's own
 * NFKC_Casefold in one step was rejected: utf8proc gives two results for
 * canonically equal texts with a mark that changes place, and drops characters
 * that must stay.  The signs come before the compatible form, which makes a
 * space and a mark of U+00B4 and U+02D9.
 *
 * Steps undo each other rarely, but a text may need more than one round: so a
 * round that changes nothing ends it, which makes a match form its own match
 * form by construction.
 *
 * Nearly all names are Chinese characters alone and nearly all numbers are
 * digits and capitals: these are recognised and copied.
 */


#include <string.h>

#include <utf8proc.h>

#include "cert_fold.h"
#include "cert_fold_int.h"
#include "cert_str_int.h"
#include "cert_text_int.h"


/* Bytes of any spelling that is read, and code points on the way. */
#define CERT_FOLD_IN_MAX  768
#define CERT_FOLD_MAX     1024

/* Three are enough for all that t/unit/base/cert_fold.c tries. */
#define CERT_FOLD_ROUNDS  6

#define CERT_FOLD_DROP    -1
#define CERT_FOLD_DOT     0xB7
#define CERT_FOLD_ZERO    0x3007

#define cert_fold_has(table, ch)                                              \
    cert_fold_find(table, sizeof(table) / sizeof((table)[0]), ch)

typedef enum {
    CERT_FOLD_NAME = 0,
    CERT_FOLD_NUMBER
} cert_fold_kind_t;

/* A text on its way: bytes between the steps, code points within one. */
typedef struct {
    cert_fold_kind_t  kind;
    size_t            len;
    uint8_t           bytes[CERT_FOLD_MAX];
    size_t            n;
    int32_t           points[CERT_FOLD_MAX];
} cert_fold_t;


static cert_err_t cert_fold(cert_text_t *out, cert_str_t in,
    cert_fold_kind_t kind, size_t max, const char **why);
static const char *cert_fold_scan(cert_str_t in, cert_fold_kind_t kind,
    int *is_plain);
static int cert_fold_is_plain(int32_t ch, cert_fold_kind_t kind);
static int cert_fold_rounds(cert_fold_t *f);
static int cert_fold_round(cert_fold_t *f);
static int cert_fold_read(cert_fold_t *f, utf8proc_option_t form);
static int cert_fold_write(cert_fold_t *f);
static void cert_fold_signs(cert_fold_t *f);
static int32_t cert_fold_sign(int32_t ch, cert_fold_kind_t kind);
static int32_t cert_fold_radical(int32_t ch);
static int cert_fold_find(const int32_t *table, size_t n, int32_t ch);
static int cert_fold_case(cert_fold_t *f);
static void cert_fold_upper(cert_fold_t *f);
static void cert_fold_stops(cert_fold_t *f);
static void cert_fold_spaces(cert_fold_t *f);
static int cert_fold_is_closed(const cert_fold_t *f, int32_t ch);
static int cert_fold_is_han(int32_t ch);


/* What people type for the dot inside a name.  t/00-fold.t knows the names. */
static const int32_t  cert_fold_dots[] = {
    0x00B7,     /* MIDDLE DOT */
    0x02D9,     /* DOT ABOVE */
    0x0387,     /* GREEK ANO TELEIA */
    0x1427,     /* CANADIAN SYLLABICS FINAL MIDDLE DOT */
    0x16EB,     /* RUNIC SINGLE PUNCTUATION */
    0x2022,     /* BULLET */
    0x2027,     /* HYPHENATION POINT */
    0x2218,     /* RING OPERATOR */
    0x2219,     /* BULLET OPERATOR */
    0x22C5,     /* DOT OPERATOR */
    0x25CF,     /* BLACK CIRCLE */
    0x25E6,     /* WHITE BULLET */
    0x2E30,     /* RING POINT */
    0x2E31,     /* WORD SEPARATOR MIDDLE DOT */
    0x2E33,     /* RAISED DOT */
    0x30FB,     /* KATAKANA MIDDLE DOT */
    0x318D,     /* HANGUL LETTER ARAEA */
    0xA78F,     /* LATIN LETTER SINOLOGICAL DOT */
    0xFF65,     /* HALFWIDTH KATAKANA MIDDLE DOT */
    0x10101     /* AEGEAN WORD SEPARATOR DOT */
};

/*
 * A dot within a name that has a Chinese character.  Their forms of full width,
 * of half width and of a leader (U+FF0E, U+FE52, U+FF61, U+2024) are these in
 * NFKC.
 */
static const int32_t  cert_fold_full_stops[] = {
    0x002E,     /* FULL STOP */
    0x3002      /* IDEOGRAPHIC FULL STOP */
};

static const int32_t  cert_fold_dashes[] = {
    0x02D7,     /* MODIFIER LETTER MINUS SIGN */
    0x058A,     /* ARMENIAN HYPHEN */
    0x05BE,     /* HEBREW PUNCTUATION MAQAF */
    0x2010,     /* HYPHEN */
    0x2011,     /* NON-BREAKING HYPHEN */
    0x2012,     /* FIGURE DASH */
    0x2013,     /* EN DASH */
    0x2014,     /* EM DASH */
    0x2015,     /* HORIZONTAL BAR */
    0x2043,     /* HYPHEN BULLET */
    0x2212,     /* MINUS SIGN */
    0x2500,     /* BOX DRAWINGS LIGHT HORIZONTAL */
    0x2501,     /* BOX DRAWINGS HEAVY HORIZONTAL */
    0x2796,     /* HEAVY MINUS SIGN */
    0x2E3A,     /* TWO-EM DASH */
    0x2E3B,     /* THREE-EM DASH */
    0x2E40,     /* DOUBLE HYPHEN */
    0xFE58,     /* SMALL EM DASH */
    0xFE63,     /* SMALL HYPHEN-MINUS */
    0xFF0D      /* FULLWIDTH HYPHEN-MINUS */
};

static const int32_t  cert_fold_apostrophes[] = {
    0x0060,     /* GRAVE ACCENT */
    0x00B4,     /* ACUTE ACCENT */
    0x02BB,     /* MODIFIER LETTER TURNED COMMA */
    0x02BC,     /* MODIFIER LETTER APOSTROPHE */
    0x2018,     /* LEFT SINGLE QUOTATION MARK */
    0x2019,     /* RIGHT SINGLE QUOTATION MARK */
    0x201B,     /* SINGLE HIGH-REVERSED-9 QUOTATION MARK */
    0x2032,     /* PRIME */
    0xFF07      /* FULLWIDTH APOSTROPHE */
};

/* What people type for the ideograph zero, U+3007. */
static const int32_t  cert_fold_circles[] = {
    0x25CB,     /* WHITE CIRCLE */
    0x25EF      /* LARGE CIRCLE */
};


cert_err_t
cert_fold_name(cert_text_t *out, cert_str_t in, const char **why)
{
    return cert_fold(out, in, CERT_FOLD_NAME, CERT_NAME_MAX, why);
}


cert_err_t
cert_fold_number(cert_text_t *out, cert_str_t in, const char **why)
{
    return cert_fold(out, in, CERT_FOLD_NUMBER, CERT_NUMBER_MAX, why);
}


int
cert_fold_is_same_number(cert_str_t a, cert_str_t b)
{
    cert_text_t  x, y;

    return cert_str_is_equal(a, b)
           || (cert_fold_number(&x, a, NULL) == CERT_OK
               && cert_fold_number(&y, b, NULL) == CERT_OK
               && cert_str_is_equal(cert_text_str(&x), cert_text_str(&y)));
}


cert_err_t
cert_fold_id_number(cert_text_t *out, cert_str_t in, const char **why)
{
    size_t      i;
    cert_err_t  err;

    err = cert_fold(out, in, CERT_FOLD_NUMBER, CERT_ID_NUMBER_MAX, why);

    if (err != CERT_OK) {
        return err;
    }

    for (i = 0; i < out->len; i++) {
        if (out->data[i] < '!' || out->data[i] > '~') {
            return cert_text_refuse(why, "holds a character other than "
                                    "letters, digits and signs");
        }
    }

    return CERT_OK;
}


cert_err_t
cert_fold_typed(cert_text_t *out, cert_str_t in, const char **why)
{
    int32_t           ch;
    const uint8_t    *p, *end;
    utf8proc_uint8_t  bytes[4];
    utf8proc_ssize_t  len;

    out->len = 0;
    p = in.data;
    end = in.len != 0 ? p + in.len : p;

    while (p < end) {
        ch = cert_text_next(&p, end);

        if (ch < 0) {
            return cert_text_refuse(why, "is not UTF-8");
        }

        if (cert_fold_is_space(ch) || cert_text_is_format(ch)) {
            continue;
        }

        len = utf8proc_encode_char(cert_fold_sign(ch, CERT_FOLD_NUMBER), bytes);

        if (out->len + (size_t) len > CERT_TEXT_MAX) {
            return cert_text_refuse(why, "is too long");
        }

        memcpy(out->data + out->len, bytes, (size_t) len);
        out->len += (size_t) len;
    }

    out->data[out->len] = '\0';

    return CERT_OK;
}


/* Tabs and line ends come with what is pasted. */
int
cert_fold_is_space(int32_t ch)
{
    return cert_text_is_space(ch) || (ch >= 0x09 && ch <= 0x0D) || ch == 0x85
           || ch == 0x2028 || ch == 0x2029;
}


static cert_err_t
cert_fold(cert_text_t *out, cert_str_t in, cert_fold_kind_t kind, size_t max,
    const char **why)
{
    int          is_plain;
    const char  *what;
    cert_fold_t  f;

    what = cert_fold_scan(in, kind, &is_plain);

    if (what != NULL) {
        return cert_text_refuse(why, what);
    }

    if (in.len > (is_plain ? max : CERT_FOLD_IN_MAX)) {
        return cert_text_refuse(why, "is too long");
    }

    if (!is_plain) {
        f.kind = kind;
        f.len = in.len;
        memcpy(f.bytes, in.data, in.len);

        if (cert_fold_rounds(&f) != 0 || f.len > max) {
            what = "is too long";
        }

        in = (cert_str_t) { f.bytes, f.len };
    }

    if (what == NULL && in.len == 0) {
        what = "is empty";
    }

    if (what == NULL) {
        memcpy(out->data, in.data, in.len);
        out->data[in.len] = '\0';
        out->len = in.len;
    }

    /* Public workers keep no name and no document number of a question. */

    if (!is_plain) {
        explicit_bzero(&f, sizeof(f));
    }

    return what == NULL ? CERT_OK : cert_text_refuse(why, what);
}


/*
 * NULL if "in" may be folded, otherwise what is wrong with it; "is_plain" tells
 * whether it is its own match form.
 */
static const char *
cert_fold_scan(cert_str_t in, cert_fold_kind_t kind, int *is_plain)
{
    int32_t         ch;
    const char     *what;
    const uint8_t  *p, *end;

    *is_plain = 1;

    /* An empty text may have no address. */

    p = in.data;
    end = in.len != 0 ? p + in.len : p;

    while (p < end) {
        ch = cert_text_next(&p, end);

        if (ch < 0) {
            return "is not UTF-8";
        }

        if (cert_fold_is_plain(ch, kind)) {
            continue;
        }

        *is_plain = 0;

        if (cert_fold_is_space(ch) || cert_text_is_format(ch)) {
            continue;
        }

        what = cert_text_refused(ch);

        if (what != NULL) {
            return what;
        }
    }

    return NULL;
}


/* True for what no step changes, wherever it stands among such. */
static int
cert_fold_is_plain(int32_t ch, cert_fold_kind_t kind)
{
    if (kind == CERT_FOLD_NUMBER) {
        return ch > ' ' && ch <= '~' && !(ch >= 'a' && ch <= 'z');
    }

    return (ch >= 0x3400 && ch <= 0x9FFF) || (ch >= 'a' && ch <= 'z')
           || (ch >= 0x20000 && ch <= 0x2F7FF && (ch & 0xFFFE) != 0xFFFE)
           || (ch >= 0x30000 && ch <= 0x3FFFD) || ch == CERT_FOLD_DOT;
}


/* -1 if the text does not fit on the way. */
static int
cert_fold_rounds(cert_fold_t *f)
{
    int      i, rc;
    size_t   len;
    uint8_t  before[CERT_FOLD_MAX];

    rc = 1;

    for (i = 0; i < CERT_FOLD_ROUNDS && rc > 0; i++) {
        len = f->len;
        memcpy(before, f->bytes, len);

        if (cert_fold_round(f) != 0) {
            rc = -1;

        } else if (f->len == len && memcmp(f->bytes, before, len) == 0) {
            rc = 0;
        }
    }

    explicit_bzero(before, sizeof(before));

    return rc == 0 ? 0 : -1;
}


static int
cert_fold_round(cert_fold_t *f)
{
    utf8proc_ssize_t  n;

    if (cert_fold_read(f, 0) != 0) {
        return -1;
    }

    cert_fold_signs(f);

    if (cert_fold_write(f) != 0 || cert_fold_read(f, UTF8PROC_COMPAT) != 0) {
        return -1;
    }

    cert_fold_signs(f);

    if (cert_fold_case(f) != 0 || cert_fold_write(f) != 0
        || cert_fold_read(f, UTF8PROC_COMPAT) != 0)
    {
        return -1;
    }

    cert_fold_spaces(f);

    /* A dot is closed to the spaces beside it, which a stop may not be. */

    if (f->kind == CERT_FOLD_NAME) {
        cert_fold_stops(f);
        cert_fold_spaces(f);
    }

    n = utf8proc_normalize_utf32(f->points, (utf8proc_ssize_t) f->n,
                                 UTF8PROC_STABLE|UTF8PROC_COMPOSE);
    if (n < 0) {
        return -1;
    }

    f->n = (size_t) n;

    return cert_fold_write(f);
}


/* The bytes as code points, decomposed; their marks are in order then. */
static int
cert_fold_read(cert_fold_t *f, utf8proc_option_t form)
{
    utf8proc_ssize_t  n;

    n = utf8proc_decompose(f->bytes, (utf8proc_ssize_t) f->len, f->points,
                           CERT_FOLD_MAX,
                           UTF8PROC_STABLE|UTF8PROC_DECOMPOSE|form);

    if (n < 0 || n > CERT_FOLD_MAX) {
        return -1;
    }

    f->n = (size_t) n;

    return 0;
}


static int
cert_fold_write(cert_fold_t *f)
{
    size_t            i;
    utf8proc_uint8_t  bytes[4];
    utf8proc_ssize_t  len;

    f->len = 0;

    for (i = 0; i < f->n; i++) {
        len = utf8proc_encode_char(f->points[i], bytes);

        if (f->len + (size_t) len > CERT_FOLD_MAX) {
            return -1;
        }

        memcpy(f->bytes + f->len, bytes, (size_t) len);
        f->len += (size_t) len;
    }

    return 0;
}


static void
cert_fold_signs(cert_fold_t *f)
{
    size_t   i, n;
    int32_t  ch;

    for (i = n = 0; i < f->n; i++) {
        ch = cert_fold_sign(f->points[i], f->kind);

        if (ch != CERT_FOLD_DROP) {
            f->points[n++] = ch;
        }
    }

    f->n = n;
}


static int32_t
cert_fold_sign(int32_t ch, cert_fold_kind_t kind)
{
    if (cert_fold_is_space(ch)) {
        return ' ';
    }

    if (cert_text_is_format(ch)) {
        return CERT_FOLD_DROP;
    }

    if (cert_fold_has(cert_fold_dashes, ch)) {
        return '-';
    }

    if (kind == CERT_FOLD_NAME) {
        if (cert_fold_has(cert_fold_dots, ch)) {
            return CERT_FOLD_DOT;
        }

        if (cert_fold_has(cert_fold_apostrophes, ch)) {
            return '\'';
        }

        if (cert_fold_has(cert_fold_circles, ch)) {
            return CERT_FOLD_ZERO;
        }
    }

    return cert_fold_radical(ch);
}


static int32_t
cert_fold_radical(int32_t ch)
{
    size_t  low, high, middle;

    low = 0;
    high = cert_fold_radicals_n;

    while (low < high) {
        middle = low + (high - low) / 2;

        if (cert_fold_radicals[middle].from == ch) {
            return cert_fold_radicals[middle].to;
        }

        if (cert_fold_radicals[middle].from < ch) {
            low = middle + 1;

        } else {
            high = middle;
        }
    }

    return ch;
}


/* The tables are short and in order. */
static int
cert_fold_find(const int32_t *table, size_t n, int32_t ch)
{
    size_t  i;

    for (i = 0; i < n && table[i] <= ch; i++) {
        if (table[i] == ch) {
            return 1;
        }
    }

    return 0;
}


/* A sharp s of a name is two letters then. */
static int
cert_fold_case(cert_fold_t *f)
{
    int               last;
    size_t            i, n;
    int32_t           points[CERT_FOLD_MAX];
    utf8proc_ssize_t  len;

    if (f->kind == CERT_FOLD_NUMBER) {
        cert_fold_upper(f);
        return 0;
    }

    last = 0;

    for (i = n = 0; i < f->n; i++) {
        len = utf8proc_decompose_char(f->points[i], points + n,
                                      (utf8proc_ssize_t) (CERT_FOLD_MAX - n),
                                      UTF8PROC_CASEFOLD, &last);

        if (len < 0 || (size_t) len > CERT_FOLD_MAX - n) {
            return -1;
        }

        n += (size_t) len;
    }

    memcpy(f->points, points, n * sizeof(points[0]));
    explicit_bzero(points, n * sizeof(points[0]));
    f->n = n;

    return 0;
}


/* The capital of a dotless i is not the I of another word. */
static void
cert_fold_upper(cert_fold_t *f)
{
    size_t   i;
    int32_t  ch;

    for (i = 0; i < f->n; i++) {
        ch = utf8proc_toupper(f->points[i]);

        if (ch > '~' || f->points[i] <= '~') {
            f->points[i] = ch;
        }
    }
}


static void
cert_fold_stops(cert_fold_t *f)
{
    size_t  i, n;

    n = 0;

    for (i = 0; i < f->n; i++) {
        n += cert_fold_is_han(f->points[i]) != 0;
    }

    if (n == 0) {
        return;
    }

    for (i = 1; i + 1 < f->n; i++) {
        if (cert_fold_has(cert_fold_full_stops, f->points[i])) {
            f->points[i] = CERT_FOLD_DOT;
        }
    }
}


/* A space stays where both its neighbours are open to it. */
static void
cert_fold_spaces(cert_fold_t *f)
{
    size_t   i, n;
    int32_t  ch;

    for (i = n = 0; i < f->n; i++) {
        ch = f->points[i];

        if (ch == ' ') {
            if (f->kind == CERT_FOLD_NUMBER || n == 0
                || cert_fold_is_closed(f, f->points[n - 1]))
            {
                continue;
            }

        } else if (n != 0 && f->points[n - 1] == ' '
                   && cert_fold_is_closed(f, ch))
        {
            n--;
        }

        f->points[n++] = ch;
    }

    if (n != 0 && f->points[n - 1] == ' ') {
        n--;
    }

    f->n = n;
}


static int
cert_fold_is_closed(const cert_fold_t *f, int32_t ch)
{
    return f->kind == CERT_FOLD_NUMBER || ch == ' ' || ch == CERT_FOLD_DOT
           || cert_fold_is_han(ch);
}


/* Ideographs, with the mark that repeats one and the zero. */
static int
cert_fold_is_han(int32_t ch)
{
    return (ch >= 0x3400 && ch <= 0x4DBF) || (ch >= 0x4E00 && ch <= 0x9FFF)
           || (ch >= 0xF900 && ch <= 0xFAFF) || ch == 0x3005
           || ch == CERT_FOLD_ZERO || (ch >= 0x20000 && ch <= 0x3FFFD);
}
