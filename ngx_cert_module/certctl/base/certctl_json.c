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
#include "cert_hex.h"
#include "certctl.h"
#include "certctl_json.h"


static void certctl_json_person(json_t *json, const cert_person_t *person);
static void certctl_json_sealed(certctl_t *ctl, json_t *json,
    const cert_annotation_t *annotation);
static json_t *certctl_json_result(certctl_t *ctl,
    const cert_annotation_t *annotation);
static int certctl_json_set(json_t *json, const char *name, json_t *value);


json_t *
certctl_json_str(cert_str_t text)
{
    return json_stringn((const char *) text.data, text.len);
}


json_t *
certctl_json_text(const cert_text_t *text)
{
    return json_stringn(text->data, text->len);
}


/* "Never" is null: as a date it would be taken for one. */
json_t *
certctl_json_time(certctl_t *ctl, cert_time_t time)
{
    char  text[CERT_TIME_TEXT_SIZE];

    if (time == 0 || time >= CERT_TIME_NEVER) {
        return json_null();
    }

    cert_time_format(time, ctl->policy.utc_offset_sec, text);

    return json_string(text);
}


json_t *
certctl_json_date(cert_date_t date)
{
    char  text[CERT_DATE_TEXT_SIZE];

    if (date == CERT_DATE_NONE) {
        return json_null();
    }

    cert_date_format(date, text);

    return json_string(text);
}


json_t *
certctl_json_code(const cert_code_t *code)
{
    char  text[CERT_CODE_TEXT_SIZE];

    cert_code_format(code, text);

    return json_string(text);
}


/* Ids and digests: nothing is longer than CERT_SHA256_SIZE. */
json_t *
certctl_json_hex(const uint8_t *bytes, size_t n)
{
    char  text[2 * CERT_SHA256_SIZE];

    (void) cert_hex_encode(text, bytes, n);

    return json_stringn(text, 2 * n);
}


/* Without the keys the masked name stands for the person. */
json_t *
certctl_json_certificate(const cert_certificate_t *certificate)
{
    json_t              *json;
    const cert_facts_t  *facts;

    facts = &certificate->facts;

    json = json_pack("{soss}", "number", certctl_json_str(facts->number),
                     "status", cert_status_name(facts->status));

    if (certificate->has_person) {
        certctl_json_person(json, &certificate->person);

    } else {
        certctl_json_set(json, "name", certctl_json_str(facts->masked_name));
    }

    certctl_json_set(json, "qualification",
                     certctl_json_str(facts->qualification));
    certctl_json_set(json, "specialty", certctl_json_str(facts->specialty));
    certctl_json_set(json, "level", certctl_json_str(facts->level));
    certctl_json_set(json, "approved", certctl_json_date(facts->approved));
    certctl_json_set(json, "issuer", certctl_json_str(facts->issuer));
    certctl_json_set(json, "replaced_by", facts->replaced_by.len > 0
                     ? certctl_json_str(facts->replaced_by) : json_null());
    certctl_json_set(json, "photo", json_boolean(certificate->has_photo));

    return json;
}


/* Personal data: only where the keys are held. */
static void
certctl_json_person(json_t *json, const cert_person_t *person)
{
    certctl_json_set(json, "name", certctl_json_text(&person->name));
    certctl_json_set(json, "id_type",
                     json_string(cert_id_type_name(person->id_type)));
    certctl_json_set(json, "id_number",
                     certctl_json_text(&person->id_number));
    certctl_json_set(json, "sex", certctl_json_text(&person->sex));
    certctl_json_set(json, "birth_date",
                     certctl_json_date(person->birth_date));
}


/* "state" is what is stored, "result" what a check would answer now. */
json_t *
certctl_json_annotation(certctl_t *ctl, cert_str_t number,
    const cert_annotation_t *annotation)
{
    json_t  *json;

    json = json_pack("{sosossso}",
                     "code", certctl_json_code(&annotation->code),
                     "number", certctl_json_str(number), "state",
                     cert_annotation_state_name(annotation->state),
                     "result", certctl_json_result(ctl, annotation));

    certctl_json_set(json, "original", json_boolean(annotation->is_original));
    certctl_json_set(json, "scene", annotation->scene.len > 0
                     ? certctl_json_str(annotation->scene) : json_null());
    certctl_json_set(json, "days", json_integer(annotation->days));
    certctl_json_set(json, "applied",
                     certctl_json_time(ctl, annotation->applied));
    certctl_json_set(json, "expires",
                     certctl_json_time(ctl, annotation->expires));

    certctl_json_set(json, "pruned", json_boolean(annotation->is_pruned));

    if (annotation->sealed != 0) {
        certctl_json_sealed(ctl, json, annotation);
    }

    return json;
}


/* The file may be pruned by now; what it was stays on record. */
static void
certctl_json_sealed(certctl_t *ctl, json_t *json,
    const cert_annotation_t *annotation)
{
    char  file[sizeof("pdf/") + CERT_CODE_PATH_SIZE];

    memcpy(file, "pdf/", 4);
    cert_code_path(&annotation->code, file + 4);

    certctl_json_set(json, "sealed",
                     certctl_json_time(ctl, annotation->sealed));
    certctl_json_set(json, "file", json_string(file));
    certctl_json_set(json, "size",
                     json_integer((json_int_t) annotation->size));
    certctl_json_set(json, "sha256", certctl_json_hex(annotation->sha256,
                                                      CERT_SHA256_SIZE));
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


static int
certctl_json_set(json_t *json, const char *name, json_t *value)
{
    return json_object_set_new(json, name, value);
}
