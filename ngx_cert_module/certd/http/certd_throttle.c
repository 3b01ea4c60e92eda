/*
 * Copyright (C) the ngx_cert authors
 *
 * Back-off.
 *
 * The table is cut into sets of eight places.  A text belongs to one set, by a
 * hash (SipHash-2-4) under a key of this process, so nobody can aim at the set
 * of somebody else.  In a full set the place of the least failures is taken:
 * who wants to have his failures forgotten by a flood of names has to fail as
 * often with each of them, and every try costs him a hash of a password.
 *
 * Failures are forgotten one by one, at a pace, instead of all after a time of
 * silence: who knows the pace still gets no more guesses than that.
 */


#include <pthread.h>
#include <stdlib.h>

#include "certd_siphash.h"
#include "certd_throttle.h"


#define CERTD_THROTTLE_SLOTS   65536
#define CERTD_THROTTLE_WAYS    8
#define CERTD_THROTTLE_MAX_MS  (15 * 60 * 1000)

/* Doublings from 1 s until CERTD_THROTTLE_MAX_MS is passed. */
#define CERTD_THROTTLE_STEPS   10

/* A place of the table; a tag of 0 is a free one. */
typedef struct {
    uint64_t  tag;
    int64_t   last_ms;      /* of the last failure */
    int64_t   prior_ms;     /* of the one before it */
    int64_t   since_ms;     /* from when on they are forgotten */
    uint32_t  failures;
    uint32_t  kind;
} certd_slot_t;

typedef struct {
    uint32_t  free;         /* failures without a wait, and one more */
    int64_t   forget_ms;    /* after so long one is forgotten */
} certd_pace_t;

struct certd_throttle_s {
    pthread_mutex_t  lock;
    uint64_t         key[2];
    certd_slot_t     slots[CERTD_THROTTLE_SLOTS];
};


static unsigned certd_slot_wait(certd_slot_t *slot, int64_t now_ms);
static void certd_slot_fail(certd_slot_t *slot, int64_t now_ms);
static void certd_slot_forget(certd_slot_t *slot, int64_t now_ms);
static certd_slot_t *certd_slot_find(certd_throttle_t *throttle, uint64_t tag);
static certd_slot_t *certd_slot_make(certd_throttle_t *throttle, uint64_t tag,
    certd_throttle_kind_t kind, int64_t now_ms);
static uint64_t certd_throttle_tag(const certd_throttle_t *throttle,
    certd_throttle_kind_t kind, cert_str_t text);


/* Behind one address there may be a city: it forgets faster. */
static const certd_pace_t  certd_paces[CERTD_THROTTLES] = {
    { 5, 15 * 60 * 1000 },
    { 5, 15 * 60 * 1000 },
    { 20, 60 * 1000 }
};


certd_throttle_t *
certd_throttle_create(void)
{
    certd_throttle_t  *throttle;

    throttle = calloc(1, sizeof(certd_throttle_t));
    if (throttle == NULL) {
        return NULL;
    }

    certd_random(throttle->key, sizeof(throttle->key));
    (void) pthread_mutex_init(&throttle->lock, NULL);

    return throttle;
}


void
certd_throttle_destroy(certd_throttle_t *throttle)
{
    if (throttle != NULL) {
        (void) pthread_mutex_destroy(&throttle->lock);
        free(throttle);
    }
}


/*
 * For an address nothing is counted here: many people may log in at the same
 * moment behind one, and only what failed is held against it.
 */
unsigned
certd_throttle_look(certd_throttle_t *throttle, certd_throttle_kind_t kind,
    cert_str_t text, int64_t now_ms)
{
    uint64_t       tag;
    unsigned       sec;
    certd_slot_t  *slot;

    tag = certd_throttle_tag(throttle, kind, text);

    (void) pthread_mutex_lock(&throttle->lock);

    slot = certd_slot_find(throttle, tag);
    sec = slot != NULL ? certd_slot_wait(slot, now_ms) : 0;

    (void) pthread_mutex_unlock(&throttle->lock);

    return sec;
}


/*
 * Look and count under one lock, or all of a crowd would look before the first
 * is counted.
 */
unsigned
certd_throttle_try(certd_throttle_t *throttle, certd_throttle_kind_t kind,
    cert_str_t text, int64_t now_ms)
{
    uint64_t       tag;
    unsigned       sec;
    certd_slot_t  *slot;

    tag = certd_throttle_tag(throttle, kind, text);

    (void) pthread_mutex_lock(&throttle->lock);

    slot = certd_slot_make(throttle, tag, kind, now_ms);
    sec = certd_slot_wait(slot, now_ms);

    if (sec == 0) {
        certd_slot_fail(slot, now_ms);
    }

    (void) pthread_mutex_unlock(&throttle->lock);

    return sec;
}


void
certd_throttle_fail(certd_throttle_t *throttle, certd_throttle_kind_t kind,
    cert_str_t text, int64_t now_ms)
{
    uint64_t  tag;

    tag = certd_throttle_tag(throttle, kind, text);

    (void) pthread_mutex_lock(&throttle->lock);

    certd_slot_fail(certd_slot_make(throttle, tag, kind, now_ms), now_ms);

    (void) pthread_mutex_unlock(&throttle->lock);
}


