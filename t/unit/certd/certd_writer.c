/*
 * Copyright (C) the ngx_cert authors
 *
 * The one writer of certd: many threads, one commit; one change that fails
 * beside others; a lock that another process holds; quotas that are raced for.
 *
 * Two calls of LMDB go through here, so that changes can be gathered before a
 * batch begins or while it is applied, and one of them be cut short.
 */


#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "cert_lookup_int.h"
#include "cert_read.h"
#include "store.h"

#include "cert_change_int.h"
#include "certd_counters.h"
#include "certd_jobs.h"
#include "certd_store.h"
#include "certd_write_queue.h"


#define THREADS  64
#define EACH     20
#define RACERS   100
#define ROUNDS   5
#define BATCH    8
#define BAD      3                  /* one in the midst of a batch */

#define PATIENCE_MS  (120 * 1000)

typedef struct {
    certd_t      *certd;
    char          number[32];
    int           n;                /* applications */
    int           accepted;
    int           refused;          /* by the quota */
    int           other;
    cert_code_t   codes[EACH];
    cert_code_t  *withdraws;        /* instead of applying */
} client_t;

static certd_options_t     options;
static certd_t             certd;
static pthread_barrier_t   together;

static pthread_mutex_t     gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t     slow = PTHREAD_MUTEX_INITIALIZER;
static int                 is_slow;     /* the next change waits for "slow" */
static int                 is_held;     /* it does */
static int                 is_hurried;  /* waits no longer than a client */
static char                broken[8];   /* a certificate without room */
static cert_code_t         unqueued;    /* a copy that has no job */


int
mdb_txn_begin(MDB_env *env, MDB_txn *parent, unsigned flags, MDB_txn **txn)
{
    if (!(flags & MDB_RDONLY)) {
        (void) pthread_mutex_lock(&gate);
        (void) pthread_mutex_unlock(&gate);
    }

    return ((__typeof__(&mdb_txn_begin)) dlsym(RTLD_NEXT, "mdb_txn_begin"))
               (env, parent, flags, txn);
}


/* Entries of the index are empty: the record is written before. */
int
mdb_put(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data,
    unsigned flags)
{
    if (__atomic_exchange_n(&is_slow, 0, __ATOMIC_ACQ_REL)) {
        __atomic_store_n(&is_held, 1, __ATOMIC_RELEASE);
        (void) pthread_mutex_lock(&slow);
        (void) pthread_mutex_unlock(&slow);
        __atomic_store_n(&is_held, 0, __ATOMIC_RELEASE);
    }

    if (broken[0] != '\0' && data->mv_size == 0
        && key->mv_size > strlen(broken)
        && memcmp(key->mv_data, broken, strlen(broken)) == 0)
    {
        return ENOMEM;
    }

    return ((__typeof__(&mdb_put)) dlsym(RTLD_NEXT, "mdb_put"))
               (txn, dbi, key, data, flags);
}


/* As long as a client waits, or as long as a busy machine may need. */
static cert_err_t
try_write(certd_write_t *write, cert_outcome_t *outcome, cert_err_t *result)
{
    cert_err_t  err;

    err = is_hurried ? certd_write_wait(certd.writer, write)
                     : certd_write_try(certd.writer, write, PATIENCE_MS);

    if (err == CERT_OK) {
        *result = write->err;
        *outcome = write->outcome;
    }

    certd_write_free(write);

    return err;
}


static cert_err_t
try_withdraw(const cert_code_t *code, cert_outcome_t *outcome,
    cert_err_t *result)
{
    certd_write_t  *write;

    write = certd_write_create(CERT_CHANGE_WITHDRAW, "unit");
    write->change.u.copy.code = *code;

    return try_write(write, outcome, result);
}


static cert_err_t
try_apply(const char *number, cert_outcome_t *outcome, cert_err_t *result)
{
    uint8_t         random[CERT_CODE_RANDOM_SIZE];
    certd_write_t  *write;

    write = certd_write_create(CERT_CHANGE_APPLY, "unit");

    certd_random(random, sizeof(random));
    (void) cert_code_make(&write->change.u.apply.code, write->change.time,
                          random);
    write->change.u.apply.number = certd_write_keep(write, cert_strz(number));
    write->change.u.apply.scene = cert_str("self");
    write->change.u.apply.days = 90;

    return try_write(write, outcome, result);
}


static void *
client(void *data)
{
    client_t        *c = data;

    cert_err_t       err, result;
    cert_outcome_t   outcome;

    (void) pthread_barrier_wait(&together);

    for (int i = 0; i < c->n; i++) {
        result = CERT_SYSTEM;
        err = c->withdraws != NULL
              ? try_withdraw(c->withdraws, &outcome, &result)
              : try_apply(c->number, &outcome, &result);

        if (err == CERT_OK && result == CERT_OK) {
            c->codes[c->accepted++] = outcome.code;

        } else if (err == CERT_OK && result == CERT_REFUSED
                   && outcome.refusal == CERT_REFUSAL_QUOTA)
        {
            c->refused++;

        } else {
            c->other++;
        }
    }

    return NULL;
}


