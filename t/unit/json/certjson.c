/*
 * Copyright (C) the ngx_cert authors
 *
 * Values as JSON, and that what lacks a part is nothing at all.
 */


#include "certjson.h"
#include "tap.h"


/* Gives "json" up; the text is valid until the next call. */
static const char *
text_of(json_t *json)
{
    static char  *text;

    free(text);
    text = json == NULL ? NULL
                        : json_dumps(json, JSON_ENCODE_ANY|JSON_COMPACT);
    json_decref(json);

    return text == NULL ? "none" : text;
}


static void
test_values(void)
{
    cert_code_t    code;
    cert_text_t    text;
    const uint8_t  bytes[CERT_SHA256_SIZE] = { 0x00, 0xfe };

    is_str(text_of(certjson_str(cert_str("张\"3"))), "\"张\\\"3\"", "a string");
    is_str(text_of(certjson_str((cert_str_t) { NULL, 0 })), "\"\"",
           "one without an address");
    is_str(text_of(certjson_str(cert_str("\xff"))), "none", "not UTF-8");

    text.len = 2;
    memcpy(text.data, "ab", 3);
    is_str(text_of(certjson_text(&text)), "\"ab\"", "a text");

    is_str(text_of(certjson_time(1661739630, 8 * 3600)),
           "\"2022-08-29T10:20:30+08:00\"", "a time");
    is_str(text_of(certjson_time(1, 0)), "\"1970-01-01T00:00:01+00:00\"",
           "the first one");
    is_str(text_of(certjson_time(0, 0)), "null", "no time");
    is_str(text_of(certjson_time(CERT_TIME_NEVER, 0)), "null", "never");
    is_str(text_of(certjson_date(0)), "\"1970-01-01\"", "a day");
    is_str(text_of(certjson_date(CERT_DATE_NONE)), "null", "no day");

    is_str(text_of(certjson_hex(bytes, 2)), "\"00fe\"", "two bytes");
    is_str(text_of(certjson_hex(bytes, CERT_SHA256_SIZE)), "\"00fe"
           "000000000000000000000000000000000000000000000000000000000000\"",
           "a digest");

    memset(code.bytes, 0, CERT_CODE_SIZE);
    is_str(text_of(certjson_code(&code)), "\"0000-0000-0000-0000\"", "a code");
}


static void
test_missing(void)
{
    json_t  *json, *list;

    json = json_object();
    certjson_set(&json, "a", json_null());
    certjson_set(&json, "b", json_true());
    is_str(text_of(json), "{\"a\":null,\"b\":true}", "members in their order");

    json = json_object();
    certjson_set(&json, "a", json_null());
    certjson_set(&json, "b", NULL);
    ok(json == NULL, "an object that lacks a member is none");
    certjson_set(&json, "c", json_string("given up"));
    ok(json == NULL, "and stays so");

    list = json_array();
    certjson_add(&list, json_integer(1));
    certjson_add(&list, json_integer(2));
    is_str(text_of(list), "[1,2]", "elements in their order");

    list = json_array();
    certjson_add(&list, NULL);
    ok(list == NULL, "a list that lacks an element is none");
    certjson_add(&list, json_string("given up"));
    ok(list == NULL, "and stays so");

    json = json_object();
    certjson_set(&json, "list", list);
    ok(json == NULL, "nor is what it belongs to");
}


static void
test_records(void)
{
    json_t         *json;
    cert_facts_t    facts;
    cert_person_t   person;

    memset(&facts, 0, sizeof(facts));
    facts.qualification = cert_str("会计");
    facts.level = cert_str("初级");
    facts.approved = 365;
    facts.issuer = cert_str("x");

    json = json_object();
    certjson_facts(&json, &facts);
    is_str(text_of(json), "{\"qualification\":\"会计\",\"specialty\":\"\","
           "\"level\":\"初级\",\"approved\":\"1971-01-01\",\"issuer\":\"x\"}",
           "facts");

    facts.issuer = cert_str("\xff");
    json = json_object();
    certjson_facts(&json, &facts);
    ok(json == NULL, "facts that are not UTF-8 are none");

    memset(&person, 0, sizeof(person));
    person.id_number.len = 18;
    memcpy(person.id_number.data, "11010519491231002X", 19);
    person.birth_date = CERT_DATE_NONE;

    json = json_object();
    certjson_person(&json, &person, 0);
    ok(strstr(text_of(json), "\"id_number\":\"11010519491231002X\",\"sex\":"
              "\"\",\"birth_date\":null}") != NULL, "a person");

    json = json_object();
    certjson_person(&json, &person, 1);
    ok(strstr(text_of(json), "19491231") == NULL, "masked: no day of birth");
}


int
main(void)
{
    test_values();
    test_missing();
    test_records();

    (void) text_of(NULL);

    return done_testing();
}
