/*
 * Copyright (C) the ngx_cert authors
 *
 * Any bytes as a text for a report, reasons, which are such texts, and what
 * becomes of an empty text without an address: a sanitizer sees a sum with one.
 */


#include "cert_bytes_int.h"
#include "cert_reason.h"
#include "cert_text.h"
#include "tap.h"


typedef struct {
    const char  *in;
    size_t       len;           /* 0: strlen(in) */
    size_t       size;          /* of the buffer; 0: enough */
    const char  *out;
} text_row_t;


static const text_row_t  rows[] = {
    { "", 0, 0, "" },
    { "pdf/00/a b.pdf", 0, 0, "pdf/00/a b.pdf" },
    { "会计 é", 0, 0, "会计 é" },
    { "C:\\x41", 0, 0, "C:\\x41" },
    { "\xbb\xe1\xbc\xc6.pdf", 0, 0, "\\xbb\\xe1\\xbc\\xc6.pdf" },
    { "\xe4\xbc", 0, 0, "\\xe4\\xbc" },
    { "\xe4\xbc/", 0, 0, "\\xe4\\xbc/" },
    { "\xc0\x80", 0, 0, "\\xc0\\x80" },
    { "\xed\xa0\x80", 0, 0, "\\xed\\xa0\\x80" },
    { "\xf5", 0, 0, "\\xf5" },
    { "a\0b", 3, 0, "a\\x00b" },
    { "a\nb\x1b[0m\x7f", 0, 0, "a\\x0ab\\x1b[0m\\x7f" },
    { "a\u202Eb", 0, 0, "a\\xe2\\x80\\xaeb" },
    { "abc", 0, 4, "abc" },
    { "abc", 0, 3, "ab" },
    { "abc", 0, 1, "" },
    { "a会", 0, 5, "a会" },
    { "a会", 0, 4, "a" },
    { "a\xff", 0, 6, "a\\xff" },
    { "a\xff", 0, 5, "a" },
    { "\u202E", 0, 12, "" },
};


static void
test_rows(void)
{
    char        *out;
    size_t       i, size, len;
    cert_str_t   in;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        len = rows[i].len != 0 ? rows[i].len : strlen(rows[i].in);
        size = rows[i].size != 0 ? rows[i].size : strlen(rows[i].out) + 1;

        /* Of its very size, so that a sanitizer sees a byte too much. */
        out = malloc(size);
        in = (cert_str_t) { (const uint8_t *) rows[i].in, len };

        cert_text_escape(out, size, in);
        is_str(out, rows[i].out, "row %zu: \"%s\"", i, rows[i].out);
        free(out);
    }

    out = malloc(1);
    cert_text_escape(out, 1, (cert_str_t) { NULL, 0 });
    is_str(out, "", "an empty text without an address");
    free(out);
}


/* The longest file names that fit, then byte by byte longer until cut. */
static void
test_reasons(void)
{
    int            wrong;
    char           name[300];
    size_t         len, n;
    cert_reason_t  reason;

    cert_reason_set(&reason, "no \"%s\"", "\xbb\xe1");
    is_str(reason.text, "no \"\\xbb\\xe1\"", "a name that is not UTF-8");

    wrong = 0;
    memset(name, 'x', sizeof(name));

    for (len = 240; len < 270; len++) {
        memcpy(name + len, "会计", 7);
        cert_reason_set(&reason, "%s", name);

        n = len + 6 < sizeof(reason.text) ? len + 6
            : len + 3 < sizeof(reason.text) ? len + 3
            : len < sizeof(reason.text) ? len : sizeof(reason.text) - 1;

        wrong += strlen(reason.text) != n || memcmp(reason.text, name, n) != 0;
        memset(name + len, 'x', 7);
    }

    is_int(wrong, 0, "cut off between characters, and no earlier");
}


static void
test_no_address(void)
{
    cert_str_t     rest, part;
    cert_cursor_t  c;

    rest = (cert_str_t) { NULL, 0 };
    part = cert_str_cut(&rest, '&');
    ok(part.len == 0 && rest.len == 0, "cut: both parts are empty");

    c = cert_cursor(rest);
    ok(cert_cursor_is_done(&c), "read: nothing is left over");
    ok(cert_get_bytes(&c, 0) != NULL && cert_cursor_is_done(&c),
       "no bytes are there");
    is_int(cert_get_int(&c, 1), 0, "a byte is not");
    ok(c.is_short, "and that is noticed");
}


int
main(void)
{
    test_rows();
    test_reasons();
    test_no_address();

    return done_testing();
}
