/*
 * Copyright (C) the ngx_cert authors
 *
 * Long works in parts: keys of applications are forgotten, and what belongs to
 * no certificate is re-sealed, a bounded number of records in a transaction.
 */


#include "cert_holder_record_int.h"
#include "cert_list_int.h"
#include "cert_change_int.h"
#include "holder.h"


/* Applications with a key, and sessions. */
#define KEYS      150
#define SESSIONS  120

static fixture_t  f;


static cert_err_t
forget(const char *until, const cert_position_t *after, size_t limit,
    cert_outcome_t *outcome)
{
    cert_change_t  c;

    c = change(&f, CERT_CHANGE_FORGET, "2022-06-30");
    c.u.forget.until = at(until);
    c.u.forget.part.limit = limit;

    if (after != NULL) {
        c.u.forget.part.after = *after;
    }

    return apply(&f, &c, outcome);
}


static cert_err_t
reseal_part(const cert_position_t *after, size_t limit,
    cert_outcome_t *outcome)
{
    cert_change_t  c;

    c = change(&f, CERT_CHANGE_RESEAL, "2022-06-30");
    c.u.reseal.part.limit = limit;

    if (after != NULL) {
        c.u.reseal.part.after = *after;
    }

    return apply(&f, &c, outcome);
}


/* Entries of "db", and those of them that are not under the active key. */
static size_t
entries(cert_db_t db)
{
    MDB_txn   *txn;
    MDB_stat   stat;

    (void) mdb_txn_begin(f.store->env, NULL, MDB_RDONLY, &txn);
    (void) mdb_stat(txn, f.store->dbi[db], &stat);
    mdb_txn_abort(txn);

    return stat.ms_entries;
}


static cert_err_t
count_stale(void *data, cert_str_t key, cert_str_t value)
{
    unsigned  *stale = data;

    (void) key;

    *stale += cert_seal_key(value)
              != cert_crypto_active(f.ring, CERT_KEY_RECORD);

    return CERT_OK;
}


/* But for the annotations, which go with their certificates. */
static unsigned
stale(void)
{
    unsigned   n;
    MDB_txn   *txn;

    static const cert_db_t  dbs[] = {
        CERT_DB_META, CERT_DB_QUALIFICATION, CERT_DB_QUEUE, CERT_DB_HOLDER,
        CERT_DB_USERNAME, CERT_DB_SESSION, CERT_DB_IDEMPOTENCY
    };

    n = 0;
    (void) mdb_txn_begin(f.store->env, NULL, MDB_RDONLY, &txn);

    for (size_t i = 0; i < sizeof(dbs) / sizeof(dbs[0]); i++) {
        (void) cert_walk(f.store, txn, dbs[i], cert_str(""),
                         cert_str(""), count_stale, &n);
    }

    mdb_txn_abort(txn);

    return n;
}


static cert_err_t
apply_once(const char *number, uint8_t key, const char *time,
    cert_outcome_t *outcome)
{
    cert_change_t  c;
    cert_holder_t  holder;

    holder = holder_of(&f, ANNA);

    c = change(&f, CERT_CHANGE_APPLY, time);
    c.u.apply.number = cert_strz(number);
    c.u.apply.scene = cert_str("self");
    c.u.apply.days = 30;
    c.u.apply.code = code_of(&f, time);
    c.u.apply.holder = &holder;
    memset(c.u.apply.key, key, CERT_SHA256_SIZE);

    return apply(&f, &c, outcome);
}


/* Every third key is of the day before the last one. */
static void
fill(void)
{
    char            number[16];
    unsigned        failed;
    cert_outcome_t  outcome;

    failed = 0;
    put_qualification(&f, "会计", "2021-12-17");
    enroll(&f, ANNA, "anna", HASH, &outcome);

    for (unsigned i = 0; i < KEYS; i++) {
        snprintf(number, sizeof(number), "A%u", i);
        put_certificate(&f, number, "张三", ANNA, &outcome);
    }

    for (unsigned young = 0; young < 2; young++) {
        for (unsigned i = 0; i < KEYS; i++) {
            if ((i % 3 == 0) == young) {
                continue;
            }

            snprintf(number, sizeof(number), "A%u", i);
            failed += apply_once(number, (uint8_t) i,
                                 young ? "2022-06-22" : "2022-06-21",
                                 &outcome) != CERT_OK;
        }
    }

    for (unsigned i = 0; i < SESSIONS; i++) {
        failed += log_in(&f, ANNA, (uint8_t) (i + 1), 0, "2022-06-23",
                         "2022-06-24", &outcome) != CERT_OK;
    }

    is_int(failed, 0, "filled");
    is_int(entries(CERT_DB_IDEMPOTENCY), KEYS, "with keys");
    is_int(entries(CERT_DB_SESSION), SESSIONS, "and sessions");
}


/* To the end in parts; how many there were. */
static unsigned
forget_all(const char *until, size_t limit, unsigned *forgotten)
{
    size_t            before, after;
    unsigned          parts, wrong;
    cert_position_t   next;
    cert_outcome_t    outcome;

    parts = wrong = 0;
    *forgotten = 0;
    next.len = 0;

    do {
        before = entries(CERT_DB_IDEMPOTENCY);
        wrong += forget(until, &next, limit, &outcome) != CERT_OK;
        after = entries(CERT_DB_IDEMPOTENCY);

        wrong += before - after > limit;
        wrong += before - after != outcome.forgotten;
        wrong += outcome.is_unchanged != (before == after);
        wrong += (outcome.sequence == 0) != (before == after);

        *forgotten += outcome.forgotten;
        next = outcome.next;
        parts++;

    } while (next.len != 0 && parts < 10000);

    is_int(wrong, 0, "by %zu: each part is one, and says so", limit);

    return parts;
}


