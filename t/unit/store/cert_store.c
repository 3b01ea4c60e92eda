/*
 * Copyright (C) the ngx_cert authors
 *
 * The store under wrong files, wrong keys and damage.
 */


#include <fcntl.h>
#include <lmdb.h>
#include <sys/stat.h>

#include "cert_fsck.h"
#include "cert_journal.h"
#include "store.h"


#define PERSON  "11010519491231002X"
#define FLIPS   300
#define COPIES  60


static fixture_t  f;


static const char *
file_of(const char *name)
{
    static char  path[700];

    snprintf(path, sizeof(path), "%s/%s", f.store_path, name);

    return path;
}


static long long
size_of(const char *name)
{
    struct stat  st;

    return stat(file_of(name), &st) == 0 ? (long long) st.st_size : -1;
}


/* Both ways to open must refuse, with the word, and leave the file alone. */
static void
is_refused(cert_keyring_t *ring, cert_err_t expected, const char *word,
    const char *name)
{
    long long       before;
    cert_err_t      err;
    cert_store_t   *store;
    cert_reason_t   reason;

    before = size_of("data.mdb");

    for (int i = 0; i <= CERT_STORE_ACCEPT + 1; i++) {
        reason.text[0] = '\0';
        err = i > CERT_STORE_ACCEPT
                     ? cert_store_probe(f.store_path, ring, &reason)
                     : cert_store_open(&store, f.store_path, i, ring,
                                       &reason);
        is_int(err, expected, "%s: refused (%d)", name, i);
        ok(strstr(reason.text, word) != NULL, "%s: \"%s\"", name,
           reason.text);
    }

    is_int(size_of("data.mdb"), before, "%s: the file is as it was", name);
}


static void
test_refused(void)
{
    char             path[720];
    cert_keyring_t  *empty;
    cert_reason_t    reason;
    cert_store_options_t  options;

    fixture_init(&f);
    memset(&options, 0, sizeof(options));
    options.gid = -1;
    cert_policy_init(&options.policy);
    is_int(cert_store_create(f.store_path, &options, f.ring, &reason),
           CERT_EXISTS, "a second init is refused");
    fixture_close(&f);

    empty = cert_keyring_create();
    is_refused(empty, CERT_NO_KEY, "lacks the \"record\" key", "no keys");
    is_int(cert_store_create(f.path, &options, empty, &reason), CERT_NO_KEY,
           "nor is a store made without");
    cert_keyring_destroy(empty);

    snprintf(path, sizeof(path), "%s.kept", file_of("lock.mdb"));
    rename(file_of("lock.mdb"), path);
    is_refused(f.ring, CERT_BAD_STORE, "lock.mdb", "no lock file");
    is_int(size_of("lock.mdb"), -1, "and none is made");
    rename(path, file_of("lock.mdb"));
}


static void
test_cut(void)
{
    long long  size;

    size = size_of("data.mdb");
    is_int(truncate(file_of("data.mdb"), size - 4096), 0, "cut by a page");
    is_refused(f.ring, CERT_BAD_STORE, "cut short", "cut");
    is_int(truncate(file_of("data.mdb"), 5000), 0, "cut to 5000 bytes");
    is_refused(f.ring, CERT_BAD_STORE, "cut short", "cut in the meta pages");
    is_int(truncate(file_of("data.mdb"), 0), 0, "emptied");
    is_refused(f.ring, CERT_BAD_STORE, "empty", "empty");
}


static void
test_foreign(void)
{
    int       fd;
    char      text[] = "foreign";
    MDB_env  *env;
    MDB_txn  *txn;
    MDB_dbi   dbi;
    MDB_val   k, v;

    fd = open(file_of("data.mdb"), O_WRONLY);
    is_int(write(fd, "not an LMDB file", 16), 16, "foreign bytes");
    is_int(ftruncate(fd, 20000), 0, "as long as a store");
    close(fd);
    is_refused(f.ring, CERT_BAD_STORE, "foreign", "another file");

    unlink(file_of("data.mdb"));
    is_refused(f.ring, CERT_BAD_STORE, "missing", "missing");
    is_int(size_of("data.mdb"), -1, "and none is made");

    mdb_env_create(&env);
    mdb_env_set_maxdbs(env, 4);
    mdb_env_open(env, f.store_path, 0, 0600);
    mdb_txn_begin(env, NULL, 0, &txn);
    mdb_dbi_open(txn, "other", MDB_CREATE, &dbi);
    k.mv_data = v.mv_data = text;
    k.mv_size = v.mv_size = 3;
    mdb_put(txn, dbi, &k, &v, 0);
    mdb_txn_commit(txn);
    mdb_env_close(env);
    is_refused(f.ring, CERT_BAD_STORE, "foreign", "another program's");

    fixture_wipe(&f);
}


