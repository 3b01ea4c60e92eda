/*
 * Copyright (C) the ngx_cert authors
 *
 * GET /holder/notice and POST /holder/consent
 *
 * What is kept of a consent is the version, the time, and a digest of the text
 * that was shown: so it can be proved later what a holder agreed to.  Text and
 * digest come from one reading of the policy.
 */


#include <openssl/sha.h>

#include "cert_holder_read.h"
#include "certd_answer.h"
#include "certd_handlers.h"
#include "certd_holdings.h"
#include "certd_json.h"


static certd_write_t *certd_consent_write(certd_request_t *r,
    int is_matched);
static int certd_consent_is_current(certd_request_t *r);
static cert_err_t certd_consent_count(void *data, cert_str_t number);
static void certd_consent_answer(certd_request_t *r, uint32_t version);


static const certd_fault_t  certd_consent_version = {
    "version", "请填写所同意的服务须知的版本。",
    "Fill in the version of the notice that is agreed to."
};


/* Before the consent, so that there is something to agree to. */
void
certd_notice(certd_request_t *r)
{
    int      is_agreed;
    json_t  *json;

    is_agreed = r->has_account
                && r->account.notice_version == r->policy.notice_version;
    json = json_object();

    certjson_set(&json, "version",
                 json_integer(r->policy.notice_version));
    certjson_set(&json, "text", json_string(r->policy.notice_text));
    certjson_set(&json, "agreed", is_agreed
                 ? certd_json_time(r, r->account.notice_time)
                 : json_null());
    certjson_set(&json, "required", json_boolean(!is_agreed));

    certd_answer(r, MHD_HTTP_OK, json);
}


/*
 * Agreeing again changes nothing, so two clicks are one consent.  With an
 * identity from outside this makes the account, and notes whether certificates
 * were known: certd_certificates_reason().
 */
void
certd_consent(certd_request_t *r)
{
    unsigned        n;
    cert_err_t      err;
    certd_write_t  *write;

    if (!certd_consent_is_current(r)) {
        return;
    }

    n = 0;
    err = r->has_account ? CERT_OK
          : certd_holdings_each(r, &r->holder, certd_consent_count, &n);

    write = err == CERT_OK ? certd_consent_write(r, n > 0) : NULL;

    if (write == NULL) {
        certd_refuse_err(r, err == CERT_OK ? CERT_NO_MEMORY : err, "consent");
        return;
    }

    err = certd_request_write(r, write, "consent");

    if (err == CERT_OK) {
        certd_consent_answer(r, write->change.u.account.notice_version);

    } else if (err == CERT_REFUSED) {
        certd_refuse_change(r, write->outcome.refusal);
    }

    certd_write_free(write);
}


/* NULL: no memory. */
static certd_write_t *
certd_consent_write(certd_request_t *r, int is_matched)
{
    certd_write_t  *write;

    write = certd_write_create(CERT_CHANGE_CONSENT, r->actor);
    if (write == NULL) {
        return NULL;
    }

    write->change.u.account.holder = r->holder;
    write->change.u.account.is_matched = is_matched;
    write->change.u.account.notice_version = r->policy.notice_version;

    if (SHA256((const uint8_t *) r->policy.notice_text,
               strlen(r->policy.notice_text),
               write->change.u.account.notice_sha256)
        == NULL)
    {
        certd_write_free(write);
        return NULL;
    }

    return write;
}


/* False: it was answered. */
static int
certd_consent_is_current(certd_request_t *r)
{
    char  version[16];

    cert_form_field_t  fields[] = { { .name = cert_str("version") } };

    if (!certd_request_form(r, fields, 1)) {
        return 0;
    }

    if (fields[0].value.len == 0) {
        certd_refuse_field(r, &certd_consent_version);
        return 0;
    }

    /* As a text: what is not a number cannot be a version. */
    (void) snprintf(version, sizeof(version), "%u",
                    (unsigned) r->policy.notice_version);

    if (fields[0].value.len != strlen(version)
        || memcmp(fields[0].value.data, version, strlen(version)) != 0)
    {
        certd_refuse_with(r, CERTD_PROBLEM_NOTICE_CHANGED,
                          json_pack("{si}", "version",
                                    (int) r->policy.notice_version));
        return 0;
    }

    return 1;
}


static cert_err_t
certd_consent_count(void *data, cert_str_t number)
{
    unsigned  *n = data;

    (void) number;

    (*n)++;

    return CERT_OK;
}


/*
 * The time is read back: another click may have been the consent, after the
 * account of this request was read.
 */
static void
certd_consent_answer(certd_request_t *r, uint32_t version)
{
    json_t      *json;
    cert_err_t   err;

    if (!certd_request_enter(r)) {
        return;
    }

    err = cert_read_account(r->reader->handle, &r->holder, &r->account);
    if (err != CERT_OK) {
        certd_refuse_err(r, err, "consent");
        return;
    }

    json = json_object();

    certjson_set(&json, "version", json_integer(version));
    certjson_set(&json, "agreed", certd_json_time(r,
                                                  r->account.notice_time));

    certd_answer(r, MHD_HTTP_OK, json);
}
