/*
 * Copyright (C) the ngx_cert authors
 *
 * Misses in a store that is whole and much used are answers, never damage.
 *
 * cert_damage.c shows that no damage turns into "not found"; this is the other
 * side: pages that were filled, split, rewritten with shorter and longer
 * records, sealed again and compacted prove every miss there can be.
 */


#include "store.h"


#define PERSON        "11010519491231002X"
#define CERTIFICATES  4000
#define BATCH         500
#define MISSES        9000      /* of each kind, in each state of the store */


static fixture_t    f;
static cert_code_t  codes[CERTIFICATES];
static uint32_t     seed = 20220829;
static cert_txn_t  *txn;
static unsigned     pending, refused;


static uint32_t
any(uint32_t below)
{
    seed = seed * 1664525 + 1013904223;

    return (seed >> 8) % below;
}


/* Digests are spread over the whole index, as real ones are. */
static void
digest_of(uint8_t sha256[CERT_SHA256_SIZE], uint32_t n)
{
    uint32_t  x;

    x = n * 2654435761u + 1;

    for (unsigned i = 0; i < CERT_SHA256_SIZE; i++) {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        sha256[i] = (uint8_t) (x >> 11);
    }
}


/* Only every other number is given away. */
static const char *
number_of(uint32_t n)
{
    static char  number[16];

    snprintf(number, sizeof(number), "N%06u", n * 2);

    return number;
}


static void
flush(void)
{
    cert_reason_t  reason;

    if (txn != NULL) {
        refused += cert_txn_commit(txn, &reason) != CERT_OK;
        txn = NULL;
    }
}


/* Applies a change in one transaction with others: a commit waits for disk. */
static void
put(const cert_change_t *c, cert_outcome_t *outcome)
{
    cert_reason_t  reason;

    if (txn == NULL
        && cert_txn_begin(&txn, f.store, &reason) != CERT_OK)
    {
        printf("Bail out! %s\n", reason.text);
        exit(1);
    }

    refused += cert_change_execute(txn, c, outcome) != CERT_OK;

    if (++pending % BATCH == 0) {
        flush();
    }
}


static void
put_one(uint32_t n, const char *name)
{
    cert_change_t        c;
    cert_outcome_t       outcome;
    cert_certificate_t   certificate;

    certificate_of(&certificate, number_of(n), name, PERSON);
    c = change(&f, CERT_CHANGE_CERTIFICATE, "2022-06-01");
    c.u.certificate = &certificate;
    put(&c, &outcome);
}


static void
put_copy(uint32_t n)
{
    cert_change_t   c;
    cert_outcome_t  outcome;

    c = change(&f, CERT_CHANGE_APPLY, "2022-06-02");
    c.u.apply.number = cert_strz(number_of(n));
    c.u.apply.scene = cert_str("self");
    c.u.apply.days = 90;
    c.u.apply.code = code_of(&f, "2022-06-02");
    put(&c, &outcome);
    codes[n] = c.u.apply.code;

    if (n % 8 == 6) {
        return;
    }

    c = change(&f, CERT_CHANGE_READY, "2022-06-02");
    c.u.copy.code = codes[n];
    c.u.copy.size = 1000;
    digest_of(c.u.copy.sha256, n);
    put(&c, &outcome);
}


/* Before all codes, after them, and between. */
static void
ask_code(cert_question_t *q, unsigned way)
{
    uint8_t   random[CERT_CODE_RANDOM_SIZE];
    unsigned  counter;

    q->ask = CERT_ASK_ANNOTATION;

    for (unsigned k = 0; k < sizeof(random); k++) {
        random[k] = (uint8_t) any(256);
    }

    if (way > 1) {
        counter = any(f.counter + 1);
        memset(random, 0x5a, sizeof(random));
        memcpy(random + 1, &counter, sizeof(counter));
        random[5] ^= (uint8_t) (1 + any(255));
    }

    (void) cert_code_make(&q->code, at(way == 0 ? "2021-01-01" : way
                          == 1 ? "2023-01-01" : "2022-06-02"),
                          random);
}


/* Beside one that is there, or anywhere. */
static void
ask_digest(cert_question_t *q, unsigned way)
{
    uint8_t      sha256[CERT_SHA256_SIZE];
    static char  hex[2 * CERT_SHA256_SIZE + 1];

    q->ask = CERT_ASK_SHA256;
    digest_of(sha256, way > 1 ? any(CERTIFICATES)
                              : CERTIFICATES + any(1 << 20));
    sha256[way == 2 ? CERT_SHA256_SIZE - 1 : any(CERT_SHA256_SIZE)]
        ^= (uint8_t) (1 + any(255));

    for (unsigned k = 0; k < sizeof(sha256); k++) {
        snprintf(hex + 2 * k, 3, "%02x", sha256[k]);
    }

    q->text = cert_strz(hex);
}


/* An odd number, a longer one, and those of another form. */
static void
ask_match(cert_question_t *q, unsigned way)
{
    static char  number[24];

    q->ask = CERT_ASK_MATCH;
    snprintf(number, sizeof(number), way == 0 ? "N%06u"
             : way == 1 ? "N%06u0" : way == 2 ? "%u" : "Z%u",
             any(CERTIFICATES + 10) * 2 + 1);
    q->number = cert_strz(number);
    q->name = cert_str("张三");
    q->id_number = cert_str(PERSON);
}


