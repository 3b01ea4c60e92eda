/*
 * Copyright (C) the ngx_cert authors
 *
 * Policy: every key set, written and read back, and its bad values; and the
 * patterns.
 */


#include <time.h>

#include "cert_patterns.h"
#include "cert_policy.h"
#include "tap.h"


static cert_reason_t  reason;


static cert_err_t
set(cert_policy_t *policy, const char *key, const char *value)
{
    return cert_policy_set(policy, cert_strz(key), cert_strz(value), &reason);
}


static void
test_defaults(void)
{
    cert_policy_t        policy;
    const cert_scene_t  *scene;

    cert_policy_init(&policy);

    is_int(policy.utc_offset_sec, 28800, "Chinese time");
    is_int(policy.validity_days, 90, "90 days of validity");
    is_int(policy.quota, 3, "three applications");
    is_int(policy.quota_days, 90, "in 90 days");
    is_int(policy.quota_reading, CERT_QUOTA_APPLIED, "counted as applied");
    is_int(policy.notice_version, 1, "the first notice");
    is_str(policy.id_pattern[CERT_ID_CN], "", "no pattern for GB 11643");

    scene = cert_policy_scene(&policy, cert_str("self"));
    is_str(scene != NULL ? scene->label : NULL, "本人调用", "the scene");
    ok(cert_policy_scene(&policy, cert_str("sel")) == NULL, "no other");
    ok(cert_policy_scene(&policy, cert_str("")) == NULL, "not even none");
}


static const struct {
    const char  *key;
    const char  *value;
    cert_err_t   err;
} values[] = {
    { "utc_offset", "-03:30", CERT_OK },
    { "validity_days", "3650", CERT_OK },
    { "quota", "100", CERT_OK },
    { "quota_days", "1", CERT_OK },
    { "quota_reading", "live", CERT_OK },
    { "scene.job", "求职=应聘", CERT_OK },
    { "scene.bid_2-x", "投标", CERT_OK },
    { "public_url", "https://cert.example.cn:8443/查", CERT_INVALID },
    { "public_url", "https://cert.example.cn:8443/check", CERT_OK },
    { "notice_version", "65535", CERT_OK },
    { "notice_text", "第一行\\n第二行 \\\\n \\\\ = \"x\"\\n", CERT_OK },
    { "number_pattern", "\\d{4}=[a-z]+|第.号", CERT_OK },
    { "id_pattern.passport", "[EG]\\d{8}", CERT_OK },
    { "id_pattern.hk_mo", "[HM]\\d{8,10}", CERT_OK },
    { "id_pattern.tw", "\\d{8}", CERT_OK },
    { "id_pattern.other", ".{1,40}", CERT_OK }
};

#define VALUES  (sizeof(values) / sizeof(values[0]))


/* "back" has another value of each key. */
static void
test_emptied(cert_policy_t *back)
{
    char           text[CERT_POLICY_TEXT_MAX], again[CERT_POLICY_TEXT_MAX];
    size_t         i;
    cert_policy_t  policy;

    for (i = 0; i < VALUES; i++) {
        set(back, values[i].key, "");
    }

    set(back, "scene.self", "本人调用");
    cert_policy_init(&policy);
    ok(memcmp(&policy, back, offsetof(cert_policy_t, public_url)) == 0
       && cert_policy_format(&policy, text, sizeof(text)) != 0
       && cert_policy_format(back, again, sizeof(again)) != 0
       && strcmp(text, again) == 0, "empty values are the defaults");

    ok(cert_policy_format(&policy, again, strlen(text)) == 0,
       "a byte too small is too small");
    is_int(cert_policy_format(&policy, again, strlen(text) + 1), strlen(text),
           "one more is enough");
    is_int(cert_policy_format(&policy, again, 0), 0, "none is not");
}


static void
test_round_trip(void)
{
    char           text[CERT_POLICY_TEXT_MAX], again[CERT_POLICY_TEXT_MAX];
    size_t         i, len;
    cert_str_t     str;
    cert_policy_t  policy, back;

    cert_policy_init(&policy);

    for (i = 0; i < VALUES; i++) {
        is_int(set(&policy, values[i].key, values[i].value), values[i].err,
               "%s=%s", values[i].key, values[i].value);
    }

    ok(set(&policy, "scene.self", "") == CERT_OK, "the default scene goes");

    is_str(policy.notice_text, "第一行\n第二行 \\n \\ = \"x\"\n",
           "escapes are undone");

    len = cert_policy_format(&policy, text, sizeof(text));
    ok(len != 0 && len == strlen(text), "the policy is written");

    memset(&back, 7, sizeof(back));
    str = cert_strz(text);
    ok(cert_policy_parse(&back, str, &reason) == CERT_OK, "and read: %s",
       reason.text);

    cert_policy_format(&back, again, sizeof(again));
    is_str(again, text, "and comes back as it was");
    is_int(back.scenes_n, 2, "with its scenes only");
    is_str(back.scenes[1].key, "bid_2-x", "in their order");
    is_str(back.scenes[0].label, "求职=应聘", "with their names");

    test_emptied(&back);
}


