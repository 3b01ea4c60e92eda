/*
 * Copyright (C) the ngx_cert authors
 *
 * What all fuzz targets have in common.
 *
 * A target is one parser under libFuzzer: "make fuzz" builds t/fuzz/NAME.c into
 * build/fuzz/bin/NAME with AddressSanitizer and UBSan, t/fuzz/corpus/NAME is
 * where it starts from, and t/02-fuzz.t runs them all.  A sanitizer sees what
 * reads or writes where it must not; must() says what else has to hold, so that
 * a wrong answer is found like a crash.
 */


#ifndef FUZZ_H_INCLUDED
#define FUZZ_H_INCLUDED


#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store.h"


/* libFuzzer keeps the input that ends the process. */
#define must(condition)                                                       \
    do {                                                                      \
        if (!(condition)) {                                                   \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__,           \
                    __LINE__, #condition);                                    \
            abort();                                                          \
        }                                                                     \
    } while (0)


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


/* The next byte, 0 behind the end: what chooses the way through a target. */
static inline uint8_t
fuzz_byte(cert_str_t *in)
{
    if (in->len == 0) {
        return 0;
    }

    in->len--;

    return *in->data++;
}


/* Fills "out" with the next bytes, and with zeros behind the end. */
static inline void
fuzz_fill(cert_str_t *in, void *out, size_t size)
{
    uint8_t  *p = out;

    for (size_t i = 0; i < size; i++) {
        p[i] = fuzz_byte(in);
    }
}


/* A terminated copy on the heap, so that a byte too many is seen. */
static inline char *
fuzz_string(cert_str_t in)
{
    char  *copy;

    copy = malloc(in.len + 1);
    must(copy != NULL);

    if (in.len != 0) {
        memcpy(copy, in.data, in.len);
    }

    copy[in.len] = '\0';

    return copy;
}


static inline int
fuzz_is_same(cert_str_t a, cert_str_t b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}


/* Made once, for all runs. */
static inline cert_keyring_t *
fuzz_ring(void)
{
    static cert_keyring_t  *ring;

    if (ring == NULL) {
        ring = ring_of(CERT_KEYS_PUBLIC | CERT_KEYS_PRIVATE);
    }

    return ring;
}


#endif /* FUZZ_H_INCLUDED */
