/*
 * Copyright (C) the ngx_cert authors
 *
 * Changes: what they do, what they refuse, what they journal.
 */


#include "cert_fsck.h"
#include "cert_journal.h"
#include "cert_read.h"
#include "store.h"


#define PERSON  "11010519491231002X"
#define OTHER   "440524188001010014"


static fixture_t  f;


static void
no_finding(void *data, const char *where, const char *what)
{
    (void) data;
    diag("fsck: %s %s", where, what);
}


static void
is_whole(const char *name)
{
    cert_reason_t       reason;
    cert_fsck_calls_t   calls;
    cert_fsck_totals_t  totals;

    memset(&calls, 0, sizeof(calls));
    calls.finding = no_finding;

    is_int(cert_fsck(f.reader, &calls, &totals, &reason), CERT_OK,
           "%s: checked", name);
    is_int(totals.findings, 0, "%s: the store is whole", name);
    ok(totals.records > 0, "%s: and not empty", name);
}


static void
test_certificate(void)
{
    cert_change_t        c;
    cert_outcome_t       outcome;
    cert_certificate_t   certificate;

    is_int(put_certificate(&f, "A1", "张三丰", PERSON, &outcome),
           CERT_REFUSED, "no catalogue, no certificate");
    is_int(outcome.refusal, CERT_REFUSAL_NO_QUALIFICATION, "for that reason");

    put_qualification(&f, "会计", "2021-12-17");

    is_int(put_certificate(&f, "A1", "张三丰", PERSON, &outcome), CERT_OK,
           "a certificate");
    ok(outcome.is_new && !outcome.is_unchanged, "is new");
    is_int(put_certificate(&f, "A1", "张三丰", PERSON, &outcome), CERT_OK,
           "the same");
    ok(outcome.is_unchanged && outcome.sequence == 0, "changes nothing");
    is_int(put_certificate(&f, "A1", "张三风", OTHER, &outcome), CERT_OK,
           "corrected");
    ok(!outcome.is_new && !outcome.is_unchanged, "is a change");

    is_int(cert_read_certificate(f.reader, cert_str("A1"), &certificate),
           CERT_OK, "read");
    is_str(certificate.person.name.data, "张三风", "the new name");
    is_str(certificate.person.id_number.data, OTHER, "the new number");

    certificate_of(&certificate, "", "张三", PERSON);
    c = change(&f, CERT_CHANGE_CERTIFICATE, "2022-06-01");
    c.u.certificate = &certificate;
    is_int(apply(&f, &c, &outcome), CERT_INVALID, "no number");
    certificate_of(&certificate, "A2", "", PERSON);
    is_int(apply(&f, &c, &outcome), CERT_INVALID, "no name");
    certificate_of(&certificate, "A2", "张三", PERSON);
    certificate.facts.approved = CERT_DATE_NONE;
    is_int(apply(&f, &c, &outcome), CERT_INVALID, "no date");

    is_whole("certificates");
}


static void
test_status(void)
{
    cert_outcome_t  outcome;

    static const struct {
        cert_status_t  from, to;
        int            may;
    } rows[] = {
        { CERT_STATUS_VALID, CERT_STATUS_SUSPENDED, 1 },
        { CERT_STATUS_VALID, CERT_STATUS_REVOKED, 1 },
        { CERT_STATUS_VALID, CERT_STATUS_REPLACED, 1 },
        { CERT_STATUS_SUSPENDED, CERT_STATUS_VALID, 1 },
        { CERT_STATUS_SUSPENDED, CERT_STATUS_REVOKED, 1 },
        { CERT_STATUS_SUSPENDED, CERT_STATUS_REPLACED, 1 },
        { CERT_STATUS_REVOKED, CERT_STATUS_VALID, 0 },
        { CERT_STATUS_REVOKED, CERT_STATUS_SUSPENDED, 0 },
        { CERT_STATUS_REVOKED, CERT_STATUS_REPLACED, 0 },
        { CERT_STATUS_REPLACED, CERT_STATUS_VALID, 0 },
        { CERT_STATUS_REPLACED, CERT_STATUS_REVOKED, 0 },
        { CERT_STATUS_REPLACED, CERT_STATUS_SUSPENDED, 0 }
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char  number[16];

        snprintf(number, sizeof(number), "S%zu", i);
        put_certificate(&f, number, "张三", PERSON, &outcome);

        if (rows[i].from != CERT_STATUS_VALID) {
            set_status(&f, number, rows[i].from,
                       rows[i].from == CERT_STATUS_REPLACED ? "A1" : "",
                       &outcome);
        }

        is_int(set_status(&f, number, rows[i].to,
                          rows[i].to == CERT_STATUS_REPLACED ? "A1" : "",
                          &outcome),
               rows[i].may ? CERT_OK : CERT_REFUSED, "%s to %s",
               cert_status_name(rows[i].from), cert_status_name(rows[i].to));
    }

    is_int(set_status(&f, "S0", CERT_STATUS_SUSPENDED, "", &outcome), CERT_OK,
           "twice the same");
    ok(outcome.is_unchanged, "changes nothing");
    is_int(set_status(&f, "nobody", CERT_STATUS_REVOKED, "", &outcome),
           CERT_REFUSED, "no such certificate");
    is_int(set_status(&f, "A1", CERT_STATUS_REPLACED, "nobody", &outcome),
           CERT_REFUSED, "no such successor");
    is_int(set_status(&f, "A1", CERT_STATUS_REPLACED, "A1", &outcome),
           CERT_INVALID, "by itself");
    is_int(set_status(&f, "A1", CERT_STATUS_REPLACED, "", &outcome),
           CERT_INVALID, "by nothing");

    is_whole("status");
}


