/*
 * Copyright (C) the ngx_cert authors
 *
 * Records as JSON.  Names are those of the public check wherever the same
 * thing is meant; what has no value is null and not left out, so that a page
 * need not tell "unknown" from "none".
 *
 * A value that could not be made is NULL, and certd_json_set() and _add() make
 * the whole NULL then: a handler tests the answer once, at its end, and none is
 * sent with a member missing.  Rejected: a test after each member; some of
 * forty such branches would be forgotten.  json_pack() has the same property,
 * but its format stands apart from its values, and a value that may be null
 * would have to be told in both.
 */


#include "cert_hex.h"
#include "certd_jobs.h"
#include "certd_json.h"


typedef struct {
    const char  *name;
    const char  *text;
    const char  *text_en;
} certd_state_row_t;


static void certd_json_state(json_t **json, const certd_state_row_t *row);
static void certd_json_file(certd_request_t *r, json_t **json,
    const cert_annotation_t *annotation);
static json_t *certd_json_estimate(certd_request_t *r,
    const certd_copy_t *copy);


/* In the order of certd_state_t; an ended one says why, see below. */
static const certd_state_row_t  certd_states[CERTD_STATES] = {
    { "none", "证书加注信息内容为空", "Not annotated yet" },
    { "generating", "证书生成中…", "Being generated…" },
    { "ready", "查看 下载", "View, Download" },
    { "expired", "加注件已过期", "Copy expired" },
    { "withdrawn", "已撤回", "Withdrawn" },
    { "failed", "证书生成失败，未占用加注次数", "Generation failed, no quota used" },
    { "ended", NULL, NULL }
};

/* In the order of cert_status_t. */
static const certd_state_row_t  certd_statuses[] = {
    { "valid", "有效", "Valid" },
    { "suspended", "已暂停", "Suspended" },
    { "revoked", "已撤销", "Revoked" },
    { "replaced", "已更换", "Replaced" }
};


void
certd_json_set(json_t **json, const char *name, json_t *value)
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
certd_json_add(json_t **list, json_t *value)
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
certd_json_str(cert_str_t text)
{
    return json_stringn(text.len > 0 ? (const char *) text.data : "",
                        text.len);
}


json_t *
certd_json_text(const cert_text_t *text)
{
    return json_stringn(text->data, text->len);
}


/* "Never" is null: as a date it would be taken for one. */
json_t *
certd_json_time(const certd_request_t *r, cert_time_t time)
{
    char  text[CERT_TIME_TEXT_SIZE];

    if (time == 0 || time >= CERT_TIME_NEVER) {
        return json_null();
    }

    cert_time_format(time, r->policy.utc_offset_sec, text);

    return json_string(text);
}


json_t *
certd_json_date(cert_date_t date)
{
    char  text[CERT_DATE_TEXT_SIZE];

    if (date == CERT_DATE_NONE) {
        return json_null();
    }

    cert_date_format(date, text);

    return json_string(text);
}


json_t *
certd_json_certificate(const cert_certificate_t *certificate,
    int needs_annotation)
{
    json_t                   *json;
    const cert_facts_t       *facts;
    const certd_state_row_t  *row;

    facts = &certificate->facts;
    row = &certd_statuses[facts->status];
    json = json_object();

    certd_json_set(&json, "number", certd_json_str(facts->number));
    certd_json_set(&json, "name", certd_json_text(&certificate->person.name));
    certd_json_set(&json, "qualification",
                   certd_json_str(facts->qualification));
    certd_json_set(&json, "specialty", certd_json_str(facts->specialty));
    certd_json_set(&json, "level", certd_json_str(facts->level));
    certd_json_set(&json, "approved", certd_json_date(facts->approved));
    certd_json_set(&json, "issuer", certd_json_str(facts->issuer));
    certd_json_set(&json, "status", json_string(row->name));
    certd_json_set(&json, "status_text", json_string(row->text));
    certd_json_set(&json, "status_text_en", json_string(row->text_en));
    certd_json_set(&json, "replaced_by", facts->replaced_by.len > 0
                   ? certd_json_str(facts->replaced_by) : json_null());
    certd_json_set(&json, "needs_annotation", json_boolean(needs_annotation));

    return json;
}


/* Masked but in the export: a page may be looked at by two. */
void
certd_json_person(json_t **json, const cert_person_t *person, int is_masked)
{
    cert_text_t  masked;

    if (is_masked) {
        cert_id_number_mask(&masked,
                            (cert_str_t) {
                                (const uint8_t *) person->id_number.data,
                                person->id_number.len });
    }

    certd_json_set(json, "id_type",
                   json_string(cert_id_type_name(person->id_type)));
    certd_json_set(json, "id_number",
                   certd_json_text(is_masked ? &masked : &person->id_number));
    certd_json_set(json, "sex", certd_json_text(&person->sex));
    certd_json_set(json, "birth_date", certd_json_date(person->birth_date));
}


