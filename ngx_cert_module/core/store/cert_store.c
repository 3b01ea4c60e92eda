/*
 * Copyright (C) the ngx_cert authors
 *
 * Opening, watching and closing a store.
 *
 * Readers use MDB_NOTLS with reset and renew, so that a reader is an object
 * and not a thread, and so that no snapshot outlives a call.  The map size is
 * taken from the file, which has the largest that any writer ever had
 * (cert_map.c).
 *
 * None of LMDB's ways to save a flush is used: WRITEMAP and NOMETASYNC were
 * measured to gain nothing here, and NOSYNC loses what was acknowledged.
 * DUPSORT is not used either: its bugs were fixed after 0.9.24, the version
 * that Debian 12 has.  NORDAHEAD is for all programs that do not read the whole
 * store.
 *
 * Rejected: NOLOCK for the probe.  Without a slot of the reader table nothing
 * keeps a writer from using a page again that is being read, and LMDB, which
 * then finds another page there, ends the process by an assertion.  In nginx
 * that process is the master.
 *
 * The file is looked at before LMDB opens it (cert_page.c), and what its name
 * leads to is watched: a process whose store was replaced would answer from the
 * old file for ever, which lives on without a name.
 */


#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cert_env_int.h"
#include "cert_map_int.h"
#include "cert_mark_int.h"
#include "cert_meta_int.h"
#include "cert_page_int.h"
#include "cert_place_int.h"


static cert_store_t *cert_store_new(const char *path, cert_store_mode_t mode,
    cert_keyring_t *ring);
static unsigned cert_store_flags(cert_store_mode_t mode);
static cert_err_t cert_store_hold(cert_store_t *store,
    cert_reason_t *reason);
static cert_err_t cert_store_handles(cert_store_t *store,
    cert_store_mode_t mode, cert_reason_t *reason);
static cert_err_t cert_store_handle(cert_store_t *store,
    const cert_mark_known_t *known, cert_head_t *head,
    cert_reason_t *reason);
static cert_err_t cert_store_bind(cert_store_t *store, MDB_txn *txn,
    cert_head_t *head, cert_reason_t *reason);
static cert_err_t cert_store_names(cert_store_t *store, MDB_txn *txn,
    cert_reason_t *reason);
static cert_err_t cert_store_lacks(unsigned db, cert_reason_t *reason);
static cert_err_t cert_store_file(const cert_store_t *store, const char *name,
    cert_file_id_t *id, cert_reason_t *reason);
static int cert_store_file_is(const cert_file_id_t *a,
    const cert_file_id_t *b);


/* In the order of cert_db_t, which the seals take in: never change it. */
const char *const  cert_db_names[CERT_DBS] = {
    "meta", "certificate", "holder", "holder_certificate", "username",
    "session", "annotation", "certificate_annotation", "queue", "expiry",
    "file", "idempotency", "qualification", "journal", "photo", "match"
};


cert_err_t
cert_store_open(cert_store_t **storep, const char *path,
    cert_store_mode_t mode, cert_keyring_t *ring, cert_reason_t *reason)
{
    cert_err_t     err;
    cert_store_t  *store;

    *storep = NULL;

    err = cert_store_look(path, 1, reason);

    if (err == CERT_OK) {
        err = cert_place_check(path, reason);
    }

    /* LMDB, which has locks of this process on that file, is not open yet. */
    if (err == CERT_OK) {
        err = cert_place_lock(path, reason);
    }

    if (err != CERT_OK) {
        return err;
    }

    store = cert_store_new(path, mode, ring);
    if (store == NULL) {
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
    }

    /* LMDB does not hand its descriptor out, so before it is opened. */
    err = cert_store_file(store, CERT_STORE_LOCK, &store->lock, reason);

    if (err == CERT_OK) {
        err = cert_env_open(&store->env, path, cert_store_flags(mode), 0,
                            store->tries, reason);
    }

    if (err == CERT_OK) {
        err = cert_store_hold(store, reason);
    }

    if (err == CERT_OK) {
        err = cert_store_handles(store, mode, reason);
    }

    if (err == CERT_OK) {
        err = cert_store_is_same(store, reason);
    }

    if (err != CERT_OK) {
        cert_store_close(store);
        return err;
    }

    *storep = store;

    return CERT_OK;
}


