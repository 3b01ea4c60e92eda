/*
 * Copyright (C) the ngx_cert authors
 *
 * Variables.  All are cacheable, so one that is read twice in a request has
 * the same bytes each time; the facts are there once the route has answered,
 * which is in time for the page and for the access log.
 *
 * What is read too early is empty, and is not remembered as empty: nginx keeps
 * a value that is valid or not found, so it is neither as long as the route may
 * still answer.
 */


#include "ngx_http_cert_answer.h"
#include "ngx_http_cert_handlers.h"
#include "ngx_http_cert_mask.h"
#include "cert_annotation.h"
#include "cert_words.h"


/* The form of a day or time: as a number, or in the words of a language. */
enum {
    NGX_HTTP_CERT_NUMERIC = 0,
    NGX_HTTP_CERT_ZH,
    NGX_HTTP_CERT_EN
};


static ngx_int_t ngx_http_cert_variable_text(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_cert_variable_route(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_cert_variable_result(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_cert_variable_code(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_cert_variable_approved(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_cert_variable_expires(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_cert_variable_last_day(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_cert_variable_checked(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_cert_variable_name_matches(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_cert_variable_uri(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data);
static cert_language_t ngx_http_cert_language(uintptr_t data);
static ngx_int_t ngx_http_cert_set_none(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx, ngx_http_variable_value_t *v);
static ngx_int_t ngx_http_cert_set_date(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, cert_date_t date, uintptr_t data);
static ngx_int_t ngx_http_cert_set_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, const char *text, size_t len);


static ngx_http_variable_t  ngx_http_cert_vars[] = {

    { ngx_string("cert_route"), NULL, ngx_http_cert_variable_route,
      0, 0, 0 },

    { ngx_string("cert_result"), NULL, ngx_http_cert_variable_result,
      0, 0, 0 },

    { ngx_string("cert_field"), NULL, ngx_http_cert_variable_text,
      offsetof(ngx_http_cert_ctx_t, field), 0, 0 },

    { ngx_string("cert_code"), NULL, ngx_http_cert_variable_code,
      0, 0, 0 },

    { ngx_string("cert_number"), NULL, ngx_http_cert_variable_text,
      offsetof(ngx_http_cert_ctx_t, number), 0, 0 },

    { ngx_string("cert_name"), NULL, ngx_http_cert_variable_text,
      offsetof(ngx_http_cert_ctx_t, name), 0, 0 },

    { ngx_string("cert_name_matches"), NULL,
      ngx_http_cert_variable_name_matches, 0, 0, 0 },

    { ngx_string("cert_qualification"), NULL, ngx_http_cert_variable_text,
      offsetof(ngx_http_cert_ctx_t, qualification), 0, 0 },

    { ngx_string("cert_specialty"), NULL, ngx_http_cert_variable_text,
      offsetof(ngx_http_cert_ctx_t, specialty), 0, 0 },

    { ngx_string("cert_level"), NULL, ngx_http_cert_variable_text,
      offsetof(ngx_http_cert_ctx_t, level), 0, 0 },

    { ngx_string("cert_approved"), NULL, ngx_http_cert_variable_approved,
      NGX_HTTP_CERT_NUMERIC, 0, 0 },

    { ngx_string("cert_approved_zh"), NULL, ngx_http_cert_variable_approved,
      NGX_HTTP_CERT_ZH, 0, 0 },

    { ngx_string("cert_approved_en"), NULL, ngx_http_cert_variable_approved,
      NGX_HTTP_CERT_EN, 0, 0 },

    { ngx_string("cert_issuer"), NULL, ngx_http_cert_variable_text,
      offsetof(ngx_http_cert_ctx_t, issuer), 0, 0 },

    { ngx_string("cert_scene"), NULL, ngx_http_cert_variable_text,
      offsetof(ngx_http_cert_ctx_t, scene), 0, 0 },

    { ngx_string("cert_expires"), NULL, ngx_http_cert_variable_expires,
      0, 0, 0 },

    { ngx_string("cert_last_day"), NULL, ngx_http_cert_variable_last_day,
      NGX_HTTP_CERT_NUMERIC, 0, 0 },

    { ngx_string("cert_last_day_zh"), NULL, ngx_http_cert_variable_last_day,
      NGX_HTTP_CERT_ZH, 0, 0 },

    { ngx_string("cert_last_day_en"), NULL, ngx_http_cert_variable_last_day,
      NGX_HTTP_CERT_EN, 0, 0 },

    { ngx_string("cert_checked"), NULL, ngx_http_cert_variable_checked,
      NGX_HTTP_CERT_NUMERIC, 0, 0 },

    { ngx_string("cert_checked_zh"), NULL, ngx_http_cert_variable_checked,
      NGX_HTTP_CERT_ZH, 0, 0 },

    { ngx_string("cert_checked_en"), NULL, ngx_http_cert_variable_checked,
      NGX_HTTP_CERT_EN, 0, 0 },

    { ngx_string("cert_uri"), NULL, ngx_http_cert_variable_uri,
      0, 0, 0 },

      ngx_http_null_variable
};


ngx_int_t
ngx_http_cert_add_variables(ngx_conf_t *cf)
{
    ngx_http_variable_t  *var, *v;

    for (v = ngx_http_cert_vars; v->name.len; v++) {
        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}


/* A text of the context; "data" is its offset. */
static ngx_int_t
ngx_http_cert_variable_text(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t            *text;
    ngx_http_cert_ctx_t  *ctx;

    ctx = ngx_http_cert_get_ctx(r);

    if (ctx == NULL) {
        return ngx_http_cert_set_none(r, ctx, v);
    }

    text = (ngx_str_t *) ((u_char *) ctx + data);

    if (text->len == 0) {
        return ngx_http_cert_set_none(r, ctx, v);
    }

    v->data = text->data;
    v->len = text->len;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


static ngx_int_t
ngx_http_cert_variable_route(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t            *name;
    ngx_http_cert_ctx_t  *ctx;

    ctx = ngx_http_cert_get_ctx(r);

    if (ctx == NULL) {
        return ngx_http_cert_set_none(r, ctx, v);
    }

    /* A route is called like its directive without "cert_". */

    name = &ctx->route->name;

    v->data = name->data + sizeof("cert_") - 1;
    v->len = name->len - (sizeof("cert_") - 1);
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


static ngx_int_t
ngx_http_cert_variable_result(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    const char           *name;
    ngx_http_cert_ctx_t  *ctx;

    ctx = ngx_http_cert_get_ctx(r);

    if (ctx == NULL || ctx->result == NGX_HTTP_CERT_NO_RESULT) {
        return ngx_http_cert_set_none(r, ctx, v);
    }

    name = ngx_http_cert_result_name(ctx->result);

    return ngx_http_cert_set_variable(r, v, name, ngx_strlen(name));
}


/*
 * The code of the copy that was found.  Before that, the code that is asked
 * for, as printed, whatever way it was typed: a key for limits, so it comes
 * from the very parser that the check uses; or that of a token, once the token
 * is proven, so that a made-up one is not a key.
 */
static ngx_int_t
ngx_http_cert_variable_code(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    char                  text[CERT_CODE_TEXT_SIZE];
    ngx_int_t             rc;
    cert_code_t           code;
    ngx_http_cert_ctx_t  *ctx;

    ctx = ngx_http_cert_get_ctx(r);

    if (ctx == NULL || ctx->code.len
        || ctx->route->id == NGX_HTTP_CERT_STATUS)
    {
        return ngx_http_cert_variable_text(r, v,
                                        offsetof(ngx_http_cert_ctx_t, code));
    }

    if (ctx->route->id == NGX_HTTP_CERT_CHECK) {
        rc = ngx_http_cert_asked_code(r, ctx, &code);

    } else {
        rc = ngx_http_cert_claims(r, ctx) == CERT_RESULT_VALID ? NGX_OK
                                                               : NGX_DECLINED;
        code = ctx->claims.code;
    }

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    if (rc != NGX_OK) {
        return ngx_http_cert_set_none(r, ctx, v);
    }

    cert_code_format(&code, text);

    return ngx_http_cert_set_variable(r, v, text, CERT_CODE_TEXT_SIZE - 1);
}


static ngx_int_t
ngx_http_cert_variable_approved(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_cert_ctx_t  *ctx;

    ctx = ngx_http_cert_get_ctx(r);

    if (ctx == NULL || !ctx->has_certificate
        || ctx->approved == CERT_DATE_NONE)
    {
        return ngx_http_cert_set_none(r, ctx, v);
    }

    return ngx_http_cert_set_date(r, v, ctx->approved, data);
}


static ngx_int_t
ngx_http_cert_variable_expires(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    char                  text[CERT_TIME_TEXT_SIZE];
    size_t                len;
    ngx_http_cert_ctx_t  *ctx;

    ctx = ngx_http_cert_get_ctx(r);

    if (ctx == NULL || !ctx->has_annotation
        || ctx->expires == CERT_TIME_NEVER)
    {
        return ngx_http_cert_set_none(r, ctx, v);
    }

    len = cert_time_format(ctx->expires, ctx->utc_offset_sec, text);

    return ngx_http_cert_set_variable(r, v, text, len);
}


/* People count days, so this and not the instant is for them. */
static ngx_int_t
ngx_http_cert_variable_last_day(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_http_cert_ctx_t  *ctx;

    ctx = ngx_http_cert_get_ctx(r);

    if (ctx == NULL || !ctx->has_annotation
        || ctx->expires == CERT_TIME_NEVER)
    {
        return ngx_http_cert_set_none(r, ctx, v);
    }

    return ngx_http_cert_set_date(r, v, cert_annotation_last_day(ctx->expires,
                                                       ctx->utc_offset_sec),
                                  data);
}


/* By the time of the store, like the answer, and spelt for people. */
static ngx_int_t
ngx_http_cert_variable_checked(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    char                  text[CERT_TIME_TEXT_SIZE];
    char                  spelt[CERT_WORDS_SIZE];
    size_t                len, day, hour;
    ngx_http_cert_ctx_t  *ctx;

    ctx = ngx_http_cert_get_ctx(r);

    if (ctx == NULL || ctx->checked == CERT_TIME_NEVER) {
        return ngx_http_cert_set_none(r, ctx, v);
    }

    if (data != NGX_HTTP_CERT_NUMERIC) {
        len = cert_words_time(ctx->checked, ctx->utc_offset_sec,
                              ngx_http_cert_language(data), spelt);

        return ngx_http_cert_set_variable(r, v, spelt, len);
    }

    len = cert_time_format(ctx->checked, ctx->utc_offset_sec, text);

    day = sizeof("2022-09-01") - 1;
    hour = sizeof("T09:00:00") - 1;

    ngx_memcpy(spelt, text, day + hour);
    spelt[day] = ' ';
    spelt[day + hour] = ' ';
    ngx_memcpy(spelt + day + hour + 1, text + day + hour, len - day - hour);

    return ngx_http_cert_set_variable(r, v, spelt, len + 1);
}


/* "yes" or "no"; nothing where no name was asked beside a code. */
static ngx_int_t
ngx_http_cert_variable_name_matches(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    const char           *text;
    ngx_http_cert_ctx_t  *ctx;

    ctx = ngx_http_cert_get_ctx(r);

    if (ctx == NULL || !ctx->has_name) {
        return ngx_http_cert_set_none(r, ctx, v);
    }

    text = ctx->name_matches ? "yes" : "no";

    return ngx_http_cert_set_variable(r, v, text, ngx_strlen(text));
}


static ngx_int_t
ngx_http_cert_variable_uri(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, uintptr_t data)
{
    size_t   len;
    u_char  *p;

    /* A request whose line could not be read has none. */

    if (r->unparsed_uri.len == 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    len = ngx_http_cert_mask_len(r);

    p = ngx_pnalloc(r->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    v->data = p;
    v->len = ngx_http_cert_mask_uri(r, p, p + len) - p;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


static cert_language_t
ngx_http_cert_language(uintptr_t data)
{
    return data == NGX_HTTP_CERT_ZH ? CERT_LANGUAGE_ZH : CERT_LANGUAGE_EN;
}


/* Nothing: for good if the request is over or answered, else by now. */
static ngx_int_t
ngx_http_cert_set_none(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx,
    ngx_http_variable_value_t *v)
{
    v->not_found = (ctx && ctx->result != NGX_HTTP_CERT_NO_RESULT)
                   || r->header_sent || r->main->count == 0;
    v->valid = 0;
    v->no_cacheable = 0;
    v->len = 0;
    v->data = (u_char *) "";

    return NGX_OK;
}


static ngx_int_t
ngx_http_cert_set_date(ngx_http_request_t *r, ngx_http_variable_value_t *v,
    cert_date_t date, uintptr_t data)
{
    char    text[CERT_WORDS_SIZE];
    size_t  len;

    len = data == NGX_HTTP_CERT_NUMERIC
          ? cert_date_format(date, text)
          : cert_words_date(date, ngx_http_cert_language(data), text);

    return ngx_http_cert_set_variable(r, v, text, len);
}


static ngx_int_t
ngx_http_cert_set_variable(ngx_http_request_t *r,
    ngx_http_variable_value_t *v, const char *text, size_t len)
{
    v->data = ngx_pnalloc(r->pool, len);
    if (v->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(v->data, text, len);

    v->len = len;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}
