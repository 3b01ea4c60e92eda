/*
 * Copyright (C) the ngx_cert authors
 *
 * Making a store, and copying one: the only code that makes files.
 *
 * Readers open lock.mdb for writing, so it gets the group's write bit and
 * data.mdb does not: an account of the group can read and never write.
 */


#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cert_store_int.h"


#define CERT_DATA_MODE  0640
#define CERT_LOCK_MODE  0660


static cert_err_t cert_create_fill(cert_store_t *store,
    const cert_store_options_t *options, cert_reason_t *reason);
static cert_err_t cert_create_meta(cert_store_t *store, MDB_txn *txn,
    const char *name, cert_writer_t *w);
static cert_err_t cert_create_absent(const char *path, const char *name,
    cert_reason_t *reason);
static cert_err_t cert_create_mode(const char *path, const char *name,
    mode_t mode, long gid, cert_reason_t *reason);
static void cert_create_undo(const char *path);
static cert_err_t cert_sync_path(const char *path, cert_reason_t *reason);


cert_err_t
cert_store_create(const char *path, const cert_store_options_t *options,
    cert_keyring_t *ring, cert_reason_t *reason)
{
    int           rc;
    cert_err_t    err;
    cert_store_t  store;

    if (!cert_keyring_has(ring, CERT_KEY_RECORD)) {
        cert_reason_set(reason, "the keyring has no active \"record\" key");
        return CERT_NO_KEY;
    }

    if (mkdir(path, 0750) == -1 && errno != EEXIST) {
        cert_reason_set(reason, "cannot make \"%s\": %s", path,
                        strerror(errno));
        return CERT_SYSTEM;
    }

    err = cert_create_absent(path, CERT_STORE_DATA, reason);

    if (err == CERT_OK) {
        err = cert_create_absent(path, CERT_STORE_LOCK, reason);
    }

    if (err != CERT_OK) {
        return err;
    }

    memset(&store, 0, sizeof(store));
    store.ring = ring;

    rc = mdb_env_create(&store.env);
    if (rc != 0) {
        return cert_lmdb_fail(rc, "mdb_env_create", reason);
    }

    rc = mdb_env_set_mapsize(store.env, options->map_size ? options->map_size
                                                  : CERT_STORE_MAP_SIZE);
    if (rc == 0) {
        rc = mdb_env_set_maxdbs(store.env, CERT_DBS);
    }

    if (rc == 0) {
        rc = mdb_env_set_maxreaders(store.env, CERT_STORE_READERS);
    }

    if (rc == 0) {
        rc = mdb_env_open(store.env, path, MDB_NOTLS, CERT_DATA_MODE);
    }

    err = rc == 0 ? cert_create_fill(&store, options, reason)
                  : cert_lmdb_fail(rc, "mdb_env_open", reason);

    mdb_env_close(store.env);

    if (err == CERT_OK) {
        err = cert_create_mode(path, CERT_STORE_DATA, CERT_DATA_MODE,
                               options->gid, reason);
    }

    if (err == CERT_OK) {
        err = cert_create_mode(path, CERT_STORE_LOCK, CERT_LOCK_MODE,
                               options->gid, reason);
    }

    if (err == CERT_OK) {
        err = cert_create_mode(path, "", 0750, options->gid, reason);
    }

    if (err == CERT_OK) {
        return cert_sync_path(path, reason);
    }

    cert_create_undo(path);

    return err;
}


static cert_err_t
cert_create_fill(cert_store_t *store, const cert_store_options_t *options,
    cert_reason_t *reason)
{
    int            rc;
    uint8_t        buf[CERT_POLICY_TEXT_MAX + CERT_SEAL_SIZE];
    MDB_txn       *txn;
    cert_err_t     err;
    cert_head_t    head;
    cert_writer_t  w;

    rc = mdb_txn_begin(store->env, NULL, 0, &txn);
    if (rc != 0) {
        return cert_lmdb_fail(rc, "mdb_txn_begin", reason);
    }

    for (unsigned i = 0; i < CERT_DBS; i++) {
        rc = mdb_dbi_open(txn, cert_db_names[i], MDB_CREATE, &store->dbi[i]);

        if (rc != 0) {
            mdb_txn_abort(txn);
            return cert_lmdb_fail(rc, "mdb_dbi_open", reason);
        }
    }

    store->schema.schema = CERT_STORE_SCHEMA;
    store->schema.is_demonstration = options->is_demonstration;
    memcpy(store->schema.id, options->id, sizeof(store->schema.id));

    w = cert_writer(buf, sizeof(buf));
    cert_schema_encode(&w, &store->schema);
    err = cert_create_meta(store, txn, "schema", &w);

    if (err == CERT_OK) {
        memset(&head, 0, sizeof(head));
        head.highest = options->now;

        w = cert_writer(buf, sizeof(buf));
        cert_head_encode(&w, &head);
        err = cert_create_meta(store, txn, "head", &w);
    }

    if (err == CERT_OK) {
        w = cert_writer(buf, sizeof(buf));
        w.pos += cert_policy_format(&options->policy, (char *) buf,
                                    CERT_POLICY_TEXT_MAX);
        err = cert_create_meta(store, txn, "policy", &w);
    }

    if (err != CERT_OK) {
        mdb_txn_abort(txn);
        cert_reason_set(reason, "the new store cannot be filled: %s",
                        cert_err_name(err));
        return err;
    }

    rc = mdb_txn_commit(txn);

    return rc == 0 ? CERT_OK : cert_lmdb_fail(rc, "mdb_txn_commit", reason);
}


