/*
 * Copyright (C) the ngx_cert authors
 *
 * The upgrade of a store of schema 1: in parts, cut short, with what was
 * written between them, with masks that are others by now, and of damaged
 * records.
 *
 * No program of schema 1 is at hand here: t/50-before.t has a store that one
 * made.  This one is made by taking away what schema 2 added.
 */


#include "cert_change_certificate_int.h"
#include "cert_env_int.h"
#include "cert_fsck.h"
#include "cert_lookup_int.h"
#include "cert_meta_int.h"
#include "cert_read.h"
#include "store.h"


#define PERSON        "11010519491231002X"
#define OTHER         "110105194912310021"
#define CERTIFICATES  10


static fixture_t  f;
static unsigned   findings;


static cert_txn_t *
begin(void)
{
    cert_txn_t     *txn;
    cert_reason_t   reason;

    if (cert_txn_begin(&txn, f.store, &reason) != CERT_OK) {
        printf("Bail out! %s\n", reason.text);
        exit(1);
    }

    return txn;
}


/* Commits what no change knows of. */
static void
commit(cert_txn_t *txn)
{
    cert_reason_t  reason;

    txn->count++;

    if (cert_txn_commit(txn, &reason) != CERT_OK) {
        printf("Bail out! %s\n", reason.text);
        exit(1);
    }
}


static const char *
number_of(unsigned i)
{
    static char  number[16];

    snprintf(number, sizeof(number), "a%03u", i);

    return number;
}


/* As schema 1 was: no entries for the match, a digest in each record. */
static void
make_before(void)
{
    uint8_t              buf[CERT_RECORD_MAX];
    cert_txn_t          *txn;
    cert_stored_t        stored;
    cert_writer_t        w;
    cert_outcome_t       outcome;
    cert_certificate_t   old;

    fixture_init(&f);
    put_qualification(&f, "会计", "2021-12-17");

    for (unsigned i = 0; i < CERTIFICATES; i++) {
        put_certificate(&f, number_of(i), "张三丰", PERSON, &outcome);
        annotate(&f, number_of(i), "2022-06-02", 90, &outcome);
    }

    txn = begin();

    for (unsigned i = 0; i < CERTIFICATES; i++) {
        (void) cert_lookup_certificate(f.store, txn->txn,
                                       cert_strz(number_of(i)), &old,
                                       &stored.hidden);
        stored.facts = old.facts;
        stored.has_photo = 0;
        stored.hidden.match_key = 1;
        memset(stored.hidden.match, 0x77, CERT_SHA256_SIZE);
        w = cert_writer(buf, sizeof(buf));
        (void) cert_stored_put(txn, &stored, &w);
    }

    (void) mdb_drop(txn->txn, f.store->dbi[CERT_DB_MATCH], 1);
    f.store->schema.schema = CERT_STORE_SCHEMA_BEFORE;
    w = cert_writer(buf, sizeof(buf));
    cert_schema_encode(&w, &f.store->schema);
    (void) cert_txn_put_record(txn, CERT_DB_META, cert_str("schema"), &w);
    commit(txn);

    fixture_close(&f);
}


/* As a process that was killed and started again. */
static void
reopen(void)
{
    if (f.store != NULL) {
        fixture_close(&f);
    }

    fixture_open(&f, CERT_STORE_UPGRADE);
}


static cert_err_t
part(size_t limit, cert_outcome_t *outcome)
{
    cert_change_t  c;

    c = change(&f, CERT_CHANGE_UPGRADE, "2022-06-03");
    c.u.upgrade.limit = limit;

    return apply(&f, &c, outcome);
}


static cert_result_t
ask(const char *number, const char *name, const char *id_number)
{
    cert_verdict_t   v;
    cert_question_t  question;

    memset(&question, 0, sizeof(question));
    question.ask = CERT_ASK_MATCH;
    question.number = cert_strz(number);
    question.name = cert_strz(name);
    question.id_number = cert_strz(id_number);
    cert_check(f.reader, &question, at("2022-07-01"), &v);

    return v.result;
}


static void
finding(void *data, const char *where, const char *what)
{
    (void) data;
    findings++;
    diag("%s: %s", where, what);
}


static void
is_sound(const char *name)
{
    cert_reason_t        reason;
    cert_fsck_calls_t    calls = { .finding = finding };
    cert_fsck_totals_t   totals;

    findings = 0;
    is_int(cert_fsck(f.reader, &calls, &totals, &reason), CERT_OK,
           "%s: walked", name);
    is_int(findings, 0, "%s: nothing is wrong", name);
}


static void
is_upgraded(const char *name, unsigned certificates)
{
    cert_store_stat_t  stat;

    fixture_close(&f);
    fixture_open(&f, CERT_STORE_WRITE);

    is_int(cert_read_stat(f.reader, &stat), CERT_OK, "%s: opens", name);
    is_int(stat.schema, CERT_STORE_SCHEMA, "%s: of this schema", name);
    is_int(stat.matches, certificates, "%s: an entry for each", name);
    is_sound(name);
}


