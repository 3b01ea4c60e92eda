/*
 * Copyright (C) the ngx_cert authors
 *
 * The certificates of the requester as a JSON list.
 */


#include "certd_answer.h"
#include "certd_holdings.h"
#include "certd_list.h"


typedef struct {
    certd_request_t     *r;
    certd_list_fill_pt   fill;
    json_t              *list;
} certd_listing_t;


static cert_err_t certd_list_account(certd_listing_t *listing);
static cert_err_t certd_list_add(void *data, cert_str_t number);


int
certd_list_make(certd_request_t *r, const char *place,
    certd_list_fill_pt fill, json_t **list)
{
    cert_err_t       err;
    certd_listing_t  listing;

    listing.r = r;
    listing.fill = fill;
    listing.list = json_array();

    err = certd_list_account(&listing);
    if (err != CERT_OK) {
        json_decref(listing.list);
        certd_refuse_err(r, err, place);
        return 0;
    }

    *list = listing.list;

    return 1;
}


static cert_err_t
certd_list_account(certd_listing_t *listing)
{
    size_t                 i;
    cert_err_t             err;
    const cert_account_t  *account;

    account = &listing->r->account;

    err = certd_holdings_each(listing->r, &account->holder, certd_list_add,
                               listing);

    for (i = 0; err == CERT_OK && i < account->links_n; i++) {
        err = certd_holdings_each(listing->r, &account->links[i],
                                   certd_list_add, listing);
    }

    return err;
}


static cert_err_t
certd_list_add(void *data, cert_str_t number)
{
    int                  needs;
    json_t              *json;
    cert_err_t           err;
    certd_listing_t     *listing = data;
    cert_certificate_t   certificate;

    err = certd_holdings_read(listing->r, number, &certificate, &needs);

    /* It went to another holder since it was listed. */
    if (err == CERT_NOT_FOUND) {
        return CERT_OK;
    }

    if (err == CERT_OK) {
        json = certd_json_certificate(&certificate, needs);
        err = listing->fill(listing->r, &certificate, needs, &json);

        certjson_add(&listing->list, json);
    }

    explicit_bzero(&certificate.person, sizeof(certificate.person));

    return err == CERT_OK && listing->list == NULL ? CERT_NO_MEMORY : err;
}
