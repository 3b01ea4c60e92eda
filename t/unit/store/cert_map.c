/*
 * Copyright (C) the ngx_cert authors
 *
 * A map that is full and that grows, in one process: alone, and under threads
 * with handles of their own.
 */


#include <pthread.h>
#include <sys/resource.h>

#include "map.h"


#define THREADS  8
#define ROUNDS   60

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED  1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED  1
#endif
#endif


static fixture_t  f;
static unsigned   stored;           /* certificates, numbered from 0 */


static void
test_full(void)
{
    unsigned           batches;
    uint64_t           journal;
    cert_err_t         err;
    cert_reason_t      reason;
    cert_outcome_t     outcome;
    cert_store_stat_t  before, after;

    is_int(put_qualification(&f, "会计", NULL), CERT_OK, "a catalogue");

    for (batches = 0; (err = put_batch(&f, stored)) == CERT_OK; batches++) {
        stored += BATCH;
    }

    is_int(err, CERT_MAP_FULL, "a full map is an error of its own");
    ok(batches > 2, "after %u batches", batches);
    is_int(missing(f.reader, stored), 0, "what was committed is there");

    (void) cert_read_stat(f.reader, &before);
    is_int(before.certificates, stored, "and no more");
    is_int(before.map_size, MAP, "the map is as it was made");
    is_int(put_batch(&f, stored), CERT_MAP_FULL, "it stays full");
    (void) cert_read_stat(f.reader, &after);
    is_int(after.journal, before.journal, "nothing was changed");

    is_int(cert_store_maintain(f.store, &reason), CERT_OK, "nothing to take");
    is_int(map_size(f.reader), MAP, "so nothing is");
    is_int(cert_store_grow(f.store, &reason), CERT_OK, "it grows");
    is_int(map_size(f.reader), 2 * MAP, "to the double");
    is_int(cert_store_maintain(f.store, &reason), CERT_OK,
           "what is not in the file yet");
    is_int(map_size(f.reader), 2 * MAP, "is not given up");
    is_int(missing(f.reader, stored), 0, "a reader goes on");

    journal = after.journal;
    is_int(put_batch(&f, stored), CERT_OK, "the batch fits now");
    stored += BATCH;
    (void) cert_read_stat(f.reader, &after);
    is_int(after.journal, journal + BATCH, "and is there once");
    is_int(set_status(&f, "N0000003", CERT_STATUS_REVOKED, "", &outcome),
           CERT_OK, "a change of what was there before");
    is_int(missing(f.reader, stored), 0, "every record");
}


static void
test_reopened(void)
{
    fixture_close(&f);
    fixture_open(&f, CERT_STORE_READ);
    is_int(map_size(f.reader), 2 * MAP, "a grown store opens grown to read");
    fixture_close(&f);
    fixture_open(&f, CERT_STORE_WRITE);
    is_int(map_size(f.reader), 2 * MAP, "and to write");
    is_int(missing(f.reader, stored), 0, "with all there is");
}


static void
test_refused(void)
{
    inside_t         inside;
    cert_err_t       err;
    cert_txn_t      *txn;
    cert_store_t    *shared, *store;
    cert_reason_t    reason;
    cert_reader_t   *other;
    cert_keyring_t  *ring;
    cert_position_t  after;

    (void) cert_txn_begin(&txn, f.store, &reason);
    is_int(cert_store_grow(f.store, &reason), CERT_INVALID,
           "grow: not within a transaction");
    ok(strstr(reason.text, "transaction") != NULL, "and says so");
    cert_txn_abort(txn);

    (void) cert_reader_open(&other, f.store, &reason);
    inside.store = f.store;
    inside.other = other;
    after.len = 0;
    err = cert_list_certificates(f.reader, &after, 1, each_inside, &inside);
    is_int(err, CERT_REFUSED, "in a callback");
    is_int(inside.grow, CERT_INVALID, "grow: refused");
    is_int(inside.read, CERT_OK, "another reader reads");
    cert_reader_close(other);

    ring = ring_of(CERT_KEYS_PUBLIC);
    is_int(cert_store_share(&shared, f.store, ring), CERT_OK, "share");
    is_int(cert_store_grow(shared, &reason), CERT_INVALID,
           "grow: not through a shared handle");
    is_int(cert_txn_begin(&txn, shared, &reason), CERT_INVALID,
           "nor is a transaction begun on one");
    ok(txn == NULL, "there is none");
    is_int(cert_store_maintain(shared, &reason), CERT_OK, "maintain: may");

    is_int(cert_reader_open(&other, shared, &reason), CERT_OK, "readers may");
    is_int(missing(other, 10), 0, "and read");
    is_int(cert_store_share(&store, shared, ring), CERT_OK,
           "a handle of a handle");
    cert_store_close(store);
    cert_reader_close(other);
    cert_store_close(shared);
    cert_keyring_destroy(ring);
    is_int(missing(f.reader, stored), 0, "closing one leaves the other");

    is_int(map_size(f.reader), 2 * MAP, "none of it grew");

    fixture_close(&f);
    fixture_open(&f, CERT_STORE_READ);
    is_int(cert_store_grow(f.store, &reason), CERT_INVALID,
           "grow: not when opened for reading");
    is_int(cert_store_maintain(f.store, &reason), CERT_OK, "maintain: may");
    fixture_close(&f);
    fixture_open(&f, CERT_STORE_WRITE);
}


