/*
 * Copyright (C) the ngx_cert authors
 *
 * Names, user names, document numbers and their masks.  The first byte
 * says which.
 */


#include "fuzz.h"

#include "cert_text_int.h"


#define str(t)  ((cert_str_t) { (const uint8_t *) (t)->data, (t)->len })


/* Code points that a mask counts of what was folded, which is UTF-8. */
static size_t
points(const cert_text_t *text, size_t *shown)
{
    size_t          n;
    int32_t         ch;
    const uint8_t  *p, *end;

    p = (const uint8_t *) text->data;
    end = p + text->len;
    *shown = 0;

    for (n = 0; p < end; /* void */ ) {
        ch = cert_text_next(&p, end);
        must(ch >= 0);

        if (!cert_text_is_space(ch) && !cert_text_is_format(ch)) {
            *shown += ch != '*';
            n++;
        }
    }

    return n;
}


static void
folded(const cert_text_t *text, size_t max)
{
    must(text->len <= max);
    must(text->data[text->len] == '\0');
    must(strlen(text->data) == text->len);
    must(cert_text_check(str(text)) == NULL);
}


static void
name(cert_str_t in)
{
    size_t       n, shown, stars, own;
    cert_text_t  text, again, mask;

    if (cert_name_fold(&text, in, NULL) != CERT_OK) {
        return;
    }

    folded(&text, CERT_NAME_MAX);
    must(text.len > 0);
    must(cert_name_fold(&again, str(&text), NULL) == CERT_OK);
    must(fuzz_is_same(str(&again), str(&text)));

    cert_name_mask(&mask, str(&text));
    n = points(&text, &own);
    stars = points(&mask, &shown);

    must(stars == n);
    must(shown <= (n == 1 ? 0 : n == 2 ? 1 : 2));
}


static void
text(cert_str_t in)
{
    size_t       max;
    cert_text_t  out, again;
    const char  *why = NULL;

    max = fuzz_byte(&in) % (CERT_TEXT_MAX + 1);

    if (cert_text_fold(&out, in, max, &why) != CERT_OK) {
        must(why != NULL);
        return;
    }

    folded(&out, max);
    must(cert_text_fold(&again, str(&out), max, NULL) == CERT_OK);
    must(fuzz_is_same(str(&again), str(&out)));
}


static void
username(cert_str_t in)
{
    cert_text_t  out, again;

    if (cert_username_fold(&out, in, NULL) != CERT_OK) {
        return;
    }

    folded(&out, CERT_USERNAME_MAX);
    must(out.len >= CERT_USERNAME_MIN);
    must(cert_username_fold(&again, str(&out), NULL) == CERT_OK);
    must(fuzz_is_same(str(&again), str(&out)));
}


/* Every other digit at that place is caught by the check digit. */
static void
resident(const cert_text_t *number)
{
    size_t       at;
    cert_text_t  bent;
    cert_date_t  birth = CERT_DATE_NONE;

    if (cert_id_number_check_cn(str(number), day("2026-01-01"), &birth, NULL)
        != CERT_OK)
    {
        return;
    }

    must(number->len == 18);
    must(birth != CERT_DATE_NONE && birth <= day("2026-01-01"));

    for (at = 0; at < 17; at++) {
        bent = *number;
        bent.data[at] = (char) ('0' + (bent.data[at] - '0' + 3) % 10);
        must(cert_id_number_check_cn(str(&bent), day("2026-01-01"), NULL,
                                     NULL)
             == CERT_INVALID);
    }
}


static void
id_number(cert_str_t in)
{
    size_t       shown;
    cert_text_t  number, again, mask;

    if (cert_id_number_fold(&number, in, NULL) != CERT_OK) {
        return;
    }

    folded(&number, CERT_ID_NUMBER_MAX);
    must(cert_id_number_fold(&again, str(&number), NULL) == CERT_OK);
    must(fuzz_is_same(str(&again), str(&number)));

    cert_id_number_mask(&mask, str(&number));
    must(mask.len == number.len);
    shown = mask.len;

    for (size_t i = 0; i < mask.len; i++) {
        must(mask.data[i] == '*' || mask.data[i] == number.data[i]);
        shown -= mask.data[i] == '*' && number.data[i] != '*';
    }

    must(shown <= 7 || strchr(number.data, '*') != NULL);
    resident(&number);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cert_str_t      in = { data, size };
    cert_id_type_t  type;

    switch (fuzz_byte(&in)) {

    case 'n':
        name(in);
        break;

    case 'i':
        id_number(in);
        break;

    case 'u':
        username(in);
        break;

    case 'k':
        if (cert_id_type_parse(&type, in) == CERT_OK) {
            must(type < CERT_ID_TYPES);
            must(fuzz_is_same(in, cert_strz(cert_id_type_name(type))));
        }

        break;

    default:
        text(in);
    }

    return 0;
}
