/*
 * Copyright (C) the ngx_cert authors
 *
 * When a request gets its context, what it asks for, and what is kept of the
 * verdict.
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

/* ngx_http_cert_check.c */

/*
 * The code that a check asks for.  NGX_DECLINED: it asks for none, or for one
 * that is mistyped, and "code" may not be looked at; NGX_ERROR: no memory.
 */
ngx_int_t ngx_http_cert_asked_code(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx, cert_code_t *code);


/* ngx_http_cert_claims.c */

/*
 * Reads the token that follows the location's name, for the right that the
 * location gives.  Returns what the request is to be answered:
 *
 *     CERT_RESULT_VALID        ctx->claims is genuine; it may be out of date,
 *                              and what became of the copy tells more
 *     NGX_HTTP_CERT_FORBIDDEN  forged, of another right, or spelt otherwise
 *     CERT_RESULT_UNAVAILABLE  no memory, or the library failed, which is
 *                              logged
 */
ngx_uint_t ngx_http_cert_claims(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx);


#endif /* _NGX_HTTP_CERT_REQUEST_H_INCLUDED_ */
