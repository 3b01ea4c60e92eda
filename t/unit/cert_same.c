/*
 * Copyright (C) the ngx_cert authors
 *
 * Files that are replaced under a store that is open, or just being opened, and
 * a process that cannot look.
 *
 * stat() and mdb_env_open() are this program's own: a snapshot that is mounted
 * over the store needs a kernel that has one, and nobody swaps files within
 * the microseconds of an open at will.
 */


#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "cert_txn.h"
#include "store.h"


static fixture_t    f;

/* The name of a file that is on another device by now, under its number. */
static const char  *mounted;

/* When the store is swapped for "SWAPPED": before or after LMDB opens it. */
static enum { NEVER = 0, BEFORE, AFTER }  swap;


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


int
main(void)
{
    test_mounted();
    test_swapped();
    test_no_descriptor();

    return done_testing();
}
