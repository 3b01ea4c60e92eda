/*
 * Copyright (C) the ngx_cert authors
 *
 * SipHash-2-4 (Aumasson, Bernstein 2012).
 *
 * Not by a library, since one that makes MACs allocates memory and can fail:
 * a back-off that fails is open or shut for all clients, and an import asks
 * twice for each row.
 */


#include <string.h>

#include "cert_siphash.h"


static void cert_sipround(uint64_t v[4]);


uint64_t
cert_siphash(const uint64_t key[2], uint64_t first, cert_str_t text)
{
    size_t    n, total;
    uint64_t  m, v[4];

    v[0] = key[0] ^ UINT64_C(0x736f6d6570736575);
    v[1] = key[1] ^ UINT64_C(0x646f72616e646f6d);
    v[2] = key[0] ^ UINT64_C(0x6c7967656e657261);
    v[3] = key[1] ^ UINT64_C(0x7465646279746573);

    m = first;
    total = sizeof(m) + text.len;

    for ( ;; ) {
        v[3] ^= m;
        cert_sipround(v);
        cert_sipround(v);
        v[0] ^= m;

        if (text.len < sizeof(m)) {
            break;
        }

        memcpy(&m, text.data, sizeof(m));
        text.data += sizeof(m);
        text.len -= sizeof(m);
    }

    /* The rest, and in the last byte the length of the whole. */
    m = (uint64_t) total << 56;

    for (n = 0; n < text.len; n++) {
        m |= (uint64_t) text.data[n] << (8 * n);
    }

    v[3] ^= m;
    cert_sipround(v);
    cert_sipround(v);
    v[0] ^= m;

    v[2] ^= 0xff;

    for (n = 0; n < 4; n++) {
        cert_sipround(v);
    }

    return v[0] ^ v[1] ^ v[2] ^ v[3];
}


static inline uint64_t
cert_rotl(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}


static void
cert_sipround(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = cert_rotl(v[1], 13) ^ v[0];
    v[0] = cert_rotl(v[0], 32);

    v[2] += v[3];
    v[3] = cert_rotl(v[3], 16) ^ v[2];

    v[0] += v[3];
    v[3] = cert_rotl(v[3], 21) ^ v[0];

    v[2] += v[1];
    v[1] = cert_rotl(v[1], 17) ^ v[2];
    v[2] = cert_rotl(v[2], 32);
}
