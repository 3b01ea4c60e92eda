/*
 * Copyright (C) the ngx_cert authors
 *
 * Accounts and sessions in the store of a unit test.  Each helper makes one
 * change; the digest of session "n" is the byte "n" 32 times.
 */


#ifndef HOLDER_H_INCLUDED
#define HOLDER_H_INCLUDED


#include "cert_fsck.h"
#include "cert_holder.h"
#include "cert_holder_read.h"
#include "cert_journal.h"
#include "store.h"


#define ANNA   "11010519491231002X"
#define BERTA  "440524188001010014"
#define CLARA  "11010519491231003X"     /* no check: no check is made here */

#define HASH   "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC."
#define OTHER  "$y$j9T$abcdefghijklmnopqrstu.$0123456789abcdefghijklmnopqrstu"


static inline cert_holder_t
holder_of(fixture_t *f, const char *id_number)
{
    cert_holder_t  holder;

    if (cert_holder_make(f->ring, CERT_ID_CN, cert_strz(id_number), &holder)
        != CERT_OK)
    {
        printf("Bail out! no holder\n");
        exit(1);
    }

    return holder;
}


static inline cert_err_t
enroll(fixture_t *f, const char *id_number, const char *username,
    const char *password, cert_outcome_t *outcome)
{
    cert_change_t  c;

    c = change(f, CERT_CHANGE_REGISTER, "2022-06-10");
    c.u.account.holder = holder_of(f, id_number);
    c.u.account.username = cert_strz(username);
    c.u.account.password = cert_strz(password);
    c.u.account.is_matched = 1;

    return apply(f, &c, outcome);
}


static inline cert_err_t
set_password(fixture_t *f, const char *id_number, const char *password,
    int keep_sessions, cert_outcome_t *outcome)
{
    cert_change_t  c;

    c = change(f, CERT_CHANGE_PASSWORD, "2022-06-11");
    c.u.account.holder = holder_of(f, id_number);
    c.u.account.password = cert_strz(password);
    c.u.account.keep_sessions = keep_sessions;

    return apply(f, &c, outcome);
}


static inline cert_err_t
consent(fixture_t *f, const char *id_number, unsigned version, uint8_t fill,
    cert_outcome_t *outcome)
{
    cert_change_t  c;

    c = change(f, CERT_CHANGE_CONSENT, "2022-06-12");
    c.u.account.holder = holder_of(f, id_number);
    c.u.account.notice_version = version;
    memset(c.u.account.notice_sha256, fill, CERT_SHA256_SIZE);

    return apply(f, &c, outcome);
}


static inline cert_err_t
link_to(fixture_t *f, const char *id_number, const char *other,
    cert_outcome_t *outcome)
{
    cert_change_t  c;

    c = change(f, CERT_CHANGE_LINK, "2022-06-13");
    c.u.account.holder = holder_of(f, id_number);
    c.u.account.other = holder_of(f, other);

    return apply(f, &c, outcome);
}


static inline const uint8_t *
digest_of(uint8_t n)
{
    static uint8_t  digests[256][CERT_SHA256_SIZE];

    memset(digests[n], n, CERT_SHA256_SIZE);

    return digests[n];
}


/* A login that begins session "n". */
static inline cert_change_t
login_change(fixture_t *f, const char *id_number, uint8_t n, const char *time,
    const char *until)
{
    cert_change_t  c;

    c = change(f, CERT_CHANGE_LOGIN, time);
    c.u.session.holder = holder_of(f, id_number);
    memcpy(c.u.session.digest, digest_of(n), CERT_SHA256_SIZE);
    c.u.session.until = at(until);

    return c;
}


/* Session "n", instead of "old" unless that is 0. */
static inline cert_err_t
log_in(fixture_t *f, const char *id_number, uint8_t n, uint8_t old,
    const char *time, const char *until, cert_outcome_t *outcome)
{
    cert_change_t  c;

    c = login_change(f, id_number, n, time, until);
    c.u.session.old = old ? digest_of(old) : NULL;

    return apply(f, &c, outcome);
}


/* The same, by a password that was verified for this generation. */
static inline cert_err_t
log_in_as(fixture_t *f, const char *id_number, uint32_t generation, uint8_t n,
    const char *time, const char *until, cert_outcome_t *outcome)
{
    cert_change_t  c;

    c = login_change(f, id_number, n, time, until);
    c.u.session.generation = generation;

    return apply(f, &c, outcome);
}


