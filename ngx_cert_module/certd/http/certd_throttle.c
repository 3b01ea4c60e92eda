/*
 * Copyright (C) the ngx_cert authors
 *
 * Back-off.
 *
 * The table is divided into sets of eight entries.  A text belongs to one set,
 * by a hash (SipHash-2-4) under a key of this process, so a client cannot aim
 * at the set of another.  In a full set the entry with the fewest failures is
 * taken: to have failures forgotten by a flood of names, a client has to fail
 * as often with each of them, and every try costs it a hash of a password.
 *
 * Failures are forgotten one by one, at a fixed rate, instead of all after a
 * time of silence: a client that knows the rate still gets no more guesses than
 * that.
 */


#include <pthread.h>
#include <stdlib.h>

#include "cert_siphash.h"
#include "certd_throttle.h"


#define CERTD_THROTTLE_ENTRIES  65536
#define CERTD_THROTTLE_WAYS     8
#define CERTD_THROTTLE_MAX_MS   (15 * 60 * 1000)

/* Doublings from 1 s until CERTD_THROTTLE_MAX_MS is passed. */
#define CERTD_THROTTLE_STEPS    10

/* An entry of the table; a tag of 0 is a free one. */
typedef struct {
    uint64_t  tag;
    int64_t   last_ms;      /* of the last failure */
    int64_t   prior_ms;     /* of the one before it */
    int64_t   since_ms;     /* from when on they are forgotten */
    uint32_t  failures;
    uint32_t  kind;
} certd_entry_t;

typedef struct {
    uint32_t  free;         /* failures without a wait, and one more */
    int64_t   forget_ms;    /* after so long one is forgotten */
} certd_throttle_rule_t;

struct certd_throttle_s {
    pthread_mutex_t  lock;
    uint64_t         key[2];
    certd_entry_t    entries[CERTD_THROTTLE_ENTRIES];
};


static unsigned certd_entry_wait(certd_entry_t *entry, int64_t now_ms);
static void certd_entry_fail(certd_entry_t *entry, int64_t now_ms);
static void certd_entry_forget(certd_entry_t *entry, int64_t now_ms);
static certd_entry_t *certd_entry_set(certd_throttle_t *throttle,
    uint64_t tag);
static certd_entry_t *certd_entry_find(certd_throttle_t *throttle,
    uint64_t tag);
static certd_entry_t *certd_entry_make(certd_throttle_t *throttle, uint64_t tag,
    certd_throttle_kind_t kind, int64_t now_ms);
static uint64_t certd_throttle_tag(const certd_throttle_t *throttle,
    certd_throttle_kind_t kind, cert_str_t text);


