/*
 * Copyright (C) the ngx_cert authors
 *
 * Damage in what the holder service stands on: accounts, user names, sessions,
 * the index of a holder's certificates, applications.
 *
 * Whatever bit is flipped, an answer is the right one or an error: no holder
 * gets another's account or certificate, no account is free to be registered
 * again, no application is made twice.  First every bit of the live records and
 * their keys, then bits of any pages, asked in a child process so that a crash
 * inside LMDB is told from an answer.
 */


#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "cert_holder_read.h"
#include "cert_map_int.h"
#include "holder.h"


#define PEOPLE  8
#define PAGE    4096
#define BYTES   100000

/* Each forks, which takes a sanitized process twenty times as long. */
#ifdef __SANITIZE_ADDRESS__
#define TRIALS  120
#else
#define TRIALS  600
#endif

/* What is found; anything else of a child is a crash, a sanitizer's too. */
#define RIGHT   0
#define WRONG   41
#define MISSED  42


static fixture_t     f;
static cert_code_t   codes[PEOPLE];
static uint8_t      *image;         /* the file as it is whole */
static size_t        size;
static char          file[700];
static unsigned      corrupt;       /* answers that were CERT_CORRUPT */
static unsigned      no_key;
static unsigned      others;


static const char *
id_of(unsigned i)
{
    static char  texts[PEOPLE + 1][32];

    snprintf(texts[i], sizeof(texts[i]), "1101051949123%05u", i);

    return texts[i];
}


/* Person "i" has certificates i-0 and i-1; the last two have one account. */
static void
fill(void)
{
    char            text[32];
    cert_outcome_t  outcome;

    put_qualification(&f, "会计", "2021-12-17");

    for (unsigned i = 0; i < PEOPLE; i++) {
        for (unsigned k = 0; k < 2; k++) {
            snprintf(text, sizeof(text), "%u-%u", i, k);
            put_certificate(&f, text, "张三", id_of(i), &outcome);
        }

        if (i == PEOPLE - 1) {
            link_to(&f, id_of(i - 1), id_of(i), &outcome);
            break;
        }

        snprintf(text, sizeof(text), "user%u", i);
        enroll(&f, id_of(i), text, HASH, &outcome);
        consent(&f, id_of(i), i + 1, (uint8_t) i, &outcome);
        log_in(&f, id_of(i), (uint8_t) (i + 1), 0, "2022-06-14",
               "2022-12-31", &outcome);
        snprintf(text, sizeof(text), "%u-0", i);
        annotate_once(&f, id_of(i), text, (uint8_t) i, 1, &outcome);
        codes[i] = outcome.code;
    }

    is_sound(&f, "filled");
}


/* RIGHT for an error that says so; what is there must not be unknown. */
static int
judge(cert_err_t err, int is_right)
{
    switch (err) {

    case CERT_OK:
        return is_right ? RIGHT : WRONG;

    case CERT_NOT_FOUND:
        return MISSED;

    case CERT_CORRUPT:
        corrupt++;
        return RIGHT;

    case CERT_NO_KEY:
        no_key++;
        return RIGHT;

    case CERT_REFUSED:
    case CERT_INVALID:
        return WRONG;

    default:
        others++;
        return RIGHT;
    }
}


static void
worst(int *all, int one)
{
    if (one == WRONG || *all == RIGHT) {
        *all = one;
    }
}


static cert_err_t
add_number(void *data, cert_str_t number)
{
    char  *text = data;

    snprintf(text + strlen(text), 40, "%.*s ", (int) number.len,
             (const char *) number.data);

    return CERT_OK;
}


/* Account, certificates and session of person "i". */
static int
ask_person(fixture_t *g, unsigned i)
{
    int               all;
    char              text[200], name[32], mine[32];
    unsigned          owner;
    cert_err_t        err;
    cert_holder_t     holder, found;
    cert_session_t    session;
    cert_account_t    account;
    cert_position_t   after;

    all = RIGHT;
    owner = i == PEOPLE - 1 ? i - 1 : i;
    holder = holder_of(g, id_of(owner));
    snprintf(name, sizeof(name), "user%u", owner);
    snprintf(mine, sizeof(mine), "%u-1", i);

    err = account_of(g, id_of(i), &account);
    worst(&all, judge(err, account.has_login
                           && strcmp(account.username.data, name) == 0
                           && strcmp(account.password, HASH) == 0
                           && account.generation == 1
                           && account.notice_version == owner + 1
                           && account.links_n == (owner == PEOPLE - 2)
                           && memcmp(&account.holder, &holder, 16) == 0));

    if (err == CERT_OK) {
        worst(&all, judge(cert_read_holds(g->reader, &account,
                                          cert_strz(mine), NULL), 1));

        /* Another's never is: not found, or an error. */
        err = cert_read_holds(g->reader, &account,
                              i < 2 ? cert_str("5-1") : cert_str("0-1"), NULL);
        worst(&all, err == CERT_OK ? WRONG : RIGHT);
    }

    err = cert_read_username(g->reader, cert_strz(name), &found);
    worst(&all, judge(err, memcmp(&found, &holder, sizeof(holder)) == 0));

    if (i == owner) {
        err = cert_read_session(g->reader, digest_of((uint8_t) (i + 1)),
                                &session);
        worst(&all, judge(err, session.generation == 1
                               && session.until == at("2022-12-31")
                               && memcmp(&session.holder, &holder, 16)
                                  == 0));
    }

    text[0] = '\0';
    after.len = 0;
    holder = holder_of(g, id_of(i));
    err = cert_list_holder_certificates(g->reader, &holder, &after, 99,
                                        add_number, text);
    snprintf(mine, sizeof(mine), "%u-0 %u-1 ", i, i);
    worst(&all, judge(err == CERT_NOT_FOUND ? CERT_OK : err,
                      strcmp(text, mine) == 0));

    return all;
}