static void
run_clients(client_t *clients, int n)
{
    pthread_t  threads[RACERS];

    (void) pthread_barrier_init(&together, NULL, (unsigned) n);

    for (int i = 0; i < n; i++) {
        (void) pthread_create(&threads[i], NULL, client, &clients[i]);
    }

    for (int i = 0; i < n; i++) {
        (void) pthread_join(threads[i], NULL);
    }

    (void) pthread_barrier_destroy(&together);
}


static int
is_stored(const cert_code_t *code)
{
    cert_err_t                  err;
    certd_reader_t             *reader;
    cert_annotation_t           annotation;
    static cert_certificate_t   certificate;

    reader = certd_reader_take(certd.store);
    err = cert_read_annotation(reader->handle, code, &annotation, &certificate);
    certd_reader_give(certd.store, reader);

    return err == CERT_OK;
}


static uint64_t
annotations(void)
{
    certd_reader_t     *reader;
    cert_store_stat_t   stat;

    reader = certd_reader_take(certd.store);
    (void) cert_read_stat(reader->handle, &stat);
    certd_reader_give(certd.store, reader);

    return stat.annotations;
}


static void
test_group(void)
{
    int               accepted, other, missing;
    client_t         *clients;
    cert_figures_t    figures;

    clients = calloc(THREADS, sizeof(client_t));

    for (int i = 0; i < THREADS; i++) {
        clients[i].n = EACH;
        snprintf(clients[i].number, sizeof(clients[i].number), "G%03d", i);
    }

    run_clients(clients, THREADS);

    accepted = other = missing = 0;

    for (int i = 0; i < THREADS; i++) {
        accepted += clients[i].accepted;
        other += clients[i].other;

        for (int j = 0; j < clients[i].accepted; j++) {
            missing += !is_stored(&clients[i].codes[j]);
        }
    }

    ok(accepted == THREADS * 3, "each gets its quota");
    ok(other == 0, "and a refusal for the rest");
    ok(missing == 0, "all that was acknowledged is in the store");

    memset(&figures, 0, sizeof(figures));
    certd_jobs_figures(certd.jobs, &figures);
    ok(figures.jobs_waiting == (uint64_t) accepted, "and waits to be made");

    certd_counters_figures(certd.counters, &figures);
    ok(figures.batch_max > 1, "changes share a commit");
    ok(figures.commits < figures.changes,
       "there are fewer commits than changes");
    is_int(figures.refusals[CERT_REFUSAL_QUOTA], THREADS * (EACH - 3),
           "refusals are counted by kind");

    free(clients);
}


static void
test_race(void)
{
    int        accepted, refused;
    client_t  *clients;

    for (int round = 0; round < ROUNDS; round++) {
        clients = calloc(RACERS, sizeof(client_t));

        for (int i = 0; i < RACERS; i++) {
            clients[i].n = 1;
            snprintf(clients[i].number, sizeof(clients[i].number), "R%03d",
                     round);
        }

        run_clients(clients, RACERS);

        accepted = refused = 0;

        for (int i = 0; i < RACERS; i++) {
            accepted += clients[i].accepted;
            refused += clients[i].refused;
        }

        ok(accepted == 3, "of 100 at once three are accepted");
        ok(refused == RACERS - 3, "and the others are told of the quota");

        free(clients);
    }
}


static void
test_neighbour(void)
{
    cert_err_t      err, result;
    cert_outcome_t  outcome;

    result = CERT_OK;
    err = try_apply("nobody", &outcome, &result);
    ok(err == CERT_OK && result == CERT_REFUSED
       && outcome.refusal == CERT_REFUSAL_NO_CERTIFICATE,
       "a refusal is a result");

    result = CERT_SYSTEM;
    err = try_apply("N000", &outcome, &result);
    ok(err == CERT_OK && result == CERT_OK, "and disturbs no other");
}


/* One client each of so many certificates, all in one batch. */
static void
run_batch(client_t clients[BATCH])
{
    uint64_t   waiting, waiting_ms;
    pthread_t  threads[BATCH];

    (void) pthread_barrier_init(&together, NULL, BATCH);
    (void) pthread_mutex_lock(&gate);

    for (int i = 0; i < BATCH; i++) {
        (void) pthread_create(&threads[i], NULL, client, &clients[i]);
    }

    do {
        (void) usleep(1000);
        certd_write_queue_look(certd.writer, &waiting, &waiting_ms);
    } while (waiting < BATCH);

    (void) pthread_mutex_unlock(&gate);

    for (int i = 0; i < BATCH; i++) {
        (void) pthread_join(threads[i], NULL);
    }

    (void) pthread_barrier_destroy(&together);
}