static void
test_copies(void)
{
    cert_code_t          code;
    cert_outcome_t       outcome;
    cert_annotation_t    annotation;
    cert_certificate_t   certificate;

    is_int(annotate(&f, "A1", "2022-06-03", 91, &outcome), CERT_REFUSED,
           "91 days");
    is_int(outcome.refusal, CERT_REFUSAL_DAYS, "are too many");
    is_int(annotate(&f, "A1", "2022-06-03", 0, &outcome), CERT_REFUSED,
           "0 days");
    is_int(annotate(&f, "nobody", "2022-06-03", 1, &outcome), CERT_REFUSED,
           "nobody's");
    is_int(annotate(&f, "S1", "2022-06-03", 1, &outcome), CERT_REFUSED,
           "of a revoked certificate");
    is_int(outcome.refusal, CERT_REFUSAL_NOT_VALID, "which is not in force");

    is_int(annotate(&f, "A1", "2022-06-03", 90, &outcome), CERT_OK, "a copy");
    code = outcome.code;

    is_int(make_ready(&f, &code, "2022-06-04", 0xb1, &outcome), CERT_OK,
           "is ready");
    is_int(make_ready(&f, &code, "2022-06-04", 0xb1, &outcome), CERT_OK,
           "told twice");
    ok(outcome.is_unchanged, "changes nothing");
    is_int(make_ready(&f, &code, "2022-06-04", 0xb2, &outcome), CERT_REFUSED,
           "another file for it is refused");
    is_int(end_copy(&f, CERT_CHANGE_FAILED, &code, "2022-06-04", &outcome),
           CERT_REFUSED, "ready does not fail");
    is_int(end_copy(&f, CERT_CHANGE_PRUNE, &code, "2022-06-04", &outcome),
           CERT_REFUSED, "nor is it pruned before it expired");

    put_certificate(&f, "A1", "张三峰", OTHER, &outcome);
    is_int(cert_read_annotation(f.reader, &code, &annotation, &certificate),
           CERT_OK, "after a correction of the certificate");
    ok(certificate.facts.masked_name.len == strlen("张*峰")
       && memcmp(certificate.facts.masked_name.data, "张*峰",
                 certificate.facts.masked_name.len) == 0,
       "its copy has the new name");

    is_int(end_copy(&f, CERT_CHANGE_WITHDRAW, &code, "2022-06-05", &outcome),
           CERT_OK, "withdrawn");
    is_int(end_copy(&f, CERT_CHANGE_PRUNE, &code, "2022-12-05", &outcome),
           CERT_OK, "and pruned in its time");
    is_int(cert_read_annotation(f.reader, &code, &annotation, &certificate),
           CERT_OK, "read");
    ok(annotation.is_pruned && annotation.state == CERT_ANNOTATION_WITHDRAWN,
       "stays withdrawn");

    is_whole("copies");
}


static void
test_queue(void)
{
    cert_code_t        code;
    cert_outcome_t     outcome;
    cert_store_stat_t  stat;

    is_int(annotate(&f, "A1", "2022-12-06", 9, &outcome), CERT_OK, "applied");
    code = outcome.code;

    is_int(cert_read_stat(f.reader, &stat), CERT_OK, "stat");
    is_int(stat.queue, 1, "one waits");
    is_int(stat.queue_oldest, at("2022-12-06"), "since then");

    is_int(end_copy(&f, CERT_CHANGE_RETRY, &code, "2022-12-07", &outcome),
           CERT_OK, "tried");
    is_whole("a retry");
    is_int(end_copy(&f, CERT_CHANGE_FAILED, &code, "2022-12-07", &outcome),
           CERT_OK, "failed");
    is_int(end_copy(&f, CERT_CHANGE_RETRY, &code, "2022-12-07", &outcome),
           CERT_REFUSED, "not tried again");

    is_int(cert_read_stat(f.reader, &stat), CERT_OK, "stat");
    is_int(stat.queue, 0, "none waits");
}


