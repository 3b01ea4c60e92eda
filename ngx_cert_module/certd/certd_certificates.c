/*
 * Copyright (C) the ngx_cert authors
 *
 * GET /holder/certificates and /holder/certificates/NUMBER
 *
 * An original copy, which certificates of an older kind have without an
 * application, is asked for when its holder first looks at them: so there are
 * as many as are wanted.  It is the one thing that a GET changes, and asking
 * again changes nothing.
 */


#include <stdlib.h>

#include "cert_annotation.h"
#include "certd_answer.h"
#include "certd_handlers.h"
#include "certd_json.h"


typedef struct {
    certd_request_t  *r;
    json_t           *list;
    cert_err_t        err;
} certd_listing_t;

/* The parts of the details that come from the copies. */
typedef struct {
    json_t  *annotations;       /* the newest first */
    json_t  *original;
} certd_details_t;


static json_t *certd_list_reason(certd_request_t *r);
static cert_err_t certd_list_add(void *data, cert_str_t number);
static cert_err_t certd_list_latest(certd_request_t *r, cert_str_t number,
    json_t **json);
static cert_err_t certd_original_ask(certd_request_t *r, cert_str_t number);
static cert_err_t certd_details_copies(certd_request_t *r, cert_str_t number,
    certd_details_t *details);
static void certd_details_answer(certd_request_t *r,
    const cert_certificate_t *certificate, int needs,
    certd_details_t *details);
static json_t *certd_details_scenes(certd_request_t *r);
static json_t *certd_details_quota(certd_request_t *r, cert_str_t number);


static const char  certd_hint[] =
    "申请证书加注前，请先检查证书信息，如有疑问，请联系证书发放机构。";


void
certd_certificates(certd_request_t *r)
{
    json_t           *json;
    cert_err_t        err;
    certd_listing_t   listing;

    listing.r = r;
    listing.list = json_array();

    err = certd_each_of_account(r, certd_list_add, &listing);
    if (err != CERT_OK) {
        json_decref(listing.list);
        certd_refuse_err(r, err, "certificates");
        return;
    }

    json = json_object();

    certd_json_set(&json, "reason", json_array_size(listing.list) == 0
                   ? certd_list_reason(r) : json_null());
    certd_json_set(&json, "certificates", listing.list);

    certd_answer(r, MHD_HTTP_OK, json);
}


/*
 * A certificate was there when the account was made: then the document number
 * of it was corrected since.  Otherwise nobody can tell one that is not online
 * yet from one that does not exist.
 */
static json_t *
certd_list_reason(certd_request_t *r)
{
    if (r->account.is_matched) {
        return json_pack("{ssssss}", "code", "corrected",
                         "detail",
                         "此前有证书与您的证件号码对应，现在没有：证书上的证件号码"
                         "可能已被更正。请联系证书发放机构，由其关联更正前后的证件"
                         "号码，关联后即可看到全部证书。",
                         "detail_en",
                         "There were certificates under your document number "
                         "before, and there are none now: the number was "
                         "probably corrected. Ask the issuing authority to "
                         "link both numbers; then the list is complete.");
    }

    return json_pack("{ssssss}", "code", "no_certificate",
                     "detail",
                     "未查询到证书信息：没有与您的证件号码对应的证书，或者证书尚未"
                     "上线。请稍后再来查看；如有疑问，请联系证书发放机构。",
                     "detail_en",
                     "No certificate information found: there is no "
                     "certificate under your document number, or it is not "
                     "online yet. Look again later; if in doubt, ask the "
                     "issuing authority.");
}


static cert_err_t
certd_list_add(void *data, cert_str_t number)
{
    int                  needs;
    json_t              *json;
    cert_err_t           err;
    certd_listing_t     *listing = data;
    cert_certificate_t   certificate;

    err = cert_read_certificate(listing->r->view->reader, number,
                                &certificate);

    /* It went to another holder since it was listed. */
    if (err == CERT_NOT_FOUND) {
        return CERT_OK;
    }

    if (err == CERT_OK && !certificate.has_person) {
        err = CERT_NO_KEY;
    }

    if (err == CERT_OK) {
        err = certd_certificate_needs(listing->r, &certificate, &needs);
    }

    if (err == CERT_OK) {
        json = certd_json_certificate(&certificate, needs);
        err = certd_list_latest(listing->r, number, &json);

        certd_json_add(&listing->list, json);
    }

    explicit_bzero(&certificate.person, sizeof(certificate.person));

    return err == CERT_OK && listing->list == NULL ? CERT_NO_MEMORY : err;
}


