/*
 * Copyright (C) the ngx_cert authors
 *
 * The body of a request: read, wiped or discarded.
 */


#ifndef _NGX_HTTP_CERT_BODY_H_INCLUDED_
#define _NGX_HTTP_CERT_BODY_H_INCLUDED_


#include "ngx_http_cert_request.h"
#include "cert_charset.h"


/*
 * Discards a body that is not to be read, or, where it is too long for that,
 * has the connection closed behind the answer.  NGX_OK, or what a content
 * handler returns.
 */
ngx_int_t ngx_http_cert_discard_body(ngx_http_request_t *r);

/* True if Content-Type says that the body is a form. */
ngx_uint_t ngx_http_cert_body_is_form(ngx_http_request_t *r);

/*
 * Copies a body that was read into one text in the pool, which is the caller's
 * to change and to wipe.  NGX_OK, NGX_ERROR, or NGX_DECLINED: it is too long.
 */
ngx_int_t ngx_http_cert_body_text(ngx_http_request_t *r, ngx_str_t *text);

/*
 * What the values of a form are in, as declared or as it seems.  This and the
 * next one are for a body that ngx_http_cert_body_is_form() called a form: they
 * read its Content-Type.
 */
cert_charset_t ngx_http_cert_body_charset(ngx_http_request_t *r,
    cert_form_field_t *fields, ngx_uint_t n);

/*
 * Makes values UTF-8 that are CERT_CHARSET_GB; "buffer" is to be wiped behind
 * them.
 *
 *     NGX_OK
 *     NGX_DECLINED     a field is marked as wrong: "why" is the rest of a
 *                      sentence about it
 *     NGX_ERROR        no memory
 */
ngx_int_t ngx_http_cert_body_decode(ngx_http_request_t *r,
    cert_form_field_t *fields, ngx_uint_t n, u_char buffer[CERT_DECODED_MAX],
    const char **why);

/*
 * To be called before a body is read that has to be wiped: it is when the
 * request ends, as far as it is in memory of the request.  NGX_ERROR: no
 * memory.
 */
ngx_int_t ngx_http_cert_body_mark(ngx_http_request_t *r);


#endif /* _NGX_HTTP_CERT_BODY_H_INCLUDED_ */