/* A handle that has nothing open yet; NULL: out of memory. */
static cert_store_t *
cert_store_new(const char *path, cert_store_mode_t mode, cert_keyring_t *ring)
{
    cert_store_t  *store;

    store = calloc(1, sizeof(cert_store_t));
    if (store == NULL) {
        return NULL;
    }

    store->path = cert_path_join(path, "");
    if (store->path == NULL) {
        free(store);
        return NULL;
    }

    store->ring = ring;
    store->mode = mode < CERT_STORE_WRITE ? CERT_STORE_READ : CERT_STORE_WRITE;
    store->tries = mode == CERT_STORE_LOOP ? CERT_ENV_TRIES_LOOP
                                           : CERT_ENV_TRIES;
    store->map = &store->own_map;
    store->is_upgrading = mode == CERT_STORE_UPGRADE;

    return store;
}


static unsigned
cert_store_flags(cert_store_mode_t mode)
{
    switch (mode) {

    case CERT_STORE_READ:
    case CERT_STORE_LOOP:
        return MDB_NOTLS|MDB_RDONLY|MDB_NORDAHEAD;

    case CERT_STORE_SCAN:
        return MDB_NOTLS|MDB_RDONLY;

    default: /* CERT_STORE_WRITE, CERT_STORE_ACCEPT, CERT_STORE_UPGRADE */
        return MDB_NOTLS|MDB_NORDAHEAD;
    }
}


/* By the descriptor: the name may lead to another file by now. */
static cert_err_t
cert_store_hold(cert_store_t *store, cert_reason_t *reason)
{
    struct stat  st;

    if (fstat(cert_store_fd(store), &st) == -1) {
        cert_reason_set(reason, "fstat() of data.mdb failed: %s",
                        strerror(errno));
        return CERT_SYSTEM;
    }

    store->data.dev = st.st_dev;
    store->data.ino = st.st_ino;

    return CERT_OK;
}


/*
 * The mark is read before the snapshot begins, or a commit in between would
 * make a good store look old.  A writer makes a missing mark: the store may be
 * older than marks are.
 */
static cert_err_t
cert_store_handles(cert_store_t *store, cert_store_mode_t mode,
    cert_reason_t *reason)
{
    char                file[PATH_MAX];
    cert_err_t          err;
    cert_head_t         head;
    cert_mark_known_t   known;

    if (cert_mark_path(file, store->path) == -1) {
        cert_reason_set(reason, "\"%s\": %s", store->path, strerror(errno));
        return CERT_SYSTEM;
    }

    if (mode == CERT_STORE_WRITE || mode == CERT_STORE_UPGRADE) {
        store->mark = cert_path_join(file, "");

        if (store->mark == NULL) {
            cert_reason_set(reason, "out of memory");
            return CERT_NO_MEMORY;
        }
    }

    known.err = cert_mark_get(file, store->ring, &known.mark, &known.reason);
    store->accepted = known.mark.accepted;

    if (mode == CERT_STORE_ACCEPT) {
        known.err = CERT_NOT_FOUND;
    }

    err = CERT_EXPIRED;

    for (int i = 0; i < CERT_HEAD_TRIES && err == CERT_EXPIRED; i++) {
        err = cert_store_handle(store, &known, &head, reason);
    }

    if (err == CERT_OK && store->mark != NULL
        && known.err == CERT_NOT_FOUND)
    {
        cert_mark_move(store, &head);
    }

    return err == CERT_EXPIRED ? CERT_CORRUPT : err;
}


/*
 * Opens the databases once, in a transaction of their own: LMDB forbids it
 * in two transactions at a time, and a handle serves the whole process.
 */
