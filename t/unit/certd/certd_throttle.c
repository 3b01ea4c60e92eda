/*
 * Copyright (C) the ngx_cert authors
 *
 * Back-off by a clock of our own: when it begins, how it grows, what is
 * forgotten, and that a flood of names forgets none that failed more.
 */


#include "certd_throttle.h"
#include "tap.h"


#define SEC    INT64_C(1000)
#define MIN    (60 * SEC)
#define START  (1000 * MIN)


static void test_begin(certd_throttle_t *t);
static void test_double(certd_throttle_t *t);
static void test_forget(certd_throttle_t *t);
static void test_pace(certd_throttle_t *t);
static void test_outcomes(certd_throttle_t *t);
static void test_undo(certd_throttle_t *t);
static void test_kinds(certd_throttle_t *t);
static void test_texts(certd_throttle_t *t);
static void test_flood(void);


int
main(void)
{
    certd_throttle_t  *t;

    t = certd_throttle_create();
    ok(t != NULL, "a table is made");

    test_begin(t);
    test_double(t);
    test_forget(t);
    test_pace(t);
    test_outcomes(t);
    test_undo(t);
    test_kinds(t);
    test_texts(t);

    certd_throttle_destroy(t);
    certd_throttle_destroy(NULL);

    test_flood();

    return done_testing();
}


static void
test_begin(certd_throttle_t *t)
{
    int         i, bad;
    cert_str_t  who = cert_str("begin");

    bad = 0;

    for (i = 0; i < 5; i++) {
        bad += certd_throttle_look(t, CERTD_THROTTLE_ACCOUNT, who, START) != 0;
        bad += certd_throttle_try(t, CERTD_THROTTLE_ACCOUNT, who, START) != 0;
    }

    is_int(bad, 0, "five tries at once need no waiting");
    is_int(certd_throttle_try(t, CERTD_THROTTLE_ACCOUNT, who, START), 1,
           "the sixth has to wait a second");
    is_int(certd_throttle_look(t, CERTD_THROTTLE_ACCOUNT, who, START + 999), 1,
           "... of which a part is a whole one");
    is_int(certd_throttle_look(t, CERTD_THROTTLE_ACCOUNT, who, START + SEC), 0,
           "... and is over then");

    bad = 0;

    for (i = 0; i < 1000; i++) {
        bad += certd_throttle_try(t, CERTD_THROTTLE_ACCOUNT, who, START) != 1;
    }

    is_int(bad, 0, "a refused client is not made to wait longer by asking");
}


static void
test_double(certd_throttle_t *t)
{
    int         i, bad;
    int64_t     now;
    unsigned    sec, expected;
    cert_str_t  who = cert_str("double");

    now = START;
    bad = 0;
    expected = 1;

    for (i = 0; i < 5; i++) {
        (void) certd_throttle_try(t, CERTD_THROTTLE_ACCOUNT, who, now);
    }

    /* 1, 2, 4 ... 512 s take 17 min together, in which one is forgotten. */

    for (i = 0; i < 9; i++) {
        sec = certd_throttle_look(t, CERTD_THROTTLE_ACCOUNT, who, now);
        bad += (sec != expected);
        now += sec * SEC;
        bad += certd_throttle_try(t, CERTD_THROTTLE_ACCOUNT, who, now) != 0;
        expected *= 2;
    }

    is_int(bad, 0, "each failure doubles the wait, from 1 s to 256 s");

    for (i = 0; i < 100; i++) {
        certd_throttle_fail(t, CERTD_THROTTLE_ACCOUNT, who, now);
    }

    is_int(certd_throttle_look(t, CERTD_THROTTLE_ACCOUNT, who, now), 900,
           "it ends at 15 min, however many they are");
}


