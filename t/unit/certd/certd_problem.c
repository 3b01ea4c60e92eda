/*
 * Copyright (C) the ngx_cert authors
 *
 * The tables of problems: a row each, whole, in both languages; and what every
 * refusal and every error of the library becomes.
 */


#include "certd_problem.h"
#include "tap.h"


static void test_rows(void);
static int has_chinese(const char *text);
static void test_refusals(void);
static void test_errs(void);


int
main(void)
{
    test_rows();
    test_refusals();
    test_errs();

    return done_testing();
}


static void
test_rows(void)
{
    int                         i, j, bad;
    const certd_problem_row_t  *row, *other;

    for (i = 0; i < CERTD_PROBLEMS; i++) {
        row = certd_problem_row((certd_problem_t) i);

        bad = row->name == NULL || row->title == NULL || row->detail == NULL
              || row->detail_en == NULL;

        if (bad) {
            ok(0, "problem %d is whole", i);
            continue;
        }

        bad += strspn(row->name, "abcdefghijklmnopqrstuvwxyz_")
               != strlen(row->name);
        bad += row->status < 400 || row->status > 503;
        bad += (row->status == 503) != (row->retry_sec > 0)
               && row->status != 429;
        bad += !has_chinese(row->detail);
        bad += has_chinese(row->detail_en);
        bad += has_chinese(row->title);

        for (j = 0; j < i; j++) {
            other = certd_problem_row((certd_problem_t) j);
            bad += strcmp(other->name, row->name) == 0;
            bad += other->status > row->status;
        }

        is_int(bad, 0, "problem %d: %u %s", i, row->status, row->name);
    }
}


static int
has_chinese(const char *text)
{
    for ( /* void */ ; *text != '\0'; text++) {
        if ((unsigned char) *text >= 0x80) {
            return 1;
        }
    }

    return 0;
}


static void
test_refusals(void)
{
    size_t           i;
    certd_problem_t  problem;

    static const struct {
        cert_refusal_t   refusal;
        certd_problem_t  problem;
    }  rows[] = {
        { CERT_REFUSAL_NONE, CERTD_PROBLEM_UNAVAILABLE },
        { CERT_REFUSAL_NO_CERTIFICATE, CERTD_PROBLEM_NO_CERTIFICATE },
        { CERT_REFUSAL_NO_ANNOTATION, CERTD_PROBLEM_NO_ANNOTATION },
        { CERT_REFUSAL_NO_QUALIFICATION, CERTD_PROBLEM_UNAVAILABLE },
        { CERT_REFUSAL_NOT_VALID, CERTD_PROBLEM_NOT_VALID },
        { CERT_REFUSAL_QUOTA, CERTD_PROBLEM_QUOTA },
        { CERT_REFUSAL_SCENE, CERTD_PROBLEM_SCENE },
        { CERT_REFUSAL_DAYS, CERTD_PROBLEM_DAYS },
        { CERT_REFUSAL_CODE_TAKEN, CERTD_PROBLEM_BUSY },
        { CERT_REFUSAL_STATE, CERTD_PROBLEM_STATE },
        { CERT_REFUSAL_NEEDS_ANNOTATION, CERTD_PROBLEM_STATE },
        { CERT_REFUSAL_HAS_ORIGINAL, CERTD_PROBLEM_NOT_NEEDED },
        { CERT_REFUSAL_PHOTO, CERTD_PROBLEM_UNAVAILABLE },
        { CERT_REFUSAL_HAS_ACCOUNT, CERTD_PROBLEM_REGISTRATION_REFUSED },
        { CERT_REFUSAL_USERNAME, CERTD_PROBLEM_USERNAME_TAKEN },
        { CERT_REFUSAL_NO_ACCOUNT, CERTD_PROBLEM_LOGIN_REQUIRED },
        { CERT_REFUSAL_LINKS, CERTD_PROBLEM_UNAVAILABLE },
        { CERT_REFUSAL_NO_SESSION, CERTD_PROBLEM_LOGIN_REQUIRED },
        { CERT_REFUSAL_IDEMPOTENCY, CERTD_PROBLEM_KEY_REUSED }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        problem = certd_problem_refusal(rows[i].refusal);

        ok(problem == rows[i].problem, "refusal %s: %s",
           cert_refusal_name(rows[i].refusal),
           certd_problem_row(problem)->name);
    }

    is_str(certd_problem_row(CERTD_PROBLEM_SCENE)->field, "scene",
           "the scene names its field");
    is_str(certd_problem_row(CERTD_PROBLEM_DAYS)->field, "days",
           "and so do the days");
}


static void
test_errs(void)
{
    size_t             i;
    certd_problem_t    problem;
    certd_log_level_t  level;

    static const struct {
        cert_err_t         err;
        certd_problem_t    problem;
        certd_log_level_t  level;
    }  rows[] = {
        { CERT_BUSY, CERTD_PROBLEM_BUSY, CERTD_LOG_INFO },
        { CERT_FULL, CERTD_PROBLEM_BUSY, CERTD_LOG_INFO },
        { CERT_MAP_FULL, CERTD_PROBLEM_BUSY, CERTD_LOG_INFO },
        { CERT_NO_MEMORY, CERTD_PROBLEM_BUSY, CERTD_LOG_WARNING },
        { CERT_NOT_FOUND, CERTD_PROBLEM_UNAVAILABLE, CERTD_LOG_ALERT },
        { CERT_INVALID, CERTD_PROBLEM_UNAVAILABLE, CERTD_LOG_ALERT },
        { CERT_DENIED, CERTD_PROBLEM_UNAVAILABLE, CERTD_LOG_ALERT },
        { CERT_NO_KEY, CERTD_PROBLEM_UNAVAILABLE, CERTD_LOG_ALERT },
        { CERT_CORRUPT, CERTD_PROBLEM_UNAVAILABLE, CERTD_LOG_ALERT },
        { CERT_BAD_STORE, CERTD_PROBLEM_UNAVAILABLE, CERTD_LOG_ALERT },
        { CERT_SYSTEM, CERTD_PROBLEM_UNAVAILABLE, CERTD_LOG_ALERT }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        problem = certd_problem_err(rows[i].err, &level);

        ok(problem == rows[i].problem && level == rows[i].level,
           "error %s: %s", cert_err_name(rows[i].err),
           certd_problem_row(problem)->name);
    }
}
