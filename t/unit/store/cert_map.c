/*
 * Copyright (C) the ngx_cert authors
 *
 * A map that is full, that grows, and that others grow: in one process, in
 * two, and under threads with handles of their own.
 */


#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "cert_read.h"
#include "store.h"


#define MAP      (1 << 20)
#define BATCH    200
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


static const char *
number_of(unsigned n, char text[16])
{
    snprintf(text, 16, "N%07u", n);

    return text;
}


/* A batch of new certificates, with how it failed. */
static cert_err_t
put_batch(fixture_t *to, unsigned from)
{
    char                 number[16];
    cert_err_t           err;
    cert_txn_t          *txn;
    cert_change_t        c;
    cert_reason_t        reason;
    cert_outcome_t       outcome;
    cert_certificate_t   certificate;

    err = cert_txn_begin(&txn, to->store, &reason);

    for (unsigned i = 0; err == CERT_OK && i < BATCH; i++) {
        certificate_of(&certificate, number_of(from + i, number), "张三",
                       "11010519491231002X");
        c = change(to, CERT_CHANGE_CERTIFICATE, "2022-06-01");
        c.u.certificate = &certificate;
        err = cert_change_execute(txn, &c, &outcome);

        if (err != CERT_OK) {
            cert_txn_abort(txn);
        }
    }

    return err == CERT_OK ? cert_txn_commit(txn, &reason) : err;
}


/* The same, with a map that grows; how often it did. */
static unsigned
put_growing(fixture_t *to, unsigned from)
{
    unsigned       grown;
    cert_err_t     err;
    cert_reason_t  reason;

    grown = 0;

    while ((err = put_batch(to, from)) == CERT_MAP_FULL) {
        if (cert_store_grow(to->store, &reason) != CERT_OK) {
            diag("%s", reason.text);
            break;
        }

        grown++;
    }

    if (err != CERT_OK) {
        printf("Bail out! a batch: %s\n", cert_err_name(err));
        exit(1);
    }

    return grown;
}


/* How many of the first "n" are not read, of some hundreds of them. */
static unsigned
missing(cert_reader_t *reader, unsigned n)
{
    char                number[16];
    unsigned            bad, step;
    cert_certificate_t  certificate;

    bad = 0;
    step = n / 400 + 1;

    for (unsigned i = (n - 1) % step; i < n; i += step) {
        bad += cert_read_certificate(reader,
                                     cert_strz(number_of(i, number)),
                                     &certificate) != CERT_OK;
    }

    return bad;
}


static uint64_t
map_size(cert_reader_t *reader)
{
    cert_store_stat_t  stat;

    return cert_read_stat(reader, &stat) == CERT_OK ? stat.map_size : 0;
}


/* A small store, since the map doubles with each growth. */
static void
fixture_small(void)
{
    fixture_wipe(&f);
    fixture_init_size(&f, MAP);
    (void) put_qualification(&f, "会计", NULL);
    stored = 0;
    (void) put_growing(&f, stored);
    stored += BATCH;
}


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


typedef struct {
    cert_reader_t  *other;
    cert_err_t      grow, read;
} inside_t;