/* Sets the schema number behind the magic of the sealed record. */
static void
test_schema(void)
{
    MDB_env  *env;
    MDB_txn  *txn;
    MDB_dbi   dbi;
    MDB_val   k, v;
    uint8_t   bytes[200];

    static const struct {
        uint8_t      schema;
        const char  *word;
    } rows[] = {
        { 0, "older" },
        { 1, "older schema 1, this program works with 2: run \"certctl upgrade"
             "\"" },
        { 3, "newer" }
    };

    for (size_t i = 0; i < 3; i++) {
        fixture_init(&f);
        fixture_close(&f);

        mdb_env_create(&env);
        mdb_env_set_maxdbs(env, 32);
        mdb_env_open(env, f.store_path, 0, 0600);
        mdb_txn_begin(env, NULL, 0, &txn);
        mdb_dbi_open(txn, "meta", 0, &dbi);
        k.mv_data = "schema";
        k.mv_size = 6;
        mdb_get(txn, dbi, &k, &v);
        memcpy(bytes, v.mv_data, v.mv_size);
        bytes[11] = rows[i].schema;
        v.mv_data = bytes;
        mdb_put(txn, dbi, &k, &v, 0);
        mdb_txn_commit(txn);
        mdb_env_close(env);

        is_refused(f.ring, CERT_BAD_STORE, rows[i].word, rows[i].word);
        fixture_wipe(&f);
    }
}


static void
test_watch(void)
{
    char           path[720];
    cert_txn_t    *txn;
    cert_reason_t  reason;

    fixture_init(&f);
    is_int(cert_store_maintain(f.store, &reason), CERT_OK, "all is well");

    snprintf(path, sizeof(path), "%s.kept", file_of("lock.mdb"));
    rename(file_of("lock.mdb"), path);
    is_int(cert_store_maintain(f.store, &reason), CERT_BAD_STORE,
           "a removed lock file is noticed: %s", reason.text);
    is_int(cert_txn_begin(&txn, f.store, &reason), CERT_BAD_STORE,
           "and nothing is written");

    close(open(file_of("lock.mdb"), O_CREAT|O_WRONLY, 0600));
    is_int(cert_store_maintain(f.store, &reason), CERT_BAD_STORE,
           "a new one too: %s", reason.text);
    unlink(path);

    is_int(cert_store_fd(f.store) >= 0, 1, "a descriptor");
    is_int(fcntl(cert_store_fd(f.store), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC,
           "closed on exec");

    fixture_wipe(&f);
}


static void
test_backup(void)
{
    char            to[420], name[440];
    fixture_t       copy;
    cert_reason_t   reason;
    cert_outcome_t  outcome;
    cert_verdict_t  verdict;
    cert_question_t question;

    fixture_init(&f);
    put_qualification(&f, "会计", "2021-12-17");
    put_certificate(&f, "A1", "张三", PERSON, &outcome);
    annotate(&f, "A1", "2022-06-02", 90, &outcome);

    snprintf(to, sizeof(to), "%s/copy", f.path);
    is_int(cert_store_backup(f.store, to, &reason), CERT_OK, "copied");
    is_int(cert_store_backup(f.store, to, &reason), CERT_EXISTS,
           "never over another");

    copy = f;
    snprintf(copy.store_path, sizeof(copy.store_path), "%.400s/copy", f.path);
    fixture_close(&f);
    fixture_open(&copy, CERT_STORE_READ);

    memset(&question, 0, sizeof(question));
    question.ask = CERT_ASK_ANNOTATION;
    question.code = outcome.code;
    cert_check(copy.reader, &question, at("2022-06-03"), &verdict);
    is_int(verdict.result, CERT_RESULT_GENERATING, "the copy answers");
    fixture_close(&copy);

    snprintf(name, sizeof(name), "%s/data.mdb", to);
    unlink(name);
    snprintf(name, sizeof(name), "%s/lock.mdb", to);
    unlink(name);
    rmdir(to);
    fixture_wipe(&f);
}


typedef struct {
    uint8_t  *bytes;
    size_t    size;
} image_t;


/* Where this process has the data file mapped. */
static const uint8_t *
map_base(void)
{
    char           line[1200];
    FILE          *maps;
    unsigned long  base = 0;

    maps = fopen("/proc/self/maps", "r");

    while (maps != NULL && fgets(line, sizeof(line), maps) != NULL) {
        if (strstr(line, f.store_path) != NULL
            && strstr(line, "data.mdb") != NULL)
        {
            base = strtoul(line, NULL, 16);
            break;
        }
    }

    if (maps != NULL) {
        fclose(maps);
    }

    return (const uint8_t *) base;
}


/* Offsets in the file of the values of live records. */
static size_t
live_bytes(size_t *offsets, size_t max)
{
    size_t            n;
    MDB_env          *env;
    MDB_txn          *txn;
    MDB_dbi           dbi;
    MDB_val           k, v;
    MDB_cursor       *cursor;
    const uint8_t    *base, *value;
    static const char *const  names[] = {
        "certificate", "annotation", "qualification", "queue", "journal"
    };

    n = 0;
    mdb_env_create(&env);
    mdb_env_set_maxdbs(env, 32);
    mdb_env_open(env, f.store_path, MDB_RDONLY, 0600);
    mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);
    base = map_base();

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        mdb_dbi_open(txn, names[i], 0, &dbi);
        mdb_cursor_open(txn, dbi, &cursor);

        while (mdb_cursor_get(cursor, &k, &v, MDB_NEXT) == 0) {
            value = v.mv_data;

            for (size_t j = 0; j < v.mv_size && n < max; j++) {
                offsets[n++] = (size_t) (value - base) + j;
            }
        }

        mdb_cursor_close(cursor);
    }

    mdb_txn_abort(txn);
    mdb_env_close(env);

    return n;
}


