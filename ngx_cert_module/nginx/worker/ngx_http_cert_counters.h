/*
 * Copyright (C) the ngx_cert authors
 *
 * The counters of results, in shared memory.
 */


#ifndef _NGX_HTTP_CERT_COUNTERS_H_INCLUDED_
#define _NGX_HTTP_CERT_COUNTERS_H_INCLUDED_


#include "ngx_http_cert_request.h"


/*
 * Adds the shared zone; called once a configuration.  A reload keeps the
 * numbers if their layout is the same, else starts at 0.
 */
char *ngx_http_cert_counters_add(ngx_conf_t *cf,
    ngx_http_cert_main_conf_t *mcf);

/* Counts the result under its route; the status page itself is not counted. */
void ngx_http_cert_count(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx);


#endif /* _NGX_HTTP_CERT_COUNTERS_H_INCLUDED_ */
