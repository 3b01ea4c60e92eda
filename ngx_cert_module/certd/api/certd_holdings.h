/*
 * Copyright (C) the ngx_cert authors
 *
 * The certificates that a holder has.
 *
 * Needs a reader.  Errors are those of the getters of the store.
 */


#ifndef CERTD_HOLDINGS_H_INCLUDED
#define CERTD_HOLDINGS_H_INCLUDED


#include "certd_request.h"


typedef cert_err_t (*certd_holdings_each_pt)(void *data, cert_str_t number);


/*
 * Calls "each" for every certificate of a holder; between two snapshots, so it
 * may read.  Ends with the first error.
 */
cert_err_t certd_holdings_each(certd_request_t *r,
    const cert_holder_t *holder, certd_holdings_each_pt each, void *data);

/*
 * The certificate that the path names, with its person, if the requester holds
 * it.  False: it was answered.
 */
int certd_holdings_find(certd_request_t *r, cert_certificate_t *certificate);

/*
 * A certificate with its person, and whether a copy of it needs an application.
 * An import may give it to another holder after it was listed.
 *
 *     CERT_OK
 *     CERT_NOT_FOUND  the requester does not hold it
 *     CERT_NO_KEY     the keys of the persons are missing
 */
cert_err_t certd_holdings_read(certd_request_t *r, cert_str_t number,
    cert_certificate_t *certificate, int *needs);

/* Whether a copy of it needs an application. */
cert_err_t certd_holdings_needs(certd_request_t *r,
    const cert_certificate_t *certificate, int *needs);


#endif /* CERTD_HOLDINGS_H_INCLUDED */
