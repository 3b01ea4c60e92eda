/*
 * Copyright (C) the ngx_cert authors
 *
 * certd opens its store while another process makes the map larger: whichever
 * snapshot LMDB refuses for it, the store is open after it.  And changed keys
 * that the machine could not read are read as soon as it can.
 */


#include <dlfcn.h>
#include <lmdb.h>
#include <sys/resource.h>

#include "store.h"

#include "certd_keys.h"
#include "certd_store.h"


/* Snapshots that have begun; the one that meets a larger map, or 0. */
static int  begun;
static int  refused;


int
mdb_txn_begin(MDB_env *env, MDB_txn *parent, unsigned flags, MDB_txn **txn)
{
    if ((flags & MDB_RDONLY) != 0 && ++begun == refused) {
        return MDB_MAP_RESIZED;
    }

    return ((__typeof__(&mdb_txn_begin)) dlsym(RTLD_NEXT, "mdb_txn_begin"))
               (env, parent, flags, txn);
}


/* How many snapshots an opening begins; -1: it failed. */
static int
opening(const certd_options_t *options, int refuse)
{
    cert_err_t       err;
    certd_store_t   *store;
    cert_reason_t    reason;
    certd_reader_t  *reader;

    begun = 0;
    refused = refuse;

    err = certd_store_open(&store, options, &reason);

    if (err != CERT_OK) {
        printf("# snapshot %d: %s\n", refuse, reason.text);
        return -1;
    }

    reader = certd_reader_take(store);

    if (reader != NULL) {
        certd_reader_give(store, reader);
    }

    certd_store_close(store);

    return reader != NULL ? begun : -1;
}


/* Without a descriptor no file can be opened. */
static void
test_keys(const certd_options_t *options)
{
    certd_keys_t   keys;
    cert_reason_t  reason;
    struct rlimit  limit, none;

    memset(&keys, 0, sizeof(keys));
    keys.folder = -1;

    ok(certd_keys_open(&keys, options, &reason) == CERT_OK
       && !certd_keys_are_new(&keys), "keys are read");

    certd_keys_forget(&keys);
    (void) getrlimit(RLIMIT_NOFILE, &limit);
    none = limit;
    none.rlim_cur = 0;

    (void) setrlimit(RLIMIT_NOFILE, &none);
    ok(!certd_keys_are_new(&keys), "new ones cannot be");
    (void) setrlimit(RLIMIT_NOFILE, &limit);

    ok(certd_keys_are_new(&keys), "and are when there is a descriptor");

    certd_keys_take(&keys);
    ok(!certd_keys_are_new(&keys), "once");

    certd_keys_close(&keys);
}


int
main(void)
{
    int              n, failed;
    fixture_t        f;
    certd_options_t  options;

    fixture_init(&f);
    fixture_keys(&f);
    fixture_close(&f);

    memset(&options, 0, sizeof(options));
    options.home = f.path;

    n = opening(&options, 0);
    ok(n >= 16, "the store and all readers begin a snapshot");

    failed = 0;

    for (int i = 1; i <= n; i++) {
        failed += opening(&options, i) == -1;
    }

    ok(failed == 0, "it opens, whichever of them meets a larger map");

    test_keys(&options);

    fixture_wipe(&f);

    return done_testing();
}