/* TOUCH or LOGOUT. */
static inline cert_err_t
use_session(fixture_t *f, cert_change_type_t type, uint8_t n,
    const char *time, cert_outcome_t *outcome)
{
    cert_change_t  c;

    c = change(f, type, time);
    memcpy(c.u.session.digest, digest_of(n), CERT_SHA256_SIZE);

    return apply(f, &c, outcome);
}


/* An application with a key; "key" and "request" fill their digests. */
static inline cert_err_t
annotate_once(fixture_t *f, const char *id_number, const char *number,
    uint8_t key, uint8_t request, cert_outcome_t *outcome)
{
    cert_change_t  c;
    cert_holder_t  holder;

    holder = holder_of(f, id_number);

    c = change(f, CERT_CHANGE_APPLY, "2022-06-20");
    c.u.apply.number = cert_strz(number);
    c.u.apply.scene = cert_str("self");
    c.u.apply.days = 30;
    c.u.apply.code = code_of(f, "2022-06-20");
    c.u.apply.holder = &holder;
    memset(c.u.apply.key, key, CERT_SHA256_SIZE);
    memset(c.u.apply.request, request, CERT_SHA256_SIZE);

    return apply(f, &c, outcome);
}


static inline cert_err_t
reseal_account(fixture_t *f, const char *id_number, cert_outcome_t *outcome)
{
    cert_change_t  c;
    cert_holder_t  holder;

    holder = holder_of(f, id_number);

    c = change(f, CERT_CHANGE_RESEAL, "2022-06-21");
    c.u.reseal.holder = &holder;

    return apply(f, &c, outcome);
}


static inline void
show_finding(void *data, const char *where, const char *what)
{
    snprintf(data, 400, "%.300s %.90s", where, what);
    diag("fsck: %s", (char *) data);
}


/* The number of findings; "last" holds the last one, 400 bytes. */
static inline uint64_t
findings(fixture_t *f, char *last)
{
    cert_err_t          err;
    cert_reason_t       reason;
    cert_fsck_calls_t   calls;
    cert_fsck_totals_t  totals;

    memset(&calls, 0, sizeof(calls));
    calls.finding = show_finding;
    calls.data = last;
    last[0] = '\0';

    err = cert_fsck(f->reader, &calls, &totals, &reason);

    return err == CERT_OK ? totals.findings : 1000;
}


/* Nothing is wrong, and the journal holds. */
static inline void
is_sound(fixture_t *f, const char *name)
{
    char           last[400];
    uint64_t       entries;
    cert_reason_t  reason;

    is_int(findings(f, last), 0, "%s: the store is whole", name);
    is_int(cert_journal_verify(f->reader, &entries, &reason), CERT_OK,
           "%s: the journal holds", name);
}


static inline cert_err_t
account_of(fixture_t *f, const char *id_number, cert_account_t *account)
{
    cert_holder_t  holder;

    holder = holder_of(f, id_number);

    return cert_read_account(f->reader, &holder, account);
}


/* Ten holders; holder "i" has i certificates and, if odd, an account. */
static inline const char *
id_at(unsigned i)
{
    static char  texts[10][32];

    snprintf(texts[i], sizeof(texts[i]), "1101051949123%05u", i);

    return texts[i];
}


static inline void
fill_holders(fixture_t *f)
{
    char            text[32];
    cert_outcome_t  outcome;

    put_qualification(f, "会计", "2021-12-17");

    for (unsigned i = 0; i < 10; i++) {
        for (unsigned k = 0; k < i; k++) {
            snprintf(text, sizeof(text), "C%u-%u", i, k);
            put_certificate(f, text, "张三", id_at(i), &outcome);
        }

        if (i % 2) {
            snprintf(text, sizeof(text), "user%u", i);
            enroll(f, id_at(i), text, HASH, &outcome);
            log_in(f, id_at(i), (uint8_t) i, 0, "2022-06-14", "2022-06-15",
                   &outcome);
        }
    }

    /* Number 2 was corrected to 9, whose account it joins. */
    link_to(f, id_at(9), id_at(2), &outcome);
    consent(f, id_at(4), 1, 0xaa, &outcome);
    annotate_once(f, id_at(9), "C9-0", 1, 1, &outcome);
    annotate_once(f, id_at(9), "C9-1", 2, 1, &outcome);
    is_sound(f, "filled");
}


#endif /* HOLDER_H_INCLUDED */
