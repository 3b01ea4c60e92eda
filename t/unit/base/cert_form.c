/*
 * Copyright (C) the ngx_cert authors
 *
 * Forms: one reading per text, in a buffer of its own and in place.
 */


#include <stdlib.h>

#include "cert_form.h"
#include "tap.h"


typedef struct {
    const char  *text;
    size_t       len;           /* 0: strlen(text) */
    const char  *code;          /* NULL: not given */
    const char  *name;
} form_good_t;

typedef struct {
    const char  *text;
    size_t       len;
    const char  *why;           /* part of it */
} form_bad_t;


static const form_good_t  goods[] = {
    { "", 0, NULL, NULL },
    { "code=K7QX", 0, "K7QX", NULL },
    { "code=", 0, "", NULL },
    { "code", 0, "", NULL },
    { "code=a=b", 0, "a=b", NULL },
    { "&&code=1&&name=2&", 0, "1", "2" },
    { "name=2&code=1", 0, "1", "2" },
    { "code=a+b%20c", 0, "a b c", NULL },
    { "code=%2b%2B%26%3d", 0, "++&=", NULL },
    { "c%6fde=1", 0, "1", NULL },
    { "name=%E5%BC%A0%e4%bc%9f", 0, NULL, "张伟" },
    { "name=张伟", 0, NULL, "张伟" },
    { "Code=1&codes=2&cod=3", 0, NULL, NULL },
    { "utm=1&utm=2&code=3", 0, "3", NULL },
    { "=1&code=2", 0, "2", NULL },
    { "name=%0a%7f", 0, NULL, "\n\x7f" },
    { "code=%ff", 0, "\xff", NULL },
    { "code=%2500", 0, "%00", NULL },
};

static const form_bad_t  bads[] = {
    { "code=1&code=1", 0, "twice" },
    { "code=1&c%6Fde=2", 0, "twice" },
    { "code&code", 0, "twice" },
    { "code=%", 0, "percent" },
    { "code=%4", 0, "percent" },
    { "code=%4&name=1", 0, "percent" },
    { "code=%g0", 0, "percent" },
    { "code=%0g", 0, "percent" },
    { "code=%%41", 0, "percent" },
    { "code=% 41", 0, "percent" },
    { "%=1", 0, "percent" },
    { "other=%zz", 0, "percent" },
    { "code=%00", 0, "zero" },
    { "c%00ode=1", 0, "zero" },
    { "other=%00", 0, "zero" },
    { "code=a\0b", 8, "zero" },
};


static cert_err_t
parse(const char *text, size_t len, int in_place, cert_form_field_t fields[2],
    uint8_t **buffer, const char **why)
{
    uint8_t     *copy, *out;
    cert_err_t   err;
    cert_str_t   form;

    /* Exact sizes, so that a sanitizer sees a byte too many. */
    copy = malloc(len + (len == 0));
    out = in_place ? copy : malloc(len + (len == 0));
    memcpy(copy, text, len);

    form.data = copy;
    form.len = len;

    fields[0].name = cert_str("code");
    fields[1].name = cert_str("name");

    err = cert_form_parse(form, fields, 2, out, why);

    if (!in_place) {
        free(copy);
    }

    *buffer = out;

    return err;
}


static int
is_field(const cert_form_field_t *field, const char *expected)
{
    if (expected == NULL) {
        return !field->is_given && field->value.len == 0;
    }

    return field->is_given && field->value.len == strlen(expected)
           && memcmp(field->value.data, expected, field->value.len) == 0;
}


static void
test_goods(int in_place)
{
    size_t              i, len;
    uint8_t            *buffer;
    cert_err_t          err;
    const char         *why;
    cert_form_field_t   fields[2];

    for (i = 0; i < sizeof(goods) / sizeof(goods[0]); i++) {
        len = goods[i].len ? goods[i].len : strlen(goods[i].text);
        why = NULL;

        err = parse(goods[i].text, len, in_place, fields, &buffer, &why);

        ok(err == CERT_OK && is_field(&fields[0], goods[i].code)
           && is_field(&fields[1], goods[i].name),
           "\"%s\"%s", goods[i].text, in_place ? " in place" : "");

        free(buffer);
    }
}


static void
test_bads(int in_place)
{
    size_t              i, len;
    uint8_t            *buffer;
    cert_err_t          err;
    const char         *why;
    cert_form_field_t   fields[2];

    for (i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
        len = bads[i].len ? bads[i].len : strlen(bads[i].text);
        why = "";

        err = parse(bads[i].text, len, in_place, fields, &buffer, &why);

        ok(err == CERT_INVALID && strstr(why, bads[i].why) != NULL
           && is_field(&fields[0], NULL) && is_field(&fields[1], NULL),
           "\"%s\"%s is refused: %s", bads[i].text,
           in_place ? " in place" : "", why);

        free(buffer);
    }
}


static void
test_bounds(void)
{
    char                text[CERT_FORM_MAX + 2];
    size_t              i;
    uint8_t            *buffer;
    const char         *why;
    cert_form_field_t   fields[2];

    memset(text, 'x', sizeof(text));
    memcpy(text, "code=", 5);

    is_int(parse(text, CERT_FORM_MAX, 0, fields, &buffer, &why), CERT_OK,
           "the longest form");
    is_int(fields[0].value.len, CERT_FORM_MAX - 5, "and its value");
    free(buffer);

    is_int(parse(text, CERT_FORM_MAX + 1, 0, fields, &buffer, &why),
           CERT_INVALID, "one byte more");
    free(buffer);

    for (i = 0; i < CERT_FORM_FIELDS_MAX + 1; i++) {
        memcpy(text + 3 * i, "a=&", 3);
    }

    is_int(parse(text, 3 * CERT_FORM_FIELDS_MAX, 0, fields, &buffer, &why),
           CERT_OK, "as many fields as may be");
    free(buffer);

    is_int(parse(text, 3 * CERT_FORM_FIELDS_MAX + 2, 0, fields, &buffer, &why),
           CERT_INVALID, "one field more");
    free(buffer);
}


/* Every form of six bytes over what matters, with the two ways agreeing. */
static void
test_agreement(void)
{
    static const char  alphabet[] = "c=&%0+";

    char                text[6];
    int                 i, n, rest, differ;
    uint8_t            *a, *b;
    cert_err_t          ea, eb;
    const char         *why;
    cert_form_field_t   fa[2], fb[2];

    differ = 0;

    for (n = 0; n < 46656; n++) {
        for (i = 0, rest = n; i < 6; i++, rest /= 6) {
            text[i] = alphabet[rest % 6];
        }

        ea = parse(text, 6, 0, fa, &a, &why);
        eb = parse(text, 6, 1, fb, &b, &why);

        differ += ea != eb || fa[0].is_given != fb[0].is_given
                  || fa[0].value.len != fb[0].value.len
                  || memcmp(fa[0].value.data, fb[0].value.data,
                            fa[0].value.len) != 0;

        free(a);
        free(b);
    }

    is_int(differ, 0, "46656 short forms read alike in both ways");
}


int
main(void)
{
    test_goods(0);
    test_goods(1);
    test_bads(0);
    test_bads(1);
    test_bounds();
    test_agreement();

    return done_testing();
}