static void
test_largest(void)
{
    int            i;
    char           key[64], value[2 * CERT_NOTICE_MAX + 3];
    char           text[CERT_POLICY_TEXT_MAX];
    size_t         len;
    cert_policy_t  policy, back;

    cert_policy_init(&policy);

    for (i = 0; i < CERT_NOTICE_MAX; i++) {
        value[2 * i] = '\\';
        value[2 * i + 1] = 'n';
    }

    value[2 * i] = '\0';
    ok(set(&policy, "notice_text", value) == CERT_OK, "the longest notice");
    strcpy(value + 2 * i, "x");
    ok(set(&policy, "notice_text", value) == CERT_INVALID, "%s", reason.text);

    memset(value, 'a', sizeof(value));
    value[CERT_PATTERN_MAX] = '\0';
    ok(set(&policy, "number_pattern", value) == CERT_OK
       && set(&policy, "id_pattern.passport", value) == CERT_OK
       && set(&policy, "id_pattern.hk_mo", value) == CERT_OK
       && set(&policy, "id_pattern.tw", value) == CERT_OK
       && set(&policy, "id_pattern.other", value) == CERT_OK,
       "the longest patterns");

    memcpy(value, "http://", 7);
    value[CERT_URL_MAX] = '\0';
    ok(set(&policy, "public_url", value) == CERT_OK, "the longest URL");

    value[7 + CERT_SCENE_MAX] = '\0';

    for (i = 1; i < CERT_SCENES_MAX; i++) {
        snprintf(key, sizeof(key), "scene.%c%s", 'a' + i,
                 "1234567890123456789012345678901");
        is_int(set(&policy, key, value + 7), CERT_OK, "%s", key);
    }

    ok(set(&policy, "scene.more", "x") == CERT_INVALID, "%s", reason.text);
    ok(set(&policy, "scene.self", "x") == CERT_OK, "but one is renamed");
    is_int(policy.scenes_n, CERT_SCENES_MAX, "16 scenes");

    len = cert_policy_format(&policy, text, sizeof(text));
    ok(len != 0, "the largest policy is written");
    diag("%zu of %d bytes", len, CERT_POLICY_TEXT_MAX);
    ok(cert_policy_parse(&back, cert_strz(text), &reason) == CERT_OK
       && memcmp(&back.notice_text, &policy.notice_text,
                 sizeof(back.notice_text)) == 0, "and read");
}


static void
test_bad_values(void)
{
    size_t         i;
    cert_policy_t  policy, before;

    static const char *const  bad[][2] = {
        { "utc_offset", "8" }, { "utc_offset", "+15:00" },
        { "validity_days", "0" }, { "validity_days", "3651" },
        { "validity_days", "-1" }, { "validity_days", "090" },
        { "validity_days", "9 " }, { "validity_days", "4294967297" },
        { "quota", "101" }, { "quota", "three" }, { "quota_days", "0" },
        { "quota_reading", "lives" }, { "quota_reading", "appliex" },
        { "scene.A", "x" }, { "scene.1a", "x" }, { "scene.a b", "x" },
        { "scene.a.b", "x" }, { "scene.a", "  " }, { "scene.a", "x\ny" },
        { "scene.a123456789012345678901234567890123", "x" },
        { "scene.a", "12345678901234567890123456789012"
                     "123456789012345678901234567890123" },
        { "public_url", "ftp://a" }, { "public_url", "http:/a" },
        { "public_url", "http://" }, { "public_url", "https://" },
        { "public_url", "http:///a" }, { "public_url", "http://a/" },
        { "public_url", "http://a b" }, { "public_url", "http://a\"b" },
        { "public_url", "http://a'b" }, { "public_url", "http://a<b" },
        { "public_url", "http://a?b" }, { "public_url", "http://a#b" },
        { "public_url", "http://a\n" }, { "public_url", "http://a\x7F" },
        { "public_url", "HTTP://a" }, { "public_url", "a" },
        { "notice_version", "0" }, { "notice_version", "65536" },
        { "notice_text", "a\\" }, { "notice_text", "a\\t" },
        { "notice_text", "a\tb" }, { "notice_text", "a\nb\u202E" },
        { "notice_text", "\xFF" },
        { "number_pattern", "[a" }, { "number_pattern", "(a" },
        { "number_pattern", "a\nb" }, { "number_pattern", "\\C" },
        { "number_pattern", "\xFF" }, { "id_pattern.tw", "*" },
        { "id_pattern.cn", ".*" }
    };

    static const char *const  unknown[] = {
        "", "quotas", "quot", "Quota", "id_pattern.", "id_pattern.us",
        "scene.", "scene", "utc_offset "
    };

    cert_policy_init(&policy);
    before = policy;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ok(set(&policy, bad[i][0], bad[i][1]) == CERT_INVALID
           && memcmp(&policy, &before, sizeof(policy)) == 0,
           "%s value %zu: %s", bad[i][0], i + 1, reason.text);
    }

    for (i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        ok(set(&policy, unknown[i], "1") == CERT_NOT_FOUND,
           "no key \"%s\"", unknown[i]);
    }

    ok(set(&policy, "scene.none", "") == CERT_NOT_FOUND, "%s", reason.text);
}


