/*
 * Copyright (C) the ngx_cert authors
 *
 * Test Anything Protocol for the unit tests, in one header.
 *
 *     ok(condition, "name of %s", what);
 *     is_int(got, expected, "name");
 *     is_str(got, expected, "name");
 *     in_time(took_ms, 5000, "name");
 *     diag("counted %d", n);
 *     return done_testing();
 *
 * A test of many cases counts its failures and is one ok(): ten thousand
 * lines of "ok" hide the one that is not.
 */


#ifndef TAP_H_INCLUDED
#define TAP_H_INCLUDED


#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static int  tap_run;
static int  tap_failed;


#define ok(condition, ...)                                                    \
    tap_ok(!!(condition), __FILE__, __LINE__, __VA_ARGS__)

#define is_int(got, expected, ...)                                            \
    tap_is_int((int64_t) (got), (int64_t) (expected), __FILE__, __LINE__,     \
               __VA_ARGS__)

#define is_str(got, expected, ...)                                            \
    tap_is_str(got, expected, __FILE__, __LINE__, __VA_ARGS__)


/*
 * What is promised is promised for a machine that has time for it: a busy one
 * may take TEST_SLACK (12) times as long.
 */
#define in_time(took_ms, promised_ms, ...)                                    \
    tap_ok((took_ms) < (promised_ms) * tap_slack(), __FILE__, __LINE__,       \
           __VA_ARGS__)


static inline int64_t
tap_slack(void)
{
    const char  *given = getenv("TEST_SLACK");

    return given != NULL ? strtoll(given, NULL, 10) : 12;
}


static inline void __attribute__((format(printf, 1, 2)))
diag(const char *fmt, ...)
{
    va_list  args;

    fputs("# ", stdout);

    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);

    putchar('\n');
    fflush(stdout);
}


static inline int
tap_result(int passed, const char *file, int line, const char *fmt,
    va_list args)
{
    tap_run++;
    printf("%sok %d - ", passed ? "" : "not ", tap_run);
    vprintf(fmt, args);
    putchar('\n');

    if (!passed) {
        tap_failed++;
        diag("  failed at %s line %d", file, line);
    }

    /* Whatever crashes next, this line is out. */
    fflush(stdout);

    return passed;
}


static inline int __attribute__((format(printf, 4, 5)))
tap_ok(int passed, const char *file, int line, const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    tap_result(passed, file, line, fmt, args);
    va_end(args);

    return passed;
}


static inline int __attribute__((format(printf, 5, 6)))
tap_is_int(int64_t got, int64_t expected, const char *file, int line,
    const char *fmt, ...)
{
    va_list  args;

    va_start(args, fmt);
    tap_result(got == expected, file, line, fmt, args);
    va_end(args);

    if (got != expected) {
        diag("       got: %" PRId64, got);
        diag("  expected: %" PRId64, expected);
    }

    return got == expected;
}


static inline int __attribute__((format(printf, 5, 6)))
tap_is_str(const char *got, const char *expected, const char *file, int line,
    const char *fmt, ...)
{
    int      same;
    va_list  args;

    same = got != NULL && expected != NULL && strcmp(got, expected) == 0;

    va_start(args, fmt);
    tap_result(same, file, line, fmt, args);
    va_end(args);

    if (!same) {
        diag("       got: \"%s\"", got != NULL ? got : "(null)");
        diag("  expected: \"%s\"", expected != NULL ? expected : "(null)");
    }

    return same;
}


/* Prints the plan and returns the exit status for main(). */
static inline int
done_testing(void)
{
    printf("1..%d\n", tap_run);
    fflush(stdout);

    return tap_failed != 0;
}


#endif /* TAP_H_INCLUDED */
