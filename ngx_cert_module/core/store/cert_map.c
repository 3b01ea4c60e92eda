/*
 * Copyright (C) the ngx_cert authors
 *
 * The map of a store: where the file lies in memory, and how that grows.
 *
 * LMDB maps a fixed size and fails beyond it.  The size is in the meta page, a
 * writer with a larger one writes that there with its next commit, and a
 * program that opens the store later takes it from there.  So growing concerns
 * this process alone until a commit tells the others; these meet data behind
 * their map when they begin a snapshot, look at the meta page, and map the
 * file again.
 *
 * Mapping again moves everything: pointers into a snapshot, of any thread,
 * would lead nowhere.  A process with one handle knows of all its snapshots by
 * counting them, one with shared handles does not, and leaves it to its owner.
 * A lock around every snapshot was rejected: each check would take it, for
 * what happens a few times in the life of a store.
 *
 * LMDB gives up the old map before it has the new one, and has none when that
 * fails.  So the address space is tried first, and what fails nevertheless
 * marks the map as lost: LMDB would follow pointers into it.
 */


#include <errno.h>
#include <sys/mman.h>

#include "cert_env_int.h"
#include "cert_map_int.h"
#include "cert_page_int.h"


/* Each try may meet a writer that made the store larger once more. */
#define CERT_MAP_TRIES  3


static cert_err_t cert_map_mend(cert_store_t *store, int rc,
    cert_reason_t *reason);
static cert_err_t cert_map_change(cert_store_t *store, int is_grow,
    cert_reason_t *reason);
static cert_err_t cert_map_resize(cert_store_t *store, size_t size,
    cert_reason_t *reason);
static int cert_map_has_room(size_t size);


cert_err_t
cert_map_begin(cert_store_t *store, unsigned flags, MDB_txn **txn,
    cert_reason_t *reason)
{
    int         rc;
    cert_err_t  err;

    rc = MDB_PANIC;

    for (int i = 0; i < CERT_MAP_TRIES; i++) {
        rc = store->map->is_lost ? MDB_PANIC
                                 : mdb_txn_begin(store->env, NULL, flags, txn);

        err = rc == 0 ? CERT_OK : cert_map_mend(store, rc, reason);

        if (rc == 0 || err != CERT_OK) {
            return err;
        }
    }

    return cert_lmdb_fail(rc, "mdb_txn_begin", reason);
}


cert_err_t
cert_map_renew(cert_store_t *store, MDB_txn *txn)
{
    int         rc;
    cert_err_t  err;

    rc = MDB_PANIC;

    for (int i = 0; i < CERT_MAP_TRIES; i++) {
        rc = store->map->is_lost ? MDB_PANIC : mdb_txn_renew(txn);

        err = rc == 0 ? CERT_OK : cert_map_mend(store, rc, NULL);

        if (rc == 0 || err != CERT_OK) {
            return err;
        }
    }

    return cert_lmdb_err(rc);
}


/*
 * Repairs what kept a transaction from beginning.  CERT_OK: try again; a table
 * full of slots of the living is found full once more then.
 */
static cert_err_t
cert_map_mend(cert_store_t *store, int rc, cert_reason_t *reason)
{
    int         dead;
    cert_err_t  err;

    switch (rc) {

    case MDB_READERS_FULL:
        (void) mdb_reader_check(store->env, &dead);
        return CERT_OK;

    case MDB_MAP_RESIZED:
        /* What other threads use of the old map would be gone. */
        if (store->is_shared || store->snapshots != 0
            || atomic_load(&store->map->shares) != 0)
        {
            return cert_lmdb_fail(rc, "mdb_txn_begin", reason);
        }

        err = cert_map_change(store, 0, reason);
        return err == CERT_FULL ? CERT_MAP_FULL : err;
    }

    return cert_lmdb_fail(rc, "mdb_txn_begin", reason);
}


