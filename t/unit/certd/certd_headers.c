/*
 * Copyright (C) the ngx_cert authors
 *
 * Paths, cookies, origins, addresses, identities and keys, row by row.
 */


#include <stdlib.h>

#include "certd_headers.h"
#include "tap.h"


static void test_paths(void);
static void test_escapes(void);
static void test_cookies(void);
static void test_origins(void);
static void test_fetches(void);
static void test_addresses(void);
static void test_identities(void);
static void test_keys(void);


int
main(void)
{
    test_paths();
    test_escapes();
    test_cookies();
    test_origins();
    test_fetches();
    test_addresses();
    test_identities();
    test_keys();

    return done_testing();
}


/* A text of its own on the heap, so that a sanitizer sees a byte too many. */
static char *
own(const char *text)
{
    char  *copy;

    copy = malloc(strlen(text) + 1);
    memcpy(copy, text, strlen(text) + 1);

    return copy;
}


static int
is_same(cert_str_t got, const char *expected)
{
    return got.len == strlen(expected)
           && memcmp(got.data, expected, got.len) == 0;
}


static void
test_paths(void)
{
    int         found;
    char       *path;
    size_t      i;
    cert_str_t  raw;

    static const char  pattern[] = "/holder/certificates/*/annotations";

    static const struct {
        const char  *path;
        const char  *raw;       /* NULL: no match */
    }  rows[] = {
        { "/holder/certificates/2022/annotations", "2022" },
        { "/holder/certificates/a%2Fb/annotations", "a%2Fb" },
        { "/holder/certificates/./annotations", "." },
        { "/holder/certificates//annotations", NULL },
        { "/holder/certificates/2022/annotations/", NULL },
        { "/holder/certificates/2022/annotation", NULL },
        { "/holder/certificates/2022/7/annotations", NULL },
        { "/holder/certificates/2022", NULL },
        { "/holder/certificates/", NULL },
        { "//holder/certificates/2022/annotations", NULL },
        { "/HOLDER/certificates/2022/annotations", NULL },
        { "/", NULL },
        { "", NULL }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        path = own(rows[i].path);
        found = certd_route_matches(pattern, path, &raw);

        ok(rows[i].raw == NULL ? !found : found && is_same(raw, rows[i].raw),
           "path \"%s\"", rows[i].path);
        free(path);
    }

    ok(certd_route_matches("/holder/notice", "/holder/notice", &raw)
       && raw.len == 0, "a path without a part of its own");
    ok(certd_route_matches("/holder/annotations/*", "/holder/annotations/K",
                           &raw) && is_same(raw, "K"), "one at the end");
}


static void
test_escapes(void)
{
    size_t      i, len;
    char        escaped[CERTD_SEGMENT_MAX + 4];
    uint8_t     out[CERTD_SEGMENT_MAX];
    cert_err_t  err;

    static const struct {
        const char  *raw;
        const char  *text;      /* NULL: invalid */
    }  rows[] = {
        { "", "" },
        { "2022", "2022" },
        { "a+b", "a+b" },
        { "a%20b%2fc%2Fd", "a b/c/d" },
        { "%E5%BC%A0", "张" },
        { "%2500", "%00" },
        { "%00", NULL },
        { "%", NULL },
        { "%4", NULL },
        { "%4g", NULL },
        { "%%41", NULL },
        { "1234567890123456789012345678901234567890123456789012345678901234",
          "1234567890123456789012345678901234567890123456789012345678901234" },
        { "12345678901234567890123456789012345678901234567890123456789012345",
          NULL }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        err = certd_segment_decode(cert_strz(rows[i].raw), out, &len);

        ok(rows[i].text == NULL
           ? err == CERT_INVALID
           : err == CERT_OK && is_same((cert_str_t) { out, len },
                                       rows[i].text),
           "escapes \"%s\"", rows[i].raw);
    }

    for (i = 0; i <= CERTD_ARGUMENT_MAX; i++) {
        memcpy(escaped + 3 * i, "%4b", 4);
    }

    err = certd_segment_decode(cert_strz(escaped + 3), out, &len);
    ok(err == CERT_OK && len == CERTD_ARGUMENT_MAX
       && out[0] == 'K' && out[len - 1] == 'K', "the longest, all escaped");

    ok(certd_segment_decode(cert_strz(escaped), out, &len) == CERT_INVALID,
       "one character more");
}


