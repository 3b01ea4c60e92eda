/*
 * Copyright (C) the ngx_cert authors
 *
 * Paths and headers as certd takes them.  The first byte says which.
 */


#include "fuzz.h"

#include "certd_headers.h"


static void
path(const char *text)
{
    size_t       len;
    uint8_t      out[CERTD_SEGMENT_MAX];
    cert_str_t   raw;
    const char  *pattern = "/holder/certificates/*/annotations";

    if (certd_route_matches(pattern, text, &raw)) {
        must(raw.len > 0 && memchr(raw.data, '/', raw.len) == NULL);

        if (certd_segment_decode(raw, out, &len) == CERT_OK) {
            must(len <= CERTD_ARGUMENT_MAX && memchr(out, 0, len) == NULL);
        }
    }

    (void) certd_route_matches("/holder/export", text, &raw);
}


static void
cookie(const char *text)
{
    cert_str_t  value;

    if (certd_cookie_find(text, &value) == CERT_OK) {
        must((const char *) value.data >= text);
        must((const char *) value.data + value.len <= text + strlen(text));
        must(value.len == 0 || memchr(value.data, ';', value.len) == NULL);
    }
}


static void
identity(const char *text)
{
    cert_text_t     number, again;
    cert_id_type_t  type;

    if (certd_identity_parse(text, day("2026-01-01"), &type, &number)
        == CERT_OK)
    {
        must(type < CERT_ID_TYPES && number.len > 0);
        must(cert_id_number_fold(&again, cert_strz(number.data), NULL)
             == CERT_OK);
        must(strcmp(again.data, number.data) == 0);
    }
}


static void
address(const char *text)
{
    uint8_t     out[CERTD_ADDRESS_MAX];
    cert_str_t  folded;

    folded = certd_address_fold(text, out);
    must(folded.len <= CERTD_ADDRESS_MAX);
}


static void
site(const char *text)
{
    (void) certd_fetch_is_own(text);

    if (certd_origin_is_own(text, "https://example.org/cert", "example.net")) {
        must(strcasecmp(text, "https://example.org") == 0
             || strcasestr(text, "example.net") != NULL);
    }
}


static void
key(const char *text)
{
    if (certd_idempotency_key_is_valid(text)) {
        must(strlen(text) >= 1 && strlen(text) <= 128);

        for (const char *p = text; *p != '\0'; p++) {
            must(*p >= ' ' && *p <= '~');
        }
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char        *text;
    uint8_t      way;
    cert_str_t   in = { data, size };

    static void (*const  ways[])(const char *text) = {
        path, cookie, identity, address, site, key
    };

    way = fuzz_byte(&in);

    if (way < '0' || way > '5') {
        return 0;
    }

    text = fuzz_string(in);
    ways[way - '0'](text);
    free(text);

    return 0;
}
