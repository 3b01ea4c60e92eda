/*
 * Copyright (C) the ngx_cert authors
 *
 * The check: the fields of a request are read, and what they ask (cert_ask.h)
 * is answered.
 *
 *     GET  /check/CODE, /check?code=CODE, /check?sha256=HEX
 *     POST /check with a form of number, name and id_number
 *     POST /check/CODE, /check?code=CODE with a form of the name alone
 */


#include "ngx_http_cert_answer.h"
#include "ngx_http_cert_body.h"
#include "ngx_http_cert_handlers.h"
#include "ngx_http_cert_store.h"
#include "cert_ask.h"


static ngx_int_t ngx_http_cert_check_url(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx, cert_question_t *question, const char **why);
static ngx_int_t ngx_http_cert_check_refuse(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx, ngx_int_t rc, const char *why);
static ngx_int_t ngx_http_cert_check_nothing(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx);
static ngx_int_t ngx_http_cert_check_post(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx);
static void ngx_http_cert_check_body(ngx_http_request_t *r);
static void ngx_http_cert_check_end(ngx_http_request_t *r, ngx_int_t rc);
static ngx_int_t ngx_http_cert_check_form(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx, ngx_str_t *text);
static ngx_int_t ngx_http_cert_check_decode(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx, cert_ask_fields_t fields,
    cert_question_t *question);
static ngx_int_t ngx_http_cert_check_facts(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx, cert_ask_fields_t fields,
    cert_question_t *question);
static void ngx_http_cert_check_wrong(ngx_http_cert_ctx_t *ctx,
    cert_ask_fields_t fields);
static ngx_int_t ngx_http_cert_check_ask(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx, cert_question_t *question);


static ngx_str_t  ngx_http_cert_check_methods = ngx_string("GET, HEAD, POST");


ngx_int_t
ngx_http_cert_check_handler(ngx_http_request_t *r)
{
    ngx_int_t             rc;
    const char           *why;
    cert_question_t       question;
    ngx_http_cert_ctx_t  *ctx;

    ctx = ngx_http_cert_make_ctx(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (r->method == NGX_HTTP_POST) {
        return ngx_http_cert_check_post(r, ctx);
    }

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return ngx_http_cert_refuse_method(r, ctx,
                                           &ngx_http_cert_check_methods);
    }

    rc = ngx_http_cert_check_url(r, ctx, &question, &why);
    if (rc != NGX_OK) {
        return ngx_http_cert_check_refuse(r, ctx, rc, why);
    }

    if (question.text.len == 0) {
        return ngx_http_cert_check_nothing(r, ctx);
    }

    return ngx_http_cert_check_ask(r, ctx, &question);
}


/*
 * Reads the question of the URL; its text is empty if there is none.
 * NGX_DECLINED: "why" says what is wrong with it.
 */
