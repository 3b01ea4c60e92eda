/*
 * Copyright (C) the ngx_cert authors
 *
 * POST /holder/certificates/NUMBER/annotations
 *
 * The answer comes after the commit and does not read the store again, so what
 * is on disk is acknowledged whatever happens next.  Only an application that
 * was sent before, with the same key, is read: it may be ready.
 *
 * The store gets digests of the key and of the request.  A key belongs to its
 * holder, so two holders may choose the same one.
 *
 * An older certificate has an original, which comes without an application
 * (certd_certificate.c).  If the original failed or was withdrawn, another is
 * applied for here; scene and days of the form are then ignored.  A key is not
 * needed: while there is an original no second one is made.
 */


#include <openssl/sha.h>

#include "certd_answer.h"
#include "certd_handlers.h"
#include "certd_holdings.h"
#include "certd_jobs.h"
#include "certd_json.h"


#define CERTD_CODE_TRIES  3
#define CERTD_DAYS_MAX    9999      /* what is more was mistyped */

typedef struct {
    certd_request_t  *r;
    cert_str_t        number;
    cert_str_t        scene;
    cert_str_t        days_text;
    uint32_t          days;
    const char       *key;          /* NULL: none */
    int               is_original;
} certd_application_t;


static int certd_apply_read(certd_application_t *a);
static int certd_apply_fields(certd_application_t *a);
static int certd_apply_key(certd_application_t *a);
static int certd_apply_is_own(certd_application_t *a);
static cert_err_t certd_apply_try(certd_application_t *a,
    certd_write_t **write);
static cert_err_t certd_apply_write(certd_application_t *a,
    certd_write_t **writep);
static int certd_apply_digests(certd_application_t *a,
    certd_write_t *write);
static void certd_apply_answer(certd_application_t *a,
    const certd_write_t *write);
static int certd_apply_copy(certd_application_t *a,
    const certd_write_t *write, certd_copy_t *copy);
static void certd_apply_quota(certd_application_t *a,
    const certd_write_t *write);


static const char  certd_apply_notice[] =
    "加注申请提交后，系统将在24小时内完成证书加注，请耐心等待。";


/*
 * What is decided in the transaction is not decided here: scene, days, quota.
 */
void
certd_apply(certd_request_t *r)
{
    cert_err_t            err;
    certd_write_t        *write;
    certd_application_t   a;

    memset(&a, 0, sizeof(a));
    a.r = r;
    a.number = certd_request_argument(r);

    if (!certd_apply_read(&a) || !certd_apply_key(&a)
        || !certd_apply_is_own(&a)
        || (!a.is_original && !certd_apply_fields(&a)))
    {
        return;
    }

    write = NULL;
    err = certd_apply_try(&a, &write);

    if (err == CERT_OK) {
        certd_apply_answer(&a, write);

    } else if (err == CERT_REFUSED
               && write->outcome.refusal == CERT_REFUSAL_QUOTA)
    {
        certd_apply_quota(&a, write);

    } else if (err == CERT_REFUSED) {
        certd_refuse_change(r, write->outcome.refusal);
    }

    certd_write_free(write);
}


/* False: it was answered. */
static int
certd_apply_read(certd_application_t *a)
{
    cert_form_field_t  fields[] = {
        { .name = cert_str("scene") },
        { .name = cert_str("days") }
    };

    if (!certd_request_form(a->r, fields, 2)) {
        return 0;
    }

    a->scene = fields[0].value;
    a->days_text = fields[1].value;

    return 1;
}


/* False: it was answered. */
static int
certd_apply_fields(certd_application_t *a)
{
    size_t      i;
    cert_str_t  days;

    days = a->days_text;

    /* A longer scene would not fit into the change. */
    if (a->scene.len == 0 || a->scene.len > CERT_SCENE_KEY_MAX) {
        certd_refuse(a->r, CERTD_PROBLEM_SCENE);
        return 0;
    }

    for (i = 0; i < days.len && a->days <= CERTD_DAYS_MAX; i++) {

        if (days.data[i] < '0' || days.data[i] > '9') {
            break;
        }

        a->days = a->days * 10 + (days.data[i] - '0');
    }

    if (days.len == 0 || i < days.len) {
        certd_refuse(a->r, CERTD_PROBLEM_DAYS);
        return 0;
    }

    return 1;
}


/*
 * Two keys are refused: a proxy that repeats a header may drop one of them the
 * next time.  False: it was answered.
 */
static int
certd_apply_key(certd_application_t *a)
{
    unsigned  n;

    n = certd_request_header(a->r, "Idempotency-Key", &a->key);

    if (n > 1 || (n == 1 && !certd_idempotency_key_is_valid(a->key))) {
        certd_refuse(a->r, CERTD_PROBLEM_BAD_KEY);
        return 0;
    }

    return 1;
}


/* A certificate of the requester, and its kind.  False: it was answered. */
static int
certd_apply_is_own(certd_application_t *a)
{
    int                  needs;
    cert_err_t           err;
    cert_certificate_t   certificate;

    if (!certd_holdings_find(a->r, &certificate)) {
        return 0;
    }

    explicit_bzero(&certificate.person, sizeof(certificate.person));

    err = certd_holdings_needs(a->r, &certificate, &needs);

    if (err != CERT_OK) {
        certd_refuse_err(a->r, err, "qualification");
        return 0;
    }

    a->is_original = !needs;

    return 1;
}


/* "*write" is the last one tried, also after an error, or NULL. */
static cert_err_t
certd_apply_try(certd_application_t *a, certd_write_t **write)
{
    int         i;
    cert_err_t  err;

    err = CERT_OK;

    for (i = 0; i < CERTD_CODE_TRIES; i++) {
        certd_write_free(*write);

        err = certd_apply_write(a, write);
        if (err != CERT_OK) {
            certd_refuse_err(a->r, err, "apply");
            return err;
        }

        err = certd_request_write(a->r, *write, "apply");

        if (err != CERT_REFUSED
            || (*write)->outcome.refusal != CERT_REFUSAL_CODE_TAKEN)
        {
            break;
        }
    }

    return err;
}


