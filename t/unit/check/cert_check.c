/*
 * Copyright (C) the ngx_cert authors
 *
 * The check: every result, and the answer's bytes.
 */


#include "cert_read.h"
#include "cert_str_int.h"
#include "cert_verdict_json.h"
#include "store.h"


#define PERSON  "11010519491231002X"


static fixture_t  f;

/* Codes by what became of them. */
static cert_code_t  ready, waiting, withdrawn, failed, short_lived, revoked;


static void
make_copies(void)
{
    cert_outcome_t  outcome;

    put_qualification(&f, "会计", "2021-12-17");
    put_certificate(&f, "A1", "张三丰", PERSON, &outcome);
    put_certificate(&f, "A2", "李四", PERSON, &outcome);
    put_certificate(&f, "A3", "王五", PERSON, &outcome);
    put_certificate(&f, "A4", "赵六", PERSON, &outcome);
    put_certificate(&f, "A5", "买买提·吐尔逊", PERSON, &outcome);

    put_certificate(&f, "b1", "甲", "H1", &outcome);
    put_certificate(&f, "B1", "乙", "H2", &outcome);
    put_certificate(&f, "Ｂ１", "丙", "H3", &outcome);

    annotate(&f, "A1", "2022-06-01T10:20:30+08:00", 90, &outcome);
    ready = outcome.code;
    make_ready(&f, &ready, "2022-06-01T10:20:31+08:00", 0xa1, &outcome);

    annotate(&f, "A1", "2022-06-01T10:20:40+08:00", 1, &outcome);
    short_lived = outcome.code;
    make_ready(&f, &short_lived, "2022-06-01T10:20:41+08:00", 0xa2, &outcome);

    annotate(&f, "A5", "2022-06-01T10:20:50+08:00", 90, &outcome);
    waiting = outcome.code;

    annotate(&f, "A5", "2022-06-01T10:20:50+08:00", 90, &outcome);
    failed = outcome.code;
    end_copy(&f, CERT_CHANGE_FAILED, &failed, "2022-06-01T10:20:51+08:00",
             &outcome);

    annotate(&f, "A5", "2022-06-01T10:21:00+08:00", 90, &outcome);
    withdrawn = outcome.code;
    make_ready(&f, &withdrawn, "2022-06-01T10:21:01+08:00", 0xa3, &outcome);
    end_copy(&f, CERT_CHANGE_WITHDRAW, &withdrawn, "2022-06-01T10:22:00+08:00",
             &outcome);

    annotate(&f, "A2", "2022-06-01T11:00:00+08:00", 90, &outcome);
    revoked = outcome.code;
    make_ready(&f, &revoked, "2022-06-01T11:00:00+08:00", 0xa4, &outcome);

    set_status(&f, "A2", CERT_STATUS_REVOKED, "", &outcome);
    set_status(&f, "A3", CERT_STATUS_SUSPENDED, "", &outcome);
    set_status(&f, "A4", CERT_STATUS_REPLACED, "A5", &outcome);
}


static void
ask_code(const cert_code_t *code, const char *time, cert_verdict_t *verdict)
{
    cert_question_t  question;

    memset(&question, 0, sizeof(question));
    question.ask = CERT_ASK_ANNOTATION;
    question.code = *code;
    cert_check(f.reader, &question, at(time), verdict);
}


static void
ask_match(const char *number, const char *name, const char *id_number,
    cert_verdict_t *verdict)
{
    cert_question_t  question;

    memset(&question, 0, sizeof(question));
    question.ask = CERT_ASK_MATCH;
    question.number = cert_strz(number);
    question.name = cert_strz(name);
    question.id_number = cert_strz(id_number);
    cert_check(f.reader, &question, at("2022-07-01"), verdict);
}


static void
ask_name(const cert_code_t *code, const char *name, cert_verdict_t *verdict)
{
    char             text[CERT_CODE_TEXT_SIZE];
    cert_question_t  question;

    cert_code_format(code, text);
    memset(&question, 0, sizeof(question));
    question.ask = CERT_ASK_NAME;
    question.text = cert_strz(text);
    question.name = cert_strz(name);
    cert_check(f.reader, &question, at("2022-07-01"), verdict);
}


static void
set_policy(fixture_t *fx, const char *key, const char *value)
{
    cert_change_t   c;
    cert_reason_t   reason;
    cert_policy_t   policy;
    cert_outcome_t  outcome;

    (void) cert_read_policy(fx->reader, &policy);
    (void) cert_policy_set(&policy, cert_strz(key), cert_strz(value), &reason);
    c = change(fx, CERT_CHANGE_POLICY, "2022-07-01");
    c.u.policy = &policy;
    is_int(apply(fx, &c, &outcome), CERT_OK, "%s=%s", key, value);
}