static void
test_bad_texts(void)
{
    size_t         i;
    cert_policy_t  policy, before;

    static const char *const  bad[] = {
        "quota", "quota=3\nfoo=1\n", "=3", "quota=3\n quota=3", "quota=0",
        "quota=3\r\n"
    };

    cert_policy_init(&policy);
    before = policy;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ok(cert_policy_parse(&policy, cert_strz(bad[i]), &reason) != CERT_OK
           && memcmp(&policy, &before, sizeof(policy)) == 0,
           "bad text %zu: %s", i + 1, reason.text);
    }

    ok(cert_policy_parse(&policy, cert_str("quota=5\n\nquota_days=9"),
                         &reason) == CERT_OK
       && policy.quota == 5 && policy.quota_days == 9
       && policy.validity_days == 90, "what is not said is the default");
}


static void
test_patterns(void)
{
    size_t            i;
    cert_policy_t     policy;
    cert_patterns_t  *patterns;

    static const struct {
        const char  *number;
        int          matches;
    } numbers[] = {
        { "20220811011000000012", 1 }, { "11221100112233445566", 1 },
        { "建（一）第0001号", 0 }, { "A建", 0 }, { "A（一）", 0 },
        { "A（1）第0001号", 1 }, { "2022-0811_A/1.2", 1 }, { "123", 0 },
        { "1234", 1 }, { "", 0 }, { "2022 0811", 0 }, { "2022\n", 0 },
        { "20220811\n", 0 }, { " 20220811", 0 }, { "-20220811", 0 },
        { "1234567890123456789012345678901234567890123456789012345678901234",
          1 },
        { "12345678901234567890123456789012345678901234567890123456789012345",
          0 },
        { "2022\xFF", 0 }
    };

    cert_policy_init(&policy);
    ok(cert_patterns_create(&patterns, &policy, &reason) == CERT_OK,
       "the default patterns compile");

    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        is_int(cert_patterns_match_number(patterns,
                                          cert_strz(numbers[i].number)),
               numbers[i].matches, "number %zu", i + 1);
    }

    ok(cert_patterns_match_id(patterns, CERT_ID_CN, cert_str("any")),
       "no pattern matches all");
    ok(cert_patterns_match_id(patterns, CERT_ID_PASSPORT,
                              cert_str("E12345678")), "a passport");
    ok(!cert_patterns_match_id(patterns, CERT_ID_PASSPORT, cert_str("E 1")),
       "no passport");
    ok(!cert_patterns_match_id(patterns, CERT_ID_TYPES, cert_str("E123")),
       "no type");

    cert_patterns_destroy(patterns);
    cert_patterns_destroy(NULL);

    strcpy(policy.id_pattern[CERT_ID_TW], "(");
    ok(cert_patterns_create(&patterns, &policy, &reason) == CERT_INVALID,
       "a stored pattern that is none: %s", reason.text);
}


static void
test_bounds(void)
{
    clock_t           start;
    double            ms;
    cert_policy_t     policy;
    cert_patterns_t  *patterns;

    cert_policy_init(&policy);
    set(&policy, "number_pattern", "(a|aa|aaa)*(a|b|a*)*c");
    set(&policy, "id_pattern.other", "a|ab");
    cert_patterns_create(&patterns, &policy, &reason);

    start = clock();
    ok(!cert_patterns_match_number(patterns,
           cert_str("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaacx")),
       "a pattern that explodes does not match");
    ms = (double) (clock() - start) * 1000 / CLOCKS_PER_SEC;
    ok(ms < 100, "and gives up soon");
    diag("after %.1f ms", ms);

    ok(cert_patterns_match_id(patterns, CERT_ID_OTHER, cert_str("ab")),
       "all alternatives may match the whole");
    ok(!cert_patterns_match_id(patterns, CERT_ID_OTHER, cert_str("abc")),
       "and only the whole");

    cert_patterns_destroy(patterns);
}


int
main(void)
{
    test_defaults();
    test_round_trip();
    test_largest();
    test_bad_values();
    test_bad_texts();
    test_patterns();
    test_bounds();

    return done_testing();
}
