/*
 * Copyright (C) the ngx_cert authors
 *
 * GET /holder/certificates/NUMBER
 *
 * Certificates of an older kind have an original copy without an application.
 * It is ordered when the holder first looks at the certificate, so only those
 * that are wanted are made.  It is the one thing that a GET changes, and a
 * second GET changes nothing: one that has failed or was withdrawn is shown as
 * that, and the holder can ask for another by a POST (certd_apply.c).
 */


#include <stdlib.h>

#include "certd_answer.h"
#include "certd_handlers.h"
#include "certd_holdings.h"
#include "certd_json.h"


/*
 * For the first original: long for a commit, short for a reader while the
 * writer is stuck.
 */
#define CERTD_ORIGINAL_MS  1500

/* The parts of the details that come from the copies. */
typedef struct {
    json_t  *annotations;       /* the newest first */
    json_t  *original;
    int      is_over;           /* it is there, and no more than that */
} certd_details_t;


static cert_err_t certd_certificate_original_ask(certd_request_t *r,
    cert_str_t number);
static cert_err_t certd_certificate_copies(certd_request_t *r,
    cert_str_t number, certd_details_t *details);
static void certd_certificate_original(certd_details_t *details, json_t *json,
    const certd_copy_t *copy);
static void certd_certificate_answer(certd_request_t *r,
    const cert_certificate_t *certificate, int needs, certd_details_t *details);
static json_t *certd_certificate_scenes(certd_request_t *r);
static json_t *certd_certificate_quota(certd_request_t *r, cert_str_t number);


static const char  certd_hint[] =
    "申请证书加注前，请先检查证书信息，如有疑问，请联系证书发放机构。";


/* The original comes first, since asking for it gives the reader back. */
void
certd_certificate(certd_request_t *r)
{
    int                  needs;
    cert_err_t           err;
    certd_details_t      details;
    cert_certificate_t   certificate;

    if (!certd_holdings_find(r, &certificate)) {
        return;
    }

    err = certd_holdings_needs(r, &certificate, &needs);

    if (err == CERT_OK && !needs
        && certificate.facts.status == CERT_STATUS_VALID)
    {
        err = certd_certificate_original_ask(r, certificate.facts.number);
    }

    if (err == CERT_OK) {
        err = certd_certificate_copies(r, certificate.facts.number, &details);
    }

    if (err == CERT_OK) {
        certd_certificate_answer(r, &certificate, needs, &details);

    } else if (r->status == 0) {
        certd_refuse_err(r, err, "certificate");
    }

    explicit_bzero(&certificate.person, sizeof(certificate.person));
}


/*
 * Sees to it that there is an original, if the store can take it just now:
 * the details are shown in any case.  An error may have been answered.
 */
static cert_err_t
certd_certificate_original_ask(certd_request_t *r, cert_str_t number)
{
    uint8_t           random[CERT_CODE_RANDOM_SIZE];
    json_t           *original;
    cert_err_t        err;
    certd_write_t    *write;
    certd_details_t   details;

    err = certd_certificate_copies(r, number, &details);
    if (err != CERT_OK) {
        return err;
    }

    original = details.original;
    err = json_is_null(original) ? CERT_NOT_FOUND : CERT_OK;

    json_decref(original);
    json_decref(details.annotations);

    if (err == CERT_OK) {
        return CERT_OK;
    }

    write = certd_write_create(CERT_CHANGE_ORIGINAL, r->actor);
    certd_random(random, sizeof(random));

    if (write != NULL
        && cert_code_make(&write->change.u.apply.code, r->now, random)
           == CERT_OK)
    {
        write->change.u.apply.number = certd_write_keep(write, number);
        write->change.u.apply.owner = certd_write_holder(write,
                                                         &r->account.holder);

        certd_request_leave(r);
        (void) certd_write_try(r->certd->writer, write, CERTD_ORIGINAL_MS);
    }

    certd_write_free(write);

    return certd_request_enter(r) ? CERT_OK : CERT_BUSY;
}


