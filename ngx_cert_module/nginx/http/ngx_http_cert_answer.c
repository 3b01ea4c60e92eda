/*
 * Copyright (C) the ngx_cert authors
 *
 * The answer: what a result means in HTTP, in one table, and what is refused
 * before there is a question, in another.
 *
 * The status is the route's: a check that says "expired" has answered what was
 * asked, a download that does has nothing to give.  So the first table has a
 * column for each, and a row for each result of the library and one more.
 *
 * A client that prefers text/html gets the page by an internal redirect, which
 * keeps the status.  nginx's error_page was rejected for it: it knows nothing
 * of Accept, and cannot be set for a check that answers 200.  The JSON is made
 * on the stack before, and copied into the pool only if it is what goes out.
 */


#include "ngx_http_cert_answer.h"
#include "ngx_http_cert_body.h"
#include "ngx_http_cert_counters.h"
#include "cert_verdict_json.h"


/* Room for a result and the longest detail, which this module words. */
#define NGX_HTTP_CERT_SMALL_MAX  256


typedef struct {
    ngx_uint_t   status[NGX_HTTP_CERT_ANSWERS];
                                    /* by route: check, download */
    ngx_str_t    retry_after;       /* seconds; empty: no such header */
} ngx_http_cert_reply_t;

typedef struct {
    ngx_uint_t   status;
    const char  *detail;
} ngx_http_cert_refused_t;


static ngx_int_t ngx_http_cert_reply(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx, ngx_uint_t status, ngx_str_t *json);
static size_t ngx_http_cert_small(u_char *json, ngx_http_cert_ctx_t *ctx,
    const char *detail);


static const ngx_http_cert_reply_t
    ngx_http_cert_replies[NGX_HTTP_CERT_RESULTS] =
{
    /* VALID: a download of it is the file, not this */
    { { NGX_HTTP_OK, NGX_HTTP_OK }, ngx_null_string },

    /* EXPIRED, GENERATING, WITHDRAWN */
    { { NGX_HTTP_OK, 410 }, ngx_null_string },
    { { NGX_HTTP_OK, NGX_HTTP_ACCEPTED }, ngx_string("2") },
    { { NGX_HTTP_OK, 410 }, ngx_null_string },

    /* REVOKED, SUSPENDED, REPLACED */
    { { NGX_HTTP_OK, 410 }, ngx_null_string },
    { { NGX_HTTP_OK, 410 }, ngx_null_string },
    { { NGX_HTTP_OK, 410 }, ngx_null_string },

    /* NOT_FOUND, BAD_REQUEST, UNAVAILABLE */
    { { NGX_HTTP_NOT_FOUND, NGX_HTTP_NOT_FOUND }, ngx_null_string },
    { { NGX_HTTP_BAD_REQUEST, NGX_HTTP_BAD_REQUEST }, ngx_null_string },
    { { NGX_HTTP_SERVICE_UNAVAILABLE, NGX_HTTP_SERVICE_UNAVAILABLE },
      ngx_string("5") },

    /* forbidden: a download only */
    { { NGX_HTTP_FORBIDDEN, NGX_HTTP_FORBIDDEN }, ngx_null_string }
};


static const ngx_http_cert_refused_t
    ngx_http_cert_refusals[NGX_HTTP_CERT_REFUSALS] =
{
    /* METHOD, LENGTH, TYPE, CHARSET */
    { NGX_HTTP_NOT_ALLOWED, "this method is not allowed here" },
    { NGX_HTTP_REQUEST_ENTITY_TOO_LARGE, "the form is too long" },
    { NGX_HTTP_UNSUPPORTED_MEDIA_TYPE,
      "the body is not application/x-www-form-urlencoded" },
    { NGX_HTTP_UNSUPPORTED_MEDIA_TYPE,
      "charset is not utf-8, gbk, gb18030 or gb2312" }
};


static ngx_str_t  ngx_http_cert_json = ngx_string("application/json");
static ngx_str_t  ngx_http_cert_no_store = ngx_string("no-store");


ngx_int_t
ngx_http_cert_answer(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx,
    const cert_verdict_t *verdict)
{
    u_char     buf[CERT_ANSWER_MAX];
    ngx_str_t  json;

    ctx->result = verdict->result;

    json.data = buf;
    json.len = cert_verdict_json(verdict, buf);

    return ngx_http_cert_reply(r, ctx,
             ngx_http_cert_replies[verdict->result].status[ctx->route->id],
             &json);
}


ngx_int_t
ngx_http_cert_answer_result(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx,
    ngx_uint_t result, const char *detail)
{
    u_char     buf[NGX_HTTP_CERT_SMALL_MAX];
    ngx_str_t  json;

    ctx->result = result;

    json.data = buf;
    json.len = ngx_http_cert_small(buf, ctx, detail);

    return ngx_http_cert_reply(r, ctx,
                      ngx_http_cert_replies[result].status[ctx->route->id],
                      &json);
}