json_t *
certd_json_quota(const certd_request_t *r, const cert_quota_t *quota)
{
    json_t  *json;

    json = json_object();

    certd_json_set(&json, "limit", json_integer(r->policy.quota));
    certd_json_set(&json, "days", json_integer(r->policy.quota_days));
    certd_json_set(&json, "reading",
                   json_string(r->policy.quota_reading == CERT_QUOTA_LIVE
                               ? "live" : "applied"));
    certd_json_set(&json, "used", json_integer(quota->used));
    certd_json_set(&json, "left", json_integer(quota->left));
    certd_json_set(&json, "next_slot", certd_json_time(r, quota->next_slot));

    return json;
}


json_t *
certd_json_copy(certd_request_t *r, const certd_copy_t *copy)
{
    char                      code[CERT_CODE_TEXT_SIZE];
    json_t                   *json;
    certd_state_row_t         row;
    const cert_facts_t       *facts;
    const cert_annotation_t  *annotation;

    facts = &copy->certificate.facts;
    annotation = &copy->annotation;
    row = certd_states[copy->state];

    if (copy->state == CERTD_STATE_ENDED) {
        row.text = certd_statuses[facts->status].text;
        row.text_en = certd_statuses[facts->status].text_en;
    }

    cert_code_format(&annotation->code, code);
    json = json_object();

    certd_json_set(&json, "code", json_string(code));
    certd_json_set(&json, "number", certd_json_str(facts->number));
    certd_json_state(&json, &row);
    certd_json_set(&json, "original", json_boolean(annotation->is_original));
    certd_json_set(&json, "scene", annotation->scene.len > 0
                   ? certd_json_str(annotation->scene) : json_null());
    certd_json_set(&json, "days", annotation->is_original
                   ? json_null() : json_integer(annotation->days));
    certd_json_set(&json, "applied", certd_json_time(r, annotation->applied));
    certd_json_set(&json, "expires", certd_json_time(r, annotation->expires));
    certd_json_set(&json, "last_day", annotation->expires >= CERT_TIME_NEVER
                   ? json_null()
                   : certd_json_date(cert_annotation_last_day(
                                         annotation->expires,
                                         r->policy.utc_offset_sec)));
    certd_json_file(r, &json, annotation);
    certd_json_set(&json, "estimate", certd_json_estimate(r, copy));

    return json;
}


/* A state without a code, so that a list has one member to look at. */
json_t *
certd_json_no_copy(void)
{
    json_t  *json;

    json = json_object();
    certd_json_state(&json, &certd_states[CERTD_STATE_NONE]);

    return json;
}


static void
certd_json_state(json_t **json, const certd_state_row_t *row)
{
    certd_json_set(json, "state", json_string(row->name));
    certd_json_set(json, "state_text", json_string(row->text));
    certd_json_set(json, "state_text_en", json_string(row->text_en));
}


/* What was sealed stays on record, also when the file is gone. */
static void
certd_json_file(certd_request_t *r, json_t **json,
    const cert_annotation_t *annotation)
{
    int  is_sealed;

    is_sealed = (annotation->sealed != 0);

    certd_json_set(json, "sealed", certd_json_time(r, annotation->sealed));
    certd_json_set(json, "size",
                   is_sealed ? json_integer((json_int_t) annotation->size)
                             : json_null());
    certd_json_set(json, "sha256",
                   is_sealed ? certd_json_sha256(annotation->sha256)
                             : json_null());
}


json_t *
certd_json_sha256(const uint8_t digest[CERT_SHA256_SIZE])
{
    char  hex[2 * CERT_SHA256_SIZE];

    (void) cert_hex_encode(hex, digest, CERT_SHA256_SIZE);

    return json_stringn(hex, sizeof(hex));
}


/* Null for a copy that waits for nothing. */
static json_t *
certd_json_estimate(certd_request_t *r, const certd_copy_t *copy)
{
    certd_estimate_t  estimate;

    if (copy->state != CERTD_STATE_GENERATING) {
        return json_null();
    }

    certd_jobs_estimate(r->certd->jobs, &copy->annotation.code,
                        copy->annotation.applied, &estimate);

    return json_pack("{sIsi}", "position", (json_int_t) estimate.position,
                     "seconds", (int) estimate.seconds);
}
