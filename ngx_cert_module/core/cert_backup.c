/*
 * Copyright (C) the ngx_cert authors
 *
 * Hot backup: LMDB's own compacting copy of one snapshot.
 *
 * A store is two files, so the copy gets an empty lock file, which the first
 * who opens it fills in; restoring is then copying the folder back.
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

#include "cert_store_int.h"


static cert_err_t cert_backup_lock(const char *to, cert_reason_t *reason);
static cert_err_t cert_backup_sync(const char *to, cert_reason_t *reason);


cert_err_t
cert_store_backup(cert_store_t *store, const char *to, cert_reason_t *reason)
{
    int         rc;
    cert_err_t  err;

    err = cert_file_folder(to, reason);
    if (err != CERT_OK) {
        return err;
    }

    /*
     * Compacting leaves out free pages, so the copy is no larger than what is
     * in it, and walks every page in use, so one that cannot be read shows
     * here.
     */
    rc = mdb_env_copy2(store->env, to, MDB_CP_COMPACT);

    if (rc != 0) {
        cert_file_undo(to);
        return cert_lmdb_fail(rc, "mdb_env_copy2", reason);
    }

    err = cert_backup_lock(to, reason);

    return err == CERT_OK ? cert_backup_sync(to, reason) : err;
}


/*
 * The empty lock file, and the modes of both files, which mdb_env_copy2()
 * leaves to the umask.  CERT_SYSTEM: the copy is whole but cannot be opened as
 * it is.
 */
static cert_err_t
cert_backup_lock(const char *to, cert_reason_t *reason)
{
    int         fd;
    char       *file;
    cert_err_t  err;

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

    err = cert_file_mode(to, CERT_STORE_LOCK, CERT_LOCK_MODE, -1, reason);

    if (err == CERT_OK) {
        err = cert_file_mode(to, CERT_STORE_DATA, CERT_DATA_MODE, -1, reason);
    }

    return err;
}


/* mdb_env_copy2() leaves the bytes to the page cache. */
static cert_err_t
cert_backup_sync(const char *to, cert_reason_t *reason)
{
    char        *file;
    cert_err_t   err;

    file = cert_path_join(to, CERT_STORE_DATA);
    if (file == NULL) {
        return CERT_NO_MEMORY;
    }

    err = cert_file_sync(file, reason);
    free(file);

    return err == CERT_OK ? cert_file_sync(to, reason) : err;
}