static void
test_refused(void)
{
    cert_err_t      err;
    cert_store_t   *store;
    cert_reason_t   reason;
    cert_outcome_t  outcome;

    make_before();

    for (int mode = CERT_STORE_READ; mode <= CERT_STORE_ACCEPT; mode++) {
        err = cert_store_open(&store, f.store_path, mode, f.ring, &reason);
        is_int(err, CERT_BAD_STORE, "refused (%d)", mode);
        ok(strstr(reason.text, "certctl upgrade") != NULL, "by name: %s",
           reason.text);
    }

    reopen();
    is_int(set_status(&f, "a001", CERT_STATUS_REVOKED, "", &outcome),
           CERT_INVALID, "no change but the upgrade");
    fixture_wipe(&f);
}


static void
test_parts(void)
{
    unsigned        n, done;
    cert_outcome_t  outcome;

    make_before();
    n = done = 0;

    do {
        reopen();
        is_int(part(3, &outcome), CERT_OK, "part %u", ++n);
        done += outcome.upgraded;
        ok(outcome.upgraded <= 3, "is no larger than asked for");
    } while (outcome.is_partial && n < 20);

    is_int(done, CERTIFICATES, "all are done, each once");
    ok(n > 3, "in %u parts", n);
    is_upgraded("in parts", CERTIFICATES);
    is_int(ask("Ａ００１", "张三丰", PERSON), CERT_RESULT_VALID, "found");
    is_int(ask("a001", "张三", PERSON), CERT_RESULT_NOT_FOUND, "or not");

    is_int(part(0, &outcome), CERT_OK, "once more");
    ok(outcome.is_unchanged && outcome.upgraded == 0, "changes nothing");
    reopen();
    is_int(part(0, &outcome), CERT_OK, "and again");
    ok(outcome.is_unchanged, "as little");
    fixture_wipe(&f);
}


static void
test_whole(void)
{
    cert_outcome_t  outcome;

    make_before();
    reopen();
    is_int(part(0, &outcome), CERT_OK, "in one part");
    ok(!outcome.is_partial && outcome.upgraded == CERTIFICATES,
       "every certificate");
    is_upgraded("in one", CERTIFICATES);
    fixture_wipe(&f);
}


/* The raw entry of a certificate; empty if there is none. */
static size_t
entry(cert_txn_t *txn, const char *number, uint8_t key[CERT_MATCH_KEY_MAX],
    size_t *key_len, uint8_t *copy)
{
    cert_str_t   value;
    cert_text_t  form;

    (void) cert_form_number(&form, cert_strz(number));
    *key_len = cert_match_key(key, &form, cert_strz(number)).len;

    if (cert_lookup_raw(f.store, txn->txn, CERT_DB_MATCH,
                        (cert_str_t) { key, *key_len }, &value) != CERT_OK)
    {
        return 0;
    }

    memcpy(copy, value.data, value.len);

    return value.len;
}


/* An entry of "match" with its key; a length of 0 is none. */
typedef struct {
    size_t   len, key_len;
    uint8_t  key[CERT_MATCH_KEY_MAX], value[200];
} before_entry_t;


/* Puts the entry back as it was before a certificate was written. */
static void
entry_restore(cert_txn_t *txn, const before_entry_t *e)
{
    cert_str_t  key = { e->key, e->key_len };

    if (e->len != 0) {
        (void) cert_txn_put(txn, CERT_DB_MATCH, key,
                            (cert_str_t) { e->value, e->len });
        return;
    }

    (void) cert_txn_del(txn, CERT_DB_MATCH, key);
}


/*
 * A program of schema 1 makes no entries, so what this one makes is undone: of
 * a certificate that was passed, one that was not, and a new one.
 */
static void
test_between(void)
{
    before_entry_t         before[3];
    cert_txn_t     *txn;
    cert_outcome_t  outcome;

    static const char *const  numbers[] = { "a000", "a008", "a0005" };

    make_before();
    reopen();
    is_int(part(4, &outcome), CERT_OK, "a part");
    ok(outcome.is_partial, "and not the last one");

    txn = begin();

    for (unsigned i = 0; i < 3; i++) {
        before[i].len = entry(txn, numbers[i], before[i].key,
                              &before[i].key_len, before[i].value);
    }

    is_int(before[0].len != 0, 1, "one has an entry");
    is_int(before[1].len + before[2].len, 0, "two have none");
    cert_txn_abort(txn);

    f.store->schema.schema = CERT_STORE_SCHEMA;

    for (unsigned i = 0; i < 3; i++) {
        is_int(put_certificate(&f, numbers[i], "李四", OTHER, &outcome),
               CERT_OK, "another person in %s", numbers[i]);
    }

    txn = begin();

    for (unsigned i = 0; i < 3; i++) {
        entry_restore(txn, &before[i]);
    }

    commit(txn);

    do {
        reopen();
        is_int(part(2, &outcome), CERT_OK, "another part");
    } while (outcome.is_partial);

    is_upgraded("with writes between", CERTIFICATES + 1);

    for (unsigned i = 0; i < 3; i++) {
        is_int(ask(numbers[i], "李四", OTHER), CERT_RESULT_VALID,
               "%s is found as it was written last", numbers[i]);
        is_int(ask(numbers[i], "张三丰", PERSON), CERT_RESULT_NOT_FOUND,
               "%s and not as before", numbers[i]);
    }

    fixture_wipe(&f);
}