static void
count_finding(void *data, const char *where, const char *what)
{
    (void) where;
    (void) what;
    (*(unsigned *) data)++;
}


static int
is_found(void)
{
    unsigned            findings;
    cert_reason_t       reason;
    cert_fsck_calls_t   calls;
    cert_fsck_totals_t  totals;

    findings = 0;
    memset(&calls, 0, sizeof(calls));
    calls.finding = count_finding;
    calls.data = &findings;

    return cert_fsck(f.reader, &calls, &totals, &reason) == CERT_OK
           && findings > 0 && findings == totals.findings;
}


/* Every third copy still waits, see fill(). */
static cert_result_t
expected(size_t i)
{
    return i % 3 ? CERT_RESULT_VALID : CERT_RESULT_GENERATING;
}


/* Counts verdicts that are neither the true one, whole, nor UNAVAILABLE. */
static unsigned
wrong_answers(const cert_code_t *codes)
{
    unsigned         wrong;
    cert_str_t       name;
    cert_verdict_t   verdict;
    cert_question_t  question;

    wrong = 0;
    memset(&question, 0, sizeof(question));
    question.ask = CERT_ASK_ANNOTATION;

    for (size_t i = 0; i < COPIES; i++) {
        question.code = codes[i];
        cert_check(f.reader, &question, at("2022-07-01"), &verdict);

        if (verdict.result == CERT_RESULT_UNAVAILABLE) {
            continue;
        }

        name = verdict.facts->masked_name;

        wrong += verdict.result != expected(i)
                 || name.len != strlen("张*")
                 || memcmp(name.data, "张*", name.len) != 0;
    }

    return wrong;
}


static void
fill(cert_code_t *codes)
{
    char            number[16];
    cert_outcome_t  outcome;

    put_qualification(&f, "会计", "2021-12-17");

    for (unsigned i = 0; i < COPIES; i++) {
        snprintf(number, sizeof(number), "N%03u", i);
        put_certificate(&f, number, "张三", PERSON, &outcome);
        annotate(&f, number, "2022-06-02", 90, &outcome);
        codes[i] = outcome.code;

        if (i % 3) {
            make_ready(&f, &codes[i], "2022-06-02", (uint8_t) i, &outcome);

        } else {
            end_copy(&f, CERT_CHANGE_RETRY, &codes[i], "2022-06-02",
                     &outcome);
        }
    }
}


/*
 * Flips one bit at a time in the value of a live record, in the file, behind
 * the back of an open store.
 */
static void
test_flips(void)
{
    int                fd;
    size_t             n, at_byte;
    uint8_t            byte;
    image_t            image;
    unsigned           found, wrong, seed;
    cert_code_t        codes[COPIES];
    static size_t      offsets[200000];

    fixture_init(&f);
    fill(codes);
    fixture_close(&f);

    image.size = (size_t) size_of("data.mdb");
    image.bytes = malloc(image.size);
    fd = open(file_of("data.mdb"), O_RDWR);
    is_int(pread(fd, image.bytes, image.size, 0), image.size, "read");
    n = live_bytes(offsets, 200000);
    ok(n > 20000, "%zu live bytes", n);

    fixture_open(&f, CERT_STORE_READ);
    ok(!is_found(), "undamaged: nothing is found");
    is_int(wrong_answers(codes), 0, "undamaged: all answers are right");

    found = 0;
    wrong = 0;
    seed = 20220829;

    for (unsigned i = 0; i < FLIPS; i++) {
        seed = seed * 1103515245 + 12345;
        at_byte = offsets[(seed >> 8) % n];
        byte = image.bytes[at_byte] ^ (uint8_t) (1 << (seed >> 5) % 8);

        if (pwrite(fd, &byte, 1, (off_t) at_byte) != 1) {
            break;
        }

        found += (unsigned) is_found();
        wrong += wrong_answers(codes);

        if (pwrite(fd, &image.bytes[at_byte], 1, (off_t) at_byte) != 1) {
            break;
        }
    }

    is_int(found, FLIPS, "flipped bits found");
    is_int(wrong, 0, "wrong answers");
    ok(!is_found(), "mended: nothing is found");

    close(fd);
    free(image.bytes);
    fixture_wipe(&f);
}


int
main(void)
{
    test_refused();
    test_cut();
    test_foreign();
    test_schema();
    test_watch();
    test_backup();
    test_flips();

    return done_testing();
}
