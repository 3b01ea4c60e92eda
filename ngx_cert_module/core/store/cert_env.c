/*
 * Copyright (C) the ngx_cert authors
 *
 * LMDB's environment, which one process at a time opens or closes, and one
 * table for the whole library of what LMDB's errors mean.
 *
 * The last process that closes a store takes down the mutexes in lock.mdb, and
 * LMDB 0.9.26 to 0.9.31 do so while another process that opens the store
 * already waits to be let in: it gets in, finds no mutexes, and every
 * transaction it begins fails with EINVAL, as do those of later processes,
 * until every process has closed.  Both have to happen within microseconds,
 * which they do on a busy machine.
 *
 * So opening and closing take turns, by flock() on the folder of the store.
 * Not on one of its files: closing any descriptor of lock.mdb would drop the
 * locks that LMDB has there.  The turn is waited for, but not forever: it is a
 * courtesy among our own programs, and one that is stopped, or any account that
 * may read the folder, could hold it.  An event loop hardly waits, for all its
 * clients would.
 *
 * LMDB's own tools take no turns.  So the first transaction is begun here, and
 * when it fails with EINVAL the environment is closed and opened again: within
 * its turn this process is the last to close and the first to open, and makes
 * new mutexes.
 */


#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "cert_env_int.h"
#include "cert_store_int.h"


/* Between two tries; their number is time, for the library asks no clock. */
#define CERT_ENV_PAUSE_NS   2000000L


static int cert_env_make(MDB_env **env, const char *path, unsigned flags,
    size_t map_size, cert_reason_t *reason);
static int cert_env_try(MDB_env *env, cert_reason_t *reason);
static cert_err_t cert_env_fail(int rc, const char *path,
    cert_reason_t *reason);
static int cert_env_turn(const char *path, unsigned tries);
static void cert_env_pause(void);


cert_err_t
cert_env_open(MDB_env **envp, const char *path, unsigned flags,
    size_t map_size, unsigned tries, cert_reason_t *reason)
{
    int       rc, turn;
    MDB_env  *env;

    turn = cert_env_turn(path, tries);
    env = NULL;
    rc = EINVAL;

    for (unsigned i = 0; i < tries; i++) {
        rc = cert_env_make(&env, path, flags, map_size, reason);

        if (rc != 0) {
            break;
        }

        rc = cert_env_try(env, reason);

        if (rc == 0) {
            break;
        }

        mdb_env_close(env);

        if (rc != EINVAL) {
            break;
        }

        cert_env_pause();
    }

    if (turn != -1) {
        (void) close(turn);
    }

    if (rc != 0) {
        return cert_env_fail(rc, path, reason);
    }

    *envp = env;

    return CERT_OK;
}


void
cert_env_close(MDB_env *env, unsigned tries)
{
    int          turn;
    const char  *path;

    turn = mdb_env_get_path(env, &path) == 0 ? cert_env_turn(path, tries)
                                             : -1;

    mdb_env_close(env);

    if (turn != -1) {
        (void) close(turn);
    }
}


int
cert_env_fd(MDB_env *env)
{
    int  fd;

    return mdb_env_get_fd(env, &fd) == 0 ? fd : -1;
}


/* With the common limits, or none. */
static int
cert_env_make(MDB_env **envp, const char *path, unsigned flags,
    size_t map_size, cert_reason_t *reason)
{
    int          rc;
    MDB_env     *env;
    const char  *what;

    what = "mdb_env_create";
    rc = mdb_env_create(&env);

    if (rc != 0) {
        (void) cert_lmdb_fail(rc, what, reason);
        return rc;
    }

    if (map_size != 0) {
        what = "mdb_env_set_mapsize";
        rc = mdb_env_set_mapsize(env, map_size);
    }

    if (rc == 0) {
        what = "mdb_env_set_maxdbs";
        rc = mdb_env_set_maxdbs(env, CERT_DBS);
    }

    if (rc == 0) {
        what = "mdb_env_set_maxreaders";
        rc = mdb_env_set_maxreaders(env, CERT_STORE_READERS);
    }

    if (rc == 0) {
        what = "mdb_env_open";
        rc = mdb_env_open(env, path, flags, CERT_DATA_MODE);
    }

    if (rc != 0) {
        (void) cert_lmdb_fail(rc, what, reason);
        mdb_env_close(env);
        return rc;
    }

    *envp = env;

    return 0;
}


