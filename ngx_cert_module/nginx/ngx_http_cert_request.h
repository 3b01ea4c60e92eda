/*
 * Copyright (C) the ngx_cert authors
 *
 * What belongs to a request: its context, and what its URI asks for.
 */


#ifndef _NGX_HTTP_CERT_REQUEST_H_INCLUDED_
#define _NGX_HTTP_CERT_REQUEST_H_INCLUDED_


#include "ngx_http_cert_module.h"


/*
 * Of one request, in its pool.  It is reached through a pool cleanup too,
 * since an internal redirect clears r->ctx while variables go on being read.
 */
typedef struct {
    ngx_http_request_t        *request;
    ngx_http_cert_route_t     *route;

    /* As asked, before any redirect to a page. */
    ngx_str_t                  uri;
    ngx_str_t                  args;
    size_t                     keep;        /* of "uri": the location */

    ngx_uint_t                 result;
    cert_date_t                approved;
    cert_time_t                expires;
    cert_time_t                checked;     /* CERT_TIME_NEVER: it was not */
    int32_t                    utc_offset_sec;
    ngx_str_t                  code;
    ngx_str_t                  number;
    ngx_str_t                  name;        /* masked */
    ngx_str_t                  qualification;
    ngx_str_t                  specialty;
    ngx_str_t                  level;
    ngx_str_t                  issuer;
    ngx_str_t                  scene;

    /* Where the header was read, and the body began there; may be NULL. */
    ngx_buf_t                 *header_in;
    u_char                    *body;

    unsigned                   is_guess:1;  /* "keep" came from no prefix */
    unsigned                   has_page:1;  /* it went to cert_check_page */
    unsigned                   has_certificate:1;
    unsigned                   has_annotation:1;
} ngx_http_cert_ctx_t;


/*
 * Handlers of the two rewrite phases: the first has log lines masked, the
 * second makes the context.  Both always decline.
 */
ngx_int_t ngx_http_cert_server_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_cert_rewrite_handler(ngx_http_request_t *r);

/* The context; NULL where the request has not been in a route. */
ngx_http_cert_ctx_t *ngx_http_cert_get_ctx(ngx_http_request_t *r);

/*
 * The same for logs, which are written before a context is made too: of a
 * request that has only reached the location of a route, what the mask needs
 * is put into "here".
 */
ngx_http_cert_ctx_t *ngx_http_cert_look_ctx(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *here);

/*
 * The context of a request whose handler runs: made if need be, and brought to
 * the route that the request is in by now.  NULL: no memory.
 */
ngx_http_cert_ctx_t *ngx_http_cert_make_ctx(ngx_http_request_t *r);

/*
 * What follows the location's name in the URI: a code or a token.  Empty if
 * nothing does; a part of the context's URI, so it lives as long.
 */
ngx_str_t ngx_http_cert_tail(ngx_http_cert_ctx_t *ctx);

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
 *     CERT_RESULT_VALID        "claims" are genuine; they may be out of date,
 *                              and what became of the copy tells more
 *     NGX_HTTP_CERT_FORBIDDEN  forged, of another right, or spelt otherwise
 *     CERT_RESULT_UNAVAILABLE  no memory, or the library failed, which is
 *                              logged
 */
ngx_uint_t ngx_http_cert_claims(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx, cert_claims_t *claims);


#endif /* _NGX_HTTP_CERT_REQUEST_H_INCLUDED_ */
