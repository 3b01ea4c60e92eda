/*
 * Copyright (C) the ngx_cert authors
 *
 * Values of the library as JSON.
 *
 * A value that could not be made is NULL and makes what it belongs to NULL as a
 * whole.  Rejected: a test after each member; some of forty such branches would
 * be forgotten.  json_pack() has the same property, but its format stands apart
 * from its values, and a value that may be null would have to be told in both.
 */


#include "cert_hex.h"
#include "certjson.h"


void
certjson_set(json_t **json, const char *name, json_t *value)
{
    if (*json == NULL) {
        json_decref(value);
        return;
    }

    if (json_object_set_new(*json, name, value) != 0) {
        json_decref(*json);
        *json = NULL;
    }
}


void
certjson_add(json_t **list, json_t *value)
{
    if (*list == NULL) {
        json_decref(value);
        return;
    }

    if (json_array_append_new(*list, value) != 0) {
        json_decref(*list);
        *list = NULL;
    }
}


json_t *
certjson_str(cert_str_t text)
{
    return json_stringn(text.len > 0 ? (const char *) text.data : "",
                        text.len);
}


json_t *
certjson_text(const cert_text_t *text)
{
    return json_stringn(text->data, text->len);
}


/* "Never" is null: as a date it would be taken for one. */
json_t *
certjson_time(cert_time_t time, int32_t utc_offset_sec)
{
    char  text[CERT_TIME_TEXT_SIZE];

    if (time == 0 || time >= CERT_TIME_NEVER) {
        return json_null();
    }

    cert_time_format(time, utc_offset_sec, text);

    return json_string(text);
}


json_t *
certjson_date(cert_date_t date)
{
    char  text[CERT_DATE_TEXT_SIZE];

    if (date == CERT_DATE_NONE) {
        return json_null();
    }

    cert_date_format(date, text);

    return json_string(text);
}


json_t *
certjson_code(const cert_code_t *code)
{
    char  text[CERT_CODE_TEXT_SIZE];

    cert_code_format(code, text);

    return json_string(text);
}


json_t *
certjson_hex(const uint8_t *bytes, size_t n)
{
    char  text[2 * CERT_SHA256_SIZE];

    (void) cert_hex_encode(text, bytes, n);

    return json_stringn(text, 2 * n);
}


void
certjson_facts(json_t **json, const cert_facts_t *facts)
{
    certjson_set(json, "qualification", certjson_str(facts->qualification));
    certjson_set(json, "specialty", certjson_str(facts->specialty));
    certjson_set(json, "level", certjson_str(facts->level));
    certjson_set(json, "approved", certjson_date(facts->approved));
    certjson_set(json, "issuer", certjson_str(facts->issuer));
}


void
certjson_person(json_t **json, const cert_person_t *person, int is_masked)
{
    cert_text_t  masked;

    if (is_masked) {
        cert_id_number_mask(&masked,
                            (cert_str_t) {
                                (const uint8_t *) person->id_number.data,
                                person->id_number.len });
    }

    certjson_set(json, "id_type",
                 json_string(cert_id_type_name(person->id_type)));
    certjson_set(json, "id_number",
                 certjson_text(is_masked ? &masked : &person->id_number));
    certjson_set(json, "sex", certjson_text(&person->sex));
    certjson_set(json, "birth_date", certjson_date(person->birth_date));
}
