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
 * that Debian 12 has.  NOLOCK is for the probe, which holds nothing; NORDAHEAD
 * for all programs that do not read the whole store.
 *
 * The file is looked at before LMDB opens it (cert_page.c), and its inode is
 * watched: a process whose store was replaced would answer from the old file
 * for ever, which lives on without a name.
 */


#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cert_env_int.h"
#include "cert_map_int.h"
#include "cert_mark_int.h"
#include "cert_meta_int.h"
#include "cert_page_int.h"


/* Each may meet a commit. */
#define CERT_PROBE_TRIES  32


static unsigned cert_store_flags(cert_store_mode_t mode);
static cert_err_t cert_store_handles(cert_store_t *store,
    cert_store_mode_t mode, cert_reason_t *reason);
static cert_err_t cert_store_handle(cert_store_t *store,
    const cert_mark_known_t *known, cert_head_t *head,
    cert_reason_t *reason);
static cert_err_t cert_store_names(cert_store_t *store, MDB_txn *txn,
    cert_reason_t *reason);
static cert_err_t cert_store_glance(cert_store_t *store, const char *path,
    int *is_moving, cert_reason_t *reason);
static cert_err_t cert_store_watch(cert_store_t *store, ino_t *data,
    ino_t *lock, cert_reason_t *reason);


/* In the order of cert_db_t, which the seals take in: never change it. */
const char *const  cert_db_names[CERT_DBS] = {
    "meta", "certificate", "holder", "holder_certificate", "username",
    "session", "annotation", "certificate_annotation", "queue", "expiry",
    "file", "idempotency", "qualification", "journal", "photo"
};


cert_err_t
cert_store_open(cert_store_t **storep, const char *path,
    cert_store_mode_t mode, cert_keyring_t *ring, cert_reason_t *reason)
{
    cert_err_t     err;
    cert_store_t  *store;

    *storep = NULL;

    err = cert_store_look(path, 1, reason);
    if (err != CERT_OK) {
        return err;
    }

    store = calloc(1, sizeof(cert_store_t));
    if (store == NULL) {
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
    }

    store->ring = ring;
    store->mode = mode == CERT_STORE_READ || mode == CERT_STORE_SCAN
                  ? CERT_STORE_READ : CERT_STORE_WRITE;
    store->map = &store->own_map;
    store->path = cert_path_join(path, "");

    if (store->path == NULL) {
        cert_reason_set(reason, "out of memory");
        err = CERT_NO_MEMORY;
        goto failed;
    }

    err = cert_env_open(&store->env, path, cert_store_flags(mode), 0, reason);

    if (err == CERT_OK) {
        err = cert_store_handles(store, mode, reason);
    }

    if (err == CERT_OK) {
        err = cert_store_watch(store, &store->data_ino, &store->lock_ino,
                               reason);
    }

    if (err != CERT_OK) {
        goto failed;
    }

    *storep = store;

    return CERT_OK;

failed:

    cert_store_close(store);

    return err;
}


static unsigned
cert_store_flags(cert_store_mode_t mode)
{
    switch (mode) {

    case CERT_STORE_READ:
        return MDB_NOTLS|MDB_RDONLY|MDB_NORDAHEAD;

    case CERT_STORE_SCAN:
        return MDB_NOTLS|MDB_RDONLY;

    default: /* CERT_STORE_WRITE, CERT_STORE_ACCEPT */
        return MDB_NOTLS|MDB_NORDAHEAD;
    }
}


/*
 * The mark is read before the snapshot begins, or a commit in between would
 * make an honest store look old.  A writer makes a missing mark: the store may
 * be older than marks are.
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

    store->mark = cert_path_join(file, "");

    if (store->mark == NULL) {
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
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

    if (err == CERT_OK && mode == CERT_STORE_WRITE
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
 * Also proves that the keyring is the store's: with the wrong one every record
 * would look damaged, an alarm that nobody could explain.
 */
cert_err_t
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

        if (rc == MDB_NOTFOUND || rc == MDB_INCOMPATIBLE) {
            cert_reason_set(reason, "data.mdb is foreign: an LMDB file "
                            "without the database \"%s\"", cert_db_names[i]);
            return CERT_BAD_STORE;
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
        cert_env_close(store->env);
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
    shared->data_ino = store->data_ino;
    shared->lock_ino = store->lock_ino;
    shared->path = store->path;

    atomic_fetch_add(&shared->map->shares, 1);

    return CERT_OK;
}