static uint64_t
commits(void)
{
    cert_figures_t  figures;

    memset(&figures, 0, sizeof(figures));
    certd_counters_figures(certd.counters, &figures);

    return figures.commits;
}


/* One is being applied when another comes. */
static void
test_join(const char *first, const char *second, unsigned most, uint64_t n)
{
    uint64_t    begun, waiting, waiting_ms;
    client_t    clients[2];
    pthread_t   threads[2];

    memset(clients, 0, sizeof(clients));
    clients[0].n = clients[1].n = 1;
    snprintf(clients[0].number, sizeof(clients[0].number), "%s", first);
    snprintf(clients[1].number, sizeof(clients[1].number), "%s", second);

    options.batch = most;
    begun = commits();

    (void) pthread_barrier_init(&together, NULL, 1);
    (void) pthread_mutex_lock(&slow);
    __atomic_store_n(&is_slow, 1, __ATOMIC_RELEASE);
    (void) pthread_create(&threads[0], NULL, client, &clients[0]);

    while (!__atomic_load_n(&is_held, __ATOMIC_ACQUIRE)) {
        (void) usleep(1000);
    }

    (void) pthread_create(&threads[1], NULL, client, &clients[1]);

    do {
        (void) usleep(1000);
        certd_write_queue_look(certd.writer, &waiting, &waiting_ms);
    } while (waiting < 1);

    (void) pthread_mutex_unlock(&slow);

    for (int i = 0; i < 2; i++) {
        (void) pthread_join(threads[i], NULL);
    }

    (void) pthread_barrier_destroy(&together);

    ok(clients[0].accepted == 1 && clients[1].accepted == 1,
       "both are accepted");
    is_int(commits() - begun, n, "a batch of at most %u: %u commits", most,
           (unsigned) n);
}


/* What becomes of the others when one cannot be applied. */
static void
test_batch(int is_half, const char *what)
{
    int        accepted, other;
    uint64_t   before, begun;
    client_t  *clients;

    clients = calloc(BATCH, sizeof(client_t));

    for (int i = 0; i < BATCH; i++) {
        clients[i].n = 1;
        snprintf(clients[i].number, sizeof(clients[i].number), "B%03d", i);
    }

    if (is_half) {
        snprintf(broken, sizeof(broken), "B%03d", BAD);

    } else {
        clients[BAD].withdraws = &unqueued;
    }

    before = annotations();
    begun = commits();
    run_batch(clients);
    broken[0] = '\0';

    accepted = other = 0;

    for (int i = 0; i < BATCH; i++) {
        accepted += clients[i].accepted;
        other += clients[i].other;
    }

    ok(accepted == BATCH - 1, "%s: its neighbours are accepted", what);
    ok(clients[BAD].other == 1 && other == 1, "%s: it is told", what);
    ok(annotations() == before + BATCH - 1, "%s: nothing is left of it", what);
    ok(commits() - begun == (is_half ? BATCH - 1 : 1),
       "%s: as few commits as can be", what);

    free(clients);
}


/* A process that takes the writer lock when told and keeps it until told. */
static pid_t
holder(const char *path, int fd)
{
    char             c;
    pid_t            pid;
    cert_txn_t      *txn;
    cert_store_t    *store;
    cert_reason_t    reason;
    cert_keyring_t  *ring;

    pid = fork();

    if (pid != 0) {
        return pid;
    }

    ring = ring_of(CERT_KEYS_PUBLIC | CERT_KEYS_PRIVATE);

    if (read(fd, &c, 1) != 1
        || cert_store_open(&store, path, CERT_STORE_WRITE, ring, &reason)
           != CERT_OK
        || cert_txn_begin(&txn, store, &reason) != CERT_OK
        || write(fd, "h", 1) != 1
        || read(fd, &c, 1) != 1)
    {
        _exit(1);
    }

    cert_txn_abort(txn);
    cert_store_close(store);
    cert_keyring_destroy(ring);
    _exit(0);
}