/* "details" is filled in after CERT_OK only. */
static cert_err_t
certd_certificate_copies(certd_request_t *r, cert_str_t number,
    certd_details_t *details)
{
    json_t         *json;
    cert_err_t      err;
    certd_copy_t    copy;
    certd_codes_t   codes;

    details->annotations = json_array();
    details->original = json_null();
    details->is_over = 0;

    err = certd_codes_read(r, number, &codes);

    while (err == CERT_OK && codes.n > 0) {
        err = certd_copy_read(r, &codes.codes[--codes.n], &copy);

        if (err != CERT_OK) {
            break;
        }

        json = certd_json_copy(r, &copy);

        if (copy.annotation.is_original) {
            certd_certificate_original(details, json, &copy);

        } else {
            certjson_add(&details->annotations, json);
        }
    }

    free(codes.codes);

    if (err == CERT_OK
        && (details->annotations == NULL || details->original == NULL))
    {
        err = CERT_NO_MEMORY;
    }

    if (err != CERT_OK) {
        json_decref(details->annotations);
        json_decref(details->original);
    }

    return err;
}


/*
 * The newest, but one that was withdrawn or has failed only if there is no
 * other: several may be of one second.  Takes over "json".
 */
static void
certd_certificate_original(certd_details_t *details, json_t *json,
    const certd_copy_t *copy)
{
    int  is_over;

    is_over = (copy->state == CERTD_STATE_WITHDRAWN
               || copy->state == CERTD_STATE_FAILED);

    if (json_is_null(details->original)
        || (details->is_over && !is_over))
    {
        json_decref(details->original);
        details->original = json;
        details->is_over = is_over;
        return;
    }

    json_decref(json);
}


/* Takes over what is in "details". */
static void
certd_certificate_answer(certd_request_t *r,
    const cert_certificate_t *certificate, int needs, certd_details_t *details)
{
    json_t  *json, *body;

    json = certd_json_certificate(certificate, needs);

    /* Masked: a page may be looked at by two. */
    certjson_person(&json, &certificate->person, 1);

    body = json_object();

    certjson_set(&body, "certificate", json);
    certjson_set(&body, "hint", json_string(certd_hint));
    certjson_set(&body, "scenes", certd_certificate_scenes(r));
    certjson_set(&body, "validity_days",
                 json_integer(r->policy.validity_days));
    certjson_set(&body, "quota",
                 certd_certificate_quota(r, certificate->facts.number));
    certjson_set(&body, "annotations", details->annotations);
    certjson_set(&body, "original", details->original);

    if (r->status == 0) {
        certd_answer(r, MHD_HTTP_OK, body);

    } else {
        json_decref(body);
    }
}


/* As in the policy, so a page needs no list of its own. */
static json_t *
certd_certificate_scenes(certd_request_t *r)
{
    json_t    *list;
    uint32_t   i;

    list = json_array();

    for (i = 0; i < r->policy.scenes_n; i++) {
        certjson_add(&list, json_pack("{ssss}", "key",
                                      r->policy.scenes[i].key, "label",
                                      r->policy.scenes[i].label));
    }

    return list;
}


/* NULL: an error that was answered, or no memory. */
static json_t *
certd_certificate_quota(certd_request_t *r, cert_str_t number)
{
    json_t        *json;
    cert_err_t     err;
    cert_quota_t   quota;

    err = cert_annotation_quota(r->reader->handle, number, r->now, &quota);
    if (err != CERT_OK) {
        certd_refuse_err(r, err, "quota");
        return NULL;
    }

    json = certd_json_quota(r, &quota);

    certjson_set(&json, "note",
                 json_string("有效期短的加注同样占用一次。"));
    certjson_set(&json, "note_en",
                 json_string("A copy with a short validity uses a slot as "
                             "well."));

    return json;
}
