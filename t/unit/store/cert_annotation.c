/*
 * Copyright (C) the ngx_cert authors
 *
 * Validity and quota, to the second, in both readings.
 */


#include "cert_annotation.h"
#include "cert_read.h"
#include "store.h"


#define ZONE  (8 * 3600)


static void
test_validity(void)
{
    char           text[CERT_TIME_TEXT_SIZE], last[CERT_DATE_TEXT_SIZE];
    cert_time_t    expires;

    static const struct {
        const char  *applied;
        unsigned     days;
        const char  *expires;
        const char  *last;
    } rows[] = {
        { "2022-08-29T10:20:30+08:00", 90, "2022-11-28T00:00:00+08:00",
          "2022-11-27" },
        { "2022-08-29T00:00:00+08:00", 1, "2022-08-31T00:00:00+08:00",
          "2022-08-30" },
        { "2022-08-28T23:59:59+08:00", 1, "2022-08-30T00:00:00+08:00",
          "2022-08-29" },
        { "2022-08-28T16:00:00Z", 1, "2022-08-31T00:00:00+08:00",
          "2022-08-30" },
        { "2024-02-28T12:00:00+08:00", 1, "2024-03-01T00:00:00+08:00",
          "2024-02-29" },
        { "2021-12-31T23:00:00+08:00", 30, "2022-01-31T00:00:00+08:00",
          "2022-01-30" }
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        expires = cert_annotation_expires(at(rows[i].applied), rows[i].days,
                                          ZONE);

        (void) cert_time_format(expires, ZONE, text);
        is_str(text, rows[i].expires, "%s + %u days", rows[i].applied,
               rows[i].days);

        (void) cert_date_format(cert_annotation_last_day(expires, ZONE),
                                last);
        is_str(last, rows[i].last, "its last day");
    }
}


static void
set_reading(fixture_t *f, const char *reading)
{
    cert_change_t   c;
    cert_reason_t   reason;
    cert_policy_t   policy;
    cert_outcome_t  outcome;

    (void) cert_read_policy(f->reader, &policy);
    (void) cert_policy_set(&policy, cert_str("quota_reading"),
                           cert_strz(reading), &reason);
    c = change(f, CERT_CHANGE_POLICY, "2022-06-01");
    c.u.policy = &policy;
    is_int(apply(f, &c, &outcome), CERT_OK, "reading %s", reading);
}


static uint32_t
used_at(fixture_t *f, const char *number, const char *time,
    cert_quota_t *quota)
{
    if (cert_annotation_quota(f->reader, cert_strz(number), at(time), quota)
        != CERT_OK)
    {
        return UINT32_MAX;
    }

    return quota->used;
}


/* D = 2022-09-29: D-89 is 07-02, D-90 is 07-01. */
static void
test_applied_edges(void)
{
    fixture_t       f;
    cert_quota_t    quota;
    cert_outcome_t  outcome;

    fixture_init(&f);
    put_qualification(&f, "会计", "2021-12-17");
    put_certificate(&f, "A1", "张三", "11010519491231002X", &outcome);

    is_int(annotate(&f, "A1", "2022-07-01T23:59:59+08:00", 1, &outcome),
           CERT_OK, "applied for at D-90 23:59:59");
    is_int(annotate(&f, "A1", "2022-07-02T00:00:00+08:00", 1, &outcome),
           CERT_OK, "applied for at D-89 00:00:00");

    is_int(used_at(&f, "A1", "2022-09-28T23:59:59+08:00", &quota), 2,
           "both count on D-1");
    is_int(used_at(&f, "A1", "2022-09-29T00:00:00+08:00", &quota), 1,
           "D-90 23:59:59 does not count on D, D-89 00:00:00 does");
    is_int(quota.left, 2, "two are left");
    is_int(quota.next_slot, 0, "so there is no next slot to wait for");
    is_int(used_at(&f, "A1", "2022-09-29T23:59:59+08:00", &quota), 1,
           "D-89 counts to the last second of D");
    is_int(used_at(&f, "A1", "2022-09-30T00:00:00+08:00", &quota), 0,
           "and no longer");
    is_int(used_at(&f, "A", "2022-09-28T23:59:59+08:00", &quota), 0,
           "a number that is a prefix of another has its own");

    fixture_wipe(&f);
}


