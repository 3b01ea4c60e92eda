/*
 * Copyright (C) the ngx_cert authors
 *
 * SipHash: what its authors published.
 */


#include "cert_siphash.h"
#include "tap.h"


int
main(void)
{
    size_t    i;
    uint8_t   text[64];
    uint64_t  key[2], first;

    for (i = 0; i < sizeof(text); i++) {
        text[i] = (uint8_t) i;
    }

    memcpy(key, text, sizeof(key));
    memcpy(&first, text, sizeof(first));

    /* The vectors of the paper's appendix and of its reference code. */

    ok(cert_siphash(key, first, (cert_str_t) { text + 8, 7 })
       == UINT64_C(0xa129ca6149be45e5), "SipHash of 15 bytes");
    ok(cert_siphash(key, first, (cert_str_t) { text + 8, 0 })
       == UINT64_C(0x93f5f5799a932462), "of 8");
    ok(cert_siphash(key, first, (cert_str_t) { text + 8, 8 })
       == UINT64_C(0x3f2acc7f57c29bdb), "of 16");
    ok(cert_siphash(key, first, (cert_str_t) { text + 8, 55 })
       == UINT64_C(0x958a324ceb064572), "of 63");

    return done_testing();
}