/*
 * Not by setting it back to what it was: others may have failed meanwhile.
 * Who had waited must not wait again, so the time of the last failure goes
 * back too, but only over this try.
 */
void
certd_throttle_undo(certd_throttle_t *throttle, certd_throttle_kind_t kind,
    cert_str_t text, int64_t try_ms)
{
    uint64_t       tag;
    certd_slot_t  *slot;

    tag = certd_throttle_tag(throttle, kind, text);

    (void) pthread_mutex_lock(&throttle->lock);

    slot = certd_slot_find(throttle, tag);

    if (slot != NULL && slot->failures > 0) {
        slot->failures--;

        if (slot->last_ms == try_ms) {
            slot->last_ms = slot->prior_ms;
        }
    }

    (void) pthread_mutex_unlock(&throttle->lock);
}


void
certd_throttle_clear(certd_throttle_t *throttle, certd_throttle_kind_t kind,
    cert_str_t text)
{
    uint64_t       tag;
    certd_slot_t  *slot;

    tag = certd_throttle_tag(throttle, kind, text);

    (void) pthread_mutex_lock(&throttle->lock);

    slot = certd_slot_find(throttle, tag);

    if (slot != NULL) {
        memset(slot, 0, sizeof(certd_slot_t));
    }

    (void) pthread_mutex_unlock(&throttle->lock);
}


/* Rounded up: who comes back after so many seconds has waited long enough. */
static unsigned
certd_slot_wait(certd_slot_t *slot, int64_t now_ms)
{
    int64_t   wait_ms;
    uint32_t  n;

    certd_slot_forget(slot, now_ms);

    n = certd_paces[slot->kind].free;

    if (slot->failures < n) {
        return 0;
    }

    wait_ms = INT64_C(1000) << (slot->failures - n);

    if (wait_ms > CERTD_THROTTLE_MAX_MS) {
        wait_ms = CERTD_THROTTLE_MAX_MS;
    }

    wait_ms -= now_ms - slot->last_ms;

    return wait_ms > 0 ? (unsigned) ((wait_ms + 999) / 1000) : 0;
}


/*
 * Bounded where a longer wait would not be given any more: or it would take
 * days to forget what one hour of guessing counted.
 */
static void
certd_slot_fail(certd_slot_t *slot, int64_t now_ms)
{
    certd_slot_forget(slot, now_ms);

    if (slot->failures == 0) {
        slot->since_ms = now_ms;
    }

    slot->prior_ms = slot->last_ms;
    slot->last_ms = now_ms;

    if (slot->failures < certd_paces[slot->kind].free + CERTD_THROTTLE_STEPS) {
        slot->failures++;
    }
}


/* By whole steps, so that failing often does not stop the forgetting. */
static void
certd_slot_forget(certd_slot_t *slot, int64_t now_ms)
{
    int64_t  n, forget_ms;

    forget_ms = certd_paces[slot->kind].forget_ms;
    n = (now_ms - slot->since_ms) / forget_ms;

    if (n <= 0) {
        return;
    }

    slot->since_ms += n * forget_ms;
    slot->failures = n < slot->failures ? slot->failures - (uint32_t) n : 0;
}


static certd_slot_t *
certd_slot_find(certd_throttle_t *throttle, uint64_t tag)
{
    unsigned       i;
    certd_slot_t  *set;

    set = &throttle->slots[tag % (CERTD_THROTTLE_SLOTS / CERTD_THROTTLE_WAYS)
                           * CERTD_THROTTLE_WAYS];

    for (i = 0; i < CERTD_THROTTLE_WAYS; i++) {
        if (set[i].tag == tag) {
            return &set[i];
        }
    }

    return NULL;
}


/* Of places that failed as often, the one that did so longest ago goes. */
static certd_slot_t *
certd_slot_make(certd_throttle_t *throttle, uint64_t tag,
    certd_throttle_kind_t kind, int64_t now_ms)
{
    unsigned       i;
    certd_slot_t  *set, *slot;

    slot = certd_slot_find(throttle, tag);

    if (slot != NULL) {
        return slot;
    }

    set = &throttle->slots[tag % (CERTD_THROTTLE_SLOTS / CERTD_THROTTLE_WAYS)
                           * CERTD_THROTTLE_WAYS];
    slot = set;

    for (i = 0; i < CERTD_THROTTLE_WAYS; i++) {
        certd_slot_forget(&set[i], now_ms);

        if (set[i].failures < slot->failures
            || (set[i].failures == slot->failures
                && set[i].last_ms < slot->last_ms))
        {
            slot = &set[i];
        }
    }

    memset(slot, 0, sizeof(certd_slot_t));
    slot->tag = tag;
    slot->kind = kind;

    return slot;
}


/*
 * An address and a username may be the same text.  A tag of 0 marks a free
 * place.
 */
static uint64_t
certd_throttle_tag(const certd_throttle_t *throttle,
    certd_throttle_kind_t kind, cert_str_t text)
{
    uint64_t  tag;

    tag = certd_siphash(throttle->key, (uint64_t) kind, text);

    return tag != 0 ? tag : 1;
}
