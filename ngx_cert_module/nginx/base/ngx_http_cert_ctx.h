/*
 * Copyright (C) the ngx_cert authors
 *
 * The context of a request: where it is found, and what the URI asks for.
 */


#ifndef _NGX_HTTP_CERT_CTX_H_INCLUDED_
#define _NGX_HTTP_CERT_CTX_H_INCLUDED_


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
    ngx_str_t                  field;       /* that is wrong; static */
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

    ngx_str_t                  cache_control;   /* empty: not answered yet */

    /* A token that was looked at, and what came of it. */
    ngx_str_t                  token;       /* no data: none was */
    ngx_uint_t                 right;       /* of the location */
    ngx_uint_t                 proof;       /* as ngx_http_cert_claims() */
    cert_claims_t              claims;

    unsigned                   is_guess:1;  /* "keep" came from no prefix */
    unsigned                   has_page:1;  /* it went to cert_check_page */
    unsigned                   has_certificate:1;
    unsigned                   has_annotation:1;
    unsigned                   has_name:1;  /* one was asked and compared */
    unsigned                   name_matches:1;
} ngx_http_cert_ctx_t;


/* The context; NULL where the request has not been in a route. */
ngx_http_cert_ctx_t *ngx_http_cert_get_ctx(ngx_http_request_t *r);

/*
 * The same for logs, which are written before a context is made too: of a
 * request that has only reached the location of a route, what the mask needs
 * is put into "here".
 */
ngx_http_cert_ctx_t *ngx_http_cert_look_ctx(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *here);

/* An empty one, in the pool of the request; NULL: no memory. */
ngx_http_cert_ctx_t *ngx_http_cert_add_ctx(ngx_http_request_t *r);

/* Notes URI and arguments, and where the location ends and the rest begins. */
void ngx_http_cert_locate(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx);

/*
 * What follows the location's name in the URI: a code or a token.  Empty if
 * nothing does; a part of the context's URI, so it lives as long.
 */
ngx_str_t ngx_http_cert_tail(ngx_http_cert_ctx_t *ctx);


#endif /* _NGX_HTTP_CERT_CTX_H_INCLUDED_ */