/* Without shared handles the next begin takes the new size. */
cert_err_t
cert_map_check(cert_store_t *store, cert_reason_t *reason)
{
    uint64_t    given;
    cert_err_t  err;

    if (atomic_load(&store->map->shares) == 0) {
        return CERT_OK;
    }

    err = cert_page_map_size(cert_env_fd(store->env), &given, reason);

    if (err == CERT_OK && given > store->map->size) {
        cert_reason_set(reason, "another process made the map of the store "
                        "larger");
        return CERT_MAP_FULL;
    }

    return err;
}


/* After the map moved, several threads may look at once: all find the same. */
cert_err_t
cert_map_find(cert_store_t *store, MDB_txn *txn)
{
    int      rc;
    MDB_val  key, value;

    if (atomic_load_explicit(&store->map->start, memory_order_relaxed) != 0) {
        return CERT_OK;
    }

    key.mv_data = (void *) (uintptr_t) "schema";
    key.mv_size = sizeof("schema") - 1;

    rc = mdb_get(txn, store->dbi[CERT_DB_META], &key, &value);
    if (rc != 0) {
        return cert_lmdb_err(rc);
    }

    atomic_store_explicit(&store->map->start,
                          cert_page_map_start(store, value.mv_data),
                          memory_order_relaxed);

    return CERT_OK;
}


cert_err_t
cert_store_grow(cert_store_t *store, cert_reason_t *reason)
{
    if (store->mode != CERT_STORE_WRITE) {
        cert_reason_set(reason, "the store was opened for reading");
        return CERT_INVALID;
    }

    return cert_map_change(store, 1, reason);
}


/*
 * Never to less than there is: a size that was grown and not committed yet is
 * not in the meta page.
 */
static cert_err_t
cert_map_change(cert_store_t *store, int is_grow, cert_reason_t *reason)
{
    size_t      size;
    uint64_t    given;
    cert_err_t  err;

    if (store->is_shared || store->snapshots != 0) {
        cert_reason_set(reason, "the map cannot change %s", store->is_shared
                        ? "through a shared handle" : "within a transaction");
        return CERT_INVALID;
    }

    if (store->map->is_lost) {
        cert_reason_set(reason, "the store is no longer mapped");
        return CERT_SYSTEM;
    }

    err = cert_page_map_size(cert_env_fd(store->env), &given, reason);
    if (err != CERT_OK) {
        return err;
    }

    size = store->map->size;

    if (given > size) {
        size = given;

    } else if (is_grow) {
        size = size < SIZE_MAX / 2 ? size * 2 : SIZE_MAX;

    } else {
        return CERT_OK;
    }

    return cert_map_resize(store, size, reason);
}


static cert_err_t
cert_map_resize(cert_store_t *store, size_t size, cert_reason_t *reason)
{
    int          rc;
    MDB_envinfo  info;

    if (!cert_map_has_room(size)) {
        cert_reason_set(reason, "no address space for a map of %zu bytes",
                        size);
        return CERT_FULL;
    }

    rc = mdb_env_set_mapsize(store->env, size);

    if (rc != 0) {
        /* EINVAL comes before LMDB touches anything. */
        store->map->is_lost = rc != EINVAL;
        (void) cert_lmdb_fail(rc, "mdb_env_set_mapsize", reason);

        return CERT_SYSTEM;
    }

    /* Not "size": LMDB takes more when the data needs it. */
    (void) mdb_env_info(store->env, &info);

    store->map->size = info.me_mapsize;
    atomic_store_explicit(&store->map->start, 0, memory_order_relaxed);

    return CERT_OK;
}


/*
 * Beside the old map, which is there until LMDB gives it up: more than will be
 * needed, but then nothing is given up for nothing.
 */
static int
cert_map_has_room(size_t size)
{
    void  *p;

    p = mmap(NULL, size, PROT_NONE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_NORESERVE,
             -1, 0);

    if (p == MAP_FAILED) {
        return 0;
    }

    (void) munmap(p, size);

    return 1;
}
