/*
 * Copyright (C) the ngx_cert authors
 *
 * GET /holder/annotations/CODE, and POST .../withdraw and .../link
 *
 * Addresses to view and download are for the holder, and are valid for ten
 * minutes: a page that lies open asks again.  A link is the same with a longer
 * time, for another person; it ends with the copy, and at once when the holder
 * withdraws it.
 */


#include "cert_link.h"
#include "certd_answer.h"
#include "certd_handlers.h"
#include "certd_json.h"


/* How many seconds a token is valid. */
#define CERTD_VIEW_SEC      600
#define CERTD_LINK_SEC      86400
#define CERTD_LINK_SEC_MIN  60


static json_t *certd_annotation_ready(certd_request_t *r,
    const certd_copy_t *copy, cert_right_t right);
static json_t *certd_annotation_url(certd_request_t *r,
    const certd_copy_t *copy, cert_right_t right, cert_time_t not_after);
static int certd_link_read(certd_request_t *r, cert_right_t *right,
    cert_time_t *ttl);
static int certd_link_ttl(cert_str_t text, cert_time_t *ttl);


static const certd_fault_t  certd_link_fault_ttl = {
    "ttl", "链接有效时间以秒为单位，须为不小于 60 的整数。",
    "How long the link holds is a whole number of seconds, at least 60."
};

static const certd_fault_t  certd_link_fault_right = {
    "right", "链接用途须为 view（查看）或 download（下载）。",
    "The link is either to view or to download."
};


void
certd_annotation(certd_request_t *r)
{
    json_t        *json;
    certd_copy_t   copy;

    if (!certd_copy_find(r, &copy)) {
        return;
    }

    json = json_object();

    certjson_set(&json, "annotation", certd_json_copy(r, &copy));
    certjson_set(&json, "view",
                 certd_annotation_ready(r, &copy, CERT_RIGHT_VIEW));
    certjson_set(&json, "download",
                 certd_annotation_ready(r, &copy, CERT_RIGHT_DOWNLOAD));

    if (r->status == 0) {
        certd_answer(r, MHD_HTTP_OK, json);

    } else {
        json_decref(json);
    }
}


/*
 * Only of a copy in force: a token would lead to 410, or to 202 for nothing.
 * NULL: no memory, or an error that was answered, by the one before too.
 */
static json_t *
certd_annotation_ready(certd_request_t *r, const certd_copy_t *copy,
    cert_right_t right)
{
    if (r->status != 0) {
        return NULL;
    }

    return copy->state == CERTD_STATE_READY
           ? certd_annotation_url(r, copy, right, r->now + CERTD_VIEW_SEC)
           : json_null();
}


/* NULL: no memory, or an error that was answered. */
static json_t *
certd_annotation_url(certd_request_t *r, const certd_copy_t *copy,
    cert_right_t right, cert_time_t not_after)
{
    char            url[CERT_LINK_SIZE], token[CERT_TOKEN_TEXT_SIZE];
    json_t         *json;
    cert_err_t      err;
    cert_claims_t   claims;

    claims.right = right;
    claims.code = copy->annotation.code;
    claims.not_after = not_after < copy->annotation.expires
                       ? not_after : copy->annotation.expires;

    err = cert_token_make(r->reader->ring, &claims, token);
    if (err != CERT_OK) {
        certd_refuse_err(r, err, "token key");
        return NULL;
    }

    cert_link_format(&r->policy, right, token, url);

    json = json_string(url);

    explicit_bzero(url, sizeof(url));
    explicit_bzero(token, sizeof(token));

    return json;
}


/* Withdrawn again, the answer is the same. */
void
certd_withdraw(certd_request_t *r)
{
    json_t         *json;
    cert_err_t      err;
    certd_copy_t    copy;
    certd_write_t  *write;

    if (!certd_request_form(r, NULL, 0) || !certd_copy_find(r, &copy)) {
        return;
    }

    write = certd_write_create(CERT_CHANGE_WITHDRAW, r->actor);
    if (write == NULL) {
        certd_refuse_err(r, CERT_NO_MEMORY, "withdraw");
        return;
    }

    write->change.u.copy.code = copy.annotation.code;
    write->change.u.copy.owner = certd_write_holder(write,
                                                    &r->account.holder);

    err = certd_request_write(r, write, "withdraw");

    if (err == CERT_OK) {
        copy.state = copy.certificate.facts.status == CERT_STATUS_VALID
                     ? CERTD_STATE_WITHDRAWN : CERTD_STATE_ENDED;

        json = json_object();
        certjson_set(&json, "annotation", certd_json_copy(r, &copy));
        certd_answer(r, MHD_HTTP_OK, json);

    } else if (err == CERT_REFUSED) {
        certd_refuse_change(r, write->outcome.refusal);
    }

    certd_write_free(write);
}


/*
 * Not journaled: a link is a token, which itself says how long it is valid, and
 * the copy can be withdrawn.
 */
void
certd_link(certd_request_t *r)
{
    json_t        *json;
    cert_time_t    ttl;
    cert_right_t   right;
    certd_copy_t   copy;

    if (!certd_link_read(r, &right, &ttl) || !certd_copy_find(r, &copy)) {
        return;
    }

    if (copy.state != CERTD_STATE_READY) {
        certd_refuse(r, CERTD_PROBLEM_STATE);
        return;
    }

    /* Said as it will be: never longer than the copy. */
    if (ttl > copy.annotation.expires - r->now) {
        ttl = copy.annotation.expires - r->now;
    }

    json = json_object();
    certjson_set(&json, "url",
                 certd_annotation_url(r, &copy, right, r->now + ttl));
    certjson_set(&json, "expires", certd_json_time(r, r->now + ttl));

    if (r->status == 0) {
        certd_answer(r, MHD_HTTP_CREATED, json);

    } else {
        json_decref(json);
    }
}


/* False: it was answered. */
static int
certd_link_read(certd_request_t *r, cert_right_t *right, cert_time_t *ttl)
{
    cert_form_field_t  fields[] = {
        { .name = cert_str("ttl") },
        { .name = cert_str("right") }
    };

    if (!certd_request_form(r, fields, 2)) {
        return 0;
    }

    *ttl = CERTD_LINK_SEC;
    *right = CERT_RIGHT_VIEW;

    if (fields[0].is_given && !certd_link_ttl(fields[0].value, ttl)) {
        certd_refuse_field(r, &certd_link_fault_ttl);
        return 0;
    }

    if (fields[1].is_given
        && cert_right_parse(right, fields[1].value) != CERT_OK)
    {
        certd_refuse_field(r, &certd_link_fault_right);
        return 0;
    }

    return 1;
}


/* What is too long is cut, however long it is. */
static int
certd_link_ttl(cert_str_t text, cert_time_t *ttl)
{
    size_t  i;

    *ttl = 0;

    for (i = 0; i < text.len; i++) {

        if (text.data[i] < '0' || text.data[i] > '9') {
            return 0;
        }

        *ttl = *ttl * 10 + (text.data[i] - '0');

        if (*ttl > CERT_TOKEN_SEC_MAX) {
            *ttl = CERT_TOKEN_SEC_MAX;
        }
    }

    return *ttl >= CERTD_LINK_SEC_MIN;
}
