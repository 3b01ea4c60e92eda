/*
 * Copyright (C) the ngx_cert authors
 *
 * The check: a request is turned into one question.
 *
 *     GET  /check/CODE, /check?code=CODE, /check?sha256=HEX
 *     POST /check with a form of number, name and id_number
 *     POST /check/CODE, /check?code=CODE with a form of the name alone
 *
 * Personal facts in a URL are refused whatever the method, because URLs are
 * logged; so is whatever asks more than one question at once.  The code of the
 * last one stays in the URL, where limits can count it: nginx asks them before
 * it reads a body, and a name that is known in part can be guessed.
 */


#include "ngx_http_cert_answer.h"
#include "ngx_http_cert_body.h"
#include "ngx_http_cert_mask.h"
#include "ngx_http_cert_handlers.h"
#include "ngx_http_cert_store.h"
#include "cert_form.h"


typedef cert_form_field_t  ngx_http_cert_fields_t[NGX_HTTP_CERT_CHECK_FIELDS];


static ngx_int_t ngx_http_cert_check_url(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx, cert_question_t *question, const char **why);
static const char *ngx_http_cert_check_query(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx, ngx_http_cert_fields_t fields,
    cert_question_t *question);
static ngx_int_t ngx_http_cert_check_refuse(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx, ngx_int_t rc, const char *why);
static ngx_int_t ngx_http_cert_check_nothing(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx);
static ngx_int_t ngx_http_cert_check_post(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx);
static void ngx_http_cert_check_body(ngx_http_request_t *r);
static void ngx_http_cert_check_end(ngx_http_request_t *r, ngx_int_t rc);
static ngx_int_t ngx_http_cert_check_too_long(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx);
static ngx_int_t ngx_http_cert_check_form(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx, ngx_str_t *text);
static ngx_int_t ngx_http_cert_check_decode(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx, ngx_http_cert_fields_t fields,
    cert_question_t *question);
static ngx_int_t ngx_http_cert_check_facts(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx, ngx_http_cert_fields_t fields,
    cert_question_t *question);
static void ngx_http_cert_check_wrong(ngx_http_cert_ctx_t *ctx,
    ngx_http_cert_fields_t fields);
static ngx_int_t ngx_http_cert_check_ask(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx, cert_question_t *question);
static void ngx_http_cert_check_fields(ngx_http_cert_fields_t fields);


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
    u_char                  *buf;
    ngx_str_t                tail;
    ngx_http_cert_fields_t   fields;

    tail = ngx_http_cert_tail(ctx);

    ngx_memzero(question, sizeof(cert_question_t));
    question->ask = CERT_ASK_CODE;
    question->text = ngx_http_cert_str(&tail);

    if (ctx->args.len == 0 && r->method != NGX_HTTP_POST) {
        return NGX_OK;
    }

    ngx_http_cert_check_fields(fields);

    if (ctx->args.len) {
        buf = ngx_pnalloc(r->pool, ctx->args.len);
        if (buf == NULL) {
            return NGX_ERROR;
        }

        if (cert_form_parse(ngx_http_cert_str(&ctx->args), fields,
                            NGX_HTTP_CERT_CHECK_FIELDS, buf, why)
            != CERT_OK)
        {
            ngx_http_cert_check_wrong(ctx, fields);
            return NGX_DECLINED;
        }
    }

    *why = ngx_http_cert_check_query(r, ctx, fields, question);

    return *why ? NGX_DECLINED : NGX_OK;
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


