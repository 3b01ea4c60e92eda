/*
 * Copyright (C) the ngx_cert authors
 *
 * Numbers in other spellings: what changes and getters take them for, the
 * entries that the three-way match looks for, and the whole-store check of
 * these.
 */


#include "cert_fsck.h"
#include "cert_lookup_int.h"
#include "cert_match_int.h"
#include "cert_read.h"
#include "cert_txn_int.h"
#include "store.h"


#define PERSON  "11010519491231002X"
#define OTHER   "110105194912310021"


static fixture_t  f;
static char       last[CERT_FSCK_WHERE_SIZE + 100];


static void
finding(void *data, const char *where, const char *what)
{
    (void) data;
    snprintf(last, sizeof(last), "%s: %s", where, what);
}


static uint64_t
findings(cert_reader_t *reader)
{
    cert_reason_t        reason;
    cert_fsck_calls_t    calls = { .finding = finding };
    cert_fsck_totals_t   totals;

    last[0] = '\0';

    return cert_fsck(reader, &calls, &totals, &reason) == CERT_OK
           ? totals.findings : UINT64_MAX;
}


static cert_str_t
key_of(uint8_t key[CERT_MATCH_KEY_MAX], const char *form, const char *number)
{
    cert_text_t  text;

    (void) cert_text_set(&text.len, text.data, CERT_TEXT_MAX,
                         cert_strz(form));

    return cert_match_key(key, &text, cert_strz(number));
}


/* Puts a sealed payload, or removes what is there if it is NULL. */
static void
tamper(cert_str_t key, const cert_writer_t *payload)
{
    uint8_t         buf[300];
    cert_txn_t     *txn;
    cert_reason_t   reason;
    cert_writer_t   w;

    (void) cert_txn_begin(&txn, f.store, &reason);

    if (payload != NULL) {
        w = cert_writer(buf, sizeof(buf));
        cert_put_bytes(&w, payload->start, cert_writer_str(payload).len);
        (void) cert_txn_put_record(txn, CERT_DB_MATCH, key, &w);

    } else {
        (void) cert_txn_del(txn, CERT_DB_MATCH, key);
    }

    txn->count++;
    is_int(cert_txn_commit(txn, &reason), CERT_OK, "tampered with");
}


static void
test_imports(void)
{
    cert_outcome_t       outcome;
    cert_store_stat_t    stat;
    cert_certificate_t   certificate;

    fixture_init(&f);
    put_qualification(&f, "会计", "2021-12-17");
    (void) put_certificate(&f, "Ab-1", "张三丰", PERSON, &outcome);

    is_int(put_certificate(&f, "ＡＢ－１", "张三丰", PERSON, &outcome), CERT_OK,
           "another spelling");
    ok(outcome.is_unchanged, "of one document is the same certificate");
    is_int(put_certificate(&f, "aB-1", "张三风", PERSON, &outcome), CERT_OK,
           "with another name");
    ok(!outcome.is_new && !outcome.is_unchanged, "it is a correction");
    is_int(put_certificate(&f, "AB-1", "李四", OTHER, &outcome), CERT_OK,
           "of another document");
    ok(outcome.is_new, "it is another certificate");

    (void) cert_read_stat(f.reader, &stat);
    is_int(stat.certificates, 2, "two of them");
    is_int(stat.matches, 2, "with an entry each");

    is_int(cert_read_certificate(f.reader, cert_str("Ab-1"), &certificate),
           CERT_OK, "as it is printed");
    ok(cert_str_is_equal(cert_text_str(&certificate.person.name),
                         cert_str("张三风")), "corrected");
    is_int(cert_read_certificate(f.reader, cert_str("AB-1"), &certificate),
           CERT_OK, "the other one, too");
    is_int(cert_read_certificate(f.reader, cert_str("ab-1"), &certificate),
           CERT_NOT_FOUND, "any other spelling is of both, and of none");
    is_int(set_status(&f, "ab-1", CERT_STATUS_REVOKED, "", &outcome),
           CERT_REFUSED, "nor can it be revoked by that");
    is_int(outcome.refusal, CERT_REFUSAL_NO_CERTIFICATE, "there is none");

    /* The first one moves to the document of the other, and stays itself. */
    is_int(put_certificate(&f, "Ab-1", "李四", OTHER, &outcome), CERT_OK,
           "moved");
    ok(!outcome.is_new, "under its own number");
    is_int(findings(f.reader), 0, "nothing is wrong: %s", last);
    fixture_wipe(&f);
}