static void
test_forget(certd_throttle_t *t)
{
    int         i;
    cert_str_t  who = cert_str("forget");

    for (i = 0; i < 100; i++) {
        certd_throttle_fail(t, CERTD_THROTTLE_ACCOUNT, who, START);
    }

    is_int(certd_throttle_look(t, CERTD_THROTTLE_ACCOUNT, who,
                               START + 15 * MIN - 1), 1,
           "after 15 min less a millisecond there is a second to wait");
    is_int(certd_throttle_try(t, CERTD_THROTTLE_ACCOUNT, who,
                              START + 15 * MIN), 0,
           "after 15 min there is a try: none is locked out");

    is_int(certd_throttle_look(t, CERTD_THROTTLE_ACCOUNT, who,
                               START + 24 * 60 * MIN), 0,
           "after a day of silence there is nothing to wait for");

    for (i = 0; i < 4; i++) {
        certd_throttle_fail(t, CERTD_THROTTLE_ACCOUNT, who,
                            START + 24 * 60 * MIN);
    }

    is_int(certd_throttle_look(t, CERTD_THROTTLE_ACCOUNT, who,
                               START + 24 * 60 * MIN), 0,
           "... and all failures before are forgotten");
}


/* Guesses at the best moment get no more than one in 15 min. */
static void
test_pace(certd_throttle_t *t)
{
    int         tries;
    int64_t     now;
    cert_str_t  who = cert_str("rate");

    tries = 0;

    for (now = START; now < START + 10 * 24 * 60 * MIN; now += SEC) {
        tries += certd_throttle_try(t, CERTD_THROTTLE_ACCOUNT, who, now) == 0;
    }

    diag("%d guesses in ten days, one a second being tried", tries);
    ok(tries >= 960 && tries <= 960 + 15, "96 guesses a day at most");
}


static void
test_outcomes(certd_throttle_t *t)
{
    int         i, bad;
    cert_str_t  who = cert_str("outcomes");

    bad = 0;

    for (i = 0; i < 100; i++) {
        bad += certd_throttle_try(t, CERTD_THROTTLE_ACCOUNT, who, START) != 0;
        certd_throttle_undo(t, CERTD_THROTTLE_ACCOUNT, who, START);
    }

    is_int(bad, 0, "tries that were not decided count for nothing");

    for (i = 0; i < 20; i++) {
        certd_throttle_fail(t, CERTD_THROTTLE_ACCOUNT, who, START);
    }

    ok(certd_throttle_look(t, CERTD_THROTTLE_ACCOUNT, who, START) > 0,
       "failures count");

    certd_throttle_clear(t, CERTD_THROTTLE_ACCOUNT, who);

    is_int(certd_throttle_look(t, CERTD_THROTTLE_ACCOUNT, who, START), 0,
           "a right password clears them");

    certd_throttle_undo(t, CERTD_THROTTLE_ACCOUNT, cert_str("nobody"),
                        START);
    certd_throttle_clear(t, CERTD_THROTTLE_ACCOUNT, cert_str("nobody"));
    is_int(certd_throttle_look(t, CERTD_THROTTLE_ACCOUNT, cert_str("nobody"),
                               START), 0, "nothing is known of a new name");
}


/* A client that waited, and was refused for another cause, has waited. */
static void
test_undo(certd_throttle_t *t)
{
    int         i, bad;
    int64_t     now;
    cert_str_t  who = cert_str("undo");

    for (i = 0; i < 8; i++) {
        certd_throttle_fail(t, CERTD_THROTTLE_ACCOUNT, who, START);
    }

    is_int(certd_throttle_look(t, CERTD_THROTTLE_ACCOUNT, who, START), 8,
           "eight seconds to wait");

    now = START + 8 * SEC;
    bad = 0;

    for (i = 0; i < 5; i++, now += SEC) {
        bad += certd_throttle_try(t, CERTD_THROTTLE_ACCOUNT, who, now) != 0;
        certd_throttle_undo(t, CERTD_THROTTLE_ACCOUNT, who, now);
    }

    is_int(bad, 0, "waited out, each try that is not decided leaves another");

    is_int(certd_throttle_try(t, CERTD_THROTTLE_ACCOUNT, who, now), 0,
           "and one that fails");
    is_int(certd_throttle_look(t, CERTD_THROTTLE_ACCOUNT, who, now), 16,
           "has the next one wait, longer");

    now += 16 * SEC;
    (void) certd_throttle_try(t, CERTD_THROTTLE_ACCOUNT, who, now);
    certd_throttle_fail(t, CERTD_THROTTLE_ACCOUNT, who, now + SEC);
    certd_throttle_undo(t, CERTD_THROTTLE_ACCOUNT, who, now);

    is_int(certd_throttle_look(t, CERTD_THROTTLE_ACCOUNT, who, now + SEC), 32,
           "every failure since is waited for");
}


