#!/usr/bin/env bash
# LMDB 0.9.31: the last process that closes takes the mutexes from the next one.
#
#     package    liblmdb0 0.9.31-1+b2 (Debian 13); not 0.9.24-1 (Debian 12), and
#                not 0.9.35-1 (the next release)
#     behaviour  A process that opens an environment while the last other one
#                is about to close it gets in, and mdb_txn_begin() says EINVAL.
#                It says so each time it is tried again, and to every process
#                that opens the environment after it, until every one has
#                closed; the one that opens it then makes new mutexes.
#     the guess  Processes may open and close one environment when they like:
#                LMDB keeps them apart with its own lock of lock.mdb.  And
#                EINVAL is a fault of the call, which another process neither
#                causes nor passes on.
#
# Seen:
#
#     LMDB 0.9.24: first begin OK; again OK; another process OK; opened later OK
#     LMDB 0.9.31: first begin Invalid argument; again Invalid argument; another
#     process Invalid argument; opened later OK
#
# The program has an fcntl() of its own in front of the C library's.  In the
# process that closes, it pauses once the lock is held, as a busy machine may
# do, until the other waits for that lock.  It takes gcc and half a minute, not
# root.

set -eu
shopt -s inherit_errexit

# shellcheck source-path=SCRIPTDIR source=../scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../scripts/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

packages_unpack bookworm "$work/12" liblmdb-dev=0.9.24-1 liblmdb0=0.9.24-1
packages_unpack trixie "$work/13" liblmdb-dev=0.9.31-1+b2 liblmdb0=0.9.31-1+b2

cat > "$work/close.c" <<'END'
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <lmdb.h>


#define SECONDS   60
#define PAUSE_US  300000


/* Of the process that closes: where it tells that it has the lock. */
static int  closing = -1;


/* In front of the C library's, for LMDB as well. */
int
fcntl(int fd, int cmd, ...)
{
    int       rc;
    void     *arg;
    va_list   args;

    va_start(args, cmd);
    arg = va_arg(args, void *);
    va_end(args);

    rc = (int) syscall(SYS_fcntl, fd, cmd, arg);
    if (rc == 0 && cmd == F_SETLK && closing != -1
        && ((struct flock *) arg)->l_type == F_WRLCK)
    {
        (void) !write(closing, "x", 1);
        (void) usleep(PAUSE_US);
    }

    return rc;
}


static MDB_env *
env_open(const char *path)
{
    int       rc;
    MDB_env  *env;

    rc = mdb_env_create(&env);
    if (rc == 0) {
        rc = mdb_env_open(env, path, 0, 0600);
    }
    if (rc != 0) {
        fprintf(stderr, "%s: %s\n", path, mdb_strerror(rc));
        exit(2);
    }

    return env;
}


static int
env_try(MDB_env *env)
{
    int       rc;
    MDB_txn  *txn;

    rc = mdb_txn_begin(env, NULL, 0, &txn);
    if (rc == 0) {
        mdb_txn_abort(txn);
    }

    return rc;
}


/*
 * Returns as soon as another process has the lock to close with, or has closed
 * without any, as that of 0.9.24 does.
 */
static void
closer_start(const char *path)
{
    int       ends[2];
    char      byte;
    MDB_env  *env;

    if (pipe(ends) != 0) {
        exit(2);
    }
    if (fork() == 0) {
        env = env_open(path);
        closing = ends[1];
        mdb_env_close(env);
        _exit(0);
    }

    (void) close(ends[1]);
    (void) !read(ends[0], &byte, 1);
}


static int
other_try(const char *path)
{
    int  status;

    if (fork() == 0) {
        _exit(env_try(env_open(path)));
    }
    (void) wait(&status);

    return WEXITSTATUS(status);
}


int
main(int argc, char **argv)
{
    int          first, again, other, later, major, minor, patch;
    MDB_env     *env;
    const char  *path = argv[argc - 1];

    (void) alarm(SECONDS);

    closer_start(path);
    env = env_open(path);
    (void) wait(NULL);

    first = env_try(env);
    again = env_try(env);
    other = other_try(path);
    mdb_env_close(env);

    env = env_open(path);
    later = env_try(env);
    mdb_env_close(env);

    (void) mdb_version(&major, &minor, &patch);
    printf("LMDB %d.%d.%d: ", major, minor, patch);
    printf("first begin %s; ", first ? mdb_strerror(first) : "OK");
    printf("again %s; ", again ? mdb_strerror(again) : "OK");
    printf("another process %s; ", other ? mdb_strerror(other) : "OK");
    printf("opened later %s\n", later ? mdb_strerror(later) : "OK");

    return 0;
}
END

# try RELEASE: the environment opened while the last other process closes it.
try() {
    mkdir "$work/store.$1"
    cc -O2 -Wall -rdynamic -I "$work/$1/usr/include" -o "$work/close.$1" \
        "$work/close.c" "$work/$1"/usr/lib/*/liblmdb.so \
        -Wl,--allow-shlib-undefined
    packages_run "$work/$1" "$work/close.$1" "$work/store.$1"
}

old=$(try 12)
new=$(try 13)
say "$old"
say "$new"

[ "${old#*: }" = \
    "first begin OK; again OK; another process OK; opened later OK" ] \
    || die "LMDB 0.9.24 loses the mutexes, too"
[ "${new#*: }" = "first begin Invalid argument; again Invalid argument;\
 another process Invalid argument; opened later OK" ] \
    || die "LMDB 0.9.31 no longer loses the mutexes"