/* The newest copy that was applied for. */
static cert_err_t
certd_list_latest(certd_request_t *r, cert_str_t number, json_t **json)
{
    json_t         *latest;
    cert_err_t      err;
    certd_copy_t    copy;
    certd_codes_t   codes;

    err = certd_codes_read(r, number, &codes);
    latest = NULL;

    while (err == CERT_OK && latest == NULL && codes.n > 0) {
        err = certd_copy_read(r, &codes.codes[--codes.n], &copy);

        if (err == CERT_OK && !copy.annotation.is_original) {
            latest = certd_json_copy(r, &copy);
            err = latest == NULL ? CERT_NO_MEMORY : CERT_OK;
        }
    }

    free(codes.codes);

    if (err == CERT_OK) {
        certd_json_set(json, "annotation",
                       latest != NULL ? latest : certd_json_no_copy());
    }

    return err;
}


void
certd_certificate(certd_request_t *r)
{
    int                  needs;
    cert_err_t           err;
    certd_details_t      details;
    cert_certificate_t   certificate;

    if (!certd_certificate_find(r, &certificate)) {
        return;
    }

    err = certd_certificate_needs(r, &certificate, &needs);

    if (err == CERT_OK && !needs
        && certificate.facts.status == CERT_STATUS_VALID)
    {
        err = certd_original_ask(r, certificate.facts.number);
    }

    if (err == CERT_OK) {
        err = certd_details_copies(r, certificate.facts.number, &details);
    }

    if (err == CERT_OK) {
        certd_details_answer(r, &certificate, needs, &details);

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
certd_original_ask(certd_request_t *r, cert_str_t number)
{
    uint8_t           random[CERT_CODE_RANDOM_SIZE];
    json_t           *original;
    cert_err_t        err;
    certd_write_t    *write;
    certd_details_t   details;

    err = certd_details_copies(r, number, &details);
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

        certd_request_leave(r);
        (void) certd_write_wait(r->certd->writer, write);
    }

    certd_write_free(write);

    return certd_request_enter(r) ? CERT_OK : CERT_BUSY;
}


/* "details" is filled in after CERT_OK only. */
static cert_err_t
certd_details_copies(certd_request_t *r, cert_str_t number,
    certd_details_t *details)
{
    json_t         *json;
    cert_err_t      err;
    certd_copy_t    copy;
    certd_codes_t   codes;

    details->annotations = json_array();
    details->original = json_null();

    err = certd_codes_read(r, number, &codes);

    while (err == CERT_OK && codes.n > 0) {
        err = certd_copy_read(r, &codes.codes[--codes.n], &copy);

        if (err != CERT_OK) {
            break;
        }

        json = certd_json_copy(r, &copy);

        if (!copy.annotation.is_original) {
            certd_json_add(&details->annotations, json);

        } else if (json_is_null(details->original)
                   && copy.state != CERTD_STATE_WITHDRAWN
                   && copy.state != CERTD_STATE_FAILED)
        {
            details->original = json;

        } else {
            /* One that gave way to a newer one. */
            json_decref(json);
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


/* Takes over what is in "details". */
static void
certd_details_answer(certd_request_t *r,
    const cert_certificate_t *certificate, int needs,
    certd_details_t *details)
{
    json_t  *json, *body;

    json = certd_json_certificate(certificate, needs);
    certd_json_person(&json, &certificate->person, 1);

    body = json_object();

    certd_json_set(&body, "certificate", json);
    certd_json_set(&body, "hint", json_string(certd_hint));
    certd_json_set(&body, "scenes", certd_details_scenes(r));
    certd_json_set(&body, "validity_days",
                   json_integer(r->policy.validity_days));
    certd_json_set(&body, "quota",
                   certd_details_quota(r, certificate->facts.number));
    certd_json_set(&body, "annotations", details->annotations);
    certd_json_set(&body, "original", details->original);

    if (r->status == 0) {
        certd_answer(r, MHD_HTTP_OK, body);

    } else {
        json_decref(body);
    }
}


static json_t *
certd_details_scenes(certd_request_t *r)
{
    json_t    *list;
    uint32_t   i;

    list = json_array();

    for (i = 0; i < r->policy.scenes_n; i++) {
        certd_json_add(&list, json_pack("{ssss}", "key",
                                        r->policy.scenes[i].key, "label",
                                        r->policy.scenes[i].label));
    }

    return list;
}


/* NULL: an error that was answered, or no memory. */
static json_t *
certd_details_quota(certd_request_t *r, cert_str_t number)
{
    json_t        *json;
    cert_err_t     err;
    cert_quota_t   quota;

    err = cert_annotation_quota(r->view->reader, number, r->now, &quota);
    if (err != CERT_OK) {
        certd_refuse_err(r, err, "quota");
        return NULL;
    }

    json = certd_json_quota(r, &quota);

    certd_json_set(&json, "note",
                   json_string("有效期短的加注同样占用一次。"));
    certd_json_set(&json, "note_en",
                   json_string("A copy with a short validity uses a slot as "
                               "well."));

    return json;
}