static void
test_bounds(void)
{
    unsigned         forgotten;
    cert_position_t  far;
    cert_outcome_t   outcome;

    is_int(forget("2022-06-23T00:00:01+08:00", NULL, 0, &outcome),
           CERT_INVALID, "no key that is younger than promised");
    is_int(forget("2022-06-29", NULL, 0, &outcome), CERT_INVALID,
           "by far not");

    far.len = sizeof(far.data) + 1;
    is_int(forget("2022-06-21", &far, 0, &outcome), CERT_INVALID,
           "no position that is none");
    is_int(reseal_part(&far, 0, &outcome), CERT_INVALID, "nor to re-seal");
    far.len = 1;
    far.data[0] = 200;
    is_int(reseal_part(&far, 0, &outcome), CERT_INVALID,
           "nor of a database that there is not");

    is_int(forget_all("2022-06-21", 40, &forgotten), 4, "in four parts");
    is_int(forgotten, 0, "none is so old");
    is_int(entries(CERT_DB_IDEMPOTENCY), KEYS, "all are there");
}


/* A part that meets damage forgets nothing. */
static void
test_damage(void)
{
    uint8_t         key[CERT_IDEMPOTENCY_KEY_SIZE], buf[200];
    cert_txn_t     *txn;
    cert_change_t   c;
    cert_reason_t   reason;
    cert_writer_t   w;
    cert_outcome_t  outcome;

    memset(key, 0xff, sizeof(key));
    w = cert_writer(buf, sizeof(buf));
    cert_put_int(&w, 1, 1);

    (void) cert_txn_begin(&txn, f.store, &reason);
    (void) cert_txn_put_record(txn, CERT_DB_IDEMPOTENCY,
                               (cert_str_t) { key, sizeof(key) }, &w);

    c = change(&f, CERT_CHANGE_FORGET, "2022-06-30");
    c.u.forget.until = at("2022-06-22");
    is_int(cert_change_execute(txn, &c, &outcome), CERT_CORRUPT,
           "half an application");
    is_int(outcome.sequence, 0, "nothing was journaled");
    is_int(cert_txn_count(txn), 0, "nor changed");
    is_int(outcome.next.len, 0, "and there is no next part");

    c.u.forget.part.limit = 40;
    is_int(cert_change_execute(txn, &c, &outcome), CERT_OK,
           "a part before it");
    ok(outcome.forgotten > 0, "does its work");
    cert_txn_abort(txn);
}


static void
test_forget(void)
{
    unsigned        forgotten;
    cert_outcome_t  outcome;

    is_int(forget_all("2022-06-22", 40, &forgotten), 4, "in four parts");
    is_int(forgotten, KEYS / 3, "those of the day before");
    is_int(entries(CERT_DB_IDEMPOTENCY), KEYS - KEYS / 3,
           "the others are there");
    is_sound(&f, "forgotten");

    is_int(apply_once("A1", 1, "2022-06-30", &outcome), CERT_OK,
           "a young one again");
    ok(outcome.is_unchanged, "is known");
    is_int(apply_once("A3", 3, "2022-06-30", &outcome), CERT_OK,
           "an old one again");
    ok(!outcome.is_unchanged, "is another application");
    is_int(forget_all("2022-06-22", 1, &forgotten), KEYS - KEYS / 3 + 1,
           "one by one");
    is_int(forgotten, 0, "and nothing more is forgotten");
    is_sound(&f, "applied again");
}


static void
test_reseal(void)
{
    uint8_t           secret[CERT_KEY_SIZE], id;
    unsigned          before, after, parts, wrong;
    cert_position_t   next;
    cert_outcome_t    outcome;

    memset(secret, 0x99, sizeof(secret));
    (void) cert_keyring_add(f.ring, CERT_KEY_RECORD, CERT_KEY_ACTIVE, 1,
                            secret, &id);

    before = stale();
    ok(before > KEYS + SESSIONS, "%u records are under the old key", before);

    parts = wrong = 0;
    next.len = 0;

    do {
        before = stale();
        wrong += reseal_part(&next, 30, &outcome) != CERT_OK;
        after = stale();

        /* One more: "head" is of the transaction. */
        wrong += before - after > 31;
        wrong += outcome.is_unchanged && before != after;
        next = outcome.next;
        parts++;

    } while (next.len != 0 && parts < 1000);

    is_int(wrong, 0, "a part has at most thirty of them");
    ok(parts > (KEYS + SESSIONS) / 30, "in %u parts", parts);
    is_int(stale(), 0, "none is left");
    is_sound(&f, "re-sealed");

    is_int(reseal_part(NULL, 0, &outcome), CERT_OK, "once more");
    ok(outcome.is_unchanged && outcome.next.len == 0, "changes nothing");
}


int
main(void)
{
    fixture_init(&f);

    fill();
    test_bounds();
    test_damage();
    test_forget();
    test_reseal();

    fixture_wipe(&f);

    return done_testing();
}