static void
test_stuck(pid_t pid, int fd)
{
    int             status;
    char            c;
    int64_t         begun;
    uint64_t        before;
    cert_err_t      err, result;
    cert_outcome_t  outcome;

    before = annotations();

    ok(write(fd, "g", 1) == 1 && read(fd, &c, 1) == 1, "the lock is taken");

    begun = certd_clock_ms();
    is_hurried = 1;
    err = try_apply("S000", &outcome, &result);
    is_hurried = 0;
    ok(err == CERT_BUSY, "an application is told to come back");
    in_time(certd_clock_ms() - begun, 5000, "in less than five seconds");

    begun = certd_clock_ms();
    ok(annotations() == before, "readers go on");
    in_time(certd_clock_ms() - begun, 1000, "at once");

    ok(write(fd, "r", 1) == 1, "the lock is given back");

    begun = certd_clock_ms();
    result = CERT_SYSTEM;
    err = try_apply("S000", &outcome, &result);
    ok(err == CERT_OK && result == CERT_OK, "the next one is accepted");
    in_time(certd_clock_ms() - begun, 2000, "within two seconds");
    ok(annotations() == before + 1, "what was refused was not done");

    ok(waitpid(pid, &status, 0) == pid && status == 0, "the holder ended");
}


static void
test_stop(void)
{
    cert_err_t      result;
    cert_outcome_t  outcome;

    ok(try_apply("S000", &outcome, &result) == CERT_OK, "one before the end");

    certd_jobs_stop(certd.jobs, 1000);
    certd_writer_stop(certd.writer, 1000);
}


/* A copy of this certificate that says it waits, and stands in no queue. */
static void
unqueue(fixture_t *f, const char *number)
{
    char            today[16];
    time_t          now;
    uint8_t         key[CERT_TIMED_SIZE];
    cert_txn_t     *txn;
    cert_reason_t   reason;
    cert_outcome_t  outcome;

    /* One that is over could not be withdrawn in any case. */
    now = time(NULL) - 86400;
    (void) strftime(today, sizeof(today), "%Y-%m-%d", gmtime(&now));

    (void) annotate(f, number, today, 90, &outcome);
    unqueued = outcome.code;
    cert_timed_key(key, outcome.applied, &outcome.code);

    if (cert_txn_begin(&txn, f->store, &reason) != CERT_OK
        || cert_txn_del(txn, CERT_DB_QUEUE,
                        (cert_str_t) { key, sizeof(key) }) != CERT_OK)
    {
        printf("Bail out! no entry to remove\n");
        exit(1);
    }

    /* Or there would be nothing to commit. */
    txn->count = 1;
    (void) cert_txn_commit(txn, &reason);
}


static void
make_home(fixture_t *f)
{
    char            name[32], id[32];
    cert_outcome_t  outcome;

    fixture_init(f);
    (void) put_qualification(f, "会计", "2021-12-17");

    for (int i = 0; i < THREADS; i++) {
        snprintf(name, sizeof(name), "G%03d", i);
        snprintf(id, sizeof(id), "G%06d", i);
        (void) put_certificate(f, name, "张三", id, &outcome);
    }

    for (int i = 0; i < ROUNDS; i++) {
        snprintf(name, sizeof(name), "R%03d", i);
        (void) put_certificate(f, name, "张三", "R000000", &outcome);
    }

    for (int i = 0; i < BATCH; i++) {
        snprintf(name, sizeof(name), "B%03d", i);
        (void) put_certificate(f, name, "张三", "B000000", &outcome);
    }

    unqueue(f, "B003");

    (void) put_certificate(f, "N000", "李四", "N000000", &outcome);
    (void) put_certificate(f, "J000", "李四", "N000000", &outcome);
    (void) put_certificate(f, "J001", "李四", "N000000", &outcome);
    (void) put_certificate(f, "S000", "李四", "N000000", &outcome);

    fixture_keys(f);

    fixture_close(f);
}


int
main(void)
{
    int            control[2], lock[2];
    pid_t          pid;
    fixture_t      f;
    cert_reason_t  reason;

    make_home(&f);

    (void) socketpair(AF_UNIX, SOCK_STREAM, 0, lock);
    (void) socketpair(AF_UNIX, SOCK_SEQPACKET, 0, control);

    /* Before the first thread. */
    pid = holder(f.store_path, lock[1]);

    options.home = f.path;
    options.writes_waiting = 4096;
    options.batch = 4096;
    options.renderers = 1;
    options.render_sec = 60;
    certd.options = &options;

    if (certd_store_open(&certd.store, &options, &reason) != CERT_OK) {
        printf("Bail out! %s\n", reason.text);
        return 1;
    }

    certd.counters = certd_counters_create();
    certd.writer = certd_writer_start(&certd, certd_jobs_committed);
    certd.jobs = certd_jobs_start(&certd, control[0]);

    test_group();
    test_race();
    test_neighbour();
    test_join("J000", "J001", 1, 2);
    test_join("J000", "J001", 4096, 1);
    test_batch(0, "damage");
    test_batch(1, "half done");
    test_stuck(pid, lock[0]);
    test_stop();

    certd_counters_destroy(certd.counters);
    certd_store_close(certd.store);
    fixture_wipe(&f);

    return done_testing();
}
