/*
 * Copyright (C) the ngx_cert authors
 *
 * The certificates that a holder has.
 */


#include "cert_holder_read.h"
#include "cert_read.h"
#include "certd_answer.h"
#include "certd_holdings.h"


/* Read in one snapshot. */
#define CERTD_NUMBERS_MAX  16

typedef struct {
    size_t   n;
    size_t   lens[CERTD_NUMBERS_MAX];
    uint8_t  numbers[CERTD_NUMBERS_MAX][CERT_NUMBER_MAX];
} certd_numbers_t;


static cert_err_t certd_holdings_note(void *data, cert_str_t number);


cert_err_t
certd_holdings_each(certd_request_t *r, const cert_holder_t *holder,
    certd_holdings_each_pt each, void *data)
{
    cert_err_t        list, err;
    certd_numbers_t   page;
    cert_position_t   after;

    after.len = 0;

    do {
        page.n = 0;

        list = cert_list_holder_certificates(r->reader->handle, holder, &after,
                                             CERTD_NUMBERS_MAX,
                                             certd_holdings_note, &page);

        if (list != CERT_OK && list != CERT_NOT_FOUND) {
            return list;
        }

        for (size_t i = 0; i < page.n; i++) {
            err = each(data, (cert_str_t) { page.numbers[i], page.lens[i] });
            if (err != CERT_OK) {
                return err;
            }
        }

    } while (list == CERT_OK);

    return CERT_OK;
}


static cert_err_t
certd_holdings_note(void *data, cert_str_t number)
{
    certd_numbers_t  *page = data;

    page->lens[page->n] = number.len;
    memcpy(page->numbers[page->n++], number.data, number.len);

    return CERT_OK;
}


int
certd_holdings_find(certd_request_t *r, cert_certificate_t *certificate)
{
    cert_err_t  err;

    err = cert_read_holds(r->reader->handle, &r->account,
                          certd_request_argument(r), certificate);

    if (err == CERT_NOT_FOUND) {
        certd_refuse(r, CERTD_PROBLEM_NO_CERTIFICATE);

    } else if (err != CERT_OK) {
        certd_refuse_err(r, err, "certificate");
    }

    return err == CERT_OK;
}


cert_err_t
certd_holdings_read(certd_request_t *r, cert_str_t number,
    cert_certificate_t *certificate, int *needs)
{
    cert_err_t  err;

    err = cert_read_holds(r->reader->handle, &r->account, number, certificate);

    return err == CERT_OK ? certd_holdings_needs(r, certificate, needs)
                          : err;
}


/* What is not in the catalogue has no rule that would free it. */
cert_err_t
certd_holdings_needs(certd_request_t *r,
    const cert_certificate_t *certificate, int *needs)
{
    cert_err_t            err;
    cert_qualification_t  qualification;

    err = cert_read_qualification(r->reader->handle,
                                  certificate->facts.qualification,
                                  &qualification);

    *needs = err != CERT_OK
             || cert_qualification_is_annotated(&qualification,
                                                certificate->facts.approved);

    return err == CERT_NOT_FOUND ? CERT_OK : err;
}
