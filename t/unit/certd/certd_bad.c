/*
 * Copyright (C) the ngx_cert authors
 *
 * The bad files that are known: which are listed where there are too many,
 * and how many lines they are in the log.
 */


#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "certd_bad.h"
#include "tap.h"


static certd_options_t  options;
static certd_t          certd;
static certd_bad_t      bad;


static cert_code_t
code_of(uint32_t n)
{
    cert_code_t  code;

    memset(&code, 0, sizeof(code));

    for (size_t i = 0; i < sizeof(n); i++) {
        code.bytes[i] = (uint8_t) (n >> (24 - 8 * i));
    }

    return code;
}


static void
note(uint32_t n, certd_look_result_t result)
{
    cert_code_t   code;
    certd_look_t  look;

    memset(&look, 0, sizeof(look));
    look.result = result;
    code = code_of(n);

    certd_bad_note(&certd, &bad, &code, &look);
}


/* A file that was changed so many seconds ago, or will be. */
static void
note_changed(uint32_t n, certd_look_result_t result, int64_t ago_sec)
{
    cert_code_t   code;
    certd_look_t  look;

    memset(&look, 0, sizeof(look));
    look.result = result;
    look.version.ino = 1;
    look.version.ctime_ns = (uint64_t) (time(NULL) - ago_sec) * 1000000000u;
    code = code_of(n);

    certd_bad_note(&certd, &bad, &code, &look);
}


static int
is_listed(uint32_t n)
{
    cert_code_t  code;

    code = code_of(n);

    return cert_bad_has(&bad.list, &code);
}


/* In the log so far. */
static unsigned
lines(void)
{
    char      c;
    unsigned  n;

    n = 0;

    for (off_t at = 0; pread(STDERR_FILENO, &c, 1, at) == 1; at++) {
        n += (c == '\n');
    }

    return n;
}


static void
start(void)
{
    memset(&bad, 0, sizeof(bad));
    certd_bad_log_open(&bad.log);
}


static void
test_some(void)
{
    size_t                     wrong;
    const certd_look_result_t  sound[] = { CERTD_LOOK_SOUND,
                                           CERTD_LOOK_NEEDLESS };

    start();

    for (uint32_t i = 0; i < 100; i++) {
        note(i * 37 % 100, CERTD_LOOK_CHANGED);
        note(i * 37 % 100, CERTD_LOOK_CHANGED);
    }

    is_int(bad.list.n, 100, "each is listed once");

    wrong = 0;

    for (size_t i = 1; i < bad.list.n; i++) {
        wrong += memcmp(&bad.list.codes[i - 1], &bad.list.codes[i],
                        sizeof(cert_code_t)) >= 0;
    }

    is_int(wrong, 0, "in order");
    is_int(bad.log.alarms, 20, "twenty lines a minute");
    is_int(bad.log.unsaid, 80, "and a count of the others");

    note(200, CERTD_LOOK_SOUND);
    note(201, CERTD_LOOK_TROUBLE);
    is_int(bad.list.n, 100, "what is right, or in doubt, is not listed");

    note(50, CERTD_LOOK_TROUBLE);
    ok(is_listed(50), "in doubt: what is listed stays");

    for (uint32_t i = 0; i < 2; i++) {
        bad.is_dirty = 0;
        note(50 + i, sound[i]);
        ok(!is_listed(50 + i), "right or needless: not listed any more");
        ok(bad.is_dirty, "which is to be written");
    }

    ok(is_listed(49) && is_listed(52), "its neighbours are");
}


