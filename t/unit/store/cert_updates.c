/*
 * Copyright (C) the ngx_cert authors
 *
 * A store grows with its data only: certificates are rewritten over and over
 * while readers of other processes are killed in the middle of a snapshot.
 * UPDATES (20000) says how often.
 */


#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "cert_read.h"
#include "cert_store_int.h"
#include "store.h"



#define CERTIFICATES  1000
#define BATCH         100           /* updates of a commit */
#define READERS       50            /* that are killed */
#define UPDATES       20000

/* What a reader lives for, in parts of all updates. */
#define LIFE          500


static fixture_t  f;
static int        orders[2], pids[2];


/* Holds a snapshot until it is killed. */
static void
hold_snapshot(void)
{
    pid_t           pid;
    cert_store_t   *store;
    cert_reason_t   reason;
    cert_reader_t  *reader;

    pid = getpid();

    if (cert_store_open(&store, f.store_path, CERT_STORE_READ, f.public_ring,
                        &reason) != CERT_OK
        || cert_reader_open(&reader, store, &reason) != CERT_OK
        || cert_reader_begin(reader) != CERT_OK)
    {
        pid = -1;
    }

    if (write(pids[1], &pid, sizeof(pid)) == sizeof(pid) && pid != -1) {
        for ( ;; ) {
            (void) pause();
        }
    }

    _exit(1);
}


/*
 * A process that makes readers ('r') and kills the last one ('k'), since a
 * child of one that has the store open must not open it again.  The answer is
 * the pid of a reader that has its snapshot, or 0 when it has ended.
 */
static pid_t
nursery(void)
{
    char   order;
    pid_t  pid, reader;

    pid = fork();

    if (pid != 0) {
        return pid;
    }

    (void) close(orders[1]);

    while (read(orders[0], &order, 1) == 1 && order == 'r') {
        reader = fork();

        if (reader == 0) {
            hold_snapshot();
        }

        if (reader == -1) {
            break;
        }

        (void) !read(orders[0], &order, 1);
        (void) kill(reader, SIGKILL);
        (void) waitpid(reader, NULL, 0);
        (void) !write(pids[1], &pid, sizeof(pid));
    }

    _exit(0);
}


/* Gives that process an order; what it answers, or -1. */
static pid_t
order_reader(char order)
{
    pid_t  pid;

    if (write(orders[1], &order, 1) != 1
        || read(pids[0], &pid, sizeof(pid)) != sizeof(pid))
    {
        return -1;
    }

    return pid;
}


static void
put_all(unsigned updates_from, unsigned n, const char *name)
{
    char                 number[16];
    cert_err_t           err;
    cert_txn_t          *txn;
    cert_change_t        c;
    cert_reason_t        reason;
    cert_outcome_t       outcome;
    cert_certificate_t   certificate;

    err = cert_txn_begin(&txn, f.store, &reason);

    for (unsigned i = 0; err == CERT_OK && i < n; i++) {

        /* Not in the order of the keys. */
        snprintf(number, sizeof(number), "N%07u",
                 (updates_from + i) * 7 % CERTIFICATES);
        certificate_of(&certificate, number, name, "11010519491231002X");

        c = change(&f, CERT_CHANGE_CERTIFICATE, "2022-06-01");
        c.u.certificate = &certificate;

        err = cert_change_execute(txn, &c, &outcome);
    }

    if (err == CERT_OK) {
        err = cert_txn_commit(txn, &reason);
    }

    if (err != CERT_OK) {
        printf("Bail out! an update failed: %s\n", cert_err_name(err));
        exit(1);
    }
}


/* Updates with readers that come and are killed; the most slots in use. */
static unsigned
run_updates(unsigned updates)
{
    pid_t              reader;
    unsigned           killed, most;
    cert_reason_t      reason;
    cert_store_stat_t  stat;

    reader = 0;
    killed = most = 0;

    for (unsigned n = 0; n < updates; n += BATCH) {

        if (reader == 0 && killed < READERS
            && n >= killed * (updates / READERS))
        {
            reader = order_reader('r');

            if (reader == -1) {
                break;
            }
        }

        put_all(n, BATCH, n / CERTIFICATES % 2 == 0 ? "李四" : "张三");

        if (reader != 0
            && n >= killed * (updates / READERS) + updates / LIFE)
        {
            /* What it has registered is there until it has ended. */
            reader = order_reader('k');
            killed++;
        }

        /* As often as in a service with 1,500 updates a second. */
        if (n % (updates / 20) == 0) {
            (void) cert_store_maintain(f.store, &reason);
        }

        (void) cert_read_stat(f.reader, &stat);
        most = stat.readers > most ? stat.readers : most;
    }

    is_int(killed, READERS, "%u updates, %u readers killed in a snapshot",
           updates, killed);

    return most;
}


static uint64_t
size_of(const char *folder)
{
    char         path[600];
    struct stat  st;

    snprintf(path, sizeof(path), "%s/data.mdb", folder);

    return stat(path, &st) == 0 ? (uint64_t) st.st_size : 0;
}


static void
test_size(void)
{
    char           copy[500], path[600];
    uint64_t       size, compact;
    cert_reason_t  reason;

    snprintf(copy, sizeof(copy), "%s/copy", f.path);
    (void) mkdir(copy, 0700);

    ok(cert_store_backup(f.store, copy, &reason) == CERT_OK,
       "a compacted copy");

    size = size_of(f.store_path);
    compact = size_of(copy);

    ok(compact != 0 && size * 2 <= compact * 3,
       "at most half as much again: %llu KB, compacted %llu KB",
       (unsigned long long) size >> 10, (unsigned long long) compact >> 10);

    snprintf(path, sizeof(path), "%s/data.mdb", copy);
    (void) unlink(path);
    snprintf(path, sizeof(path), "%s/lock.mdb", copy);
    (void) unlink(path);
    (void) rmdir(copy);
}


int
main(void)
{
    pid_t               pid;
    unsigned            updates, most;
    const char         *given;
    cert_reason_t       reason;
    cert_store_stat_t   stat;

    given = getenv("UPDATES");
    updates = given != NULL ? (unsigned) strtoul(given, NULL, 10) : UPDATES;

    if (updates < UPDATES || pipe(orders) == -1 || pipe(pids) == -1) {
        printf("Bail out! UPDATES is %u or more\n", UPDATES);
        return 1;
    }

    fixture_init_size(&f, UINT64_C(4) << 30);
    (void) put_qualification(&f, "会计", NULL);
    fixture_close(&f);

    pid = nursery();
    fixture_open(&f, CERT_STORE_WRITE);

    put_all(0, CERTIFICATES, "张三");
    most = run_updates(updates);

    (void) cert_read_stat(f.reader, &stat);
    ok(most * 10 < stat.readers_max, "slots in use at most: %u of %u", most,
       (unsigned) stat.readers_max);
    is_int(cert_store_maintain(f.store, &reason), CERT_OK, "looked after");
    (void) cert_read_stat(f.reader, &stat);
    is_int(stat.readers, 1, "slots of the dead are free again");
    is_int(stat.certificates, CERTIFICATES, "as many certificates as before");

    test_size();

    (void) close(orders[1]);
    (void) waitpid(pid, NULL, 0);

    fixture_wipe(&f);

    return done_testing();
}
