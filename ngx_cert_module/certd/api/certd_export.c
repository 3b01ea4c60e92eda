/*
 * Copyright (C) the ngx_cert authors
 *
 * GET /holder/export
 *
 * Everything that is stored about the holder, as a file to keep.  Only here the
 * document number is shown in full: a holder who asks for all data gets all
 * data.  Sessions and the hash of the password tell a holder nothing, and a
 * thief much, so they are not in it.
 */


#include <stdlib.h>

#include "certd_answer.h"
#include "certd_handlers.h"
#include "certd_list.h"


static json_t *certd_export_account(certd_request_t *r);
static cert_err_t certd_export_certificate(certd_request_t *r,
    const cert_certificate_t *certificate, int needs_annotation,
    json_t **json);
static cert_err_t certd_export_copies(certd_request_t *r, cert_str_t number,
    json_t **json);


void
certd_export(certd_request_t *r)
{
    json_t  *json, *list;

    if (!certd_list_make(r, "export", certd_export_certificate, &list)) {
        return;
    }

    json = json_object();

    certjson_set(&json, "exported", certd_json_time(r, r->now));
    certjson_set(&json, "account", certd_export_account(r));
    certjson_set(&json, "certificates", list);

    certd_answer_header(r, "Content-Disposition",
                        "attachment; filename=\"holder.json\"");
    certd_answer(r, MHD_HTTP_OK, json);
}


/* Sessions are left out: they are gone tomorrow. */
static json_t *
certd_export_account(certd_request_t *r)
{
    json_t                *json;
    const cert_account_t  *account;

    account = &r->account;
    json = json_object();

    certjson_set(&json, "username", account->has_login
                 ? certjson_text(&account->username) : json_null());
    certjson_set(&json, "created", certd_json_time(r, account->created));
    certjson_set(&json, "documents",
                 json_integer((json_int_t) account->links_n + 1));
    certjson_set(&json, "notice_version",
                 json_integer(account->notice_version));
    certjson_set(&json, "notice_agreed",
                 certd_json_time(r, account->notice_time));
    certjson_set(&json, "notice_sha256",
                 certjson_hex(account->notice_sha256, CERT_SHA256_SIZE));

    return json;
}


static cert_err_t
certd_export_certificate(certd_request_t *r,
    const cert_certificate_t *certificate, int needs_annotation, json_t **json)
{
    (void) needs_annotation;

    certjson_person(json, &certificate->person, 0);
    certjson_set(json, "photo", json_boolean(certificate->has_photo));

    return certd_export_copies(r, certificate->facts.number, json);
}


/* The oldest first. */
static cert_err_t
certd_export_copies(certd_request_t *r, cert_str_t number, json_t **json)
{
    size_t          i;
    json_t         *list;
    cert_err_t      err;
    certd_copy_t    copy;
    certd_codes_t   codes;

    err = certd_codes_read(r, number, &codes);
    list = json_array();

    for (i = 0; err == CERT_OK && i < codes.n; i++) {
        err = certd_copy_read(r, &codes.codes[i], &copy);

        if (err == CERT_OK) {
            certjson_add(&list, certd_json_copy(r, &copy));
        }
    }

    free(codes.codes);
    certjson_set(json, "annotations", list);

    return err;
}
