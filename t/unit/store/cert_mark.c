/*
 * Copyright (C) the ngx_cert authors
 *
 * The mark of a store, and the number of a snapshot that is stale.
 *
 * mdb_txn_id() is this program's own: what a reader gets that is off its core
 * while a writer commits twice cannot be had at will.  So is mdb_dbi_open(),
 * for a writer that commits again and again while a reader is being opened; and
 * fsync(), to count, and to have another program between the writing of a file
 * and its rename.
 */


#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "cert_mark.h"
#include "cert_read.h"
#include "cert_txn.h"
#include "store.h"


#define PERSON  "11010519491231002X"


static fixture_t  f;

/* How far behind the number is, or ahead, and for how many snapshots. */
static long       id_lag;
static unsigned   id_times;


size_t
mdb_txn_id(MDB_txn *txn)
{
    size_t          id;
    size_t        (*next)(MDB_txn *);

    *(void **) &next = dlsym(RTLD_NEXT, "mdb_txn_id");
    id = next(txn);

    if (id_times > 0) {
        id_times--;
        return id - (size_t) id_lag;
    }

    return id;
}


/* Commits at each opening of a database: the ends of pipes to the writer. */
static int        commits[2] = { -1, -1 };


int
mdb_dbi_open(MDB_txn *txn, const char *name, unsigned flags, MDB_dbi *dbi)
{
    char     done;
    int    (*next)(MDB_txn *, const char *, unsigned, MDB_dbi *);

    if (commits[1] != -1
        && (write(commits[1], "", 1) != 1 || read(commits[0], &done, 1) != 1))
    {
        return EIO;
    }

    *(void **) &next = dlsym(RTLD_NEXT, "mdb_dbi_open");

    return next(txn, name, flags, dbi);
}


/* What has been asked of the disk, and what another program writes then. */
static unsigned            syncs;
static const cert_mark_t  *other;
static int                 other_status;


int
fsync(int fd)
{
    int               (*next)(int);
    pid_t               pid;
    const cert_mark_t  *mark;

    syncs++;

    if (other != NULL) {
        mark = other;
        other = NULL;
        pid = fork();

        if (pid == 0) {
            _exit((int) cert_mark_write(f.store_path, f.ring, mark, NULL));
        }

        (void) waitpid(pid, &other_status, 0);
    }

    *(void **) &next = dlsym(RTLD_NEXT, "fsync");

    return next(fd);
}


static char *
mark_file(void)
{
    static char  path[500];

    snprintf(path, sizeof(path), "%s.mark", f.store_path);

    return path;
}


static void
flip(const char *path, off_t at)
{
    int      fd;
    uint8_t  byte;

    fd = open(path, O_RDWR);

    if (fd == -1 || pread(fd, &byte, 1, at) != 1) {
        printf("Bail out! %s\n", path);
        exit(1);
    }

    byte ^= 1;
    (void) !pwrite(fd, &byte, 1, at);
    close(fd);
}


static void
put_one(const char *number)
{
    cert_outcome_t  outcome;

    put_certificate(&f, number, "张三", PERSON, &outcome);
}


/* A head newer than its number is read again; an older one is an alarm. */
static void
test_stale(void)
{
    cert_err_t      err;
    cert_store_t   *store;
    cert_reason_t   reason;
    cert_policy_t   policy;

    fixture_init(&f);
    put_qualification(&f, "会计", "2021-12-17");
    put_one("A1");
    put_one("A2");

    id_lag = 2;

    for (unsigned times = 1; times <= 3; times++) {
        id_times = times;
        is_int(cert_read_policy(f.reader, &policy), CERT_OK,
               "a reader begins again, %u times", times);
        is_int(id_times, 0, "and asked as often");
    }

    fixture_close(&f);

    for (int mode = CERT_STORE_READ; mode <= CERT_STORE_ACCEPT; mode++) {
        id_times = 2;
        err = cert_store_open(&store, f.store_path, mode, f.ring, &reason);
        is_int(err, CERT_OK, "opened (%d): %s", mode, err ? reason.text : "");
        cert_store_close(store);
    }

    id_times = 1;
    is_int(cert_store_probe(f.store_path, f.ring, &reason), CERT_OK,
           "probed");

    /* Always: a reader cannot meet that by chance. */
    id_times = 1000000;
    is_int(cert_store_open(&store, f.store_path, CERT_STORE_READ, f.ring,
                           &reason), CERT_CORRUPT, "always newer: damage");

    id_lag = -1;
    id_times = 2;
    is_int(cert_store_open(&store, f.store_path, CERT_STORE_READ, f.ring,
                           &reason), CERT_CORRUPT, "older: damage");
    is_int(id_times, 1, "at once");

    id_times = 0;
    fixture_open(&f, CERT_STORE_WRITE);
    fixture_wipe(&f);
}