static void
test_changes(void)
{
    cert_change_t        c;
    cert_outcome_t       outcome;
    cert_certificate_t   certificate;

    fixture_init(&f);
    put_qualification(&f, "会计", "2021-12-17");
    (void) put_certificate(&f, "N-1", "张三丰", PERSON, &outcome);
    (void) put_certificate(&f, "N-2", "张三丰", PERSON, &outcome);

    is_int(annotate(&f, "n—1", "2022-06-02", 90, &outcome), CERT_OK,
           "applied for by another spelling");
    c = change(&f, CERT_CHANGE_PHOTO, "2022-06-02");
    c.u.photo.number = cert_str("ｎ-1");
    c.u.photo.photo = cert_str("a photo");
    is_int(apply(&f, &c, &outcome), CERT_OK, "a photo");
    is_int(set_status(&f, "n-1", CERT_STATUS_SUSPENDED, "", &outcome),
           CERT_OK, "suspended");
    is_int(set_status(&f, "n-1", CERT_STATUS_REPLACED, "N 1", &outcome),
           CERT_REFUSED, "N 1 is not a spelling of N-1");
    is_int(set_status(&f, "n-1", CERT_STATUS_REPLACED, "N- 1", &outcome),
           CERT_INVALID, "it does not replace itself");
    is_int(set_status(&f, "n-1", CERT_STATUS_REPLACED, "n‐2", &outcome),
           CERT_OK, "replaced");

    is_int(cert_read_certificate(f.reader, cert_str("n-1"), &certificate),
           CERT_OK, "read by another spelling");
    ok(cert_str_is_equal(certificate.facts.number, cert_str("N-1")),
       "has its printed number");
    ok(cert_str_is_equal(certificate.facts.replaced_by, cert_str("N-2")),
       "as has its successor");
    is_int(certificate.has_photo, 1, "the photo is its own");
    is_int(cert_read_certificate(f.reader, cert_str("N-3"), &certificate),
           CERT_NOT_FOUND, "another number is not there");
    is_int(findings(f.reader), 0, "nothing is wrong: %s", last);
    fixture_wipe(&f);
}


/* An entry that is missing, too many, or of another certificate or person. */
/* Adds entries that no certificate has; each is found and taken away again. */
static void
fsck_extra(const cert_match_t *match)
{
    uint8_t        buf[200], key[CERT_MATCH_KEY_MAX];
    cert_str_t     at;
    cert_writer_t  w;

    static const struct {
        const char  *form, *number, *what;
    } extra[] = {
        { "A3", "a3", "match a3: leads to no certificate" },
        { "A2", "a1", "match a1: is not laid out" },
        { "a1", "a1", "match a1: is not laid out" },
        { "A1", "A1", "match A1: leads to no certificate" }
    };

    w = cert_writer(buf, sizeof(buf));
    cert_match_encode(&w, match);

    for (size_t i = 0; i < sizeof(extra) / sizeof(extra[0]); i++) {
        at = key_of(key, extra[i].form, extra[i].number);
        tamper(at, &w);
        is_int(findings(f.reader), 1, "one too many");
        ok(strstr(last, extra[i].what) != NULL, "%s", last);
        tamper(at, NULL);
    }
}


/* Changes each part of the entry at "at", whose right one is "right". */
static void
fsck_wrong(cert_str_t at, const cert_match_t *right)
{
    uint8_t        buf[200];
    cert_match_t   match;
    cert_writer_t  w;

    for (unsigned i = 0; i < 3; i++) {
        match = *right;

        if (i == 0) {
            match.all[5] ^= 1;

        } else if (i == 1) {
            match.name[31] ^= 1;

        } else {
            match.key = 9;
        }

        w = cert_writer(buf, sizeof(buf));
        cert_match_encode(&w, &match);
        tamper(at, &w);
        is_int(findings(f.reader), 1, "digest %u", i);
        ok(strstr(last, "certificate a1: has the match digest of another")
           != NULL, "%s", last);
    }

    w = cert_writer(buf, sizeof(buf));
    cert_put_int(&w, 1, 1);
    tamper(at, &w);
    is_int(findings(f.reader), 1, "half an entry");
    ok(strstr(last, "not laid out") != NULL, "%s", last);
}


static void
test_fsck(void)
{
    uint8_t         buf[200], key[CERT_MATCH_KEY_MAX];
    cert_str_t      at;
    cert_forms_t    forms;
    cert_match_t    right;
    cert_writer_t   w;
    cert_outcome_t  outcome;

    fixture_init(&f);
    put_qualification(&f, "会计", "2021-12-17");
    (void) put_certificate(&f, "a1", "张三丰", PERSON, &outcome);
    (void) put_certificate(&f, "a2", "李四", OTHER, &outcome);
    is_int(findings(f.reader), 0, "nothing is wrong: %s", last);

    (void) cert_form_number(&forms.number, cert_str("a1"));
    (void) cert_form_name(&forms.name, cert_str("张三丰"));
    (void) cert_form_id_number(&forms.id_number, cert_str(PERSON));
    right.key = 0;
    (void) cert_match_make(f.ring, cert_str("a1"), &forms, &right);

    at = key_of(key, "A1", "a1");
    tamper(at, NULL);
    is_int(findings(f.reader), 1, "one is missing");
    ok(strstr(last, "certificate a1: is not listed by its match form") != NULL,
       "%s", last);

    w = cert_writer(buf, sizeof(buf));
    cert_match_encode(&w, &right);
    tamper(at, &w);
    is_int(findings(f.reader), 0, "put back: %s", last);

    fsck_extra(&right);
    fsck_wrong(at, &right);
    fixture_wipe(&f);
}


