/*
 * Copyright (C) the ngx_cert authors
 *
 * A set of numbers by open addressing, of 20 to 30 bytes a number.
 *
 * Of a number only a digest of 96 bits is kept, so nothing here is a person's,
 * and the set of a million rows takes less room than their numbers would: that
 * two of ten million share one has a chance of 1 in 10^15.  It is all that
 * grows with a CSV; of a workbook the shared strings do besides
 * (certctl_strings.c).  The digest is seeded, since numbers come from outside.
 *
 * The store cannot answer instead: a second row of the same number looks just
 * like a correction to it.
 */


#include <stdlib.h>
#include <string.h>

#include "certctl_seen.h"


#define CERTCTL_SEEN_SLOTS  (1u << 15)      /* at first */

/* The offset and the prime of FNV-1a with 128 bits: 2^88 + 0x13b. */
#define CERTCTL_SEEN_OFFSET_HIGH  UINT64_C(0x6c62272e07bb0142)
#define CERTCTL_SEEN_OFFSET_LOW   UINT64_C(0x62b821756295c58d)
#define CERTCTL_SEEN_PRIME_SHIFT  88
#define CERTCTL_SEEN_PRIME_LOW    0x13b


/* Where it belongs follows from "high". */
typedef struct {
    uint64_t  high;         /* of the digest */
    uint32_t  low;
    uint32_t  line;         /* 0: free */
} certctl_slot_t;

struct certctl_seen_s {
    uint64_t         seed;
    size_t           n;         /* of slots in use */
    size_t           slots_n;
    certctl_slot_t  *slots;
};


__extension__ typedef unsigned __int128  certctl_seen_digest_t;


static certctl_slot_t *certctl_seen_find(const certctl_seen_t *seen,
    const certctl_slot_t *digest);
static cert_err_t certctl_seen_grow(certctl_seen_t *seen);
static certctl_slot_t certctl_seen_digest(uint64_t seed, cert_str_t number);


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

    digest = certctl_seen_digest(seen->seed, number);
    slot = certctl_seen_find(seen, &digest);

    if (slot->line != 0) {
        *first = slot->line;
        return CERT_EXISTS;
    }

    *slot = digest;
    slot->line = (uint32_t) line;
    seen->n++;

    return CERT_OK;
}


int
certctl_seen_has(certctl_seen_t *seen, cert_str_t number)
{
    certctl_slot_t  digest;

    digest = certctl_seen_digest(seen->seed, number);

    return certctl_seen_find(seen, &digest)->line != 0;
}


/* The slot of the number, or the free one where it belongs. */
static certctl_slot_t *
certctl_seen_find(const certctl_seen_t *seen, const certctl_slot_t *digest)
{
    certctl_slot_t  *slot, *end;

    end = seen->slots + seen->slots_n;
    slot = seen->slots + (size_t) ((certctl_seen_digest_t) digest->high
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


/*
 * FNV-1a.  A byte gets into the upper bits, which choose the slot, only with
 * those that follow it: so the seed goes in last.
 */
static certctl_slot_t
certctl_seen_digest(uint64_t seed, cert_str_t number)
{
    size_t                 i;
    certctl_slot_t         slot;
    certctl_seen_digest_t  digest, prime;

    prime = (certctl_seen_digest_t) 1 << CERTCTL_SEEN_PRIME_SHIFT;
    prime += CERTCTL_SEEN_PRIME_LOW;

    digest = (certctl_seen_digest_t) CERTCTL_SEEN_OFFSET_HIGH << 64;
    digest += CERTCTL_SEEN_OFFSET_LOW;

    for (i = 0; i < number.len; i++) {
        digest = (digest ^ number.data[i]) * prime;
    }

    for (i = 0; i < sizeof(seed); i++) {
        digest = (digest ^ (seed >> 8 * i & 0xff)) * prime;
    }

    slot.high = (uint64_t) (digest >> 64);
    slot.low = (uint32_t) digest;
    slot.line = 0;

    return slot;
}
