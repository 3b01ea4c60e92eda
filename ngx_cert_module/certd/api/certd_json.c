/*
 * Copyright (C) the ngx_cert authors
 *
 * Records as JSON.  Names are those of the public check wherever the same
 * thing is meant; what has no value is null and not left out, so that a page
 * need not tell "unknown" from "none".
 *
 * A member that could not be made makes the whole NULL (certjson.h), so a
 * handler tests the answer once, at its end.
 */


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


json_t *
certd_json_time(const certd_request_t *r, cert_time_t time)
{
    return certjson_time(time, r->policy.utc_offset_sec);
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

    certjson_set(&json, "number", certjson_str(facts->number));
    certjson_set(&json, "name", certjson_text(&certificate->person.name));
    certjson_facts(&json, facts);
    certjson_set(&json, "status", json_string(row->name));
    certjson_set(&json, "status_text", json_string(row->text));
    certjson_set(&json, "status_text_en", json_string(row->text_en));
    certjson_set(&json, "replaced_by", facts->replaced_by.len > 0
                 ? certjson_str(facts->replaced_by) : json_null());
    certjson_set(&json, "needs_annotation", json_boolean(needs_annotation));

    return json;
}


json_t *
certd_json_quota(const certd_request_t *r, const cert_quota_t *quota)
{
    json_t  *json;

    json = json_object();

    certjson_set(&json, "limit", json_integer(r->policy.quota));
    certjson_set(&json, "days", json_integer(r->policy.quota_days));
    certjson_set(&json, "reading",
                 json_string(r->policy.quota_reading == CERT_QUOTA_LIVE
                             ? "live" : "applied"));
    certjson_set(&json, "used", json_integer(quota->used));
    certjson_set(&json, "left", json_integer(quota->left));
    certjson_set(&json, "next_slot", certd_json_time(r, quota->next_slot));

    return json;
}


json_t *
certd_json_copy(certd_request_t *r, const certd_copy_t *copy)
{
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

    json = json_object();

    certjson_set(&json, "code", certjson_code(&annotation->code));
    certjson_set(&json, "number", certjson_str(facts->number));
    certd_json_state(&json, &row);
    certjson_set(&json, "original", json_boolean(annotation->is_original));
    certjson_set(&json, "scene", annotation->scene.len > 0
                 ? certjson_str(annotation->scene) : json_null());
    certjson_set(&json, "days", annotation->is_original
                 ? json_null() : json_integer(annotation->days));
    certjson_set(&json, "applied", certd_json_time(r, annotation->applied));
    certjson_set(&json, "expires", certd_json_time(r, annotation->expires));
    certjson_set(&json, "last_day", annotation->expires >= CERT_TIME_NEVER
                 ? json_null()
                 : certjson_date(cert_annotation_last_day(
                                     annotation->expires,
                                     r->policy.utc_offset_sec)));
    certd_json_file(r, &json, annotation);
    certjson_set(&json, "estimate", certd_json_estimate(r, copy));

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
    certjson_set(json, "state", json_string(row->name));
    certjson_set(json, "state_text", json_string(row->text));
    certjson_set(json, "state_text_en", json_string(row->text_en));
}


/* What was sealed stays on record, also when the file is gone. */
static void
certd_json_file(certd_request_t *r, json_t **json,
    const cert_annotation_t *annotation)
{
    int  is_sealed;

    is_sealed = (annotation->sealed != 0);

    certjson_set(json, "sealed", certd_json_time(r, annotation->sealed));
    certjson_set(json, "size",
                 is_sealed ? json_integer((json_int_t) annotation->size)
                           : json_null());
    certjson_set(json, "sha256",
                 is_sealed ? certjson_hex(annotation->sha256,
                                          CERT_SHA256_SIZE)
                           : json_null());
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
