/*
 * Copyright (C) the ngx_cert authors
 *
 * Trouble that repeats: a line when it begins, one a minute with a count, the
 * rest at the end.
 */


#include <sys/mman.h>
#include <unistd.h>

#include "certd_repeats.h"
#include "tap.h"


static certd_repeats_t  repeats;


static int
note(const char *text, int64_t now_ms, uint64_t *more)
{
    return certd_repeats_note(&repeats, CERTD_LOG_ERROR, text, now_ms, more);
}


/* A disk that is full for ten minutes, with a request each 100 ms. */
static void
test_minutes(void)
{
    int       lines;
    int64_t   now_ms;
    uint64_t  more, counted;

    memset(&repeats, 0, sizeof(repeats));
    lines = 0;
    counted = 0;

    for (now_ms = 0; now_ms < 600000; now_ms += 100) {
        if (note("the disk is full", now_ms, &more)) {
            lines++;
            counted += 1 + more;
        }

        if (now_ms % 1000 == 0
            && certd_repeats_due(&repeats, now_ms, 0, &more) != NULL)
        {
            lines++;
            counted += more;
        }
    }

    if (certd_repeats_due(&repeats, now_ms, 1, &more) != NULL) {
        lines++;
        counted += more;
    }

    ok(lines >= 10 && lines <= 11, "%d lines in ten minutes", lines);
    is_int(counted, 6000, "each is in one of them");
    ok(certd_repeats_due(&repeats, now_ms, 1, &more) == NULL,
       "and nothing is left");
}


static void
test_apart(void)
{
    uint64_t               more;
    const certd_repeat_t  *repeat;

    memset(&repeats, 0, sizeof(repeats));

    ok(note("a", 1000, &more), "one trouble is logged");
    ok(note("b", 1000, &more), "and another one");
    ok(!note("a", 1500, &more), "the first one again is not");
    ok(!note("a", 60999, &more), "nor within a minute");
    ok(certd_repeats_due(&repeats, 60999, 0, &more) == NULL, "nothing is due");

    ok(note("b", 61000, &more) && more == 0, "the other one has no count");

    repeat = certd_repeats_due(&repeats, 61000, 0, &more);
    ok(repeat != NULL && more == 2, "the count of two is due");
    is_str(repeat->text, "a", "of the first");
    is_int(repeat->level, CERTD_LOG_ERROR, "at its level");
    ok(!note("a", 61001, &more), "which counts as a line");

    ok(note("a", 121001, &more) && more == 1, "the next has its count");
    ok(note("a", 999999, &more) && more == 0, "one later has none");
}


static void
test_many(void)
{
    int       i, bad;
    char      text[32];
    uint64_t  more;

    memset(&repeats, 0, sizeof(repeats));
    bad = 0;

    for (i = 0; i < CERTD_REPEATS; i++) {
        (void) snprintf(text, sizeof(text), "trouble %d", i);
        bad += !note(text, 1000 + i, &more);
        bad += note(text, 1000 + i, &more);
    }

    is_int(bad, 0, "as many troubles as there are places");

    ok(note("one more", 2000, &more), "one more is logged");
    ok(!note("one more", 2000, &more), "once");
    ok(note("trouble 0", 2000, &more), "in place of the oldest");
    ok(!note("trouble 15", 2000, &more), "not of the others");
}


/* Lines of a level that is not written take no place of those that are. */
static void
test_unwritten(void)
{
    int    out, lines;
    char   c;
    off_t  at;

    out = dup(STDERR_FILENO);
    (void) dup2(memfd_create("log", 0), STDERR_FILENO);

    certd_log_repeat(CERTD_LOG_WARNING, "the disk is full");

    for (int i = 0; i < 100 * CERTD_REPEATS; i++) {
        certd_log_repeat(CERTD_LOG_INFO, "cannot answer, at %d",
                         i % CERTD_REPEATS);
        certd_log_repeat(CERTD_LOG_WARNING, "the disk is full");
    }

    certd_log_repeats(1);

    lines = 0;

    for (at = 0; pread(STDERR_FILENO, &c, 1, at) == 1; at++) {
        lines += (c == '\n');
    }

    (void) dup2(out, STDERR_FILENO);
    is_int(lines, 2, "a line and a count, whatever is not written meanwhile");
}


int
main(void)
{
    test_minutes();
    test_apart();
    test_many();
    test_unwritten();

    return done_testing();
}