static void
test_cookies(void)
{
    char       *header;
    size_t      i;
    cert_err_t  err;
    cert_str_t  value;

    static const struct {
        const char  *header;
        cert_err_t   err;
        const char  *value;
    }  rows[] = {
        { "", CERT_NOT_FOUND, "" },
        { "a=1; b=2", CERT_NOT_FOUND, "" },
        { "__Host-cert=x", CERT_OK, "x" },
        { "__Host-cert=", CERT_OK, "" },
        { "a=1; __Host-cert=x; b=2", CERT_OK, "x" },
        { "a=1;__Host-cert=x;b=2", CERT_OK, "x" },
        { ";;; \t__Host-cert=a=b;", CERT_OK, "a=b" },
        { "__Host-cert", CERT_NOT_FOUND, "" },
        { "__Host-cert2=x", CERT_NOT_FOUND, "" },
        { "__host-cert=x", CERT_NOT_FOUND, "" },
        { "x__Host-cert=x", CERT_NOT_FOUND, "" },
        { "a=__Host-cert=x", CERT_NOT_FOUND, "" },
        { "__Host-cert =x", CERT_NOT_FOUND, "" },
        { "__Host-cert=x; __Host-cert=y", CERT_INVALID, "" },
        { "__Host-cert=x; __Host-cert=x", CERT_INVALID, "" }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        header = own(rows[i].header);
        err = certd_cookie_find(header, &value);

        ok(err == rows[i].err
           && (err != CERT_OK || is_same(value, rows[i].value)),
           "cookie \"%s\"", rows[i].header);
        free(header);
    }
}


static void
test_origins(void)
{
    size_t  i;

    static const struct {
        const char  *origin;
        const char  *host;
        int          is_own;
    }  rows[] = {
        { "https://cert.example.cn", NULL, 1 },
        { "HTTPS://Cert.Example.CN", NULL, 1 },
        { "http://cert.example.cn", NULL, 0 },
        { "http://cert.example.cn", "cert.example.cn", 1 },
        { "https://cert.example.cn:8443", NULL, 0 },
        { "https://cert.example.cn:8443", "cert.example.cn:8443", 1 },
        { "https://localhost:8080", "localhost:8080", 1 },
        { "https://localhost", "localhost:8080", 0 },
        { "https://cert.example.cn:443", NULL, 1 },
        { "https://localhost:443", "localhost", 1 },
        { "https://localhost", "localhost:443", 1 },
        { "https://localhost:443", "localhost:443", 1 },
        { "http://localhost:80", "localhost", 1 },
        { "http://localhost", "localhost:80", 1 },
        { "http://cert.example.cn:443", NULL, 0 },
        { "https://localhost", "localhost:80", 0 },
        { "https://localhost:80", "localhost", 0 },
        { "http://localhost", "localhost:443", 0 },
        { "https://localhost", "localhost:4430", 0 },
        { "https://localhost", "localhost:0443", 0 },
        { "https://localhost", ":443", 0 },
        { "https://:443", ":443", 1 },
        { "https://evil.example", "cert.example.cn", 0 },
        { "https://cert.example.cn.evil.example", "cert.example.cn", 0 },
        { "https://cert.example.c", "cert.example.cn", 0 },
        { "https://cert.example.cn/", NULL, 0 },
        { "https://cert.example.cn/check", NULL, 0 },
        { "https://evil.example/cert.example.cn", "cert.example.cn", 0 },
        { "null", "null", 0 },
        { "", "", 0 },
        { "https://", "", 0 },
        { "cert.example.cn", "cert.example.cn", 0 },
        { "file://cert.example.cn", "cert.example.cn", 0 }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        is_int(certd_origin_is_own(rows[i].origin,
                                   "https://cert.example.cn/check",
                                   rows[i].host),
               rows[i].is_own, "origin \"%s\", host \"%s\"", rows[i].origin,
               rows[i].host != NULL ? rows[i].host : "");
    }
}


static void
test_fetches(void)
{
    ok(certd_fetch_is_own("same-origin"), "a page of our own");
    ok(certd_fetch_is_own("none"), "no page");
    ok(!certd_fetch_is_own("same-site"), "a neighbour");
    ok(!certd_fetch_is_own("cross-site"), "another site");
    ok(!certd_fetch_is_own(""), "nothing");
    ok(!certd_fetch_is_own("Same-Origin"), "what no browser says");
}


