/*
 * Copyright (C) the ngx_cert authors
 *
 * Names and document numbers are folded once, where they come in, to the one
 * spelling that is stored and printed.  What they are compared by is the match
 * form (cert_fold.h); that of a document number is stored, since its other
 * spellings are nothing but ways to type it.  A name with a different character
 * is a different name.
 *
 * Masks work on what is stored and never fail, so they trust nothing about it:
 * text that is not UTF-8 gives a mask all the same, within its bounds.
 */


#include <string.h>

#include "cert_fold.h"
#include "cert_person.h"
#include "cert_str_int.h"
#include "cert_text_int.h"
#include "cert_time.h"


/* 17 digits and the check character. */
#define CERT_CN_LEN  18

/* What a mask of a document number shows at its ends. */
#define CERT_ID_HEAD  3
#define CERT_ID_TAIL  4

/* How many code points count for a mask, and the two that it may show. */
typedef struct {
    size_t      n;
    cert_str_t  first;
    cert_str_t  last;
} cert_person_shown_t;


static int cert_person_has_joiner(cert_str_t text);
static cert_person_shown_t cert_person_shown(cert_str_t name);
static int cert_person_is_skipped(cert_str_t point);
static void cert_person_mask(cert_text_t *out,
    const cert_person_shown_t *shown);
static int cert_person_cn_is_form(const uint8_t *p);
static int cert_person_cn_is_sound(const uint8_t *p);
static int cert_person_cn_number(const uint8_t *p, size_t n);
static void cert_person_add_stars(cert_text_t *out, size_t n);


static const char *const  cert_id_types[] = {
    "cn", "passport", "hk_mo", "tw", "other"
};


cert_err_t
cert_name_fold(cert_text_t *out, cert_str_t in, const char **why)
{
    cert_err_t   err;
    cert_text_t  form;

    err = cert_text_fold(out, in, CERT_NAME_MAX, why);

    if (err != CERT_OK) {
        return err;
    }

    if (cert_person_has_joiner(cert_text_str(out))) {
        return cert_text_refuse(why, "holds an invisible character");
    }

    /* A name that cannot be compared would never be found. */
    return cert_fold_name(&form, cert_text_str(out), why);
}


cert_err_t
cert_number_fold(cert_text_t *out, cert_text_t *form, cert_str_t in,
    const char **why)
{
    cert_err_t  err;

    err = cert_text_fold(out, in, CERT_NUMBER_MAX, why);

    if (err != CERT_OK) {
        return err;
    }

    if (cert_person_has_joiner(cert_text_str(out))) {
        return cert_text_refuse(why, "holds an invisible character");
    }

    return cert_fold_number(form, cert_text_str(out), why);
}


void
cert_name_mask(cert_text_t *out, cert_str_t name)
{
    cert_person_shown_t  shown;

    shown = cert_person_shown(name);
    cert_person_mask(out, &shown);
}


/* Its match form: what people type for a sign was never printed. */
cert_err_t
cert_id_number_fold(cert_text_t *out, cert_str_t in, const char **why)
{
    const char  *what;

    what = cert_text_check(in);

    if (what == NULL && cert_person_has_joiner(in)) {
        what = "holds an invisible character";
    }

    if (what != NULL) {
        return cert_text_refuse(why, what);
    }

    return cert_fold_id_number(out, in, why);
}


cert_err_t
cert_id_number_check_cn(cert_str_t number, cert_date_t today,
    cert_date_t *birth, const char **why)
{
    cert_date_t     date;
    const uint8_t  *p;

    p = number.data;

    if (number.len != CERT_CN_LEN || !cert_person_cn_is_form(p)) {
        return cert_text_refuse(why, "is not 17 digits and a check character");
    }

    /* First, since a typing error breaks it. */

    if (!cert_person_cn_is_sound(p)) {
        return cert_text_refuse(why, "has a wrong check character");
    }

    if (memcmp(p, "000000", 6) == 0) {
        return cert_text_refuse(why, "has no region");
    }

    date = cert_date_make(cert_person_cn_number(p + 6, 4),
                          cert_person_cn_number(p + 10, 2),
                          cert_person_cn_number(p + 12, 2));

    if (date == CERT_DATE_NONE) {
        return cert_text_refuse(why, "holds a date of birth that does not "
                                "exist");
    }

    if (date > today) {
        return cert_text_refuse(why, "holds a date of birth in the future");
    }

    if (birth != NULL) {
        *birth = date;
    }

    return CERT_OK;
}


void
cert_id_number_mask(cert_text_t *out, cert_str_t number)
{
    const uint8_t  *tail;

    out->len = 0;

    if (number.len > CERT_TEXT_MAX) {
        number.len = CERT_TEXT_MAX;
    }

    /* Too short to hide anything between. */

    if (number.len <= CERT_ID_HEAD + CERT_ID_TAIL) {
        cert_person_add_stars(out, number.len);
        return;
    }

    memcpy(out->data, number.data, CERT_ID_HEAD);
    out->len = CERT_ID_HEAD;

    cert_person_add_stars(out, number.len - CERT_ID_HEAD - CERT_ID_TAIL);

    tail = number.data + number.len - CERT_ID_TAIL;

    memcpy(out->data + out->len, tail, CERT_ID_TAIL);
    out->len += CERT_ID_TAIL;
    out->data[out->len] = '\0';
}


