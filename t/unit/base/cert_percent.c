/*
 * Copyright (C) the ngx_cert authors
 *
 * Percent escapes: of forms and of paths, in a buffer of its own and in place.
 */


#include "cert_percent.h"
#include "tap.h"


typedef struct {
    const char  *text;
    size_t       len;           /* 0: strlen(text) */
    const char  *form;          /* NULL: refused in both */
    const char  *path;
    const char  *why;           /* part of it */
} percent_row_t;


static const percent_row_t  rows[] = {
    { "", 0, "", "", NULL },
    { "2022", 0, "2022", "2022", NULL },
    { "a+b", 0, "a b", "a+b", NULL },
    { "+", 0, " ", "+", NULL },
    { "%2b%2B", 0, "++", "++", NULL },
    { "a%20b%2fc%2Fd", 0, "a b/c/d", "a b/c/d", NULL },
    { "%E5%bc%A0", 0, "张", "张", NULL },
    { "%ff", 0, "\xff", "\xff", NULL },
    { "%01", 0, "\x01", "\x01", NULL },
    { "%2500", 0, "%00", "%00", NULL },
    { "%25%32%35", 0, "%25", "%25", NULL },
    { "%", 0, NULL, NULL, "percent" },
    { "%4", 0, NULL, NULL, "percent" },
    { "a%4", 0, NULL, NULL, "percent" },
    { "%411%4", 0, NULL, NULL, "percent" },
    { "%4g", 0, NULL, NULL, "percent" },
    { "%g4", 0, NULL, NULL, "percent" },
    { "%%41", 0, NULL, NULL, "percent" },
    { "% 41", 0, NULL, NULL, "percent" },
    { "%+1", 0, NULL, NULL, "percent" },
    { "%u0041", 0, NULL, NULL, "percent" },
    { "%00", 0, NULL, NULL, "zero" },
    { "a%00b", 0, NULL, NULL, "zero" },
    { "a\0b", 3, NULL, NULL, "zero" },
};


static void
test_row(const percent_row_t *row, int is_form, int in_place)
{
    size_t       len, n;
    uint8_t     *in, *out;
    cert_err_t   err;
    const char  *expected, *why;

    len = row->len ? row->len : strlen(row->text);
    expected = is_form ? row->form : row->path;
    why = "";

    /* Exact sizes, so that a sanitizer sees a byte too many. */
    in = malloc(len + (len == 0));
    out = in_place ? in : malloc(len + (len == 0));
    memcpy(in, row->text, len);

    err = cert_percent_decode((cert_str_t) { in, len }, is_form, out, &n,
                              &why);

    ok(expected == NULL
       ? err == CERT_INVALID && strstr(why, row->why) != NULL
       : err == CERT_OK && n == strlen(expected)
         && memcmp(out, expected, n) == 0,
       "\"%s\" of a %s%s", row->text, is_form ? "form" : "path",
       in_place ? ", in place" : "");

    if (!in_place) {
        free(out);
    }

    free(in);
}


int
main(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (int way = 0; way < 4; way++) {
            test_row(&rows[i], way & 1, way >> 1);
        }
    }

    return done_testing();
}
