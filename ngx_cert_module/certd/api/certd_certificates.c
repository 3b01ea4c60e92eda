/*
 * Copyright (C) the ngx_cert authors
 *
 * GET /holder/certificates
 *
 * Each certificate with its newest copy, which is what a holder who comes back
 * wants to know: the original, where no application is needed, else the copy
 * that was applied for.  An empty list leaves the holder with nothing to do, so
 * it says why as far as that is known.
 */


#include <stdlib.h>

#include "cert_read.h"
#include "certd_answer.h"
#include "certd_handlers.h"
#include "certd_json.h"


typedef struct {
    certd_request_t  *r;
    json_t           *list;
} certd_listing_t;


static json_t *certd_list_reason(certd_request_t *r);
static cert_err_t certd_list_add(void *data, cert_str_t number);
static cert_err_t certd_list_latest(certd_request_t *r, cert_str_t number,
    int is_original, json_t **json);


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

    certjson_set(&json, "reason", json_array_size(listing.list) == 0
                 ? certd_list_reason(r) : json_null());
    certjson_set(&json, "certificates", listing.list);

    certd_answer(r, MHD_HTTP_OK, json);
}


/*
 * If a certificate was there when the account was made, its document number was
 * corrected since.  Otherwise one that is not online yet cannot be told from
 * one that does not exist.
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


/* Without the keys of the persons the list is refused, not cut. */
static cert_err_t
certd_list_add(void *data, cert_str_t number)
{
    int                  needs;
    json_t              *json;
    cert_err_t           err;
    certd_listing_t     *listing = data;
    cert_certificate_t   certificate;

    err = certd_certificate_read(listing->r, number, &certificate, &needs);

    /* It went to another holder since it was listed. */
    if (err == CERT_NOT_FOUND) {
        return CERT_OK;
    }

    if (err == CERT_OK) {
        json = certd_json_certificate(&certificate, needs);
        err = certd_list_latest(listing->r, number, !needs, &json);

        certjson_add(&listing->list, json);
    }

    explicit_bzero(&certificate.person, sizeof(certificate.person));

    return err == CERT_OK && listing->list == NULL ? CERT_NO_MEMORY : err;
}


/* The newest copy of the kind that this certificate has. */
static cert_err_t
certd_list_latest(certd_request_t *r, cert_str_t number, int is_original,
    json_t **json)
{
    json_t         *latest;
    cert_err_t      err;
    certd_copy_t    copy;
    certd_codes_t   codes;

    err = certd_codes_read(r, number, &codes);
    latest = NULL;

    while (err == CERT_OK && latest == NULL && codes.n > 0) {
        err = certd_copy_read(r, &codes.codes[--codes.n], &copy);

        if (err == CERT_OK && !copy.annotation.is_original == !is_original) {
            latest = certd_json_copy(r, &copy);
            err = latest == NULL ? CERT_NO_MEMORY : CERT_OK;
        }
    }

    free(codes.codes);

    if (err == CERT_OK) {
        certjson_set(json, "annotation",
                     latest != NULL ? latest : certd_json_no_copy());
    }

    return err;
}