static const char *
json(const cert_verdict_t *verdict)
{
    static char  text[CERT_ANSWER_MAX + 1];

    text[cert_verdict_json(verdict, (uint8_t *) text)] = '\0';

    return text;
}


static void
test_by_code(void)
{
    cert_verdict_t  v;

    ask_code(&ready, "2022-07-01", &v);
    is_int(v.result, CERT_RESULT_VALID, "ready");
    ask_code(&ready, "2022-08-30T23:59:59+08:00", &v);
    is_int(v.result, CERT_RESULT_VALID, "its last second");
    ask_code(&ready, "2022-08-31T00:00:00+08:00", &v);
    is_int(v.result, CERT_RESULT_EXPIRED, "the second after");

    ask_code(&short_lived, "2022-07-01", &v);
    is_int(v.result, CERT_RESULT_EXPIRED, "expired");
    ask_code(&waiting, "2022-07-01", &v);
    is_int(v.result, CERT_RESULT_GENERATING, "generating");
    ok(strstr(json(&v), "\"sha256\":null,\"size\":null") != NULL,
       "no digest and no size yet");
    ask_code(&withdrawn, "2022-07-01", &v);
    is_int(v.result, CERT_RESULT_WITHDRAWN, "withdrawn");
    ask_code(&failed, "2022-07-01", &v);
    is_int(v.result, CERT_RESULT_NOT_FOUND, "a failed one never was");
    is_str(json(&v), "{\"result\":\"not_found\"}", "and shows nothing");
    ask_code(&revoked, "2022-07-01", &v);
    is_int(v.result, CERT_RESULT_REVOKED, "of a revoked certificate");
    ok(v.has_annotation && v.has_certificate, "with its facts");
}


static void
test_clock(void)
{
    cert_verdict_t  v;

    ask_code(&short_lived, "2022-06-01", &v);
    ok(v.checked > at("2022-06-01"), "a clock behind is not believed");

    cert_check(NULL, &(cert_question_t) { .ask = CERT_ASK_ANNOTATION },
               at("2022-07-01"), &v);
    is_int(v.result, CERT_RESULT_UNAVAILABLE, "no reader is unavailable");
    is_str(json(&v), "{\"result\":\"unavailable\"}", "and says only that");
}


static void
test_typed(void)
{
    char             text[CERT_CODE_TEXT_SIZE];
    cert_verdict_t   v;
    cert_question_t  question;

    memset(&question, 0, sizeof(question));
    question.ask = CERT_ASK_CODE;

    cert_code_format(&ready, text);
    question.text = cert_strz(text);
    cert_check(f.reader, &question, at("2022-07-01"), &v);
    is_int(v.result, CERT_RESULT_VALID, "a typed code");

    text[0] = text[0] == 'A' ? 'B' : 'A';
    cert_check(f.reader, &question, at("2022-07-01"), &v);
    is_int(v.result, CERT_RESULT_BAD_REQUEST, "a mistyped one");
    ok(strstr(json(&v), "\"detail\":\"code is mistyped") != NULL, "says so");

    question.ask = CERT_ASK_SHA256;
    question.text = cert_str("A1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"
                             "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1");
    cert_check(f.reader, &question, at("2022-07-01"), &v);
    is_int(v.result, CERT_RESULT_VALID, "a digest in either case");

    question.text.len--;
    cert_check(f.reader, &question, at("2022-07-01"), &v);
    is_int(v.result, CERT_RESULT_BAD_REQUEST, "63 digits");

    question.text = cert_str("g1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"
                             "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1");
    cert_check(f.reader, &question, at("2022-07-01"), &v);
    is_int(v.result, CERT_RESULT_BAD_REQUEST, "no digit");

    question.text = cert_str("ffffffffffffffffffffffffffffffff"
                             "ffffffffffffffffffffffffffffffff");
    cert_check(f.reader, &question, at("2022-07-01"), &v);
    is_int(v.result, CERT_RESULT_NOT_FOUND, "an unknown digest");
}


/* "b1", "B1" and "Ｂ１" are of three people. */
static const struct {
    const char  *number, *name, *id_number, *printed;
} hits[] = {
    { "a1", "张三丰", PERSON, "A1" },
    { "Ａ１", "张 三 丰", "１１０１０５１９４９１２３１００２ｘ", "A1" },
    { "A\xe2\x80\x8b\x31", "\xef\xbb\xbf张三丰", PERSON, "A1" },
    { "A5", "买买提.吐尔逊", PERSON, "A5" },
    { "A5", "买买提•吐尔逊", PERSON, "A5" },
    { "\tA1\r\n", "张三丰\t", PERSON, "A1" },
    { "b1", "甲", "H1", "b1" },
    { "b1", "乙", "H2", "B1" },
    { "b1", "丙", "H3", "Ｂ１" },
    { "B1", "甲", "H1", "b1" },
    { "B1", "丙", "H3", "Ｂ１" },
    { "Ｂ１", "乙", "H2", "B1" }
};

