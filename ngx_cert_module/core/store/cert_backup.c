/*
 * Copyright (C) the ngx_cert authors
 *
 * Hot backup: LMDB's own compacting copy of one snapshot.
 *
 * A store is two files, so the copy gets an empty lock file, which the first
 * program to open it fills in; to restore it, copy the folder back.
 *
 * Copying the files themselves was rejected: pages that are written meanwhile
 * make a copy that no meta page describes.  mdb_dump was, too: it takes as long
 * again to load, and its printable form is wrong about backslashes before LMDB
 * 0.9.25.
 */


#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "cert_env_int.h"
#include "cert_map_int.h"



static cert_err_t cert_backup_file(const char *to, const char *name, int *fd,
    cert_reason_t *reason);
static cert_err_t cert_backup_copy(cert_store_t *store, int fd,
    cert_reason_t *reason);


/*
 * The backup is written to a file that nobody else may read until it is whole.
 * Compacting leaves out free pages, so it is no larger than what is in it, and
 * walks every page in use, so one that cannot be read shows here.
 */
cert_err_t
cert_store_backup(cert_store_t *store, const char *to, cert_reason_t *reason)
{
    int         data, lock;
    cert_err_t  err;

    err = cert_file_folder(to, reason);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_backup_file(to, CERT_STORE_DATA, &data, reason);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_backup_copy(store, data, reason);
    (void) close(data);

    if (err == CERT_OK) {
        err = cert_backup_file(to, CERT_STORE_LOCK, &lock, reason);

        if (err == CERT_OK) {
            (void) close(lock);
        }
    }

    if (err == CERT_OK) {
        err = cert_file_mode(to, CERT_STORE_LOCK, CERT_LOCK_MODE, -1, reason);
    }

    if (err == CERT_OK) {
        err = cert_file_mode(to, CERT_STORE_DATA, CERT_DATA_MODE, -1, reason);
    }

    if (err == CERT_OK) {
        err = cert_file_sync(to, reason);
    }

    if (err != CERT_OK) {
        cert_file_undo(to);
    }

    return err;
}


static cert_err_t
cert_backup_file(const char *to, const char *name, int *fd,
    cert_reason_t *reason)
{
    char  *file;

    file = cert_path_join(to, name);
    if (file == NULL) {
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
    }

    *fd = open(file, O_WRONLY|O_CREAT|O_EXCL|O_CLOEXEC, 0600);

    if (*fd == -1) {
        cert_reason_set(reason, "cannot make \"%s\": %s", file,
                        strerror(errno));
    }

    free(file);

    return *fd == -1 ? CERT_SYSTEM : CERT_OK;
}


/* LMDB leaves the bytes to the page cache. */
static cert_err_t
cert_backup_copy(cert_store_t *store, int fd, cert_reason_t *reason)
{
    int         rc;
    MDB_txn    *txn;
    cert_err_t  err;

    /* LMDB begins a transaction of its own, which could not be repaired. */
    err = cert_map_begin(store, MDB_RDONLY, &txn, reason);
    if (err != CERT_OK) {
        return err;
    }

    mdb_txn_abort(txn);

    rc = mdb_env_copyfd2(store->env, fd, MDB_CP_COMPACT);
    if (rc != 0) {
        return cert_lmdb_fail(rc, "mdb_env_copyfd2", reason);
    }

    if (fsync(fd) == -1) {
        cert_reason_set(reason, "cannot sync the copy: %s", strerror(errno));
        return CERT_SYSTEM;
    }

    return CERT_OK;
}
