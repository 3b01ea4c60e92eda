/*
 * Copyright (C) the ngx_cert authors
 *
 * Policies: as text, key by key, and their patterns.  The first byte says
 * which.
 */


#include "cert_patterns.h"
#include "fuzz.h"


static cert_policy_t  policy, other;


static void
is_written_so(void)
{
    char           text[CERT_POLICY_TEXT_MAX], again[CERT_POLICY_TEXT_MAX];
    size_t         len;
    cert_reason_t  reason;

    len = cert_policy_format(&policy, text, sizeof(text));
    must(len > 0 && len == strlen(text));

    cert_policy_init(&other);
    must(cert_policy_parse(&other, cert_strz(text), &reason) == CERT_OK);
    must(cert_policy_format(&other, again, sizeof(again)) == len);
    must(memcmp(text, again, len) == 0);
}


/* The number to be matched stands behind the first zero. */
static void
patterns(cert_str_t number)
{
    cert_patterns_t  *compiled = NULL;

    if (cert_patterns_create(&compiled, &policy, NULL) == CERT_OK) {
        (void) cert_patterns_match_number(compiled, number);
        (void) cert_patterns_match_id(compiled, CERT_ID_PASSPORT, number);
    }

    cert_patterns_destroy(compiled);
}


static cert_str_t
cut(cert_str_t *in, uint8_t at)
{
    cert_str_t  part;

    part = *in;

    for (part.len = 0; part.len < in->len && part.data[part.len] != at; ) {
        part.len++;
    }

    in->data += part.len + (part.len < in->len);
    in->len -= part.len + (part.len < in->len);

    return part;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t        way;
    cert_err_t     err;
    cert_str_t     in = { data, size }, part, key;
    cert_reason_t  reason;

    way = fuzz_byte(&in);
    part = cut(&in, '\0');
    cert_policy_init(&policy);
    other = policy;

    if (way == 's') {
        key = cut(&part, '=');
        err = cert_policy_set(&policy, key, part, &reason);

    } else {
        err = cert_policy_parse(&policy, part, &reason);
    }

    if (err == CERT_OK) {
        is_written_so();
        patterns(in);

    } else {
        must(reason.text[0] != '\0');
        must(memcmp(&policy, &other, sizeof(policy)) == 0);
    }

    return 0;
}