static cert_err_t
cert_store_handle(cert_store_t *store, const cert_mark_known_t *known,
    cert_head_t *head, cert_reason_t *reason)
{
    int          rc;
    MDB_txn     *txn;
    cert_err_t   err;

    err = cert_map_begin(store, MDB_RDONLY, &txn, reason);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_store_bind(store, txn, head, reason);

    if (err == CERT_OK) {
        err = cert_mark_check(store, txn, head, known, reason);
    }

    if (err != CERT_OK) {
        mdb_txn_abort(txn);
        return err;
    }

    /* Commit, not abort: the handles of the databases stay open with it. */
    rc = mdb_txn_commit(txn);

    return rc == 0 ? CERT_OK : cert_lmdb_fail(rc, "mdb_txn_commit", reason);
}


/*
 * Opens all databases in "txn", and verifies schema and head.  CERT_EXPIRED:
 * see cert_head_check().
 *
 * Also shows that the keyring is the store's: with the wrong one every record
 * would look damaged, an alarm without an explanation.
 */
static cert_err_t
cert_store_bind(cert_store_t *store, MDB_txn *txn, cert_head_t *head,
    cert_reason_t *reason)
{
    int          fd;
    MDB_stat     stat;
    cert_err_t   err;
    MDB_envinfo  info;

    /* LMDB 0.9 opens the data file without it. */
    if (mdb_env_get_fd(store->env, &fd) == 0) {
        (void) fcntl(fd, F_SETFD, FD_CLOEXEC);
    }

    err = cert_store_names(store, txn, reason);
    if (err != CERT_OK) {
        return err;
    }

    (void) mdb_env_stat(store->env, &stat);
    (void) mdb_env_info(store->env, &info);
    store->page_size = stat.ms_psize;
    store->map->size = info.me_mapsize;

    err = cert_map_find(store, txn);

    if (err != CERT_OK) {
        cert_reason_set(reason, err == CERT_NOT_FOUND
                        ? "data.mdb is foreign: it names no schema"
                        : "the schema cannot be read: %s",
                        cert_err_name(err));
        return err == CERT_NOT_FOUND ? CERT_BAD_STORE : err;
    }

    err = cert_schema_read(store, txn, reason);
    if (err != CERT_OK) {
        return err;
    }

    if (store->dbi[CERT_DB_MATCH] == 0
        && store->schema.schema == CERT_STORE_SCHEMA)
    {
        return cert_store_lacks(CERT_DB_MATCH, reason);
    }

    err = cert_head_read(store, txn, head);

    if (err == CERT_OK) {
        err = cert_head_check(head, mdb_txn_id(txn));
    }

    if (err != CERT_OK) {
        cert_reason_set(reason, "the head of the store does not verify: %s",
                        cert_err_name(err == CERT_EXPIRED ? CERT_CORRUPT
                                                          : err));
    }

    return err;
}


/* Opens every database by its name. */
static cert_err_t
cert_store_names(cert_store_t *store, MDB_txn *txn, cert_reason_t *reason)
{
    int       rc;
    unsigned  flags;

    for (unsigned i = 0; i < CERT_DBS; i++) {
        flags = 0;
        rc = mdb_dbi_open(txn, cert_db_names[i], 0, &store->dbi[i]);

        /* The schema, which is read next, says whether it has to be there. */
        if (rc == MDB_NOTFOUND && i == CERT_DB_MATCH) {
            store->dbi[i] = 0;
            continue;
        }

        if (rc == MDB_NOTFOUND || rc == MDB_INCOMPATIBLE) {
            return cert_store_lacks(i, reason);
        }

        if (rc == 0) {
            rc = mdb_dbi_flags(txn, store->dbi[i], &flags);
        }

        if (rc != 0) {
            return cert_lmdb_fail(rc, "mdb_dbi_open", reason);
        }

        /* LMDB asserts on flags that it never set itself. */
        if (flags != 0) {
            cert_reason_set(reason, "the database \"%s\" is damaged",
                            cert_db_names[i]);
            return CERT_CORRUPT;
        }
    }

    return CERT_OK;
}


static cert_err_t
cert_store_lacks(unsigned db, cert_reason_t *reason)
{
    cert_reason_set(reason, "data.mdb is foreign: an LMDB file without the "
                    "database \"%s\"", cert_db_names[db]);

    return CERT_BAD_STORE;
}