static const struct {
    const char  *number, *name, *id_number;
} misses[] = {
    { "A1", "张三", PERSON },
    { "A1", "张三丰", "110101199001011237" },
    { "A9", "张三丰", PERSON },
    { "A2", "张三丰", PERSON },
    { "A1.", "张三丰", PERSON },
    { "A 11", "张三丰", PERSON },
    { "A1\n1", "张三丰", PERSON },
    { "\xd0\x90\x31", "张三丰", PERSON },      /* Cyrillic */
    { "A\xf0\x9d\x9f\x8e", "张三丰", PERSON },  /* a digit 0 of 1D7CE */
    { "A1", "张三 丰 丰", PERSON },
    { "A1", "張三丰", PERSON },
    { "B1", "甲乙", PERSON },                    /* of "b1" and "B1" */
    { "A1", "张三丰", "E12345678" },
    { "A1", "张三丰", "110105491231002" }
};

static const struct {
    const char  *number, *name, *id_number, *detail;
} bads[] = {
    { "", "张三丰", PERSON, "number is missing" },
    { "A1", "", PERSON, "name is missing" },
    { "A1", "张三丰", "", "id_number is missing" },
    { " ", "张三丰", PERSON, "number is empty" },
    { "A1", "\u3000 ", PERSON, "name is empty" },
    { "A1", "张三丰", " ", "id_number is empty" },
    { "A1", "张\x01丰", PERSON, "name holds a control character" },
    { "A1\x07", "张三丰", PERSON, "number holds a control character" },
    { "A1", "张三丰", "1\x7f", "id_number holds a control character" },
    { "A1", "\xff\xfe", PERSON, "name is not UTF-8" },
    { "A1\xe5", "张三丰", PERSON, "number is not UTF-8" },
    { "A1", "张三丰", "\xe5\xbc", "id_number is not UTF-8" },
    { "A1", "张三丰", "\xe5\xbc\xa0", "id_number holds a character other" },
    { "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
      "xxxxxxxxxxxxxxxxxxxxxxx", "张三丰", PERSON, "number is too long" },
    { "A1", "张*丰", PERSON, "name holds a sign" },
    { "A1", "张？丰", PERSON, "name holds a sign" },
    { "A1", "张三丰", "110105194912310021",
      "id_number has a wrong check character" },
    { "A1", "张三丰", "11010519491231002",
      "id_number is too short or too long" },
    { "A1", "张三丰", "110105194912310020X",
      "id_number is too short or too long" },
    { "A1", "张三丰", "1", "id_number is not the number of any" },
    { "A1", "张三丰", "E1_2345678", "id_number is not the number of any" }
};


static void
test_by_match(void)
{
    cert_verdict_t  v;

    ask_match("A1", "张三丰", PERSON, &v);
    is_int(v.result, CERT_RESULT_VALID, "all three match");
    ok(v.has_certificate && !v.has_annotation, "certificate, no annotation");
    is_str(json(&v), "{\"result\":\"valid\",\"certificate\":{\"number\":"
           "\"A1\",\"name\":\"张*丰\",\"qualification\":\"会计\","
           "\"specialty\":\"\",\"level\":\"初级\",\"approved\":"
           "\"2022-05-15\",\"issuer\":\"部\",\"status\":\"valid\"},"
           "\"checked\":\"2022-07-01T00:00:00+08:00\"}", "the answer");

    ask_match(" A1", "张三丰 ", "11010519491231002x", &v);
    is_int(v.result, CERT_RESULT_VALID, "spaces and a small x fold");

    for (size_t i = 0; i < sizeof(hits) / sizeof(hits[0]); i++) {
        ask_match(hits[i].number, hits[i].name, hits[i].id_number, &v);
        is_int(v.result, CERT_RESULT_VALID, "hit %zu", i);
        ok(cert_str_is_equal(v.facts->number, cert_strz(hits[i].printed)),
           "%s, as it is printed", hits[i].printed);
    }

    ask_match("A2", "李四", PERSON, &v);
    is_int(v.result, CERT_RESULT_REVOKED, "revoked shows to a full match");
    ask_match("A3", "王五", PERSON, &v);
    is_int(v.result, CERT_RESULT_SUSPENDED, "suspended too");
    ask_match("A4", "赵六", PERSON, &v);
    is_int(v.result, CERT_RESULT_REPLACED, "and replaced");
    ok(strstr(json(&v), "\"replaced_by\":\"A5\"") != NULL,
       "which names the new number");
}