static void
test_original(void)
{
    cert_code_t          code;
    cert_change_t        c;
    cert_outcome_t       outcome;
    cert_certificate_t   old;

    c = change(&f, CERT_CHANGE_ORIGINAL, "2022-12-08");
    c.u.apply.number = cert_str("A1");
    c.u.apply.code = code_of(&f, "2022-12-08");
    is_int(apply(&f, &c, &outcome), CERT_REFUSED, "one that needs annotation");
    is_int(outcome.refusal, CERT_REFUSAL_NEEDS_ANNOTATION, "has no original");

    put_qualification(&f, "拍卖师", NULL);
    certificate_of(&old, "P1", "张三", PERSON);
    old.facts.qualification = cert_str("拍卖师");
    c = change(&f, CERT_CHANGE_CERTIFICATE, "2022-12-08");
    c.u.certificate = &old;
    is_int(apply(&f, &c, &outcome), CERT_OK, "an association's");

    c = change(&f, CERT_CHANGE_ORIGINAL, "2022-12-08");
    c.u.apply.number = cert_str("P1");
    c.u.apply.code = code_of(&f, "2022-12-08");
    is_int(apply(&f, &c, &outcome), CERT_OK, "has one");
    is_int(outcome.expires, CERT_TIME_NEVER, "that does not expire");
    code = outcome.code;

    c.u.apply.code = code_of(&f, "2022-12-08");
    is_int(apply(&f, &c, &outcome), CERT_REFUSED, "and not two");
    is_int(outcome.refusal, CERT_REFUSAL_HAS_ORIGINAL, "for that reason");

    for (int i = 2; i <= 4; i++) {
        is_int(end_copy(&f, i % 2 ? CERT_CHANGE_FAILED : CERT_CHANGE_WITHDRAW,
                        &code, "2022-12-08", &outcome), CERT_OK,
               "number %d is over", i - 1);
        c.u.apply.code = code = code_of(&f, "2022-12-08");
        is_int(apply(&f, &c, &outcome), i < 4 ? CERT_OK : CERT_REFUSED,
               "number %d in 90 days", i);
    }

    is_int(outcome.refusal, CERT_REFUSAL_QUOTA, "is one too many");
    is_int(outcome.next_slot, at("2023-03-08"), "until the first has left");

    c.time = at("2023-03-07T23:59:59+08:00");
    is_int(apply(&f, &c, &outcome), CERT_REFUSED, "not yet");
    c.time = at("2023-03-08");
    is_int(apply(&f, &c, &outcome), CERT_OK, "then there may be another");

    is_whole("originals");
}


static void
test_photo(void)
{
    size_t          len;
    uint8_t         photo[5000];
    static uint8_t  back[CERT_PHOTO_MAX];
    cert_change_t   c;
    cert_outcome_t  outcome;

    memset(photo, 0x77, sizeof(photo));

    c = change(&f, CERT_CHANGE_PHOTO, "2022-12-08");
    c.u.photo.number = cert_str("A1");
    c.u.photo.photo = (cert_str_t) { photo, sizeof(photo) };
    is_int(apply(&f, &c, &outcome), CERT_OK, "a photo");

    is_int(cert_read_photo(f.reader, cert_str("A1"), back, &len), CERT_OK,
           "read");
    ok(len == sizeof(photo) && memcmp(back, photo, len) == 0, "is the same");

    c = change(&f, CERT_CHANGE_PHOTO, "2022-12-08");
    c.u.photo.number = cert_str("A1");
    c.u.photo.photo = (cert_str_t) { photo, sizeof(photo) };
    is_int(apply(&f, &c, &outcome), CERT_OK, "once more");
    ok(outcome.is_unchanged, "changes nothing");

    c.u.photo.photo.len = CERT_PHOTO_MAX + 1;
    is_int(apply(&f, &c, &outcome), CERT_REFUSED, "too large");
    c.u.photo.photo.len = 0;
    is_int(apply(&f, &c, &outcome), CERT_REFUSED, "empty");

    is_whole("photos");
}