static const char *
ngx_http_cert_check_query(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx,
    ngx_http_cert_fields_t fields, cert_question_t *question)
{
    ngx_uint_t  asked, i;

    if (fields[NGX_HTTP_CERT_NUMBER].is_given
        || fields[NGX_HTTP_CERT_NAME].is_given
        || fields[NGX_HTTP_CERT_ID_NUMBER].is_given)
    {
        return "number, name and id_number belong in a form, never in a URL";
    }

    /* A segment that is only a guess gives way to a named field. */

    asked = (fields[NGX_HTTP_CERT_CODE].is_given != 0)
            + (fields[NGX_HTTP_CERT_SHA256].is_given != 0)
            + (question->text.len && !ctx->is_guess);

    if (asked > 1
        || (fields[NGX_HTTP_CERT_SHA256].is_given
            && r->method == NGX_HTTP_POST))
    {
        return "more than one question is asked";
    }

    if (asked && r->method == NGX_HTTP_POST) {
        question->ask = CERT_ASK_NAME;
    }

    /* A form that was sent empty is not answered by an empty form. */

    for (i = NGX_HTTP_CERT_CODE; i <= NGX_HTTP_CERT_SHA256; i++) {
        if (fields[i].is_given && fields[i].value.len == 0) {
            fields[i].is_wrong = 1;
            ngx_http_cert_check_wrong(ctx, fields);
            return "is empty";
        }
    }

    if (fields[NGX_HTTP_CERT_CODE].is_given) {
        question->text = fields[NGX_HTTP_CERT_CODE].value;

    } else if (fields[NGX_HTTP_CERT_SHA256].is_given) {
        question->ask = CERT_ASK_SHA256;
        question->text = fields[NGX_HTTP_CERT_SHA256].value;
    }

    return NULL;
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
        return ngx_http_cert_check_too_long(r, ctx);
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
        rc = ngx_http_cert_check_too_long(r, ctx);

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


static ngx_int_t
ngx_http_cert_check_too_long(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx)
{
    return ngx_http_cert_answer_status(r, ctx,
                                       NGX_HTTP_REQUEST_ENTITY_TOO_LARGE,
                                       "the form is too long");
}


/* "text" is decoded in place. */
static ngx_int_t
ngx_http_cert_check_form(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx,
    ngx_str_t *text)
{
    ngx_int_t                rc;
    const char              *why;
    cert_question_t          question;
    ngx_http_cert_fields_t   fields;

    rc = ngx_http_cert_check_url(r, ctx, &question, &why);
    if (rc != NGX_OK) {
        return ngx_http_cert_check_refuse(r, ctx, rc, why);
    }

    if (!ngx_http_cert_body_is_form(r)) {
        return ngx_http_cert_answer_status(r, ctx,
                              NGX_HTTP_UNSUPPORTED_MEDIA_TYPE,
                              "the body is not application/"
                              "x-www-form-urlencoded");
    }

    ngx_http_cert_check_fields(fields);

    if (cert_form_parse(ngx_http_cert_str(text), fields,
                        NGX_HTTP_CERT_CHECK_FIELDS, text->data, &why)
        != CERT_OK)
    {
        ngx_http_cert_check_wrong(ctx, fields);
        return ngx_http_cert_check_refuse(r, ctx, NGX_DECLINED, why);
    }

    if (fields[NGX_HTTP_CERT_CODE].is_given
        || fields[NGX_HTTP_CERT_SHA256].is_given)
    {
        return ngx_http_cert_answer_result(r, ctx, CERT_RESULT_BAD_REQUEST,
                                        "code and sha256 belong in the URL");
    }

    switch (ngx_http_cert_body_charset(r, fields, NGX_HTTP_CERT_CHECK_FIELDS)) {

    case CERT_CHARSET_UTF8:
        return ngx_http_cert_check_facts(r, ctx, fields, &question);

    case CERT_CHARSET_GB:
        return ngx_http_cert_check_decode(r, ctx, fields, &question);

    default:
        return ngx_http_cert_answer_status(r, ctx,
                              NGX_HTTP_UNSUPPORTED_MEDIA_TYPE,
                              "charset is not utf-8, gbk, gb18030 or gb2312");
    }
}


static ngx_int_t
ngx_http_cert_check_decode(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx,
    ngx_http_cert_fields_t fields, cert_question_t *question)
{
    u_char       buffer[CERT_DECODED_MAX];
    ngx_int_t    rc;
    const char  *why;

    rc = ngx_http_cert_body_decode(r, fields, NGX_HTTP_CERT_CHECK_FIELDS,
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


/*
 * Asks by the facts of a form; "question" is that of the URL.  What only may be
 * a code is one if the form has a name and nothing else.
 */
static ngx_int_t
ngx_http_cert_check_facts(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx,
    ngx_http_cert_fields_t fields, cert_question_t *question)
{
    ngx_uint_t  is_match;

    is_match = fields[NGX_HTTP_CERT_NUMBER].is_given
               || fields[NGX_HTTP_CERT_ID_NUMBER].is_given;

    if (question->ask != CERT_ASK_NAME) {
        question->ask = is_match || question->text.len == 0
                        || !fields[NGX_HTTP_CERT_NAME].is_given
                        ? CERT_ASK_MATCH : CERT_ASK_NAME;

    } else if (is_match) {
        return ngx_http_cert_check_refuse(r, ctx, NGX_DECLINED,
                                          "more than one question is asked");
    }

    question->number = fields[NGX_HTTP_CERT_NUMBER].value;
    question->name = fields[NGX_HTTP_CERT_NAME].value;
    question->id_number = fields[NGX_HTTP_CERT_ID_NUMBER].value;

    return ngx_http_cert_check_ask(r, ctx, question);
}


/* The answer names the field that is wrong, if it is one. */
static void
ngx_http_cert_check_wrong(ngx_http_cert_ctx_t *ctx,
    ngx_http_cert_fields_t fields)
{
    ngx_uint_t  i;

    for (i = 0; i < NGX_HTTP_CERT_CHECK_FIELDS; i++) {
        if (fields[i].is_wrong) {
            ctx->field.data = (u_char *) fields[i].name.data;
            ctx->field.len = fields[i].name.len;
            return;
        }
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


static void
ngx_http_cert_check_fields(ngx_http_cert_fields_t fields)
{
    ngx_uint_t  i;

    ngx_memzero(fields, sizeof(ngx_http_cert_fields_t));

    for (i = 0; i < NGX_HTTP_CERT_CHECK_FIELDS; i++) {
        fields[i].name = ngx_http_cert_field_names[i];
    }

    fields[NGX_HTTP_CERT_NUMBER].kind = CERT_FIELD_NUMBER;
    fields[NGX_HTTP_CERT_NAME].kind = CERT_FIELD_NAME;
    fields[NGX_HTTP_CERT_ID_NUMBER].kind = CERT_FIELD_NUMBER;
}