static ngx_int_t
ngx_http_cert_check_url(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx,
    cert_question_t *question, const char **why)
{
    u_char             *buf;
    ngx_str_t           tail;
    cert_ask_url_t      url;
    cert_ask_fields_t   fields;

    tail = ngx_http_cert_tail(ctx);

    url.path = ngx_http_cert_str(&tail);
    url.is_guess = ctx->is_guess;
    url.has_form = (r->method == NGX_HTTP_POST);

    cert_ask_init(fields);

    if (ctx->args.len) {
        buf = ngx_pnalloc(r->pool, ctx->args.len);
        if (buf == NULL) {
            return NGX_ERROR;
        }

        if (cert_form_parse(ngx_http_cert_str(&ctx->args), fields,
                            CERT_ASK_FIELDS, buf, why)
            != CERT_OK)
        {
            ngx_http_cert_check_wrong(ctx, fields);
            return NGX_DECLINED;
        }
    }

    if (cert_ask_url(question, &url, fields, why) != CERT_OK) {
        ngx_http_cert_check_wrong(ctx, fields);
        return NGX_DECLINED;
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_cert_asked_code(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx,
    cert_code_t *code)
{
    ngx_int_t         rc;
    const char       *why;
    cert_question_t   question;

    rc = ngx_http_cert_check_url(r, ctx, &question, &why);
    if (rc != NGX_OK) {
        return rc;
    }

    if (question.ask == CERT_ASK_SHA256
        || cert_code_parse(code, question.text) != CERT_OK)
    {
        return NGX_DECLINED;
    }

    return NGX_OK;
}


/* Answers a URL that ngx_http_cert_check_url() refused. */
static ngx_int_t
ngx_http_cert_check_refuse(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx,
    ngx_int_t rc, const char *why)
{
    if (rc == NGX_ERROR) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_cert_answer_result(r, ctx, CERT_RESULT_BAD_REQUEST, why);
}


/* A browser that comes without a question gets the page to ask one. */
static ngx_int_t
ngx_http_cert_check_nothing(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx)
{
    ngx_int_t  rc;

    rc = ngx_http_cert_page(r, ctx, NGX_HTTP_OK);
    if (rc != NGX_DECLINED) {
        return rc;
    }

    return ngx_http_cert_answer_result(r, ctx, CERT_RESULT_BAD_REQUEST,
                                       "nothing is asked");
}


/*
 * A body of a fair size is read before anything else is looked at: a client
 * of HTTP/2 whose body is refused unread may not see the answer.
 */
static ngx_int_t
ngx_http_cert_check_post(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx)
{
    ngx_int_t  rc;

    if (r->headers_in.content_length_n > CERT_FORM_MAX) {
        return ngx_http_cert_answer_refusal(r, ctx, NGX_HTTP_CERT_LENGTH);
    }

    r->request_body_in_single_buf = 1;

    if (ngx_http_cert_body_mark(r) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_read_client_request_body(r, ngx_http_cert_check_body);

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        return rc;
    }

    return NGX_DONE;
}


static void
ngx_http_cert_check_body(ngx_http_request_t *r)
{
    ngx_int_t             rc;
    ngx_str_t             text;
    ngx_http_cert_ctx_t  *ctx;

    ctx = ngx_http_cert_get_ctx(r);

    rc = ngx_http_cert_body_text(r, &text);

    if (rc == NGX_OK) {
        rc = ngx_http_cert_check_form(r, ctx, &text);

    } else if (rc == NGX_DECLINED) {
        rc = ngx_http_cert_answer_refusal(r, ctx, NGX_HTTP_CERT_LENGTH);

    } else {
        rc = NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* Leave no personal data in freed memory. */
    ngx_explicit_memzero(text.data, text.len);

    ngx_http_cert_check_end(r, rc);
}


/*
 * Ends a request from the handler of its body.  Before 1.19.3 nginx called that
 * from HTTP/2 without running then what the answer started: the subrequests of
 * a page.
 */
static void
ngx_http_cert_check_end(ngx_http_request_t *r, ngx_int_t rc)
{
#if (NGX_HTTP_V2 && nginx_version < 1019003)
    ngx_connection_t  *c;

    c = r->stream ? r->connection : NULL;
#endif

    ngx_http_finalize_request(r, rc);

#if (NGX_HTTP_V2 && nginx_version < 1019003)
    if (c) {
        ngx_http_run_posted_requests(c);
    }
#endif
}


/* "text" is decoded in place. */
static ngx_int_t
ngx_http_cert_check_form(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx,
    ngx_str_t *text)
{
    ngx_int_t           rc;
    const char         *why;
    cert_question_t     question;
    cert_ask_fields_t   fields;

    rc = ngx_http_cert_check_url(r, ctx, &question, &why);
    if (rc != NGX_OK) {
        return ngx_http_cert_check_refuse(r, ctx, rc, why);
    }

    if (!ngx_http_cert_body_is_form(r)) {
        return ngx_http_cert_answer_refusal(r, ctx, NGX_HTTP_CERT_TYPE);
    }

    cert_ask_init(fields);

    if (cert_form_parse(ngx_http_cert_str(text), fields,
                        CERT_ASK_FIELDS, text->data, &why)
        != CERT_OK)
    {
        ngx_http_cert_check_wrong(ctx, fields);
        return ngx_http_cert_check_refuse(r, ctx, NGX_DECLINED, why);
    }

    switch (ngx_http_cert_body_charset(r, fields, CERT_ASK_FIELDS)) {

    case CERT_CHARSET_UTF8:
        return ngx_http_cert_check_facts(r, ctx, fields, &question);

    case CERT_CHARSET_GB:
        return ngx_http_cert_check_decode(r, ctx, fields, &question);

    default:
        return ngx_http_cert_answer_refusal(r, ctx, NGX_HTTP_CERT_CHARSET);
    }
}


static ngx_int_t
ngx_http_cert_check_decode(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx,
    cert_ask_fields_t fields, cert_question_t *question)
{
    u_char       buffer[CERT_DECODED_MAX];
    ngx_int_t    rc;
    const char  *why;

    rc = ngx_http_cert_body_decode(r, fields, CERT_ASK_FIELDS,
                                   buffer, &why);

    if (rc == NGX_OK) {
        rc = ngx_http_cert_check_facts(r, ctx, fields, question);

    } else {
        ngx_http_cert_check_wrong(ctx, fields);
        rc = ngx_http_cert_check_refuse(r, ctx, rc, why);
    }

    ngx_explicit_memzero(buffer, sizeof(buffer));

    return rc;
}


/* Asks by the facts of a form; "question" is that of the URL. */
static ngx_int_t
ngx_http_cert_check_facts(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx,
    cert_ask_fields_t fields, cert_question_t *question)
{
    const char  *why;

    if (cert_ask_form(question, fields, &why) != CERT_OK) {
        return ngx_http_cert_check_refuse(r, ctx, NGX_DECLINED, why);
    }

    return ngx_http_cert_check_ask(r, ctx, question);
}


/* The answer names the field that is wrong, if it is one. */
static void
ngx_http_cert_check_wrong(ngx_http_cert_ctx_t *ctx, cert_ask_fields_t fields)
{
    const cert_form_field_t  *field;

    field = cert_ask_wrong(fields);

    if (field) {
        ctx->field.data = (u_char *) field->name.data;
        ctx->field.len = field->name.len;
    }
}


static ngx_int_t
ngx_http_cert_check_ask(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx,
    cert_question_t *question)
{
    cert_verdict_t  verdict;

    cert_check(ngx_http_cert_reader(), question, ngx_http_cert_time(),
               &verdict);

    if (verdict.result == CERT_RESULT_UNAVAILABLE) {
        ngx_http_cert_store_failed(r, verdict.err);
    }

    if (ngx_http_cert_keep(r, ctx, &verdict) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_cert_answer(r, ctx, &verdict);
}