/* The same digest must not come from two certificates, or two names. */
static void
test_digests(void)
{
    cert_match_t    a, b;
    cert_forms_t    forms, other;
    cert_keyring_t *ring;

    ring = ring_of(CERT_KEYS_PUBLIC);
    (void) cert_form_number(&forms.number, cert_str("n1"));
    (void) cert_form_name(&forms.name, cert_str("Zhang San"));
    (void) cert_form_id_number(&forms.id_number, cert_str("h1"));
    a.key = b.key = 0;

    is_int(cert_match_make(ring, cert_str("n1"), &forms, &a), CERT_OK, "made");
    is_int(a.key, 1, "under the active key");
    ok(memcmp(a.all, a.name, CERT_SHA256_SIZE) != 0, "two digests");

    (void) cert_match_make(ring, cert_str("n2"), &forms, &b);
    ok(memcmp(a.name, b.name, CERT_SHA256_SIZE) != 0,
       "the name is bound to its certificate");
    ok(memcmp(a.all, b.all, CERT_SHA256_SIZE) == 0,
       "and the three are forms alone");

    other = forms;
    (void) cert_form_name(&other.name, cert_str("ＺＨＡＮＧ　san"));
    (void) cert_match_make(ring, cert_str("n1"), &other, &b);
    ok(memcmp(&a, &b, sizeof(a)) == 0, "another spelling of it");

    /* A byte that moves from one to its neighbour. */
    (void) cert_text_set(&other.number.len, other.number.data, CERT_TEXT_MAX,
                         cert_str("N1H"));
    (void) cert_text_set(&other.id_number.len, other.id_number.data,
                         CERT_TEXT_MAX, cert_str("1"));
    (void) cert_match_make(ring, cert_str("n1"), &other, &b);
    ok(memcmp(a.all, b.all, CERT_SHA256_SIZE) != 0, "lends no byte");

    b.key = 7;
    is_int(cert_match_make(ring, cert_str("n1"), &forms, &b), CERT_NO_KEY,
           "no such key");
    cert_keyring_destroy(ring);
}


/* What has no match form is its own. */
static void
test_forms(void)
{
    char         text[CERT_TEXT_MAX + 10];
    cert_text_t  form;

    ok(cert_form_name(&form, cert_str("\xff")), "bytes that are not UTF-8");
    is_int(form.len, 1, "are themselves");
    memset(text, 'x', sizeof(text));
    ok(cert_form_number(&form, (cert_str_t) { (uint8_t *) text, 100 }),
       "longer than a number");
    is_int(form.len, 100, "itself");
    ok(!cert_form_number(&form, (cert_str_t) { (uint8_t *) text,
                                               sizeof(text) }),
       "longer than any text is said to be cut");
    ok(!cert_form_id_number(&form, (cert_str_t) { (uint8_t *) text,
                                                  sizeof(text) }),
       "also of a document");
    is_int(form.len, CERT_TEXT_MAX, "and is");
}


/* Rotated keys: each entry is made again, and the old key is not needed. */
static void
test_reseal(void)
{
    uint8_t         secret[CERT_KEY_SIZE], id, key[CERT_MATCH_KEY_MAX];
    cert_str_t      payload;
    MDB_txn        *txn;
    cert_change_t   c;
    cert_match_t    match;
    cert_outcome_t  outcome;

    static const cert_key_use_t  uses[] = { CERT_KEY_MATCH, CERT_KEY_RECORD };

    fixture_init(&f);
    put_qualification(&f, "会计", "2021-12-17");
    (void) put_certificate(&f, "a1", "张三丰", PERSON, &outcome);

    for (unsigned i = 0; i < 2; i++) {
        memset(secret, 0x40 + (int) i, sizeof(secret));
        (void) cert_keyring_add(f.ring, uses[i], CERT_KEY_ACTIVE, 2, secret,
                                &id);

        c = change(&f, CERT_CHANGE_RESEAL, "2022-06-03");
        c.u.reseal.number = cert_str("a1");
        is_int(apply(&f, &c, &outcome), CERT_OK, "sealed again");
        ok(!outcome.is_unchanged, "since a key is another");
        is_int(apply(&f, &c, &outcome), CERT_OK, "and again");
        ok(outcome.is_unchanged, "which is not needed");

        (void) mdb_txn_begin(f.store->env, NULL, MDB_RDONLY, &txn);
        is_int(cert_lookup_record(f.store, txn, CERT_DB_MATCH,
                                  key_of(key, "A1", "a1"), &payload), CERT_OK,
               "the entry verifies");
        (void) cert_match_decode(&match, payload);
        is_int(match.key, 2, "under the new key");
        mdb_txn_abort(txn);
    }

    is_int(findings(f.reader), 0, "nothing is wrong: %s", last);
    fixture_wipe(&f);
}


int
main(void)
{
    test_forms();
    test_digests();
    test_imports();
    test_changes();
    test_fsck();
    test_reseal();

    return done_testing();
}