/* Commits eight changes for each byte, and answers it; ends with the pipe. */
static void
write_on_demand(int in, int out)
{
    int   n = 0;
    char  byte, number[16];

    fixture_open(&f, CERT_STORE_WRITE);

    while (read(in, &byte, 1) == 1) {
        for (int i = 0; i < 8; i++) {
            snprintf(number, sizeof(number), "B%d", n++);
            put_one(number);
        }

        if (write(out, &byte, 1) != 1) {
            break;
        }
    }

    fixture_close(&f);
}


/*
 * A probe that is off its core while others commit reads what it began with:
 * the writer uses no page of it again.
 */
static void
test_probe(void)
{
    int            to[2], from[2], status;
    pid_t          pid;
    cert_err_t     err;
    cert_reason_t  reason;

    fixture_init(&f);
    put_qualification(&f, "会计", "2021-12-17");
    fixture_close(&f);

    if (pipe(to) == -1 || pipe(from) == -1) {
        printf("Bail out! pipe\n");
        exit(1);
    }

    fflush(stdout);
    pid = fork();

    if (pid == 0) {
        close(to[1]);
        close(from[0]);
        write_on_demand(to[0], from[1]);
        _exit(0);
    }

    close(to[0]);
    close(from[1]);
    commits[0] = from[0];
    commits[1] = to[1];
    err = cert_store_probe(f.store_path, f.ring, &reason);
    commits[0] = commits[1] = -1;

    is_int(err, CERT_OK, "probed under a writer: %s", err ? reason.text : "");

    close(to[1]);
    close(from[0]);
    is_int(waitpid(pid, &status, 0), pid, "the writer ends");
    is_int(status, 0, "in order");

    fixture_open(&f, CERT_STORE_WRITE);
    fixture_wipe(&f);
}


/*
 * A number that is the last one's says nothing of what is behind it: the policy
 * that counts is that of the data.
 */
static void
test_stale_policy(void)
{
    cert_change_t   c;
    cert_policy_t   policy, seen;
    cert_reason_t   reason;
    cert_outcome_t  outcome;

    fixture_init(&f);
    put_qualification(&f, "会计", "2021-12-17");

    is_int(cert_read_policy(f.reader, &seen), CERT_OK, "a policy");

    policy = seen;
    (void) cert_policy_set(&policy, cert_str("quota"), cert_str("7"), &reason);
    c = change(&f, CERT_CHANGE_POLICY, "2022-06-02");
    c.u.policy = &policy;
    is_int(apply(&f, &c, &outcome), CERT_OK, "another");

    /* As many snapshots as are tried, less one, have the number of before. */
    id_lag = 1;
    id_times = 1;
    is_int(cert_read_policy(f.reader, &seen), CERT_OK, "read");
    is_int(seen.quota, 7, "and it is the new one");

    fixture_wipe(&f);
}


/* What is refused, and with which word. */
static void
is_refused(cert_err_t expected, const char *word, const char *name)
{
    cert_err_t      err;
    cert_store_t   *store;
    cert_reason_t   reason;

    for (int mode = CERT_STORE_READ; mode <= CERT_STORE_WRITE; mode++) {
        err = cert_store_open(&store, f.store_path, mode, f.ring, &reason);
        is_int(err, expected, "%s (%d)", name, mode);
        ok(strstr(reason.text, word) != NULL, "%s: \"%s\"", name,
           reason.text);
    }

    is_int(cert_store_probe(f.store_path, f.ring, &reason), expected,
           "%s: probe", name);
}


