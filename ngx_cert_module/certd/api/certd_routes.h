/*
 * Copyright (C) the ngx_cert authors
 *
 * From a method and a path to an answer.
 */


#ifndef CERTD_ROUTES_H_INCLUDED
#define CERTD_ROUTES_H_INCLUDED


#include "certd_request.h"


/* A certd_dispatch_pt (certd_http.h). */
void certd_route(certd_request_t *r, const char *method, const char *path);


#endif /* CERTD_ROUTES_H_INCLUDED */
