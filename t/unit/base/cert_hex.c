/*
 * Copyright (C) the ngx_cert authors
 *
 * Hex: every byte there and back, and what is refused.
 */


#include "cert_hex.h"
#include "tap.h"


typedef struct {
    const char  *text;
    size_t       n;
    const char  *bytes;         /* NULL: refused */
} hex_row_t;


static const hex_row_t  rows[] = {
    { "", 0, "" },
    { "00", 1, "\x00" },
    { "09af", 2, "\x09\xaf" },
    { "09AF", 2, "\x09\xaf" },
    { "aBcDeF", 3, "\xab\xcd\xef" },
    { "", 1, NULL },
    { "0", 1, NULL },
    { "000", 1, NULL },
    { "00", 0, NULL },
    { "0000", 1, NULL },
    { "g0", 1, NULL },
    { "0g", 1, NULL },
    { "0/", 1, NULL },
    { ":0", 1, NULL },
    { "@0", 1, NULL },
    { "0`", 1, NULL },
    { " 0", 1, NULL },
    { "+1", 1, NULL },
    { "0x", 1, NULL },
    { "00gg", 2, NULL },
};


static void
test_rows(void)
{
    size_t      i;
    uint8_t     bytes[3];
    cert_err_t  err;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        err = cert_hex_decode(bytes, rows[i].n, cert_strz(rows[i].text));

        ok(rows[i].bytes == NULL
           ? err == CERT_INVALID
           : err == CERT_OK && memcmp(bytes, rows[i].bytes, rows[i].n) == 0,
           "%zu bytes of \"%s\"", rows[i].n, rows[i].text);
    }
}


/* Against libc, which has another way to write and to read it. */
static void
test_bytes(void)
{
    char      text[4], expected[4];
    unsigned  i, bad;
    uint8_t   byte;

    bad = 0;

    for (i = 0; i < 256; i++) {
        byte = (uint8_t) i;
        memcpy(text, "zzzz", 4);
        (void) snprintf(expected, sizeof(expected), "%02x", i);

        bad += cert_hex_encode(text, &byte, 1) != text + 2
               || memcmp(text, expected, 2) != 0
               || memcmp(text + 2, "zz", 2) != 0
               || cert_hex_byte((const uint8_t *) text) != (int) i;
    }

    is_int(bad, 0, "each byte is two digits in lower case, and no more");
}


static void
test_values(void)
{
    char      text[2], *end;
    long      expected;
    unsigned  i, bad;

    bad = 0;

    for (i = 0; i < 256; i++) {
        text[0] = (char) i;
        text[1] = '\0';
        expected = i == 0 || strchr(" \t\n\v\f\r", (int) i) != NULL
                   ? -1 : strtol(text, &end, 16);

        if (expected != -1 && end != text + 1) {
            expected = -1;
        }

        bad += cert_hex_value((uint8_t) i) != expected;
    }

    is_int(bad, 0, "a digit of either case has a value, nothing else has");
}


static void
test_many(void)
{
    char           text[9];
    const uint8_t  bytes[] = { 0x00, 0x7f, 0x80, 0xff };

    *cert_hex_encode(text, bytes, sizeof(bytes)) = '\0';
    ok(strcmp(text, "007f80ff") == 0, "bytes in their order: %s", text);

    ok(cert_hex_encode(text, bytes, 0) == text, "no bytes give no digits");
}


int
main(void)
{
    test_rows();
    test_bytes();
    test_values();
    test_many();

    return done_testing();
}