cert_err_t
cert_store_probe(const char *path, cert_keyring_t *ring,
    cert_reason_t *reason)
{
    int           is_moving;
    cert_err_t    err;
    cert_store_t  store;

    for (int i = 0; i < CERT_PROBE_TRIES; i++) {
        err = cert_store_look(path, 1, reason);
        if (err != CERT_OK) {
            return err;
        }

        memset(&store, 0, sizeof(store));
        store.ring = ring;
        store.map = &store.own_map;

        is_moving = 0;
        err = cert_store_glance(&store, path, &is_moving, reason);

        if (err == CERT_OK || !is_moving) {
            return err;
        }
    }

    cert_reason_set(reason, "the store changed during each look at it: try "
                    "again");

    return CERT_BUSY;
}


/*
 * Without the lock: a look must leave neither a slot nor a file that root
 * owns.  So nothing keeps a writer from using again what is looked at, and
 * damage counts only if nobody committed meanwhile.
 */
static cert_err_t
cert_store_glance(cert_store_t *store, const char *path, int *is_moving,
    cert_reason_t *reason)
{
    int                 rc;
    MDB_txn            *txn;
    cert_err_t          err;
    MDB_envinfo         info;
    cert_head_t         head;
    cert_mark_known_t   known;

    known.err = cert_mark_read(path, store->ring, &known.mark, &known.reason);

    err = cert_env_open(&store->env, path,
                        MDB_RDONLY|MDB_NOLOCK|MDB_NOTLS|MDB_NORDAHEAD, 0,
                        reason);
    if (err != CERT_OK) {
        return err;
    }

    rc = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &txn);

    if (rc != 0) {
        err = cert_lmdb_fail(rc, "mdb_txn_begin", reason);

    } else {
        err = cert_store_bind(store, txn, &head, reason);

        if (err == CERT_OK) {
            err = cert_mark_check(store, txn, &head, &known, reason);
        }

        (void) mdb_env_info(store->env, &info);
        *is_moving = err == CERT_EXPIRED
                     || info.me_last_txnid != mdb_txn_id(txn);

        mdb_txn_abort(txn);
    }

    mdb_env_close(store->env);

    return err == CERT_EXPIRED ? CERT_CORRUPT : err;
}


cert_err_t
cert_store_maintain(cert_store_t *store, cert_reason_t *reason)
{
    int         rc, dead;
    cert_err_t  err;

    if (store->map->is_lost) {
        cert_reason_set(reason, "the store is not mapped any more");
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


cert_err_t
cert_store_is_same(cert_store_t *store, cert_reason_t *reason)
{
    ino_t       data, lock;
    cert_err_t  err;

    err = cert_store_watch(store, &data, &lock, reason);
    if (err != CERT_OK) {
        return err;
    }

    if (data != store->data_ino || lock != store->lock_ino) {
        cert_reason_set(reason, "%s of the store at \"%s\" was replaced",
                        data != store->data_ino ? "data.mdb" : "lock.mdb",
                        store->path);
        return CERT_BAD_STORE;
    }

    return CERT_OK;
}


/*
 * The inodes by name.  While the handle is open their numbers cannot be given
 * to new files, so equal numbers are the same files.
 */
static cert_err_t
cert_store_watch(cert_store_t *store, ino_t *data, ino_t *lock,
    cert_reason_t *reason)
{
    char         *name;
    ino_t        *ino;
    const char   *file;
    struct stat   st;

    for (int i = 0; i < 2; i++) {
        file = i == 0 ? CERT_STORE_DATA : CERT_STORE_LOCK;
        ino = i == 0 ? data : lock;

        name = cert_path_join(store->path, file);
        if (name == NULL) {
            cert_reason_set(reason, "out of memory");
            return CERT_NO_MEMORY;
        }

        if (stat(name, &st) == -1) {
            cert_reason_set(reason, "\"%s\": %s", name, strerror(errno));
            free(name);
            return CERT_BAD_STORE;
        }

        free(name);
        *ino = st.st_ino;
    }

    return CERT_OK;
}


int
cert_store_fd(cert_store_t *store)
{
    return cert_env_fd(store->env);
}