/* What a check sees of it, with the keys that a worker has. */
static unsigned
misses(cert_reader_t *reader)
{
    unsigned         bad;
    cert_verdict_t   v;
    cert_question_t  q;

    static void (*const  asks[])(cert_question_t *q, unsigned way) = {
        ask_code, ask_digest, ask_match
    };

    bad = 0;

    for (unsigned i = 0; i < 3 * MISSES; i++) {
        memset(&q, 0, sizeof(q));
        asks[i % 3](&q, i / 3 % 4);

        cert_check(reader, &q, at("2022-07-01"), &v);
        bad += v.result != CERT_RESULT_NOT_FOUND;
    }

    return bad;
}


/* What is there is found: nothing passes by finding nothing. */
static unsigned
hits(cert_reader_t *reader)
{
    unsigned         found;
    cert_verdict_t   v;
    cert_question_t  q;

    found = 0;
    memset(&q, 0, sizeof(q));
    q.ask = CERT_ASK_ANNOTATION;

    for (unsigned n = 0; n < CERTIFICATES; n += 2) {
        q.code = codes[n];
        cert_check(reader, &q, at("2022-07-01"), &v);
        found += v.has_annotation;
    }

    return found;
}


/* Looks at the store as a worker does, then goes on writing. */
static void
look(const char *path, const char *state, unsigned there)
{
    fixture_t  worker;

    flush();
    is_int(refused, 0, "%s: nothing was refused", state);
    fixture_close(&f);

    worker = f;
    worker.ring = f.public_ring;
    snprintf(worker.store_path, sizeof(worker.store_path), "%s", path);
    fixture_open(&worker, CERT_STORE_READ);

    is_int(misses(worker.reader), 0, "%s: %u misses are \"not found\"", state,
           3 * MISSES);
    is_int(hits(worker.reader), there, "%s: what is there is found", state);

    fixture_close(&worker);
    fixture_open(&f, CERT_STORE_WRITE);
}


static void
rotate(void)
{
    uint8_t  secret[CERT_KEY_SIZE], id;

    memset(secret, 0x99, sizeof(secret));

    (void) cert_keyring_add(f.ring, CERT_KEY_RECORD, CERT_KEY_ACTIVE, 1,
                            secret, &id);
    (void) cert_keyring_add(f.public_ring, CERT_KEY_RECORD, CERT_KEY_ACTIVE,
                            1, secret, &id);
}


static void
reseal(uint32_t begin, uint32_t end)
{
    cert_change_t   c;
    cert_outcome_t  outcome;

    for (uint32_t n = begin; n < end; n++) {
        c = change(&f, CERT_CHANGE_RESEAL, "2022-06-09");
        c.u.reseal.number = cert_strz(n == 0 ? "" : number_of(n));
        put(&c, &outcome);
    }
}


static void
test_backup(void)
{
    char           to[408], name[440];
    cert_reason_t  reason;

    flush();
    snprintf(to, sizeof(to), "%.390s/copy", f.path);
    is_int(cert_store_backup(f.store, to, &reason), CERT_OK, "copied");

    look(to, "a compacted copy", CERTIFICATES / 2);

    snprintf(name, sizeof(name), "%s/data.mdb", to);
    unlink(name);
    snprintf(name, sizeof(name), "%s/lock.mdb", to);
    unlink(name);
    rmdir(to);
}


int
main(void)
{
    cert_change_t   c;
    cert_outcome_t  outcome;

    static const char *const  names[] = {
        "张三", "欧阳修文", "买买提·吐尔逊·阿卜杜热合曼", "李四"
    };

    fixture_init(&f);
    look(f.store_path, "empty", 0);
    put_qualification(&f, "会计", "2021-12-17");

    for (uint32_t n = 0; n < CERTIFICATES; n++) {
        put_one(n, "张三");
    }

    for (uint32_t n = 0; n < CERTIFICATES; n += 2) {
        put_copy(n);
    }

    look(f.store_path, "new", CERTIFICATES / 2);

    /* Shorter and longer ones, all over the pages. */

    for (unsigned i = 0; i < CERTIFICATES; i++) {
        put_one(any(CERTIFICATES), names[any(4)]);
    }

    for (uint32_t n = 0; n < CERTIFICATES; n += 6) {
        c = change(&f, CERT_CHANGE_WITHDRAW, "2022-06-03");
        c.u.copy.code = codes[n];
        put(&c, &outcome);
    }

    for (uint32_t n = 1; n + 2 < CERTIFICATES; n += 40) {
        char  by[16];

        snprintf(by, sizeof(by), "%s", number_of(n + 1));
        c = change(&f, CERT_CHANGE_STATUS, "2022-06-04");
        c.u.status.number = cert_strz(number_of(n));
        c.u.status.status = CERT_STATUS_REPLACED;
        c.u.status.replaced_by = cert_strz(by);
        put(&c, &outcome);
    }

    look(f.store_path, "corrected", CERTIFICATES / 2);

    rotate();
    reseal(0, CERTIFICATES / 2);
    look(f.store_path, "half sealed again", CERTIFICATES / 2);

    reseal(CERTIFICATES / 2, CERTIFICATES);
    look(f.store_path, "sealed again", CERTIFICATES / 2);

    test_backup();
    fixture_wipe(&f);

    return done_testing();
}