static void
test_reseal(void)
{
    uint8_t         secret[CERT_KEY_SIZE], id;
    cert_change_t   c;
    cert_outcome_t  outcome;
    static uint8_t  back[CERT_PHOTO_MAX];
    size_t          len;

    memset(secret, 0x99, sizeof(secret));
    (void) cert_keyring_add(f.ring, CERT_KEY_RECORD, CERT_KEY_ACTIVE, 1,
                            secret, &id);
    memset(secret, 0x98, sizeof(secret));
    (void) cert_keyring_add(f.ring, CERT_KEY_PERSONAL, CERT_KEY_ACTIVE, 1,
                            secret, &id);

    is_whole("before re-sealing");

    c = change(&f, CERT_CHANGE_RESEAL, "2022-12-09");
    c.u.reseal.number = cert_str("");
    is_int(apply(&f, &c, &outcome), CERT_OK, "what is common");

    c = change(&f, CERT_CHANGE_RESEAL, "2022-12-09");
    c.u.reseal.number = cert_str("A1");
    is_int(apply(&f, &c, &outcome), CERT_OK, "a certificate");
    ok(!outcome.is_unchanged, "is sealed again");
    is_int(apply(&f, &c, &outcome), CERT_OK, "once more");
    ok(outcome.is_unchanged, "changes nothing");
    c.u.reseal.number = cert_str("");
    is_int(apply(&f, &c, &outcome), CERT_OK, "what is common once more");
    ok(outcome.is_unchanged, "changes nothing either");
    c.u.reseal.number = cert_str("nobody");
    is_int(apply(&f, &c, &outcome), CERT_REFUSED, "nobody's");

    is_int(cert_read_photo(f.reader, cert_str("A1"), back, &len), CERT_OK,
           "its photo");
    is_whole("after re-sealing");
}


/* Later changes of a transaction read what earlier ones wrote. */
static void
test_batch(void)
{
    char                 number[16];
    unsigned             bad;
    cert_txn_t          *txn;
    cert_change_t        c;
    cert_reason_t        reason;
    cert_outcome_t       outcome;
    cert_certificate_t   certificate;

    bad = 0;
    is_int(cert_txn_begin(&txn, f.store, &reason), CERT_OK, "begun");

    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < 200; i++) {
            snprintf(number, sizeof(number), "T%03u", i);
            certificate_of(&certificate, number, round ? "李四" : "张三",
                           PERSON);
            c = change(&f, CERT_CHANGE_CERTIFICATE, "2022-12-09");
            c.u.certificate = &certificate;
            bad += cert_change_execute(txn, &c, &outcome) != CERT_OK
                   || outcome.is_new != (round == 0)
                   || outcome.is_unchanged != (round == 2);
        }
    }

    is_int(bad, 0, "600 changes in one transaction");
    is_int(cert_txn_commit(txn, &reason), CERT_OK, "committed");
    is_whole("a batch");
}


static cert_err_t
count_entry(void *data, const cert_journal_entry_t *entry)
{
    uint64_t  *last = data;

    if (entry->sequence != *last + 1) {
        return CERT_CORRUPT;
    }

    *last = entry->sequence;

    return CERT_OK;
}


static void
test_journal(void)
{
    uint64_t           entries, next, last;
    cert_err_t         err;
    cert_reason_t      reason;
    cert_store_stat_t  stat;

    is_int(cert_journal_verify(f.reader, &entries, &reason), CERT_OK,
           "the chain holds");
    (void) cert_read_stat(f.reader, &stat);
    is_int(entries, stat.journal, "to its head");

    next = 1;
    last = 0;

    do {
        err = cert_journal_list(f.reader, &next, 7, count_entry, &last);
    } while (err == CERT_OK);

    is_int(err, CERT_NOT_FOUND, "listed to the end");
    is_int(last, entries, "every entry");
}


static void
test_refused_time(void)
{
    cert_change_t   c;
    cert_outcome_t  outcome;

    c = change(&f, CERT_CHANGE_KEY, "2022-12-09");
    c.u.key.use = CERT_KEY_TOKEN;
    c.u.key.id = 1;
    c.time = 0;
    is_int(apply(&f, &c, &outcome), CERT_INVALID, "no time");
    c.time = at("2022-12-09");
    memset(c.actor, 'x', sizeof(c.actor));
    is_int(apply(&f, &c, &outcome), CERT_INVALID, "an endless actor");
    c = change(&f, 99, "2022-12-09");
    is_int(apply(&f, &c, &outcome), CERT_INVALID, "an unknown change");
}


int
main(void)
{
    fixture_init(&f);

    test_certificate();
    test_status();
    test_copies();
    test_queue();
    test_original();
    test_photo();
    test_reseal();
    test_batch();
    test_journal();
    test_refused_time();

    fixture_wipe(&f);

    return done_testing();
}