/* Behind one address there may be a city: it forgets faster. */
static const certd_throttle_rule_t  certd_throttle_rules[CERTD_THROTTLES] = {
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
 * moment behind one, and only failures count against it.
 */
unsigned
certd_throttle_look(certd_throttle_t *throttle, certd_throttle_kind_t kind,
    cert_str_t text, int64_t now_ms)
{
    uint64_t        tag;
    unsigned        sec;
    certd_entry_t  *entry;

    tag = certd_throttle_tag(throttle, kind, text);

    (void) pthread_mutex_lock(&throttle->lock);

    entry = certd_entry_find(throttle, tag);
    sec = entry != NULL ? certd_entry_wait(entry, now_ms) : 0;

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
    uint64_t        tag;
    unsigned        sec;
    certd_entry_t  *entry;

    tag = certd_throttle_tag(throttle, kind, text);

    (void) pthread_mutex_lock(&throttle->lock);

    entry = certd_entry_make(throttle, tag, kind, now_ms);
    sec = certd_entry_wait(entry, now_ms);

    if (sec == 0) {
        certd_entry_fail(entry, now_ms);
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

    certd_entry_fail(certd_entry_make(throttle, tag, kind, now_ms), now_ms);

    (void) pthread_mutex_unlock(&throttle->lock);
}


/*
 * Not by setting it back to what it was: others may have failed meanwhile.
 * A client that had waited must not wait again, so the time of the last failure
 * goes back too, but only over this try.
 */
void
certd_throttle_undo(certd_throttle_t *throttle, certd_throttle_kind_t kind,
    cert_str_t text, int64_t try_ms)
{
    uint64_t        tag;
    certd_entry_t  *entry;

    tag = certd_throttle_tag(throttle, kind, text);

    (void) pthread_mutex_lock(&throttle->lock);

    entry = certd_entry_find(throttle, tag);

    if (entry != NULL && entry->failures > 0) {
        entry->failures--;

        if (entry->last_ms == try_ms) {
            entry->last_ms = entry->prior_ms;
        }
    }

    (void) pthread_mutex_unlock(&throttle->lock);
}


void
certd_throttle_clear(certd_throttle_t *throttle, certd_throttle_kind_t kind,
    cert_str_t text)
{
    uint64_t        tag;
    certd_entry_t  *entry;

    tag = certd_throttle_tag(throttle, kind, text);

    (void) pthread_mutex_lock(&throttle->lock);

    entry = certd_entry_find(throttle, tag);

    if (entry != NULL) {
        memset(entry, 0, sizeof(certd_entry_t));
    }

    (void) pthread_mutex_unlock(&throttle->lock);
}


/* Rounded up: to come back after so many seconds is late enough. */
static unsigned
certd_entry_wait(certd_entry_t *entry, int64_t now_ms)
{
    int64_t   wait_ms;
    uint32_t  n;

    certd_entry_forget(entry, now_ms);

    n = certd_throttle_rules[entry->kind].free;

    if (entry->failures < n) {
        return 0;
    }

    wait_ms = INT64_C(1000) << (entry->failures - n);

    if (wait_ms > CERTD_THROTTLE_MAX_MS) {
        wait_ms = CERTD_THROTTLE_MAX_MS;
    }

    wait_ms -= now_ms - entry->last_ms;

    return wait_ms > 0 ? (unsigned) ((wait_ms + 999) / 1000) : 0;
}


/*
 * Bounded where it would no longer make the wait longer: or it would take days
 * to forget what one hour of guessing counted.
 */
static void
certd_entry_fail(certd_entry_t *entry, int64_t now_ms)
{
    uint32_t  most;

    certd_entry_forget(entry, now_ms);

    if (entry->failures == 0) {
        entry->since_ms = now_ms;
    }

    entry->prior_ms = entry->last_ms;
    entry->last_ms = now_ms;

    most = certd_throttle_rules[entry->kind].free + CERTD_THROTTLE_STEPS;

    if (entry->failures < most) {
        entry->failures++;
    }
}


/* By whole steps, so that failing often does not stop the forgetting. */
static void
certd_entry_forget(certd_entry_t *entry, int64_t now_ms)
{
    int64_t  n, forget_ms;

    forget_ms = certd_throttle_rules[entry->kind].forget_ms;
    n = (now_ms - entry->since_ms) / forget_ms;

    if (n <= 0) {
        return;
    }

    entry->since_ms += n * forget_ms;
    entry->failures = n < entry->failures ? entry->failures - (uint32_t) n : 0;
}


/* The set that a tag belongs to. */
static certd_entry_t *
certd_entry_set(certd_throttle_t *throttle, uint64_t tag)
{
    uint64_t  sets;

    sets = CERTD_THROTTLE_ENTRIES / CERTD_THROTTLE_WAYS;

    return &throttle->entries[tag % sets * CERTD_THROTTLE_WAYS];
}


static certd_entry_t *
certd_entry_find(certd_throttle_t *throttle, uint64_t tag)
{
    unsigned        i;
    certd_entry_t  *set;

    set = certd_entry_set(throttle, tag);

    for (i = 0; i < CERTD_THROTTLE_WAYS; i++) {
        if (set[i].tag == tag) {
            return &set[i];
        }
    }

    return NULL;
}


/* Of entries that failed as often, the one that did so longest ago goes. */
static certd_entry_t *
certd_entry_make(certd_throttle_t *throttle, uint64_t tag,
    certd_throttle_kind_t kind, int64_t now_ms)
{
    unsigned        i;
    certd_entry_t  *set, *entry;

    entry = certd_entry_find(throttle, tag);

    if (entry != NULL) {
        return entry;
    }

    set = certd_entry_set(throttle, tag);
    entry = set;

    for (i = 0; i < CERTD_THROTTLE_WAYS; i++) {
        certd_entry_forget(&set[i], now_ms);

        if (set[i].failures < entry->failures
            || (set[i].failures == entry->failures
                && set[i].last_ms < entry->last_ms))
        {
            entry = &set[i];
        }
    }

    memset(entry, 0, sizeof(certd_entry_t));
    entry->tag = tag;
    entry->kind = kind;

    return entry;
}


/*
 * An address and a username may be the same text.  A tag of 0 marks a free
 * entry.
 */
static uint64_t
certd_throttle_tag(const certd_throttle_t *throttle,
    certd_throttle_kind_t kind, cert_str_t text)
{
    uint64_t  tag;

    tag = cert_siphash(throttle->key, (uint64_t) kind, text);

    return tag != 0 ? tag : 1;
}