static void
test_addresses(void)
{
    char        *a, *b;
    size_t       i;
    uint8_t      x[CERTD_ADDRESS_MAX], y[CERTD_ADDRESS_MAX];
    cert_str_t   s, t;

    static const struct {
        const char  *a;
        const char  *b;
        int          is_same;
    }  rows[] = {
        { "192.0.2.1", "192.0.2.1", 1 },
        { "192.0.2.1", "192.0.2.2", 0 },
        { "198.51.100.9, 192.0.2.1", "192.0.2.1", 1 },
        { "192.0.2.1, 198.51.100.9", "192.0.2.1", 0 },
        { "2001:db8:1:2::1", "2001:db8:1:2:ffff::", 1 },
        { "2001:db8:1:2::1", "2001:db8:1:3::1", 0 },
        { "2001:DB8:0001:2::1", "2001:db8:1:2::1", 1 },
        { "::ffff:192.0.2.1", "::ffff:192.0.2.2", 0 },
        { "::ffff:192.0.2.1", "192.0.2.1", 1 },
        { "192.0.2.1", "", 0 },
        { "2001:db8:1:2::1", "", 0 },

        /* Not an address. */
        { "unix:", "", 1 },
        { "unix:/run/a.sock", "", 1 },
        { "192.0.2.1, unix:", "", 1 },
        { "192.0.2.1:5000", "", 1 },
        { "192.0.2", "", 1 },
        { "unknown", "", 1 },
        { "1,", "", 1 },
        { "", "", 1 }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        a = own(rows[i].a);
        b = own(rows[i].b);
        s = certd_address_fold(a, x);
        t = certd_address_fold(b, y);

        is_int(s.len == t.len && memcmp(s.data, t.data, s.len) == 0,
               rows[i].is_same, "\"%s\" and \"%s\"", a, b);
        free(a);
        free(b);
    }

    a = malloc(1000);
    memset(a, '1', 999);
    a[999] = '\0';
    is_int(certd_address_fold(a, x).len, 0, "a long one is not an address");
    free(a);
}


static void
test_identities(void)
{
    size_t          i;
    cert_err_t      err;
    cert_date_t     today;
    cert_text_t     number;
    cert_id_type_t  type;

    static const struct {
        const char      *header;
        const char      *number;        /* NULL: invalid */
        cert_id_type_t   type;
    }  rows[] = {
        { "cn:11010519491231002X", "11010519491231002X", CERT_ID_CN },
        { "cn:11010519491231002x", "11010519491231002X", CERT_ID_CN },
        { "passport:E12345678", "E12345678", CERT_ID_PASSPORT },
        { "other:A:B", "A:B", CERT_ID_OTHER },
        { "cn:110105194912310021", NULL, 0 },
        { "cn:11010519491231002X,cn:11010519491231002X", NULL, 0 },
        { "cn:11010519491231002X, cn:11010519491231002X", NULL, 0 },
        { "passport:E1,passport:E2", NULL, 0 },
        { "passport:E1;E2", NULL, 0 },
        { "passport:E1 E2", NULL, 0 },
        { "passport:", NULL, 0 },
        { "passport", NULL, 0 },
        { ":E12345678", NULL, 0 },
        { "CN:11010519491231002X", NULL, 0 },
        { "id:11010519491231002X", NULL, 0 },
        { "passport:\xe5\xbc\xa0", NULL, 0 },
        { "", NULL, 0 }
    };

    today = cert_date_make(2026, 11, 24);

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        err = certd_identity_parse(rows[i].header, today, &type, &number);

        ok(rows[i].number == NULL
           ? err == CERT_INVALID
           : err == CERT_OK && type == rows[i].type
             && strcmp(number.data, rows[i].number) == 0,
           "identity \"%s\"", rows[i].header);
    }
}


static void
test_keys(void)
{
    char  text[130];

    ok(certd_idempotency_key_is_valid("a"), "one character");
    ok(certd_idempotency_key_is_valid("a key: with ~ and !"), "printable ones");
    ok(!certd_idempotency_key_is_valid(""), "none");
    ok(!certd_idempotency_key_is_valid("tab\t"), "a control");
    ok(!certd_idempotency_key_is_valid("del\x7f"), "delete");
    ok(!certd_idempotency_key_is_valid("\xe5\xbc\xa0"), "no ASCII");

    memset(text, 'k', sizeof(text));
    text[128] = '\0';
    ok(certd_idempotency_key_is_valid(text), "128 characters");

    text[128] = 'k';
    text[129] = '\0';
    ok(!certd_idempotency_key_is_valid(text), "129 characters");
}