/* Leaves in "mark" one that is ahead of the store. */
static void
test_moved(cert_mark_t *mark)
{
    cert_mark_t     was;
    struct stat     st;
    cert_reason_t   reason;

    is_int(cert_mark_read(f.store_path, f.ring, &was, &reason), CERT_OK,
           "there is a mark");
    is_int(stat(mark_file(), &st), 0, "beside the store");
    is_int(st.st_mode & 0777, 0640, "as readable as it");

    put_one("A2");
    is_int(cert_mark_read(f.store_path, f.ring, mark, &reason), CERT_OK,
           "a commit");
    is_int((long long) (mark->journal - was.journal), 1, "moves it");
    is_int(cert_mark_error(f.store), 0, "and says so");

    is_int(cert_read_is_past(f.reader, &was, &reason), CERT_OK,
           "past the one before");
    is_int(cert_read_is_past(f.reader, mark, &reason), CERT_OK,
           "and at this one");

    was.chain[0] ^= 1;
    is_int(cert_read_is_past(f.reader, &was, &reason), CERT_BAD_STORE,
           "another entry: %s", reason.text);
    mark->journal++;
    is_int(cert_read_is_past(f.reader, mark, &reason), CERT_BAD_STORE,
           "further: %s", reason.text);
}


/* As nginx remembers it, when the loss was accepted since. */
static void
test_ahead(cert_mark_t *mark)
{
    cert_store_t   *store;
    cert_reason_t   reason;

    is_int(cert_mark_write(f.store_path, f.ring, mark, &reason), CERT_OK,
           "a mark that is ahead");
    fixture_close(&f);
    is_refused(CERT_BAD_STORE, "older than its mark", "behind");

    is_int(cert_store_open(&store, f.store_path, CERT_STORE_ACCEPT, f.ring,
                           &reason), CERT_OK, "but to accept");
    cert_store_close(store);

    mark->id[0] ^= 1;
    (void) cert_mark_write(f.store_path, f.ring, mark, &reason);
    is_refused(CERT_BAD_STORE, "another store", "foreign");
}


static void
test_bad_mark(void)
{
    char            copy[520];
    cert_mark_t     mark;
    cert_reason_t   reason;

    for (off_t at = 0; at < 90; at += 14) {
        flip(mark_file(), at);
        is_int(cert_mark_read(f.store_path, f.ring, &mark, &reason) == CERT_OK,
               0, "byte %lld flipped: %s", (long long) at, reason.text);
        flip(mark_file(), at);
    }

    flip(mark_file(), 40);
    is_refused(CERT_CORRUPT, "is damaged", "damaged");

    (void) !truncate(mark_file(), 10);
    is_refused(CERT_CORRUPT, "is damaged", "cut");

    unlink(mark_file());
    snprintf(copy, sizeof(copy), "%s.else", f.store_path);
    (void) !symlink(copy, mark_file());
    is_refused(CERT_SYSTEM, "mark", "a link");
    unlink(mark_file());
}


/* Leaves the store open. */
static void
test_no_mark(void)
{
    cert_store_t   *store;
    cert_reason_t   reason;

    is_int(cert_store_open(&store, f.store_path, CERT_STORE_READ, f.ring,
                           &reason), CERT_OK, "without one it opens");
    cert_store_close(store);
    is_int(access(mark_file(), F_OK), -1, "and a reader makes none");

    fixture_open(&f, CERT_STORE_WRITE);
    is_int(access(mark_file(), F_OK), 0, "but a writer does");

    /* Where it cannot be written, a commit holds all the same. */
    unlink(mark_file());
    (void) !mkdir(mark_file(), 0700);
    put_one("A3");
    is_int(cert_mark_error(f.store), EISDIR, "a folder in its place is told");
    (void) !rmdir(mark_file());
    put_one("A4");
    is_int(cert_mark_error(f.store), 0, "and that it is mended");
}


/* Links of the files themselves are refused. */
static void
test_links(void)
{
    char  copy[520], file[560];

    snprintf(copy, sizeof(copy), "%s.else", f.store_path);

    for (int i = 0; i < 2; i++) {
        snprintf(file, sizeof(file), "%s/%s", f.store_path,
                 i == 0 ? "data.mdb" : "lock.mdb");
        (void) !rename(file, copy);
        (void) !symlink(copy, file);
        is_refused(CERT_BAD_STORE, "link", i == 0 ? "data.mdb" : "lock.mdb");
        (void) !rename(copy, file);
    }
}


/* One store goes through all of these, in this order. */
static void
test_mark(void)
{
    cert_mark_t  mark;

    fixture_init(&f);
    put_qualification(&f, "会计", "2021-12-17");
    put_one("A1");

    test_moved(&mark);
    test_ahead(&mark);
    test_bad_mark();
    test_no_mark();

    fixture_close(&f);
    test_links();

    fixture_open(&f, CERT_STORE_WRITE);
    fixture_wipe(&f);
}


