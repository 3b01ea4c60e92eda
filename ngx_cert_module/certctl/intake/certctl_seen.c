/*
 * Copyright (C) the ngx_cert authors
 *
 * A set of numbers by open addressing.
 *
 * Of a number only a digest of 96 bits is kept, so nothing here is a person's,
 * and the set of a million rows takes less room than their numbers would: that
 * two of ten million share one has a chance of 1 in 10^15.  A slot has 16
 * bytes, and half to four fifths of them are used; while the set grows, the old
 * slots are there as well.  It is all that grows with a CSV; of a workbook the
 * shared strings do besides (certctl_strings.c).
 *
 * Numbers come from outside, and a seed that only goes into the sum does not
 * keep them apart: numbers can be chosen that lie together whatever it is.  So
 * the digest is a keyed one.
 *
 * The store cannot answer instead: a second row of the same number looks just
 * like a correction to it.
 */


#include <stdlib.h>
#include <string.h>

#include "cert_siphash.h"
#include "certctl_seen.h"


#define CERTCTL_SEEN_SLOTS  (1u << 15)      /* at first */

/* Where it belongs follows from "high". */
typedef struct {
    uint64_t  high;         /* of the digest */
    uint32_t  low;
    uint32_t  line;         /* 0: free */
} certctl_slot_t;

struct certctl_seen_s {
    uint64_t         key[2];
    size_t           n;         /* of slots in use */
    size_t           slots_n;
    certctl_slot_t  *slots;
};

__extension__ typedef unsigned __int128  certctl_product_t;


static certctl_slot_t *certctl_seen_find(const certctl_seen_t *seen,
    const certctl_slot_t *digest);
static cert_err_t certctl_seen_grow(certctl_seen_t *seen);
static certctl_slot_t certctl_seen_digest(const certctl_seen_t *seen,
    cert_str_t number);


certctl_seen_t *
certctl_seen_create(const uint64_t key[2])
{
    certctl_seen_t  *seen;

    seen = calloc(1, sizeof(certctl_seen_t));
    if (seen == NULL) {
        return NULL;
    }

    memcpy(seen->key, key, sizeof(seen->key));
    seen->slots_n = CERTCTL_SEEN_SLOTS;
    seen->slots = calloc(seen->slots_n, sizeof(certctl_slot_t));

    if (seen->slots == NULL) {
        free(seen);
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

    free(seen->slots);
    explicit_bzero(seen, sizeof(certctl_seen_t));
    free(seen);
}


/* Room is made before the search, since growing moves the slots. */
cert_err_t
certctl_seen_add(certctl_seen_t *seen, cert_str_t number, uint64_t line,
    uint64_t *first)
{
    cert_err_t       err;
    certctl_slot_t  *slot, digest;

    err = certctl_seen_grow(seen);
    if (err != CERT_OK) {
        return err;
    }

    digest = certctl_seen_digest(seen, number);
    slot = certctl_seen_find(seen, &digest);

    if (slot->line != 0) {
        *first = slot->line;
        return CERT_EXISTS;
    }

    *slot = digest;
    slot->line = line < UINT32_MAX ? (uint32_t) line : UINT32_MAX;
    seen->n++;

    return CERT_OK;
}


int
certctl_seen_has(const certctl_seen_t *seen, cert_str_t number)
{
    certctl_slot_t  digest;

    digest = certctl_seen_digest(seen, number);

    return certctl_seen_find(seen, &digest)->line != 0;
}


/* The slot of the number, or the free one where it belongs. */
static certctl_slot_t *
certctl_seen_find(const certctl_seen_t *seen, const certctl_slot_t *digest)
{
    certctl_slot_t  *slot, *end;

    end = seen->slots + seen->slots_n;
    slot = seen->slots + (size_t) ((certctl_product_t) digest->high
                                   * seen->slots_n >> 64);

    while (slot->line != 0
           && (slot->high != digest->high || slot->low != digest->low))
    {
        if (++slot == end) {
            slot = seen->slots;
        }
    }

    return slot;
}


/*
 * Makes room for one more: at most four fifths of the slots are used, and by
 * halves more there is not twice the room at once.
 */
static cert_err_t
certctl_seen_grow(certctl_seen_t *seen)
{
    certctl_seen_t   more;
    certctl_slot_t  *old;

    if (seen->n < seen->slots_n / 5 * 4) {
        return CERT_OK;
    }

    more = *seen;
    more.slots_n += more.slots_n / 2;
    more.slots = calloc(more.slots_n, sizeof(certctl_slot_t));

    if (more.slots == NULL) {
        return CERT_NO_MEMORY;
    }

    for (old = seen->slots; old < seen->slots + seen->slots_n; old++) {
        if (old->line != 0) {
            *certctl_seen_find(&more, old) = *old;
        }
    }

    free(seen->slots);
    *seen = more;

    return CERT_OK;
}


static certctl_slot_t
certctl_seen_digest(const certctl_seen_t *seen, cert_str_t number)
{
    certctl_slot_t  slot;

    slot.high = cert_siphash(seen->key, 0, number);
    slot.low = (uint32_t) cert_siphash(seen->key, 1, number);
    slot.line = 0;

    return slot;
}