static cert_err_t
each_inside(void *data, const cert_certificate_t *certificate)
{
    inside_t           *inside;
    cert_reason_t       reason;
    cert_certificate_t  copy;

    inside = data;
    inside->grow = cert_store_grow(f.store, &reason);
    inside->read = cert_read_certificate(inside->other,
                                         certificate->facts.number, &copy);

    return CERT_REFUSED;
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


/*
 * The other process: does what it is told by a byte and answers with one,
 * 0 for success.
 */
typedef struct {
    pid_t  pid;
    int    in, out;
} other_t;


static unsigned char
other_does(char what)
{
    unsigned    grown;
    cert_err_t  err;

    switch (what) {

    case 'r':
        return missing(f.reader, stored) != 0;

    case 'w':                       /* until it had to grow */
        do {
            grown = put_growing(&f, stored);
            stored += BATCH;
        } while (grown == 0);

        return 0;

    case 'p':                       /* one batch, which must fit */
        err = put_batch(&f, stored);
        stored += BATCH;
        return err;

    case 'm':
        return (unsigned char) (map_size(f.reader) / MAP);
    }

    return 255;
}


static void
other_start(other_t *other, cert_store_mode_t mode)
{
    int            in[2], out[2];
    char           what;
    unsigned char  answer;

    fixture_close(&f);

    if (pipe(in) != 0 || pipe(out) != 0) {
        exit(1);
    }

    fflush(stdout);
    other->pid = fork();

    if (other->pid == 0) {
        (void) close(in[1]);
        (void) close(out[0]);
        fixture_open(&f, mode);
        f.counter += 1u << 30;

        while (read(in[0], &what, 1) == 1
               && read(in[0], &stored, sizeof(stored)) == sizeof(stored))
        {
            answer = other_does(what);

            if (write(out[1], &answer, 1) != 1
                || write(out[1], &stored, sizeof(stored)) != sizeof(stored))
            {
                break;
            }
        }

        fixture_close(&f);
        _exit(0);
    }

    (void) close(in[0]);
    (void) close(out[1]);
    other->in = in[1];
    other->out = out[0];

    fixture_open(&f, CERT_STORE_WRITE);
}


static int
other_ask(other_t *other, char what)
{
    unsigned char  answer;

    if (write(other->in, &what, 1) != 1
        || write(other->in, &stored, sizeof(stored)) != sizeof(stored)
        || read(other->out, &answer, 1) != 1
        || read(other->out, &stored, sizeof(stored)) != sizeof(stored))
    {
        return -1;
    }

    return answer;
}


static void
other_end(other_t *other)
{
    int  status;

    (void) close(other->in);
    (void) close(other->out);
    (void) waitpid(other->pid, &status, 0);
    is_int(status, 0, "the other process ended well");
}


static void
test_two_processes(void)
{
    int            before;
    other_t        other;
    unsigned       grown;
    cert_reason_t  reason;

    fixture_small();
    other_start(&other, CERT_STORE_READ);
    is_int(other_ask(&other, 'r'), 0, "another process reads");
    before = other_ask(&other, 'm');
    grown = 0;

    while (grown < 3) {
        grown += put_growing(&f, stored);
        stored += BATCH;

        if (other_ask(&other, 'r') != 0) {
            break;
        }
    }

    is_int(grown, 3, "this one grows, the other reads after each batch");
    is_int(other_ask(&other, 'm'), before << 3, "and takes it unasked");
    is_int(other_ask(&other, 'r'), 0, "all is there");
    other_end(&other);

    other_start(&other, CERT_STORE_WRITE);
    before = other_ask(&other, 'm');
    is_int(other_ask(&other, 'w'), 0, "another process writes and grows");
    is_int(missing(f.reader, stored), 0, "it is read here");
    is_int(map_size(f.reader) / MAP, 2 * before, "with the new size");
    is_int(put_batch(&f, stored), CERT_OK, "and written to");
    stored += BATCH;
    is_int(other_ask(&other, 'p'), 0, "in turn");
    is_int(other_ask(&other, 'w'), 0, "it grows once more");
    is_int(put_batch(&f, stored), CERT_OK, "a writer takes it at its begin");
    stored += BATCH;
    is_int(map_size(f.reader) / MAP, 4 * before, "the new size");

    /* Not doubled beyond what the other one did. */
    is_int(other_ask(&other, 'w'), 0, "it grows again");
    is_int(cert_store_grow(f.store, &reason), CERT_OK, "grow here, too");
    is_int(map_size(f.reader) / MAP, 8 * before, "takes what is there");
    is_int(other_ask(&other, 'r'), 0, "all is there");
    other_end(&other);
}


/* With handles shared nothing moves until the owner says so. */
static void
test_shared_follows(void)
{
    int              before;
    other_t          other;
    cert_txn_t      *txn;
    cert_store_t    *shared;
    cert_reason_t    reason;
    cert_reader_t   *reader;
    cert_keyring_t  *ring;

    fixture_small();
    other_start(&other, CERT_STORE_WRITE);
    ring = ring_of(CERT_KEYS_PUBLIC);
    (void) cert_store_share(&shared, f.store, ring);
    (void) cert_reader_open(&reader, shared, &reason);
    before = other_ask(&other, 'm');

    is_int(missing(reader, stored), 0, "a shared handle reads");
    is_int(other_ask(&other, 'w'), 0, "another process grows");
    is_int(missing(reader, 1), 1, "the shared handle does not follow");
    is_int(missing(f.reader, 1), 1, "nor does the one that was opened");
    is_int(cert_txn_begin(&txn, f.store, &reason), CERT_MAP_FULL,
           "a transaction is not begun");
    ok(strstr(reason.text, "larger") != NULL, "%s", reason.text);
    is_int(cert_store_maintain(f.store, &reason), CERT_MAP_FULL,
           "maintain says so");
    is_int(cert_store_backup(f.store, f.path, &reason), CERT_MAP_FULL,
           "nor a backup");

    is_int(cert_store_grow(f.store, &reason), CERT_OK, "growing");
    is_int(cert_store_maintain(f.store, &reason), CERT_OK, "maintain");
    is_int(missing(reader, stored), 0, "the shared handle reads on");
    is_int(missing(f.reader, stored), 0, "the other, too");
    is_int(map_size(reader) / MAP, 2 * before, "takes what is there");
    is_int(put_batch(&f, stored), CERT_OK, "and is written to");
    stored += BATCH;
    is_int(missing(reader, stored), 0, "which the shared one sees");

    cert_reader_close(reader);
    cert_store_close(shared);
    cert_keyring_destroy(ring);
    other_end(&other);
}


/* A snapshot of the same handle is in the way as well. */
static void
test_reader_follows(void)
{
    other_t          other;
    inside_t         inside;
    cert_reason_t    reason;
    cert_reader_t   *reader;
    cert_position_t  after;

    fixture_small();
    other_start(&other, CERT_STORE_WRITE);
    (void) cert_reader_open(&reader, f.store, &reason);
    is_int(other_ask(&other, 'w'), 0, "another process grows");
    inside.other = reader;
    after.len = 0;
    is_int(cert_list_certificates(f.reader, &after, 1, each_inside, &inside),
           CERT_REFUSED, "alone, a listing follows");
    is_int(inside.read, CERT_OK, "and a reader within it");
    cert_reader_close(reader);
    other_end(&other);
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

    fixture_small();
    known = stored;
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
    test_two_processes();
    test_shared_follows();
    test_reader_follows();
    test_threads();

    fixture_wipe(&f);

    return done_testing();
}