/* The record is written with another mask, and nothing else of it changes. */
static void
test_masks(void)
{
    uint8_t              buf[CERT_RECORD_MAX];
    cert_txn_t          *txn;
    cert_stored_t        stored;
    cert_writer_t        w;
    cert_outcome_t       outcome;
    cert_certificate_t   old;

    static const char *const  masks[] = { "张 ** 丰", "*", "张*丰" };

    make_before();
    reopen();
    txn = begin();

    for (unsigned i = 0; i < 3; i++) {
        (void) cert_lookup_certificate(f.store, txn->txn,
                                       cert_strz(number_of(2 + i)), &old,
                                       &stored.hidden);
        stored.facts = old.facts;
        stored.facts.masked_name = cert_strz(masks[i]);
        stored.has_photo = 0;
        w = cert_writer(buf, sizeof(buf));
        (void) cert_stored_put(txn, &stored, &w);
        (void) cert_txn_put_facts(txn, &stored.facts);
    }

    commit(txn);

    is_int(part(0, &outcome), CERT_OK, "upgraded");
    is_int(outcome.upgraded, CERTIFICATES, "every certificate");
    is_upgraded("masks", CERTIFICATES);

    for (unsigned i = 0; i < 3; i++) {
        txn = begin();
        (void) cert_lookup_certificate(f.store, txn->txn,
                                       cert_strz(number_of(2 + i)), &old,
                                       &stored.hidden);
        ok(cert_str_is_equal(old.facts.masked_name, cert_str("张*丰")),
           "the mask of %s", number_of(2 + i));
        ok(stored.hidden.match_key == 1 && stored.hidden.match[0] == 0x77,
           "and the digest that a program of schema 1 compares with");
        cert_txn_abort(txn);
    }

    is_int(set_status(&f, "a002", CERT_STATUS_SUSPENDED, "", &outcome),
           CERT_OK, "written afterwards");
    is_sound("masks and status");
    fixture_wipe(&f);
}


static void
test_damaged(void)
{
    uint8_t         copy[CERT_RECORD_MAX];
    size_t          len;
    cert_str_t      key, value;
    cert_txn_t     *txn;
    cert_err_t      err;
    cert_outcome_t  outcome;

    make_before();
    reopen();
    is_int(part(2, &outcome), CERT_OK, "a part");
    key = cert_str("a004");
    txn = begin();
    (void) cert_lookup_raw(f.store, txn->txn, CERT_DB_CERTIFICATE, key,
                           &value);
    len = value.len;
    memcpy(copy, value.data, len);
    copy[20] ^= 1;
    (void) cert_txn_put(txn, CERT_DB_CERTIFICATE, key,
                        (cert_str_t) { copy, len });
    commit(txn);

    err = part(0, &outcome);
    ok(err == CERT_CORRUPT || err == CERT_SYSTEM, "a damaged record ends it");
    is_str(outcome.number.data, "a004", "by its number");

    /* As it was, which a backup has. */
    copy[20] ^= 1;
    txn = begin();
    (void) cert_txn_put(txn, CERT_DB_CERTIFICATE, key,
                        (cert_str_t) { copy, len });
    commit(txn);
    reopen();
    is_int(part(0, &outcome), CERT_OK, "goes on when it is mended");
    is_int(outcome.number.len, 0, "and names none");
    is_upgraded("mended", CERTIFICATES);
    fixture_wipe(&f);
}


static void
test_keys(void)
{
    cert_err_t      err;
    cert_outcome_t  outcome;
    cert_reason_t   reason;

    make_before();
    is_int(cert_store_open(&f.store, f.store_path, CERT_STORE_UPGRADE,
                           f.public_ring, &reason), CERT_OK, "public keys");
    is_int(cert_reader_open(&f.reader, f.store, &reason), CERT_OK, "reader");
    err = part(0, &outcome);
    is_int(err, CERT_NO_KEY, "cannot read whom to match");
    reopen();
    is_int(part(0, &outcome), CERT_OK, "all keys can");
    is_upgraded("keys", CERTIFICATES);
    fixture_wipe(&f);
}


int
main(void)
{
    test_refused();
    test_parts();
    test_whole();
    test_between();
    test_masks();
    test_damaged();
    test_keys();

    return done_testing();
}