static cert_err_t
cert_create_meta(cert_store_t *store, MDB_txn *txn, const char *name,
    cert_writer_t *w)
{
    MDB_val     k, v;
    cert_str_t  key;
    cert_err_t  err;

    key = cert_strz(name);

    err = cert_seal(store->ring, CERT_DB_META, key, w);
    if (err != CERT_OK) {
        return err;
    }

    k.mv_data = (void *) (uintptr_t) name;
    k.mv_size = key.len;
    v.mv_data = w->start;
    v.mv_size = cert_writer_str(w).len;

    return cert_lmdb_err(mdb_put(txn, store->dbi[CERT_DB_META], &k, &v, 0));
}


static cert_err_t
cert_create_absent(const char *path, const char *name, cert_reason_t *reason)
{
    int          rc;
    char        *file;
    struct stat  st;

    file = cert_path_join(path, name);
    if (file == NULL) {
        return CERT_NO_MEMORY;
    }

    rc = lstat(file, &st);

    if (rc == 0) {
        cert_reason_set(reason, "\"%s\" is there already", file);
    }

    free(file);

    return rc == 0 ? CERT_EXISTS : CERT_OK;
}


static cert_err_t
cert_create_mode(const char *path, const char *name, mode_t mode, long gid,
    cert_reason_t *reason)
{
    int    rc;
    char  *file;

    file = cert_path_join(path, name);
    if (file == NULL) {
        return CERT_NO_MEMORY;
    }

    rc = 0;

    if (gid != -1) {
        rc = chown(file, (uid_t) -1, (gid_t) gid);
    }

    if (rc == 0) {
        rc = chmod(file, mode);
    }

    if (rc == -1) {
        cert_reason_set(reason, "cannot set group and mode of \"%s\": %s",
                        file, strerror(errno));
    }

    free(file);

    return rc == 0 ? CERT_OK : CERT_SYSTEM;
}


/* Removes what this very call made, so that the next one can try again. */
static void
cert_create_undo(const char *path)
{
    char        *file;
    const char  *name[] = { CERT_STORE_DATA, CERT_STORE_LOCK };

    for (int i = 0; i < 2; i++) {
        file = cert_path_join(path, name[i]);

        if (file != NULL) {
            (void) unlink(file);
            free(file);
        }
    }
}


static cert_err_t
cert_sync_path(const char *path, cert_reason_t *reason)
{
    int  fd, rc;

    fd = open(path, O_RDONLY|O_CLOEXEC);
    rc = fd == -1 ? -1 : fsync(fd);

    if (rc == -1) {
        cert_reason_set(reason, "cannot sync \"%s\": %s", path,
                        strerror(errno));
    }

    if (fd != -1) {
        (void) close(fd);
    }

    return rc == 0 ? CERT_OK : CERT_SYSTEM;
}


cert_err_t
cert_store_backup(cert_store_t *store, const char *to, cert_reason_t *reason)
{
    int         rc, fd;
    char       *file;
    cert_err_t  err;

    if (mkdir(to, 0750) == -1 && errno != EEXIST) {
        cert_reason_set(reason, "cannot make \"%s\": %s", to,
                        strerror(errno));
        return CERT_SYSTEM;
    }

    err = cert_create_absent(to, CERT_STORE_DATA, reason);

    if (err == CERT_OK) {
        err = cert_create_absent(to, CERT_STORE_LOCK, reason);
    }

    if (err != CERT_OK) {
        return err;
    }

    rc = mdb_env_copy2(store->env, to, MDB_CP_COMPACT);

    if (rc != 0) {
        cert_create_undo(to);
        return cert_lmdb_fail(rc, "mdb_env_copy2", reason);
    }

    /* A store is two files: an empty lock file makes the copy one. */
    file = cert_path_join(to, CERT_STORE_LOCK);
    if (file == NULL) {
        return CERT_NO_MEMORY;
    }

    fd = open(file, O_WRONLY|O_CREAT|O_EXCL|O_CLOEXEC, CERT_LOCK_MODE);
    free(file);

    if (fd == -1) {
        cert_reason_set(reason, "cannot make \"%s/lock.mdb\": %s", to,
                        strerror(errno));
        return CERT_SYSTEM;
    }

    (void) close(fd);

    /* mdb_env_copy2() leaves the bytes to the page cache. */
    file = cert_path_join(to, CERT_STORE_DATA);
    if (file == NULL) {
        return CERT_NO_MEMORY;
    }

    err = cert_sync_path(file, reason);
    free(file);

    if (err != CERT_OK) {
        return err;
    }

    err = cert_create_mode(to, CERT_STORE_DATA, CERT_DATA_MODE, -1, reason);

    if (err == CERT_OK) {
        err = cert_create_mode(to, CERT_STORE_LOCK, CERT_LOCK_MODE, -1,
                               reason);
    }

    return err == CERT_OK ? cert_sync_path(to, reason) : err;
}
