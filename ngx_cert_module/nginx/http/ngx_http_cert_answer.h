/*
 * Copyright (C) the ngx_cert authors
 *
 * The ways to answer a request: as JSON, or as a page to clients that prefer
 * it.
 *
 * They are all for content handlers, and at most one answers a request.
 */


#ifndef _NGX_HTTP_CERT_ANSWER_H_INCLUDED_
#define _NGX_HTTP_CERT_ANSWER_H_INCLUDED_


#include "ngx_http_cert_request.h"


/* What is refused before there is a question. */
typedef enum {
    NGX_HTTP_CERT_METHOD = 0,       /* not one of the route's */
    NGX_HTTP_CERT_LENGTH,           /* a form longer than CERT_FORM_MAX */
    NGX_HTTP_CERT_TYPE,             /* a body, but not a form */
    NGX_HTTP_CERT_CHARSET,          /* a form in a charset that is not read */
    NGX_HTTP_CERT_REFUSALS
} ngx_http_cert_refusal_t;


/* ngx_http_cert_accept.c */

/* True if the client would rather have text/html than application/json. */
ngx_uint_t ngx_http_cert_prefers_html(ngx_http_request_t *r);


/* ngx_http_cert_answer.c */

/*
 * Those that answer, and the one that refuses a method, send the answer, count
 * it, and return what a content handler returns; the body that was not read is
 * discarded on the way.
 */

/* The whole verdict as JSON, or the page for browsers. */
ngx_int_t ngx_http_cert_answer(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx,
    const cert_verdict_t *verdict);

/*
 * Only the result and, unless NULL, a static detail: no fact.  Where the
 * context has a field, the detail is the rest of a sentence about it.
 */
ngx_int_t ngx_http_cert_answer_result(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx, ngx_uint_t result, const char *detail);

/* What a refusal means in HTTP; counted as a bad request. */
ngx_int_t ngx_http_cert_answer_refusal(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx, ngx_http_cert_refusal_t refusal);

/*
 * Redirects to the page, which is not counted; NGX_DECLINED, and nothing is
 * done, if there is none or the client does not prefer it.
 */
ngx_int_t ngx_http_cert_page(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx,
    ngx_uint_t status);

/*
 * Sends a body that lives as long as the request; adds the headers below.  What
 * was not read of the request is discarded; nothing is counted.
 */
ngx_int_t ngx_http_cert_send(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx,
    ngx_uint_t status, ngx_str_t *type, ngx_str_t *body);

/* Answers NGX_HTTP_CERT_METHOD; "allow" is the header's value. */
ngx_int_t ngx_http_cert_refuse_method(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx, ngx_str_t *allow);

/* The contract's name, or "forbidden"; static. */
const char *ngx_http_cert_result_name(ngx_uint_t result);


/* ngx_http_cert_headers.c */

/*
 * Adds one header; both strings have to live as long as the request.  NULL
 * without memory.
 */
ngx_table_elt_t *ngx_http_cert_add_header(ngx_http_request_t *r,
    ngx_str_t *name, ngx_str_t *value);

/*
 * The headers of every answer, with this value of Cache-Control, which has to
 * live as long as the request.  From here on the answer has them once and in
 * these words, whatever the configuration adds.  NGX_ERROR: no memory.
 */
ngx_int_t ngx_http_cert_add_headers(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx, ngx_str_t *cache_control);

/* Content-Disposition of a copy; NGX_ERROR: no memory. */
ngx_int_t ngx_http_cert_add_disposition(ngx_http_request_t *r,
    ngx_str_t *value);

/* Installs the filter that sees to it; once a configuration. */
void ngx_http_cert_headers_init(void);


#endif /* _NGX_HTTP_CERT_ANSWER_H_INCLUDED_ */