static void
test_kinds(certd_throttle_t *t)
{
    int         i;
    cert_str_t  who = cert_str("kinds");

    for (i = 0; i < 19; i++) {
        certd_throttle_fail(t, CERTD_THROTTLE_ADDRESS, who, START);
    }

    is_int(certd_throttle_look(t, CERTD_THROTTLE_ADDRESS, who, START), 0,
           "an address has 19 failures without a wait");

    certd_throttle_fail(t, CERTD_THROTTLE_ADDRESS, who, START);

    is_int(certd_throttle_look(t, CERTD_THROTTLE_ADDRESS, who, START), 1,
           "the 20th has one");
    is_int(certd_throttle_look(t, CERTD_THROTTLE_ACCOUNT, who, START), 0,
           "an account of the same text has none");
    is_int(certd_throttle_look(t, CERTD_THROTTLE_DOCUMENT, who, START), 0,
           "nor has a document");

    for (i = 0; i < 5; i++) {
        certd_throttle_fail(t, CERTD_THROTTLE_DOCUMENT, who, START);
    }

    is_int(certd_throttle_look(t, CERTD_THROTTLE_DOCUMENT, who, START), 1,
           "a document has one after five");

    for (i = 0; i < 100; i++) {
        certd_throttle_fail(t, CERTD_THROTTLE_ADDRESS, who, START);
    }

    is_int(certd_throttle_look(t, CERTD_THROTTLE_ADDRESS, who, START), 900,
           "an address waits 15 min at most");
    is_int(certd_throttle_look(t, CERTD_THROTTLE_ADDRESS, who,
                               START + 40 * MIN), 0,
           "and forgets faster");
}


/* Texts of all lengths, and those that differ in one byte. */
static void
test_texts(certd_throttle_t *t)
{
    int      bad;
    size_t   i, j;
    uint8_t  text[64];

    bad = 0;

    for (i = 0; i <= sizeof(text); i++) {
        memset(text, 'a', sizeof(text));

        for (j = 0; j < 10; j++) {
            certd_throttle_fail(t, CERTD_THROTTLE_ACCOUNT,
                                (cert_str_t) { text, i }, START);
        }

        bad += certd_throttle_look(t, CERTD_THROTTLE_ACCOUNT,
                                   (cert_str_t) { text, i }, START) == 0;

        for (j = 0; j < i; j++) {
            text[j]++;
            bad += certd_throttle_look(t, CERTD_THROTTLE_ACCOUNT,
                                       (cert_str_t) { text, i }, START) != 0;
            text[j]--;
        }
    }

    is_int(bad, 0, "each text is told apart from each other");
}


static void
test_flood(void)
{
    int                bad;
    size_t             n;
    uint32_t           i;
    certd_throttle_t  *t;
    char               text[16];

    t = certd_throttle_create();

    /* A hundred that are guessed at, then four million names. */

    for (i = 0; i < 100 * 10; i++) {
        n = (size_t) snprintf(text, sizeof(text), "victim%u", i % 100);
        certd_throttle_fail(t, CERTD_THROTTLE_ACCOUNT,
                            (cert_str_t) { (uint8_t *) text, n }, START);
    }

    for (i = 0; i < 4000000; i++) {
        n = (size_t) snprintf(text, sizeof(text), "n%u", i);
        certd_throttle_fail(t, CERTD_THROTTLE_ACCOUNT,
                            (cert_str_t) { (uint8_t *) text, n }, START);
    }

    bad = 0;

    for (i = 0; i < 100; i++) {
        n = (size_t) snprintf(text, sizeof(text), "victim%u", i);
        bad += certd_throttle_look(t, CERTD_THROTTLE_ACCOUNT,
                                   (cert_str_t) { (uint8_t *) text, n }, START)
               != 32;
    }

    is_int(bad, 0, "four million names with a failure each push out none of "
           "a hundred with ten");

    certd_throttle_destroy(t);
}
