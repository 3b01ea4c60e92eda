#!/usr/bin/env bash
# The id of a read transaction may be older than what the transaction shows.
#
#     package    liblmdb0 0.9.31-1+b2 (Debian 13); 0.9.24-1 and 0.9.35-1 too
#     behaviour  While a writer commits, mdb_txn_id() of a transaction with
#                MDB_RDONLY now and then gives the id of an earlier commit than
#                the one whose data mdb_get() returns.  It never gives a later.
#                LMDB reads the number first and copies the meta page after
#                that; a writer that commits twice in between has filled the
#                page with another snapshot by then.
#     the guess  The id names the snapshot: a value written with its commit's
#                own id is found under just that id.
#
# Seen on two busy cores:
#
#     LMDB 0.9.31: of 20000 transactions 55 had an id older than their data
#     (by up to 736), 0 a newer one
#
# A writer stores the id of its transaction as a value and commits, again and
# again; a reader opens the environment, compares the value with the id of its
# own transaction, and closes.  It takes gcc and up to two minutes, not root.

set -eu

# shellcheck source-path=SCRIPTDIR source=../scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

packages_unpack trixie "$work/lmdb" liblmdb-dev=0.9.31-1+b2 \
    liblmdb0=0.9.31-1+b2

cat > "$work/id.c" <<'END'
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <lmdb.h>


#define TRANSACTIONS  20000
#define OLDER         10
#define SECONDS       90
#define MAP_SIZE      ((size_t) 1 << 30)


static void
check(int rc, const char *what)
{
    if (rc != 0) {
        fprintf(stderr, "%s: %s\n", what, mdb_strerror(rc));
        exit(2);
    }
}


static MDB_env *
env_open(const char *path, unsigned flags)
{
    MDB_env  *env;

    check(mdb_env_create(&env), "mdb_env_create");
    check(mdb_env_set_mapsize(env, MAP_SIZE), "mdb_env_set_mapsize");
    check(mdb_env_open(env, path, flags, 0600), "mdb_env_open");

    return env;
}


static void
id_write(MDB_env *env)
{
    size_t    id;
    MDB_dbi   dbi;
    MDB_txn  *txn;
    MDB_val   key = { 2, "id" }, value = { sizeof(id), &id };

    check(mdb_txn_begin(env, NULL, 0, &txn), "mdb_txn_begin");
    id = mdb_txn_id(txn);
    check(mdb_dbi_open(txn, NULL, 0, &dbi), "mdb_dbi_open");
    check(mdb_put(txn, dbi, &key, &value, 0), "mdb_put");
    check(mdb_txn_commit(txn), "mdb_txn_commit");
}


/* The id of a snapshot, and the one that it shows. */
static void
id_read(const char *path, size_t *id, size_t *shown)
{
    MDB_dbi   dbi;
    MDB_env  *env = env_open(path, MDB_RDONLY);
    MDB_txn  *txn;
    MDB_val   key = { 2, "id" }, value;

    check(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), "mdb_txn_begin");
    *id = mdb_txn_id(txn);
    check(mdb_dbi_open(txn, NULL, 0, &dbi), "mdb_dbi_open");
    check(mdb_get(txn, dbi, &key, &value), "mdb_get");
    memcpy(shown, value.mv_data, sizeof(*shown));
    mdb_txn_abort(txn);
    mdb_env_close(env);
}


/* Nothing here depends on what a disk holds. */
static pid_t
writer_start(const char *path)
{
    pid_t     pid;
    MDB_env  *env = env_open(path, MDB_NOSYNC);

    id_write(env);
    mdb_env_close(env);

    pid = fork();
    if (pid == 0) {
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
        env = env_open(path, MDB_NOSYNC);
        for ( ;; ) {
            id_write(env);
        }
    }

    return pid;
}


int
main(int argc, char **argv)
{
    int     major, minor, patch;
    long    n, older = 0, newer = 0;
    pid_t   pid = writer_start(argv[argc - 1]);
    size_t  id, shown, far = 0;
    time_t  end = time(NULL) + SECONDS;

    for (n = 0; (n < TRANSACTIONS || older < OLDER) && time(NULL) < end; n++) {
        id_read(argv[argc - 1], &id, &shown);
        if (id < shown) {
            older++;
            far = shown - id > far ? shown - id : far;
        }
        newer += id > shown;
    }

    (void) kill(pid, SIGKILL);
    (void) waitpid(pid, NULL, 0);
    (void) mdb_version(&major, &minor, &patch);
    printf("LMDB %d.%d.%d: of %ld transactions %ld had an id older than their "
           "data (by up to %zu), %ld a newer one\n",
           major, minor, patch, n, older, far, newer);

    return older == 0 || newer != 0;
}
END

cc -O2 -Wall -I "$work/lmdb/usr/include" -o "$work/id" "$work/id.c" \
    "$work"/lmdb/usr/lib/*/liblmdb.so -Wl,--allow-shlib-undefined

mkdir "$work/store"
packages_run "$work/lmdb" "$work/id" "$work/store" \
    || die "the id of a read transaction is no longer only ever older"