/* A change that must be refused, or say that it was made already. */
static int
try_change(cert_txn_t *txn, const cert_change_t *c, cert_refusal_t refusal,
    const cert_code_t *code)
{
    cert_err_t      err;
    cert_outcome_t  outcome;

    err = cert_change_execute(txn, c, &outcome);

    if (refusal != CERT_REFUSAL_NONE) {
        if (err == CERT_REFUSED) {
            return outcome.refusal == refusal ? RIGHT : WRONG;
        }

        return err == CERT_OK ? WRONG : RIGHT;
    }

    return err == CERT_NOT_FOUND || err == CERT_REFUSED
           || (err == CERT_OK
               && (!outcome.is_unchanged
                   || memcmp(&outcome.code, code, CERT_CODE_SIZE) != 0))
           ? WRONG : RIGHT;
}


/* Nothing can be had twice; the transaction is dropped. */
static int
ask_changes(fixture_t *g)
{
    int             all;
    char            name[32], number[32];
    cert_txn_t     *txn;
    cert_change_t   c;
    cert_holder_t   holder;
    cert_reason_t   reason;

    if (cert_txn_begin(&txn, g->store, &reason) != CERT_OK) {
        return RIGHT;
    }

    all = RIGHT;

    for (unsigned i = 0; i < PEOPLE; i++) {
        c = change(g, CERT_CHANGE_REGISTER, "2022-07-01");
        c.u.account.holder = holder_of(g, id_of(i));
        c.u.account.username = cert_str("fresh");
        c.u.account.password = cert_str("x");
        worst(&all, try_change(txn, &c, CERT_REFUSAL_HAS_ACCOUNT, NULL));

        if (i == PEOPLE - 1) {
            break;
        }

        snprintf(name, sizeof(name), "user%u", i);
        c.u.account.holder = holder_of(g, id_of(PEOPLE));
        c.u.account.username = cert_strz(name);
        worst(&all, try_change(txn, &c, CERT_REFUSAL_USERNAME, NULL));

        snprintf(number, sizeof(number), "%u-0", i);
        holder = holder_of(g, id_of(i));
        c = change(g, CERT_CHANGE_APPLY, "2022-07-01");
        c.u.apply.number = cert_strz(number);
        c.u.apply.scene = cert_str("self");
        c.u.apply.days = 30;
        c.u.apply.code = code_of(g, "2022-07-01");
        c.u.apply.holder = &holder;
        memset(c.u.apply.key, (int) i, CERT_SHA256_SIZE);
        memset(c.u.apply.request, 1, CERT_SHA256_SIZE);
        worst(&all, try_change(txn, &c, CERT_REFUSAL_NONE, &codes[i]));
    }

    cert_txn_abort(txn);

    return all;
}


static int
ask_all(fixture_t *g)
{
    int  all;

    all = RIGHT;

    for (unsigned i = 0; i < PEOPLE; i++) {
        worst(&all, ask_person(g, i));
    }

    worst(&all, ask_changes(g));

    return all;
}


/* Offsets in the file of a database's live keys and values. */
static size_t
live_bytes(cert_db_t db, size_t *offsets, size_t n)
{
    MDB_txn     *txn;
    MDB_val      v[2];
    uintptr_t    start;
    MDB_cursor  *cursor;

    (void) mdb_txn_begin(f.store->env, NULL, MDB_RDONLY, &txn);
    (void) cert_map_find(f.store, txn);
    start = f.store->map->start;
    (void) mdb_cursor_open(txn, f.store->dbi[db], &cursor);

    while (mdb_cursor_get(cursor, &v[0], &v[1], MDB_NEXT) == 0) {
        for (unsigned i = 0; i < 2; i++) {
            for (size_t k = 0; k < v[i].mv_size && n < BYTES; k++) {
                offsets[n++] = (uintptr_t) v[i].mv_data - start + k;
            }
        }
    }

    mdb_cursor_close(cursor);
    mdb_txn_abort(txn);

    return n;
}


static void
put_byte(int fd, size_t offset, uint8_t byte)
{
    if (pwrite(fd, &byte, 1, (off_t) offset) != 1) {
        printf("Bail out! cannot write\n");
        exit(1);
    }
}


