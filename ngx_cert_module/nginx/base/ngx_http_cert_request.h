/*
 * Copyright (C) the ngx_cert authors
 *
 * When a request gets its context, and what is kept of the verdict.
 */


#ifndef _NGX_HTTP_CERT_REQUEST_H_INCLUDED_
#define _NGX_HTTP_CERT_REQUEST_H_INCLUDED_


#include "ngx_http_cert_ctx.h"


/*
 * Handlers of the two rewrite phases: the first has log lines masked, the
 * second makes the context.  Both decline; the second returns 500 if there is
 * no memory.
 */
ngx_int_t ngx_http_cert_server_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_cert_rewrite_handler(ngx_http_request_t *r);

/*
 * The context of a request whose handler runs: made if need be, and brought to
 * the route that the request is in by now.  NULL: no memory.
 */
ngx_http_cert_ctx_t *ngx_http_cert_make_ctx(ngx_http_request_t *r);

/*
 * Copies what the variables show into the pool; the verdict may go then.
 * NGX_ERROR: no memory.
 */
ngx_int_t ngx_http_cert_keep(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx,
    const cert_verdict_t *verdict);


#endif /* _NGX_HTTP_CERT_REQUEST_H_INCLUDED_ */
