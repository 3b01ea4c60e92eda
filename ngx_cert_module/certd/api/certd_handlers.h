/*
 * Copyright (C) the ngx_cert authors
 *
 * The handlers of the routes.  certd_routes.c has the table,
 * docs/holder-api.md the contract.
 *
 * Each is called once for a request, on the thread of its connection, when its
 * body is there whole.  certd_route() has taken a reader, the time and the
 * policy, and what the row of the table needs: the holder (CERTD_HOLDER), whose
 * consent is in force (CERTD_AGREED).  A handler sets r->status exactly once,
 * with an answer or a problem, whatever fails; it may wait for a commit or for
 * its turn at hashing, and the reader is given back meanwhile.  "r" owns what
 * it points to; a handler keeps nothing of it.
 */


#ifndef CERTD_HANDLERS_H_INCLUDED
#define CERTD_HANDLERS_H_INCLUDED


#include "certd_request.h"


void certd_register(certd_request_t *r);
void certd_login(certd_request_t *r);
void certd_logout(certd_request_t *r);
void certd_notice(certd_request_t *r);
void certd_consent(certd_request_t *r);
void certd_certificates(certd_request_t *r);
void certd_certificate(certd_request_t *r);
void certd_apply(certd_request_t *r);
void certd_annotation(certd_request_t *r);
void certd_withdraw(certd_request_t *r);
void certd_link(certd_request_t *r);
void certd_export(certd_request_t *r);


#endif /* CERTD_HANDLERS_H_INCLUDED */