/* CERT_INVALID: a clock that no code can be made of. */
static cert_err_t
certd_apply_write(certd_application_t *a, certd_write_t **writep)
{
    uint8_t         random[CERT_CODE_RANDOM_SIZE];
    cert_err_t      err;
    certd_write_t  *write;

    *writep = NULL;

    write = certd_write_create(a->is_original ? CERT_CHANGE_ORIGINAL
                                              : CERT_CHANGE_APPLY,
                               a->r->actor);
    if (write == NULL) {
        return CERT_NO_MEMORY;
    }

    certd_random(random, sizeof(random));

    err = cert_code_make(&write->change.u.apply.code, a->r->now, random);
    if (err != CERT_OK) {
        goto failed;
    }

    write->change.u.apply.number = certd_write_keep(write, a->number);
    write->change.u.apply.owner = certd_write_holder(write,
                                                     &a->r->account.holder);

    if (!a->is_original) {
        write->change.u.apply.scene = certd_write_keep(write, a->scene);
        write->change.u.apply.days = a->days;

        if (a->key != NULL && !certd_apply_digests(a, write)) {
            err = CERT_NO_MEMORY;
            goto failed;
        }
    }

    *writep = write;

    return CERT_OK;

failed:

    certd_write_free(write);

    return err;
}


/*
 * A zero ends a number and a scene: no two requests have one text.  False: no
 * memory; two keys that could not be digested would be one.
 */
static int
certd_apply_digests(certd_application_t *a, certd_write_t *write)
{
    int   len;
    char  text[CERT_NUMBER_MAX + CERT_SCENE_KEY_MAX + 16];

    len = snprintf(text, sizeof(text), "%.*s%c%.*s%c%u",
                   (int) a->number.len, (const char *) a->number.data, 0,
                   (int) a->scene.len, (const char *) a->scene.data, 0,
                   (unsigned) a->days);

    write->change.u.apply.holder = certd_write_holder(write, &a->r->holder);

    return SHA256((const uint8_t *) text, (size_t) len,
                  write->change.u.apply.request) != NULL
           && SHA256((const uint8_t *) a->key, strlen(a->key),
                     write->change.u.apply.key) != NULL;
}


/*
 * With an estimate of its own, also of a copy that is ready by now: then it is
 * at least a second.
 */
static void
certd_apply_answer(certd_application_t *a, const certd_write_t *write)
{
    char               code[CERT_CODE_TEXT_SIZE];
    json_t            *json;
    certd_copy_t       copy;
    certd_request_t   *r = a->r;
    certd_estimate_t   estimate;

    if (!certd_apply_copy(a, write, &copy)) {
        return;
    }

    certd_jobs_estimate(r->certd->jobs, &copy.annotation.code,
                        copy.annotation.applied, &estimate);

    cert_code_format(&copy.annotation.code, code);
    certd_answer_header(r, "Location", "/holder/annotations/%s", code);
    certd_answer_header(r, "Retry-After", "%u", (unsigned) estimate.seconds);

    json = json_object();
    certjson_set(&json, "annotation", certd_json_copy(r, &copy));
    certjson_set(&json, "notice", json_string(certd_apply_notice));

    certd_answer(r, MHD_HTTP_CREATED, json);
}


/*
 * The copy as the change made it, or as it has become since an earlier one
 * with the same key made it.  False: it was answered.
 */
static int
certd_apply_copy(certd_application_t *a, const certd_write_t *write,
    certd_copy_t *copy)
{
    cert_err_t             err;
    const cert_scene_t    *scene;
    const cert_outcome_t  *outcome;

    outcome = &write->outcome;

    if (outcome->is_unchanged) {

        if (!certd_request_enter(a->r)) {
            return 0;
        }

        err = certd_copy_read(a->r, &outcome->code, copy);

        if (err != CERT_OK) {
            certd_refuse_err(a->r, err, "copy");
        }

        return err == CERT_OK;
    }

    memset(copy, 0, sizeof(certd_copy_t));
    scene = a->is_original ? NULL
                           : cert_policy_scene(&a->r->policy, a->scene);

    copy->state = CERTD_STATE_GENERATING;
    copy->certificate.facts.number = a->number;
    copy->annotation.code = outcome->code;
    copy->annotation.is_original = a->is_original;
    copy->annotation.days = a->days;
    copy->annotation.applied = outcome->applied;
    copy->annotation.expires = outcome->expires;

    if (scene != NULL) {
        copy->annotation.scene = cert_strz(scene->label);
    }

    return 1;
}


/*
 * The numbers are read after the refusal, so they may be better by now; when
 * there is room again is said as it was decided.
 */
static void
certd_apply_quota(certd_application_t *a, const certd_write_t *write)
{
    cert_err_t    err;
    cert_quota_t  quota;

    if (!certd_request_enter(a->r)) {
        return;
    }

    err = CERT_OK;
    quota.used = a->r->policy.quota;
    quota.left = 0;

    /* Originals have one of their own, which is never shown before. */
    if (!a->is_original) {
        err = cert_annotation_quota(a->r->reader->handle, a->number, a->r->now,
                                    &quota);
    }

    if (err != CERT_OK) {
        certd_refuse_err(a->r, err, "quota");
        return;
    }

    quota.next_slot = write->outcome.next_slot;

    certd_refuse_with(a->r, CERTD_PROBLEM_QUOTA,
                      certd_json_quota(a->r, &quota));
}