/*
 * Takes a slot of the reader table, which is where the mutexes are needed, and
 * gives it back.  A table that is full, or a map that became too small, is
 * repaired at the next begin.
 */
static int
cert_env_try(MDB_env *env, cert_reason_t *reason)
{
    int       rc;
    MDB_txn  *txn;

    rc = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);

    if (rc == 0) {
        mdb_txn_abort(txn);

    } else if (rc == MDB_READERS_FULL || rc == MDB_MAP_RESIZED) {
        rc = 0;

    } else {
        (void) cert_lmdb_fail(rc, "mdb_txn_begin", reason);
    }

    return rc;
}


/*
 * EACCES gets a reason of its own: a lock.mdb that belongs to root is the usual
 * cause, and LMDB's words for it send people to look at data.mdb.
 */
static cert_err_t
cert_env_fail(int rc, const char *path, cert_reason_t *reason)
{
    int  major, minor, patch;

    if (rc == EACCES) {
        cert_reason_set(reason, "no permission to open the store at \"%s\" "
                        "(readers write lock.mdb)", path);
        return CERT_SYSTEM;
    }

    /* By process id LMDB locks a byte of lock.mdb, once in a process. */
    if (rc == EAGAIN) {
        cert_reason_set(reason, "a process of another PID namespace, with the "
                        "id %ld that this one has, uses the store at \"%s\": "
                        "containers on one store have to share a PID namespace "
                        "(pid: \"service:NAME\", --pid=container:NAME)",
                        (long) getpid(), path);
        return CERT_SYSTEM;
    }

    if (rc == EINVAL) {
        (void) mdb_version(&major, &minor, &patch);
        cert_reason_set(reason, "LMDB %d.%d.%d cannot use the mutexes in "
                        "\"%s/lock.mdb\": end all programs that have the "
                        "store open, and start them again", major, minor,
                        patch, path);
        return CERT_SYSTEM;
    }

    return cert_lmdb_err(rc);
}


/*
 * A descriptor that holds the turn, and gives it back when it is closed; -1 if
 * it could not be had.
 */
static int
cert_env_turn(const char *path, unsigned tries)
{
    int  fd;

    fd = open(path, O_RDONLY|O_DIRECTORY|O_CLOEXEC);

    if (fd == -1) {
        return -1;
    }

    for (unsigned i = 0; i < tries; i++) {

        if (flock(fd, LOCK_EX|LOCK_NB) == 0) {
            return fd;
        }

        if (errno != EWOULDBLOCK) {
            break;
        }

        cert_env_pause();
    }

    (void) close(fd);

    return -1;
}


static void
cert_env_pause(void)
{
    struct timespec  ts;

    ts.tv_sec = 0;
    ts.tv_nsec = CERT_ENV_PAUSE_NS;

    (void) nanosleep(&ts, NULL);
}


/*
 * By what the caller can do about it.  EIO stays CERT_SYSTEM: whether the write
 * it ended is on disk is not known.
 */
cert_err_t
cert_lmdb_err(int rc)
{
    switch (rc) {

    case 0:
        return CERT_OK;

    case MDB_NOTFOUND:
        return CERT_NOT_FOUND;

    case MDB_READERS_FULL:
        return CERT_BUSY;

    case MDB_MAP_FULL:
    case MDB_MAP_RESIZED:
        return CERT_MAP_FULL;

    case ENOSPC:
    case EDQUOT:
        return CERT_FULL;

    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_CURSOR_FULL:
        return CERT_CORRUPT;

    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
        return CERT_BAD_STORE;

    case ENOMEM:
        return CERT_NO_MEMORY;

    default:
        return CERT_SYSTEM;
    }
}


cert_err_t
cert_lmdb_fail(int rc, const char *what, cert_reason_t *reason)
{
    cert_reason_set(reason, "%s failed: %s", what, mdb_strerror(rc));

    return cert_lmdb_err(rc);
}
