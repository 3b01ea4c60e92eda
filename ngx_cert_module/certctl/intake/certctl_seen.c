/*
 * Copyright (C) the ngx_cert authors
 *
 * A set of numbers by open addressing.
 *
 * Numbers are kept whole, one after the other in one growing block, and
 * compared whole: a hash alone would one day refuse a good row.  About 45
 * bytes a row (60 while the slots double), so ten million rows fit where such a
 * file does.  It is all that grows with a CSV; of a workbook the shared strings
 * do besides (certctl_strings.c).  The hash is seeded, since numbers come from
 * outside.
 *
 * The store cannot answer instead: a second row of the same number looks just
 * like a correction to it.
 */


#include <stdlib.h>
#include <string.h>

#include "certctl_seen.h"


#define CERTCTL_SEEN_SLOTS  (1u << 16)      /* at first; a power of 2 */
#define CERTCTL_SEEN_BYTES  (1u << 20)

typedef struct {
    uint64_t  at;           /* in "bytes", plus 1; 0: free */
    uint32_t  hash;
    uint32_t  line;
} certctl_slot_t;

struct certctl_seen_s {
    uint64_t         seed;
    size_t           n;         /* of slots in use */
    size_t           slots_n;   /* a power of 2 */
    certctl_slot_t  *slots;
    size_t           used;      /* of "bytes" */
    size_t           size;      /* of "bytes" allocated */
    uint8_t         *bytes;     /* length, then the number */
};


static certctl_slot_t *certctl_seen_find(certctl_seen_t *seen, uint32_t hash,
    cert_str_t number);
static int certctl_seen_is(const certctl_seen_t *seen,
    const certctl_slot_t *slot, cert_str_t number);
static cert_err_t certctl_seen_grow(certctl_seen_t *seen);
static cert_err_t certctl_seen_double(certctl_seen_t *seen);
static uint32_t certctl_seen_hash(uint64_t seed, cert_str_t number);


certctl_seen_t *
certctl_seen_create(uint64_t seed)
{
    certctl_seen_t  *seen;

    seen = calloc(1, sizeof(certctl_seen_t));
    if (seen == NULL) {
        return NULL;
    }

    seen->seed = seed;
    seen->slots_n = CERTCTL_SEEN_SLOTS;
    seen->slots = calloc(seen->slots_n, sizeof(certctl_slot_t));
    seen->size = CERTCTL_SEEN_BYTES;
    seen->bytes = malloc(seen->size);

    if (seen->slots == NULL || seen->bytes == NULL) {
        certctl_seen_destroy(seen);
        return NULL;
    }

    return seen;
}


void
certctl_seen_destroy(certctl_seen_t *seen)
{
    if (seen == NULL) {
        return;
    }

    /* Numbers, and the user names of a check. */
    if (seen->bytes != NULL) {
        explicit_bzero(seen->bytes, seen->used);
    }

    free(seen->slots);
    free(seen->bytes);
    free(seen);
}


/* Room is made before the search, since growing moves the slots. */
cert_err_t
certctl_seen_add(certctl_seen_t *seen, cert_str_t number, uint64_t line,
    uint64_t *first)
{
    uint32_t         hash;
    cert_err_t       err;
    certctl_slot_t  *slot;

    err = certctl_seen_grow(seen);
    if (err != CERT_OK) {
        return err;
    }

    hash = certctl_seen_hash(seen->seed, number);
    slot = certctl_seen_find(seen, hash, number);

    if (slot->at != 0) {
        *first = slot->line;
        return CERT_EXISTS;
    }

    slot->at = seen->used + 1;
    slot->hash = hash;
    slot->line = (uint32_t) line;

    seen->bytes[seen->used] = (uint8_t) number.len;
    memcpy(seen->bytes + seen->used + 1, number.data, number.len);

    seen->used += 1 + number.len;
    seen->n++;

    return CERT_OK;
}


int
certctl_seen_has(certctl_seen_t *seen, cert_str_t number)
{
    uint32_t  hash;

    hash = certctl_seen_hash(seen->seed, number);

    return certctl_seen_find(seen, hash, number)->at != 0;
}


/* The slot of the number, or the free one where it belongs. */
static certctl_slot_t *
certctl_seen_find(certctl_seen_t *seen, uint32_t hash, cert_str_t number)
{
    size_t           i;
    certctl_slot_t  *slot;

    for (i = hash; /* void */ ; i++) {
        slot = &seen->slots[i & (seen->slots_n - 1)];

        if (slot->at == 0
            || (slot->hash == hash && certctl_seen_is(seen, slot, number)))
        {
            return slot;
        }
    }
}


/* The hash only saves looking: two numbers may share one. */
static int
certctl_seen_is(const certctl_seen_t *seen, const certctl_slot_t *slot,
    cert_str_t number)
{
    const uint8_t  *p;

    p = seen->bytes + slot->at - 1;

    return p[0] == number.len && memcmp(p + 1, number.data, number.len) == 0;
}


/* Makes room for one more: at most three quarters of the slots are used. */
static cert_err_t
certctl_seen_grow(certctl_seen_t *seen)
{
    uint8_t  *bytes;

    if (seen->size - seen->used < 1 + CERT_NUMBER_MAX) {
        bytes = realloc(seen->bytes, seen->size * 2);
        if (bytes == NULL) {
            return CERT_NO_MEMORY;
        }

        seen->bytes = bytes;
        seen->size *= 2;
    }

    return seen->n < seen->slots_n / 4 * 3 ? CERT_OK
                                           : certctl_seen_double(seen);
}


/* The hash is kept in the slot, so the numbers are not read again. */
static cert_err_t
certctl_seen_double(certctl_seen_t *seen)
{
    size_t           i, n;
    certctl_slot_t  *slots, *old;

    n = seen->slots_n * 2;

    slots = calloc(n, sizeof(certctl_slot_t));
    if (slots == NULL) {
        return CERT_NO_MEMORY;
    }

    for (old = seen->slots; old < seen->slots + seen->slots_n; old++) {

        if (old->at == 0) {
            continue;
        }

        for (i = old->hash; slots[i & (n - 1)].at != 0; i++) { /* void */ }

        slots[i & (n - 1)] = *old;
    }

    free(seen->slots);
    seen->slots = slots;
    seen->slots_n = n;

    return CERT_OK;
}


/* FNV-1a, with the upper half folded in: the low bits alone mix poorly. */
static uint32_t
certctl_seen_hash(uint64_t seed, cert_str_t number)
{
    size_t    i;
    uint64_t  hash;

    hash = UINT64_C(0xcbf29ce484222325) ^ seed;

    for (i = 0; i < number.len; i++) {
        hash = (hash ^ number.data[i]) * UINT64_C(0x100000001b3);
    }

    return (uint32_t) (hash ^ (hash >> 32));
}