/* Address space that is used up: a clear error, and all goes on. */
static void
test_address_space(void)
{
#ifndef SANITIZED
    FILE           *statm;
    unsigned long   pages;
    cert_err_t      err;
    cert_reason_t   reason;
    struct rlimit   limit, tight;

    statm = fopen("/proc/self/statm", "r");

    if (statm == NULL || fscanf(statm, "%lu", &pages) != 1) {
        pages = 0;
    }

    if (statm != NULL) {
        (void) fclose(statm);
    }

    (void) getrlimit(RLIMIT_AS, &limit);
    tight = limit;
    tight.rlim_cur = pages * (unsigned long) sysconf(_SC_PAGESIZE) + MAP;
    (void) setrlimit(RLIMIT_AS, &tight);
    err = cert_store_grow(f.store, &reason);
    (void) setrlimit(RLIMIT_AS, &limit);

    is_int(err, CERT_FULL, "no address space");
    ok(strstr(reason.text, "address space") != NULL, "%s", reason.text);
    is_int(map_size(f.reader), 2 * MAP, "the map is as it was");
    is_int(missing(f.reader, stored), 0, "and can be read");
#endif
}


typedef struct {
    pthread_t        thread;
    cert_keyring_t  *ring;
    cert_store_t    *store;
    cert_reader_t   *reader;
    unsigned         reads;
    unsigned         bad;
} thread_t;


static pthread_rwlock_t  at_rest = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t   known_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned          known;
static int               is_over;


static void *
thread_main(void *data)
{
    char                 number[16];
    thread_t            *t;
    unsigned             n, seed, over;
    cert_time_t          now;
    cert_certificate_t   certificate;

    t = data;
    seed = 1;

    do {
        (void) pthread_mutex_lock(&known_lock);
        n = known;
        over = is_over;
        (void) pthread_mutex_unlock(&known_lock);

        (void) pthread_rwlock_rdlock(&at_rest);

        for (int i = 0; i < 20; i++) {
            (void) number_of((unsigned) rand_r(&seed) % n, number);
            t->bad += cert_read_certificate(t->reader, cert_strz(number),
                                            &certificate) != CERT_OK;
            t->bad += cert_read_now(t->reader, 0, &now) != CERT_OK;
            t->reads++;
        }

        (void) pthread_rwlock_unlock(&at_rest);
        (void) usleep(50);
    } while (!over);

    return NULL;
}


static void
thread_start(thread_t *t)
{
    cert_err_t     err;
    cert_reason_t  reason;

    memset(t, 0, sizeof(thread_t));
    t->ring = ring_of(CERT_KEYS_PUBLIC);
    err = cert_store_share(&t->store, f.store, t->ring);

    if (err == CERT_OK) {
        err = cert_reader_open(&t->reader, t->store, &reason);
    }

    if (err != CERT_OK
        || pthread_create(&t->thread, NULL, thread_main, t) != 0)
    {
        printf("Bail out! a thread cannot start\n");
        exit(1);
    }
}


static void
test_threads(void)
{
    unsigned       grown, reads, bad;
    cert_err_t     err;
    thread_t       threads[THREADS];
    cert_reason_t  reason;

    fixture_wipe(&f);
    fixture_small(&f);
    known = stored = BATCH;
    grown = reads = bad = 0;

    for (int i = 0; i < THREADS; i++) {
        thread_start(&threads[i]);
    }

    for (int i = 0; i < ROUNDS || grown < 3; i++) {
        err = put_batch(&f, stored);

        if (err == CERT_MAP_FULL) {
            (void) pthread_rwlock_wrlock(&at_rest);
            bad += cert_store_grow(f.store, &reason) != CERT_OK;
            (void) pthread_rwlock_unlock(&at_rest);
            grown++;
            continue;
        }

        bad += err != CERT_OK;
        stored += BATCH;

        (void) pthread_mutex_lock(&known_lock);
        known = stored;
        (void) pthread_mutex_unlock(&known_lock);
    }

    (void) pthread_mutex_lock(&known_lock);
    is_over = 1;
    (void) pthread_mutex_unlock(&known_lock);

    is_int(bad, 0, "one writes and grows");

    for (int i = 0; i < THREADS; i++) {
        (void) pthread_join(threads[i].thread, NULL);
        cert_reader_close(threads[i].reader);
        cert_store_close(threads[i].store);
        cert_keyring_destroy(threads[i].ring);
        bad += threads[i].bad;
        reads += threads[i].reads;
    }

    is_int(bad, 0, "%d threads read beside it", THREADS);
    ok(reads > 1000, "%u reads, %u certificates, grown %u times", reads,
       stored, grown);
    is_int(missing(f.reader, stored), 0, "all is there");
}


int
main(void)
{
    fixture_init_size(&f, MAP);

    test_full();
    test_reopened();
    test_refused();
    test_address_space();
    test_threads();

    fixture_wipe(&f);

    return done_testing();
}