/* Data and mark of two stores with one beginning. */
static void
test_history(void)
{
    char            command[2000];
    cert_reason_t   reason;
    cert_store_t   *store;

    fixture_init(&f);
    put_qualification(&f, "会计", "2021-12-17");
    fixture_close(&f);

    snprintf(command, sizeof(command), "cp -a %s %s.before", f.store_path,
             f.store_path);
    is_int(system(command), 0, "a copy");

    fixture_open(&f, CERT_STORE_WRITE);
    put_one("A1");
    fixture_close(&f);
    snprintf(command, sizeof(command), "cp -a %s.mark %s/mark.kept",
             f.store_path, f.path);
    is_int(system(command), 0, "its mark");

    /* The copy goes on by itself, one entry further. */
    snprintf(command, sizeof(command), "rm -r %s %s.mark && mv %s.before %s",
             f.store_path, f.store_path, f.store_path, f.store_path);
    is_int(system(command), 0, "the copy is put back");
    fixture_open(&f, CERT_STORE_WRITE);
    put_one("B1");
    put_one("B2");
    fixture_close(&f);

    snprintf(command, sizeof(command), "mv %s/mark.kept %s.mark", f.path,
             f.store_path);
    is_int(system(command), 0, "the mark of the other");
    is_refused(CERT_BAD_STORE, "another history", "a fork");

    is_int(cert_store_open(&store, f.store_path, CERT_STORE_ACCEPT, f.ring,
                           &reason), CERT_OK, "to accept");
    cert_store_close(store);
    unlink(mark_file());
    fixture_open(&f, CERT_STORE_WRITE);
    fixture_wipe(&f);
}


/* Whatever is in the way of a mark that is written, or beside it. */
static void
test_write(void)
{
    int             fd;
    char            command[1000];
    cert_mark_t     mark, again;
    cert_reason_t   reason;

    reason.text[0] = '\0';
    fixture_init(&f);
    put_qualification(&f, "会计", "2021-12-17");
    is_int(cert_mark_read(f.store_path, f.ring, &mark, &reason), CERT_OK,
           "a mark");

    syncs = 0;
    is_int(cert_mark_write(f.store_path, f.ring, &mark, &reason), CERT_OK,
           "written over");
    ok(syncs > 0, "and on disk");

    fd = open(mark_file(), O_WRONLY|O_APPEND);
    (void) !write(fd, "more", 4);
    close(fd);
    is_int(cert_mark_read(f.store_path, f.ring, &again, &reason),
           CERT_CORRUPT, "one with more behind it is damaged");
    is_int(cert_mark_write(f.store_path, f.ring, &mark, &reason), CERT_OK,
           "it is written over");
    is_int(cert_mark_read(f.store_path, f.ring, &again, &reason), CERT_OK,
           "and whole");

    /* Two programs that find none, at once. */
    unlink(mark_file());
    other = &mark;
    is_int(cert_mark_write(f.store_path, f.ring, &mark, &reason), CERT_OK,
           "a first mark, beside another: %s", reason.text);
    is_int(other_status, 0, "which is made as well");
    is_int(cert_mark_read(f.store_path, f.ring, &again, &reason), CERT_OK,
           "one of them is there, whole");
    snprintf(command, sizeof(command), "test \"$(ls %s | sort | xargs)\" = "
             "'store store.mark'", f.path);
    is_int(system(command), 0, "and nothing else");

    fixture_wipe(&f);
}


/* Commits by which a loss is accepted leave the mark alone. */
static void
test_accept(void)
{
    cert_mark_t     mark, again;
    cert_reason_t   reason;

    for (int i = 0; i < 2; i++) {
        fixture_init(&f);
        put_qualification(&f, "会计", "2021-12-17");
        (void) cert_mark_read(f.store_path, f.ring, &mark, &reason);

        if (i == 0) {
            mark.id[0] ^= 1;
        } else {
            mark.chain[0] ^= 1;
        }

        (void) cert_mark_write(f.store_path, f.ring, &mark, &reason);
        fixture_close(&f);
        fixture_open(&f, CERT_STORE_ACCEPT);
        put_one("A1");
        is_int(cert_mark_error(f.store), 0, "nothing went wrong");
        is_int(cert_mark_read(f.store_path, f.ring, &again, &reason), CERT_OK,
               "there is a mark");
        ok(memcmp(&mark, &again, sizeof(mark)) == 0, "the one of before");
        fixture_wipe(&f);
    }
}


int
main(void)
{
    test_write();
    test_accept();
    test_stale();
    test_probe();
    test_stale_policy();
    test_mark();
    test_history();

    return done_testing();
}