void
cert_store_close(cert_store_t *store)
{
    if (store == NULL) {
        return;
    }

    if (store->is_shared) {
        atomic_fetch_sub(&store->map->shares, 1);
        free(store);
        return;
    }

    if (store->env != NULL) {
        cert_env_close(store->env, store->tries);
    }

    free(store->mark);
    free(store->path);
    free(store);
}


/*
 * Only what does not change after opening is copied, so it may be made while
 * the other handle is in use.
 */
cert_err_t
cert_store_share(cert_store_t **sharedp, cert_store_t *store,
    cert_keyring_t *ring)
{
    cert_store_t  *shared;

    shared = calloc(1, sizeof(cert_store_t));
    *sharedp = shared;

    if (shared == NULL) {
        return CERT_NO_MEMORY;
    }

    shared->env = store->env;
    shared->ring = ring;
    shared->mode = CERT_STORE_READ;
    shared->schema = store->schema;
    memcpy(shared->dbi, store->dbi, sizeof(shared->dbi));
    shared->page_size = store->page_size;
    shared->map = store->map;
    shared->is_shared = 1;
    shared->data = store->data;
    shared->lock = store->lock;
    shared->path = store->path;

    atomic_fetch_add(&shared->map->shares, 1);

    return CERT_OK;
}


cert_err_t
cert_store_probe(const char *path, cert_keyring_t *ring,
    cert_reason_t *reason)
{
    cert_err_t     err;
    cert_store_t  *store;

    err = cert_store_open(&store, path, CERT_STORE_READ, ring, reason);

    if (err == CERT_OK) {
        cert_store_close(store);
    }

    return err;
}


cert_err_t
cert_store_maintain(cert_store_t *store, cert_reason_t *reason)
{
    int         rc, dead;
    cert_err_t  err;

    if (store->map->is_lost) {
        cert_reason_set(reason, "the store is no longer mapped");
        return CERT_BAD_STORE;
    }

    rc = mdb_reader_check(store->env, &dead);
    if (rc != 0) {
        return cert_lmdb_fail(rc, "mdb_reader_check", reason);
    }

    err = cert_store_look(store->path, 1, reason);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_store_is_same(store, reason);

    return err == CERT_OK ? cert_map_check(store, reason) : err;
}


/*
 * While the handle is open nothing else can become the files it has: what the
 * names lead to is them or is not.
 */
cert_err_t
cert_store_is_same(cert_store_t *store, cert_reason_t *reason)
{
    cert_err_t      err;
    const char     *replaced;
    cert_file_id_t  data, lock;

    err = cert_store_file(store, CERT_STORE_DATA, &data, reason);

    if (err == CERT_OK) {
        err = cert_store_file(store, CERT_STORE_LOCK, &lock, reason);
    }

    if (err != CERT_OK) {
        return err;
    }

    replaced = !cert_store_file_is(&data, &store->data) ? "data.mdb"
               : !cert_store_file_is(&lock, &store->lock) ? "lock.mdb" : NULL;

    if (replaced != NULL) {
        cert_reason_set(reason, "%s of the store at \"%s\" was replaced",
                        replaced, store->path);
        return CERT_BAD_STORE;
    }

    return CERT_OK;
}


/* Into memory of its own: a commit that was made must not fail here. */
static cert_err_t
cert_store_file(const cert_store_t *store, const char *name,
    cert_file_id_t *id, cert_reason_t *reason)
{
    int          n;
    char         path[PATH_MAX];
    struct stat  st;

    n = snprintf(path, sizeof(path), "%s%s", store->path, name);

    if (n < 0 || n >= (int) sizeof(path)) {
        cert_reason_set(reason, "the path of the store is too long");
        return CERT_SYSTEM;
    }

    if (stat(path, &st) == -1) {
        cert_reason_set(reason, "\"%s\": %s", path, strerror(errno));
        return CERT_BAD_STORE;
    }

    id->dev = st.st_dev;
    id->ino = st.st_ino;

    return CERT_OK;
}


static int
cert_store_file_is(const cert_file_id_t *a, const cert_file_id_t *b)
{
    return a->dev == b->dev && a->ino == b->ino;
}


int
cert_store_fd(cert_store_t *store)
{
    return cert_env_fd(store->env);
}