static void
test_applied_refusal(void)
{
    fixture_t       f;
    cert_quota_t    quota;
    cert_outcome_t  outcome, first;

    fixture_init(&f);
    put_qualification(&f, "会计", "2021-12-17");
    put_certificate(&f, "A1", "张三", "11010519491231002X", &outcome);

    annotate(&f, "A1", "2022-07-01T10:00:00+08:00", 1, &first);
    annotate(&f, "A1", "2022-07-05T10:00:00+08:00", 90, &outcome);
    is_int(annotate(&f, "A1", "2022-07-09T10:00:00+08:00", 90, &outcome),
           CERT_OK, "the third is accepted");
    is_int(annotate(&f, "A1", "2022-07-09T10:00:00+08:00", 90, &outcome),
           CERT_REFUSED, "the fourth is refused");
    is_int(outcome.refusal, CERT_REFUSAL_QUOTA, "for the quota");
    is_int(outcome.next_slot, at("2022-09-29T00:00:00+08:00"),
           "and told when the first leaves the window");

    is_int(annotate(&f, "A1", "2022-09-28T23:59:59+08:00", 1, &outcome),
           CERT_REFUSED, "one second before it is refused");
    is_int(annotate(&f, "A1", "2022-09-29T00:00:00+08:00", 1, &outcome),
           CERT_OK, "at that second it is accepted");

    is_int(used_at(&f, "A1", "2022-09-29T00:00:00+08:00", &quota), 3,
           "three are used");
    is_int(quota.next_slot, at("2022-10-03T00:00:00+08:00"), "next slot");

    end_copy(&f, CERT_CHANGE_FAILED, &outcome.code, "2022-09-29", &outcome);
    is_int(used_at(&f, "A1", "2022-09-29T00:00:00+08:00", &quota), 2,
           "a failed one gives its slot back");

    end_copy(&f, CERT_CHANGE_WITHDRAW, &first.code, "2022-09-29", &outcome);
    is_int(used_at(&f, "A1", "2022-09-29T00:00:00+08:00", &quota), 2,
           "an ended one counts as before");

    fixture_wipe(&f);
}


static void
test_live(void)
{
    fixture_t       f;
    cert_quota_t    quota;
    cert_outcome_t  outcome, first;

    fixture_init(&f);
    put_qualification(&f, "会计", "2021-12-17");
    put_certificate(&f, "A1", "张三", "11010519491231002X", &outcome);
    set_reading(&f, "live");

    annotate(&f, "A1", "2022-07-01T10:00:00+08:00", 1, &first);
    annotate(&f, "A1", "2022-07-01T10:00:00+08:00", 10, &outcome);
    annotate(&f, "A1", "2022-07-01T10:00:00+08:00", 20, &outcome);

    is_int(annotate(&f, "A1", "2022-07-02T23:59:59+08:00", 1, &outcome),
           CERT_REFUSED, "three live: refused");
    is_int(outcome.next_slot, at("2022-07-03T00:00:00+08:00"),
           "until the first expires");
    is_int(used_at(&f, "A1", "2022-07-02T23:59:59+08:00", &quota), 3,
           "its last second counts");
    is_int(used_at(&f, "A1", "2022-07-03T00:00:00+08:00", &quota), 2,
           "an expired one does not count");

    is_int(end_copy(&f, CERT_CHANGE_WITHDRAW, &outcome.code, "2022-07-02",
                    &outcome), CERT_REFUSED, "no code, no withdrawal");
    end_copy(&f, CERT_CHANGE_WITHDRAW, &first.code,
             "2022-07-02T12:00:00+08:00", &outcome);
    is_int(annotate(&f, "A1", "2022-07-02T12:00:00+08:00", 1, &outcome),
           CERT_OK, "a withdrawn one frees its slot at once");

    fixture_wipe(&f);
}


int
main(void)
{
    test_validity();
    test_applied_edges();
    test_applied_refusal();
    test_live();

    return done_testing();
}