static void
test_too_many(void)
{
    start();

    for (uint32_t i = 0; i < CERT_BAD_MAX; i++) {
        note(2 * i + 2, i == 7 ? CERTD_LOOK_MISSING : CERTD_LOOK_CHANGED);
    }

    is_int(bad.list.n, CERT_BAD_MAX, "as many as there is room for");
    ok(!bad.list.is_more, "and no more");

    note(1, CERTD_LOOK_SIZE);
    ok(!is_listed(1) && !bad.list.is_more, "nginx sees another size by itself");

    note(1, CERTD_LOOK_UNREADABLE);
    ok(!is_listed(1) && !bad.list.is_more, "and cannot send what cannot be "
       "read");

    note(3, CERTD_LOOK_CHANGED);
    ok(bad.list.n == CERT_BAD_MAX && is_listed(3) && !is_listed(16)
       && !bad.list.is_more, "what nginx sees gives way to what it does not");

    note(5, CERTD_LOOK_CHANGED);
    ok(bad.list.is_more, "at last it says that there are more");
    ok(is_listed(999999), "then all are bad");

    note(2, CERTD_LOOK_SOUND);
    ok(bad.list.is_more, "one that is right changes nothing");

    certd_bad_pass(&bad);
    ok(bad.list.is_more, "nor does the pass that found too many");

    note(5, CERTD_LOOK_CHANGED);
    bad.is_dirty = 0;
    certd_bad_pass(&bad);
    ok(!bad.list.is_more, "a whole pass that found fewer does");
    ok(bad.is_dirty, "which is to be written");
    ok(is_listed(5) && !is_listed(999999), "then those that are listed");
}


/* A folder that is gone, and is back. */
static void
test_back(void)
{
    unsigned  told;

    start();

    for (uint32_t i = 0; i < 100; i++) {
        note(i, CERTD_LOOK_MISSING);
    }

    told = lines();

    for (uint32_t i = 0; i < 100; i++) {
        note(i, i % 2 ? CERTD_LOOK_SOUND : CERTD_LOOK_NEEDLESS);
    }

    is_int(bad.list.n, 0, "all are right again");
    is_int(lines() - told, 20, "which are twenty lines a minute");

    told = lines();
    bad.log.minute_ms -= 60000;
    bad.is_dirty = 0;
    (void) certd_bad_tend(&certd, &bad);
    is_int(lines() - told, 2, "and a count of the others, as of the alarms");
}


/* A disk that is gone for minutes is gone for all files. */
static void
test_unreadable(void)
{
    start();

    for (uint32_t i = 0; i <= CERT_BAD_MAX; i++) {
        note(i + 1, CERTD_LOOK_UNREADABLE);
    }

    ok(bad.list.n == CERT_BAD_MAX && !bad.list.is_more,
       "whatever cannot be read, the others are sent");

    note(CERT_BAD_MAX + 2, CERTD_LOOK_CHANGED);
    ok(is_listed(CERT_BAD_MAX + 2) && !bad.list.is_more,
       "and it gives way to what was changed");
}


/* When it is read again although nobody has touched it. */
static void
test_due(void)
{
    start();

    note_changed(1, CERTD_LOOK_CHANGED, 0);
    ok(bad.files[0].is_due, "changed just now: read again in any case");

    note_changed(1, CERTD_LOOK_CHANGED, 60);
    ok(!bad.files[0].is_due, "a minute ago: when it is touched");

    note_changed(1, CERTD_LOOK_CHANGED, -3600);
    ok(!bad.files[0].is_due, "in an hour, by a clock that was wrong: as well");

    bad.files[0].is_due = 1;
    memset(&bad.files[0].version, 0, sizeof(bad.files[0].version));
    note_changed(1, CERTD_LOOK_TROUBLE, 60);
    ok(!bad.files[0].is_due && bad.files[0].version.ino == 1,
       "it may not be read: when it is touched, and not once a second");
    is_int(bad.files[0].result, CERTD_LOOK_CHANGED,
           "and stays what it was found to be");
}


int
main(void)
{
    options.home = "/nonexistent";
    certd.options = &options;

    /* What it says in its lines is looked at in t/75-scrub.t. */
    (void) dup2(memfd_create("log", 0), STDERR_FILENO);

    test_some();
    test_too_many();
    test_back();
    test_unreadable();
    test_due();

    return done_testing();
}
