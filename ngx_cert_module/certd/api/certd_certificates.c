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

#include "certd_answer.h"
#include "certd_handlers.h"
#include "certd_list.h"


static json_t *certd_certificates_reason(certd_request_t *r);
static cert_err_t certd_certificates_latest(certd_request_t *r,
    const cert_certificate_t *certificate, int needs_annotation,
    json_t **json);


void
certd_certificates(certd_request_t *r)
{
    json_t  *json, *list;

    if (!certd_list_make(r, "certificates", certd_certificates_latest,
                         &list))
    {
        return;
    }

    json = json_object();

    certjson_set(&json, "reason", json_array_size(list) == 0
                 ? certd_certificates_reason(r) : json_null());
    certjson_set(&json, "certificates", list);

    certd_answer(r, MHD_HTTP_OK, json);
}


/*
 * If a certificate was there when the account was made, its document number was
 * corrected since.  Otherwise one that is not online yet cannot be told from
 * one that does not exist.
 */
static json_t *
certd_certificates_reason(certd_request_t *r)
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


/* The newest copy of the kind that this certificate has. */
static cert_err_t
certd_certificates_latest(certd_request_t *r,
    const cert_certificate_t *certificate, int needs_annotation,
    json_t **json)
{
    json_t         *latest;
    cert_err_t      err;
    certd_copy_t    copy;
    certd_codes_t   codes;

    err = certd_codes_read(r, certificate->facts.number, &codes);
    latest = NULL;

    while (err == CERT_OK && latest == NULL && codes.n > 0) {
        err = certd_copy_read(r, &codes.codes[--codes.n], &copy);

        if (err == CERT_OK
            && copy.annotation.is_original == !needs_annotation)
        {
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