ngx_int_t
ngx_http_cert_answer_refusal(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx,
    ngx_http_cert_refusal_t refusal)
{
    u_char     buf[NGX_HTTP_CERT_SMALL_MAX];
    ngx_str_t  json;

    ctx->result = CERT_RESULT_BAD_REQUEST;

    json.data = buf;
    json.len = ngx_http_cert_small(buf, ctx,
                                   ngx_http_cert_refusals[refusal].detail);

    return ngx_http_cert_reply(r, ctx, ngx_http_cert_refusals[refusal].status,
                               &json);
}


ngx_int_t
ngx_http_cert_refuse_method(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx,
    ngx_str_t *allow)
{
    static ngx_str_t  name = ngx_string("Allow");

    if (ngx_http_cert_add_header(r, &name, allow) == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_cert_answer_refusal(r, ctx, NGX_HTTP_CERT_METHOD);
}


/* "json" is in a buffer of the caller; what is sent is a copy. */
static ngx_int_t
ngx_http_cert_reply(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx,
    ngx_uint_t status, ngx_str_t *json)
{
    static ngx_str_t  name = ngx_string("Retry-After");

    ngx_int_t   rc;
    ngx_str_t   body, retry_after;

    ngx_http_cert_count(r, ctx);

    retry_after = ngx_http_cert_replies[ctx->result].retry_after;

    if (retry_after.len && status != NGX_HTTP_OK
        && ngx_http_cert_add_header(r, &name, &retry_after) == NULL)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_cert_page(r, ctx, status);
    if (rc != NGX_DECLINED) {
        return rc;
    }

    body.len = json->len;
    body.data = ngx_pnalloc(r->pool, json->len);
    if (body.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_memcpy(body.data, json->data, json->len);

    return ngx_http_cert_send(r, ctx, status, &ngx_http_cert_json, &body);
}


ngx_int_t
ngx_http_cert_page(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx,
    ngx_uint_t status)
{
    static ngx_str_t  method = ngx_string("GET");

    ngx_http_cert_loc_conf_t  *lcf;

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_cert_module);

    if (lcf->page.len == 0 || ctx->has_page || r != r->main
        || ctx->route->id == NGX_HTTP_CERT_STATUS
        || !ngx_http_cert_prefers_html(r))
    {
        return NGX_DECLINED;
    }

    if (ngx_http_cert_add_headers(r, ctx, &ngx_http_cert_no_store) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ngx_http_cert_discard_body(r) != NGX_OK) {
        r->keepalive = 0;
    }

    ctx->has_page = 1;

    /* The page is a file: it is read with GET, but tells of this request. */

    if (r->method != NGX_HTTP_HEAD) {
        r->method = NGX_HTTP_GET;
        r->method_name = method;
    }

    r->err_status = status;
    r->disable_not_modified = 1;

    return ngx_http_internal_redirect(r, &lcf->page, &lcf->page_args);
}


ngx_int_t
ngx_http_cert_send(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx,
    ngx_uint_t status, ngx_str_t *type, ngx_str_t *body)
{
    ngx_int_t     rc;
    ngx_buf_t    *b;
    ngx_chain_t   out;

    rc = ngx_http_cert_discard_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    if (ngx_http_cert_add_headers(r, ctx, &ngx_http_cert_no_store) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* An answer is of this moment: no condition of the client changes it. */
    r->disable_not_modified = 1;

    r->headers_out.status = status;
    r->headers_out.content_length_n = body->len;
    r->headers_out.content_type = *type;
    r->headers_out.content_type_len = type->len;
    r->headers_out.content_type_lowcase = NULL;

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    b->pos = body->data;
    b->last = body->data + body->len;
    b->memory = 1;
    b->last_buf = (r == r->main) ? 1 : 0;
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


const char *
ngx_http_cert_result_name(ngx_uint_t result)
{
    return result < CERT_RESULTS ? cert_result_name(result) : "forbidden";
}


static size_t
ngx_http_cert_small(u_char *json, ngx_http_cert_ctx_t *ctx, const char *detail)
{
    u_char  *p, *last;

    last = json + NGX_HTTP_CERT_SMALL_MAX;

    p = ngx_slprintf(json, last, "{\"result\":\"%s\"",
                     ngx_http_cert_result_name(ctx->result));

    if (ctx->field.len) {
        p = ngx_slprintf(p, last, ",\"field\":\"%V\",\"detail\":\"%V %s\"",
                         &ctx->field, &ctx->field, detail);

    } else if (detail) {
        p = ngx_slprintf(p, last, ",\"detail\":\"%s\"", detail);
    }

    p = ngx_slprintf(p, last, "}");

    return p - json;
}
