/*
 * Copyright (C) the ngx_cert authors
 *
 * What each route does: certd_routes.c has the table, docs/holder-api.md the
 * contract.
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
