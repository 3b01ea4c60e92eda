/*
 * Copyright (C) the ngx_cert authors
 *
 * Records as JSON.  A text that cannot be one makes json_pack() fail as a
 * whole, and certctl_print() says so: nothing is left out in silence.
 *
 * Names are those of the public check and of the columns of an import wherever
 * the same thing is meant, so that what one command prints another one can be
 * asked for.  Times are in the zone of the policy, with their offset.
 *
 * What has no value is null and not left out, so that a program can tell
 * "none" from a misspelt name.  Only what this command cannot know is missing:
 * a person without the keys, the file of a copy that was never sealed.
 */


#include "cert_check.h"
#include "cert_text.h"
#include "certctl.h"
#include "certctl_json.h"


static void certctl_json_sealed(certctl_t *ctl, json_t **json,
    const cert_annotation_t *annotation);
static json_t *certctl_json_result(certctl_t *ctl,
    const cert_annotation_t *annotation);


json_t *
certctl_json_time(certctl_t *ctl, cert_time_t time)
{
    return certjson_time(time, ctl->policy.utc_offset_sec);
}


json_t *
certctl_json_path(const char *path)
{
    char  text[4 * CERTCTL_PATH_MAX];

    cert_text_escape(text, sizeof(text), cert_strz(path));

    return json_string(text);
}


/* Without the keys the masked name stands for the person. */
json_t *
certctl_json_certificate(const cert_certificate_t *certificate)
{
    json_t              *json;
    const cert_facts_t  *facts;

    facts = &certificate->facts;

    json = json_pack("{soss}", "number", certjson_str(facts->number),
                     "status", cert_status_name(facts->status));

    /* Personal data: only where the keys are held. */
    if (certificate->has_person) {
        certjson_set(&json, "name", certjson_text(&certificate->person.name));
        certjson_person(&json, &certificate->person, 0);

    } else {
        certjson_set(&json, "name", certjson_str(facts->masked_name));
    }

    certjson_facts(&json, facts);
    certjson_set(&json, "replaced_by", facts->replaced_by.len > 0
                 ? certjson_str(facts->replaced_by) : json_null());
    certjson_set(&json, "photo", json_boolean(certificate->has_photo));

    return json;
}


/* "state" is what is stored, "result" what a check would answer now. */
json_t *
certctl_json_annotation(certctl_t *ctl, cert_str_t number,
    const cert_annotation_t *annotation)
{
    json_t  *json;

    json = json_pack("{sosossso}",
                     "code", certjson_code(&annotation->code),
                     "number", certjson_str(number), "state",
                     cert_annotation_state_name(annotation->state),
                     "result", certctl_json_result(ctl, annotation));

    certjson_set(&json, "original", json_boolean(annotation->is_original));
    certjson_set(&json, "scene", annotation->scene.len > 0
                 ? certjson_str(annotation->scene) : json_null());
    certjson_set(&json, "days", json_integer(annotation->days));
    certjson_set(&json, "applied", certctl_json_time(ctl, annotation->applied));
    certjson_set(&json, "expires", certctl_json_time(ctl, annotation->expires));
    certjson_set(&json, "pruned", json_boolean(annotation->is_pruned));

    if (annotation->sealed != 0) {
        certctl_json_sealed(ctl, &json, annotation);
    }

    return json;
}


/* The file may be pruned by now; what it was stays on record. */
static void
certctl_json_sealed(certctl_t *ctl, json_t **json,
    const cert_annotation_t *annotation)
{
    char  file[sizeof("pdf/") + CERT_CODE_PATH_SIZE];

    memcpy(file, "pdf/", 4);
    cert_code_path(&annotation->code, file + 4);

    certjson_set(json, "sealed", certctl_json_time(ctl, annotation->sealed));
    certjson_set(json, "file", json_string(file));
    certjson_set(json, "size", json_integer((json_int_t) annotation->size));
    certjson_set(json, "sha256",
                 certjson_hex(annotation->sha256, CERT_SHA256_SIZE));
}


/* What a check would answer: only cert_check() decides that. */
static json_t *
certctl_json_result(certctl_t *ctl, const cert_annotation_t *annotation)
{
    cert_verdict_t   verdict;
    cert_question_t  question;

    memset(&question, 0, sizeof(question));
    question.ask = CERT_ASK_ANNOTATION;
    question.code = annotation->code;

    cert_check(ctl->reader, &question, ctl->now, &verdict);

    return json_string(cert_result_name(verdict.result));
}