const char *
cert_id_type_name(cert_id_type_t type)
{
    return (unsigned) type < CERT_ID_TYPES ? cert_id_types[type] : "unknown";
}


cert_err_t
cert_id_type_parse(cert_id_type_t *type, cert_str_t text)
{
    int  i;

    for (i = 0; i < CERT_ID_TYPES; i++) {
        if (strlen(cert_id_types[i]) == text.len
            && memcmp(cert_id_types[i], text.data, text.len) == 0)
        {
            *type = (cert_id_type_t) i;
            return CERT_OK;
        }
    }

    return CERT_INVALID;
}


/*
 * True for a joiner where none belongs: only scripts from Arabic to Mongolian
 * cannot be written without.
 */
static int
cert_person_has_joiner(cert_str_t text)
{
    int             has_joiner;
    int32_t         ch;
    const uint8_t  *p, *end;

    has_joiner = 0;
    p = text.data;
    end = text.len != 0 ? p + text.len : p;

    while (p < end) {
        ch = cert_text_next(&p, end);

        if (ch >= 0x0600 && ch <= 0x18AF) {
            return 0;
        }

        has_joiner |= cert_text_is_format(ch);
    }

    return has_joiner;
}


/*
 * By code point, not by byte or by what is drawn as one: a combining mark gets
 * a star of its own, which shows no more than a mask may.  Code points begin
 * with the bytes that continue none.
 */
static cert_person_shown_t
cert_person_shown(cert_str_t name)
{
    size_t               i, at;
    cert_str_t           point;
    cert_person_shown_t  shown;

    memset(&shown, 0, sizeof(shown));

    /* Never show more than a mask may, whatever was stored. */

    if (name.len > CERT_TEXT_MAX) {
        shown.n = 1;
        return shown;
    }

    for (i = 0; i < name.len; /* void */ ) {
        at = i++;

        while (i < name.len && (name.data[i] & 0xC0) == 0x80) {
            i++;
        }

        point = (cert_str_t) { name.data + at, i - at };

        if ((name.data[at] & 0xC0) == 0x80
            || cert_person_is_skipped(point))
        {
            continue;
        }

        if (shown.n++ == 0) {
            shown.first = point;
        }

        shown.last = point;
    }

    return shown;
}


/* What shows nothing: a star for it would leave all the rest to be read. */
static int
cert_person_is_skipped(cert_str_t point)
{
    int32_t         ch;
    const uint8_t  *p;

    p = point.data;
    ch = cert_text_next(&p, p + point.len);

    return cert_text_is_space(ch) || cert_text_is_format(ch);
}


static void
cert_person_mask(cert_text_t *out, const cert_person_shown_t *shown)
{
    out->len = 0;

    if (shown->n <= 1) {
        cert_person_add_stars(out, shown->n);
        return;
    }

    memcpy(out->data, shown->first.data, shown->first.len);
    out->len = shown->first.len;

    if (shown->n == 2) {
        cert_person_add_stars(out, 1);
        return;
    }

    cert_person_add_stars(out, shown->n - 2);

    memcpy(out->data + out->len, shown->last.data, shown->last.len);
    out->len += shown->last.len;
    out->data[out->len] = '\0';
}


/* Lower case was folded before: "x" is wrong here. */
static int
cert_person_cn_is_form(const uint8_t *p)
{
    int  i;

    for (i = 0; i < CERT_CN_LEN - 1; i++) {
        if (p[i] < '0' || p[i] > '9') {
            return 0;
        }
    }

    return p[i] == 'X' || (p[i] >= '0' && p[i] <= '9');
}


/*
 * MOD 11-2 of GB 11643: the weights are the powers of two modulo 11 from the
 * right, and the check character makes the whole sum 1.
 */
static int
cert_person_cn_is_sound(const uint8_t *p)
{
    int       i;
    unsigned  sum;

    static const uint8_t  weights[] = {
        7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2
    };

    static const char  checks[] = "10X98765432";

    sum = 0;

    for (i = 0; i < CERT_CN_LEN - 1; i++) {
        sum += weights[i] * (p[i] - (unsigned) '0');
    }

    return p[i] == (uint8_t) checks[sum % 11];
}


/* "n" characters that are known to be digits. */
static int
cert_person_cn_number(const uint8_t *p, size_t n)
{
    int     value;
    size_t  i;

    value = 0;

    for (i = 0; i < n; i++) {
        value = value * 10 + (p[i] - '0');
    }

    return value;
}


/* The caller knows that they fit; the text stays terminated. */
static void
cert_person_add_stars(cert_text_t *out, size_t n)
{
    memset(out->data + out->len, '*', n);
    out->len += n;
    out->data[out->len] = '\0';
}
