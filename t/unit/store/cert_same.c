/*
 * Copyright (C) the ngx_cert authors
 *
 * Files that are replaced under a store that is open, or just being opened; a
 * process that cannot look; and one that must not wait.
 *
 * stat() and mdb_env_open() are this program's own: a snapshot that is mounted
 * over the store needs a kernel that has one, and no test can swap files within
 * the microseconds of an open at will.  So are mdb_txn_begin(), for mutexes
 * that are lost, and nanosleep(), to count the pauses.
 */


#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "cert_read.h"
#include "cert_txn.h"
#include "store.h"


static fixture_t    f;

/* The name of a file that is on another device by now, under its number. */
static const char  *mounted;

/* When the store is swapped for "SWAPPED": before or after LMDB opens it. */
static enum { NEVER = 0, BEFORE, AFTER }  swap;


static int          is_lost;        /* LMDB's mutexes are */
static unsigned     pauses;


int
mdb_txn_begin(MDB_env *env, MDB_txn *parent, unsigned flags, MDB_txn **txn)
{
    int   (*next)(MDB_env *, MDB_txn *, unsigned, MDB_txn **);

    *(void **) &next = dlsym(RTLD_NEXT, "mdb_txn_begin");

    return is_lost ? EINVAL : next(env, parent, flags, txn);
}


/* Returns at once: the number of pauses is what counts. */
int
nanosleep(const struct timespec *time, struct timespec *left)
{
    (void) time;
    (void) left;
    pauses++;

    return 0;
}


int
stat(const char *path, struct stat *st)
{
    int     rc;
    int   (*next)(const char *, struct stat *);

    *(void **) &next = dlsym(RTLD_NEXT, "stat");
    rc = next(path, st);

    if (rc == 0 && mounted != NULL && strstr(path, mounted) != NULL) {
        st->st_dev++;
    }

    return rc;
}


static void
swap_now(void)
{
    char  away[500], copy[500];

    swap = NEVER;
    snprintf(away, sizeof(away), "%s/away", f.path);
    snprintf(copy, sizeof(copy), "%s/copy", f.path);

    if (rename(f.store_path, away) != 0 || rename(copy, f.store_path) != 0) {
        printf("Bail out! the store cannot be swapped\n");
        exit(1);
    }
}


int
mdb_env_open(MDB_env *env, const char *path, unsigned flags, mdb_mode_t mode)
{
    int     rc;
    int   (*next)(MDB_env *, const char *, unsigned, mdb_mode_t);

    *(void **) &next = dlsym(RTLD_NEXT, "mdb_env_open");

    if (swap == BEFORE) {
        swap_now();
    }

    rc = next(env, path, flags, mode);

    if (swap == AFTER) {
        swap_now();
    }

    return rc;
}


static void
test_mounted(void)
{
    cert_txn_t     *txn;
    cert_reason_t   reason;

    fixture_init(&f);
    is_int(cert_store_maintain(f.store, &reason), CERT_OK, "as it was");

    for (int i = 0; i < 2; i++) {
        mounted = i == 0 ? "data.mdb" : "lock.mdb";
        is_int(cert_store_maintain(f.store, &reason), CERT_BAD_STORE,
               "another %s of the same number: %s", mounted, reason.text);
        is_int(cert_txn_begin(&txn, f.store, &reason), CERT_BAD_STORE,
               "nothing is written to the old %s", mounted);
        cert_txn_abort(txn);
    }

    mounted = NULL;
    fixture_wipe(&f);
}


static void
test_swapped(void)
{
    char            command[2000];
    cert_err_t      err;
    cert_store_t   *store;
    cert_reason_t   reason;

    for (int when = BEFORE; when <= AFTER; when++) {
        fixture_init(&f);
        fixture_close(&f);
        snprintf(command, sizeof(command), "cp -a %s %s/copy", f.store_path,
                 f.path);
        is_int(system(command), 0, "a copy");

        swap = when;
        err = cert_store_open(&store, f.store_path, CERT_STORE_READ, f.ring,
                              &reason);

        if (err == CERT_OK) {
            err = cert_store_maintain(store, &reason);
            cert_store_close(store);
        }

        is_int(err, CERT_BAD_STORE, "swapped %s it was opened",
               when == BEFORE ? "before" : "after");
        ok(strstr(reason.text, "was replaced") != NULL, "\"%s\"",
           reason.text);

        fixture_open(&f, CERT_STORE_WRITE);
        is_int(cert_store_maintain(f.store, &reason), CERT_OK,
               "and the next one is right");

        snprintf(command, sizeof(command), "rm -r %s/away", f.path);
        is_int(system(command), 0, "the old one goes");
        fixture_wipe(&f);
    }
}


/* As a worker that has as many connections as it may. */
static void
test_no_descriptor(void)
{
    int             fd;
    cert_err_t      err;
    cert_policy_t   policy;
    cert_reason_t   reason;
    struct rlimit   limit, none;

    fixture_init(&f);
    (void) getrlimit(RLIMIT_NOFILE, &limit);
    fd = open("/dev/null", O_RDONLY);
    close(fd);

    none = limit;
    none.rlim_cur = (rlim_t) fd;
    (void) setrlimit(RLIMIT_NOFILE, &none);
    err = cert_store_maintain(f.store, &reason);
    (void) setrlimit(RLIMIT_NOFILE, &limit);

    is_int(err, CERT_NO_MEMORY, "no descriptor to look with: %s",
           reason.text);
    is_int(cert_read_policy(f.reader, &policy), CERT_OK,
           "and nothing is wrong with the store");
    is_int(cert_store_maintain(f.store, &reason), CERT_OK, "as is seen later");
    fixture_wipe(&f);
}


/* All clients of an event loop would wait with it. */
static void
test_waits(void)
{
    int             fd;
    cert_err_t      err;
    cert_store_t   *store;
    cert_reason_t   reason;

    fixture_init(&f);
    fixture_close(&f);
    fd = open(f.store_path, O_RDONLY|O_DIRECTORY);
    is_int(flock(fd, LOCK_EX), 0, "somebody has its turn, and hangs");

    for (int mode = CERT_STORE_READ; mode <= CERT_STORE_LOOP; mode++) {
        pauses = 0;
        err = cert_store_open(&store, f.store_path, mode, f.ring, &reason);
        is_int(err, CERT_OK, "the store is opened all the same (%d)", mode);
        cert_store_close(store);

        ok(mode == CERT_STORE_LOOP ? pauses <= 20 : pauses >= 200,
           "with %u pauses", pauses);
    }

    close(fd);
    is_lost = 1;

    for (int mode = CERT_STORE_READ; mode <= CERT_STORE_LOOP; mode++) {
        pauses = 0;
        err = cert_store_open(&store, f.store_path, mode, f.ring, &reason);
        is_int(err, CERT_SYSTEM, "mutexes are lost (%d): %s", mode,
               reason.text);
        ok(mode == CERT_STORE_LOOP ? pauses <= 20 : pauses >= 200,
           "with %u pauses", pauses);
    }

    is_lost = 0;
    fixture_open(&f, CERT_STORE_WRITE);
    fixture_wipe(&f);
}


int
main(void)
{
    test_waits();
    test_mounted();
    test_swapped();
    test_no_descriptor();

    return done_testing();
}