/* Behind the back of an open store. */
static void
test_records(int fd)
{
    int             outcome;
    size_t          i, n;
    unsigned        wrong, missed, silent, before;
    static size_t   offsets[BYTES];

    static const struct {
        cert_db_t    db;
        const char  *name;
    } dbs[] = {
        { CERT_DB_HOLDER, "holder" },
        { CERT_DB_HOLDER_CERTIFICATE, "holder_certificate" },
        { CERT_DB_USERNAME, "username" },
        { CERT_DB_SESSION, "session" },
        { CERT_DB_IDEMPOTENCY, "idempotency" }
    };

    fixture_open(&f, CERT_STORE_WRITE);

    for (size_t d = 0; d < sizeof(dbs) / sizeof(dbs[0]); d++) {
        n = live_bytes(dbs[d].db, offsets, 0);
        wrong = missed = silent = 0;

        for (size_t bit = 0; bit < 8 * n; bit++) {
            i = bit / 8;
            before = corrupt + no_key;

            put_byte(fd, offsets[i], image[offsets[i]]
                                     ^ (uint8_t) (1 << bit % 8));
            outcome = ask_all(&f);
            put_byte(fd, offsets[i], image[offsets[i]]);

            wrong += outcome == WRONG;
            missed += outcome == MISSED;
            silent += corrupt + no_key == before;
        }

        ok(n > 100, "%s: %zu flipped bits", dbs[d].name, 8 * n);
        is_int(wrong, 0, "%s: no wrong answer", dbs[d].name);
        is_int(missed, 0, "%s: nothing that is there is unknown",
               dbs[d].name);

        /* Only "ask_changes" looks at applications, and it is silent. */
        if (dbs[d].db != CERT_DB_IDEMPOTENCY) {
            is_int(silent, 0, "%s: none goes unnoticed", dbs[d].name);
        }
    }

    is_int(others, 0, "no other error");
    is_int(ask_all(&f), RIGHT, "mended: all answers are right");
    is_sound(&f, "mended");
    fixture_close(&f);
}


/* Asks in a child; its exit status, or 100 and more for a crash. */
static int
ask_apart(void)
{
    int             status;
    pid_t           pid;
    fixture_t       g;
    cert_reason_t   reason;

    pid = fork();

    if (pid == 0) {
        /* Whatever LMDB has to say of it belongs to no test output. */
        (void) !freopen("/dev/null", "w", stderr);
        g = f;

        if (cert_store_open(&g.store, g.store_path, CERT_STORE_WRITE, g.ring,
                            &reason) != CERT_OK
            || cert_reader_open(&g.reader, g.store, &reason) != CERT_OK)
        {
            _exit(RIGHT);
        }

        _exit(ask_all(&g));
    }

    (void) waitpid(pid, &status, 0);

    if (WIFSIGNALED(status)) {
        return 100 + WTERMSIG(status);
    }

    status = WEXITSTATUS(status);

    return status == RIGHT || status == WRONG || status == MISSED
           ? status : 100 + status;
}


/* Headers, slots, nodes and branches of any page. */
static void
test_pages(int fd)
{
    int       outcome;
    size_t    at_byte;
    uint8_t   bit;
    unsigned  seed, wrong, missed, crashed;

    seed = 20221127;
    wrong = missed = crashed = 0;

    for (unsigned i = 0; i < TRIALS; i++) {
        seed = seed * 1103515245 + 12345;
        at_byte = (seed >> 4) % (size / PAGE) * PAGE;
        seed = seed * 1103515245 + 12345;
        at_byte += (seed >> 8) % (i % 2 ? 96 : PAGE);
        bit = (uint8_t) (1 << (seed >> 5) % 8);

        put_byte(fd, at_byte, image[at_byte] ^ bit);
        outcome = ask_apart();
        put_byte(fd, at_byte, image[at_byte]);

        wrong += outcome == WRONG;
        missed += outcome == MISSED;
        crashed += outcome > 100;

        if (outcome == WRONG || outcome == MISSED) {
            diag("outcome %d: byte %zu of page %zu, bit %u", outcome,
                 at_byte % PAGE, at_byte / PAGE, bit);
        }
    }

    is_int(wrong, 0, "%u flips: no wrong answer", TRIALS);
    is_int(missed, 0, "nothing that is there is unknown");

    /* LMDB trusts its page headers: not judged. */
    diag("%u of them ended the process inside LMDB", crashed);
}


int
main(void)
{
    int  fd;

    fixture_init(&f);
    fill();
    is_int(ask_all(&f), RIGHT, "undamaged: all answers are right");
    is_int(corrupt + no_key + others, 0, "and none is an error");
    fixture_close(&f);

    snprintf(file, sizeof(file), "%s/data.mdb", f.store_path);
    fd = open(file, O_RDWR);
    size = (size_t) lseek(fd, 0, SEEK_END);
    image = malloc(size);
    is_int(pread(fd, image, size, 0), size, "read");

    test_records(fd);
    test_pages(fd);

    close(fd);
    free(image);
    fixture_wipe(&f);

    return done_testing();
}