/* The name beside a code changes nothing but what is said of the name. */
static void
test_by_name(void)
{
    cert_verdict_t  v;

    ask_code(&ready, "2022-07-01", &v);
    ok(!v.has_name, "by code: no name was asked");

    ask_name(&ready, "张三丰", &v);
    is_int(v.result, CERT_RESULT_VALID, "the name");
    ok(v.has_name && v.name_matches, "matches");
    ok(strstr(json(&v), "},\"name_matches\":true,\"checked\":") != NULL,
       "which the answer says");

    ask_name(&ready, " 张\xe3\x80\x80三丰 ", &v);
    ok(v.has_name && v.name_matches, "as it may be typed");

    ask_name(&ready, "张四丰", &v);
    is_int(v.result, CERT_RESULT_VALID, "another name");
    ok(v.has_name && !v.name_matches, "does not match");
    ok(strstr(json(&v), ",\"name_matches\":false,") != NULL,
       "which the answer says");

    ask_name(&short_lived, "张三丰", &v);
    is_int(v.result, CERT_RESULT_EXPIRED, "a copy that is over");
    ok(v.has_name && v.name_matches, "has a name all the same");
    ask_name(&revoked, "李四", &v);
    is_int(v.result, CERT_RESULT_REVOKED, "and so has one that was revoked");
    ok(v.has_name && v.name_matches, "which matches");

    ask_name(&failed, "买买提·吐尔逊", &v);
    is_int(v.result, CERT_RESULT_NOT_FOUND, "a copy that was never made");
    ok(!v.has_name, "says nothing of a name");

    ask_name(&ready, "张*丰", &v);
    is_int(v.result, CERT_RESULT_BAD_REQUEST, "a masked name is malformed");
    ok(!v.has_name && !v.has_annotation && !v.has_certificate,
       "and is answered without facts");
    is_str(v.field, "name", "but with its field");
    ask_name(&ready, "", &v);
    is_int(v.result, CERT_RESULT_BAD_REQUEST, "and so is none");
}


/* All with the same bytes; but what is malformed is told, with its field. */
static void
test_misses(void)
{
    char            first[CERT_ANSWER_MAX];
    cert_verdict_t  v;

    ask_match("A1", "张三", PERSON, &v);
    strcpy(first, json(&v));

    for (size_t i = 0; i < sizeof(misses) / sizeof(misses[0]); i++) {
        ask_match(misses[i].number, misses[i].name, misses[i].id_number, &v);
        is_int(v.result, CERT_RESULT_NOT_FOUND, "miss %zu", i);
        is_str(json(&v), first, "the same bytes");
    }

    for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
        ask_match(bads[i].number, bads[i].name, bads[i].id_number, &v);
        is_int(v.result, CERT_RESULT_BAD_REQUEST, "bad %zu", i);
        ok(strstr(json(&v), bads[i].detail) != NULL, "%s", bads[i].detail);
        ok(v.field != NULL && strncmp(v.field, bads[i].detail,
                                      strlen(v.field)) == 0,
           "names the field");
    }

    /* A pattern that allows less, and one that allows more. */
    set_policy(&f, "id_pattern.passport", "E[0-9]{8}");
    set_policy(&f, "id_pattern.hk_mo", "[HM][0-9]{8}");
    set_policy(&f, "id_pattern.tw", "[0-9]{8}");
    set_policy(&f, "id_pattern.other", "[0-9]");
    ask_match("A1", "张三丰", "G12345678", &v);
    is_int(v.result, CERT_RESULT_BAD_REQUEST, "no pattern of the policy");
    ask_match("A1", "张三丰", "7", &v);
    is_int(v.result, CERT_RESULT_NOT_FOUND, "a pattern of the policy");
}


/* What a worker holds must do for every answer, and for no name. */
static void
test_public_ring(void)
{
    cert_verdict_t       v;
    cert_reason_t        reason;
    cert_certificate_t   certificate;

    fixture_close(&f);
    is_int(cert_store_open(&f.store, f.store_path, CERT_STORE_READ,
                           f.public_ring, &reason), CERT_OK,
           "opens with the public keys");
    is_int(cert_reader_open(&f.reader, f.store, &reason), CERT_OK, "reader");

    ask_code(&ready, "2022-07-01", &v);
    is_int(v.result, CERT_RESULT_VALID, "by code");
    ask_match("A1", "张三丰", PERSON, &v);
    is_int(v.result, CERT_RESULT_VALID, "by match");
    ask_name(&ready, "张三丰", &v);
    ok(v.has_name && v.name_matches, "by name");

    is_int(cert_read_certificate(f.reader, cert_str("A1"), &certificate),
           CERT_OK, "the record");
    ok(!certificate.has_person, "but no person");
}


int
main(void)
{
    fixture_init(&f);
    make_copies();

    test_by_code();
    test_clock();
    test_typed();
    test_by_match();
    test_by_name();
    test_misses();
    test_public_ring();

    fixture_wipe(&f);

    return done_testing();
}
