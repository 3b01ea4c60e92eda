/*
 * Copyright (C) the ngx_cert authors
 *
 * When a request gets its context, and what of a verdict is kept there.
 *
 * The context is made in the rewrite phase, before limits and access rules can
 * refuse the request and log it.  The log handler is set earlier: nginx refuses
 * and logs a body that is announced too long when it finds the location, before
 * any phase of it runs.  So it is set in the server's rewrite phase, the first
 * that runs after an internal redirect too, and for every request, since the
 * location is not known yet.  It costs one pointer per request.
 */


#include "ngx_http_cert_mask.h"
#include "ngx_http_cert_request.h"


static size_t ngx_http_cert_keep_len(const cert_verdict_t *verdict);
static u_char *ngx_http_cert_keep_certificate(ngx_http_cert_ctx_t *ctx,
    u_char *p, const cert_facts_t *facts);
static void ngx_http_cert_keep_annotation(ngx_http_cert_ctx_t *ctx, u_char *p,
    const cert_annotation_t *annotation);
static u_char *ngx_http_cert_copy(u_char *p, ngx_str_t *to,
    const cert_str_t *from);


ngx_int_t
ngx_http_cert_server_handler(ngx_http_request_t *r)
{
    r->main->log_handler = ngx_http_cert_log_error;

    return NGX_DECLINED;
}


ngx_int_t
ngx_http_cert_rewrite_handler(ngx_http_request_t *r)
{
    ngx_http_cert_loc_conf_t  *lcf;

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_cert_module);

    if (lcf->route == NULL) {
        return NGX_DECLINED;
    }

    if (ngx_http_cert_make_ctx(r) == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return NGX_DECLINED;
}


ngx_http_cert_ctx_t *
ngx_http_cert_make_ctx(ngx_http_request_t *r)
{
    ngx_http_cert_ctx_t       *ctx;
    ngx_http_cert_loc_conf_t  *lcf;

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_cert_module);
    ctx = ngx_http_cert_get_ctx(r);

    if (ctx == NULL || ctx->request != r) {

        ctx = ngx_http_cert_add_ctx(r);
        if (ctx == NULL) {
            return NULL;
        }

        /* A named location is entered without the server's rewrite phase. */
        r->main->log_handler = ngx_http_cert_log_error;

    } else if (ctx->has_page) {

        /* The page lies in a route itself: keep what the page is to show. */
        ngx_http_set_ctx(r, ctx, ngx_http_cert_module);
        return ctx;
    }

    /* A token that was proven, was proven for the right of its location. */
    if (ctx->right != lcf->mode) {
        ctx->right = lcf->mode;
        ngx_str_null(&ctx->token);
    }

    ctx->route = lcf->route;
    ngx_http_cert_locate(r, ctx);

    ngx_http_set_ctx(r, ctx, ngx_http_cert_module);

    return ctx;
}


ngx_int_t
ngx_http_cert_keep(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx,
    const cert_verdict_t *verdict)
{
    size_t   len;
    u_char  *p;

    /* The zone is that of the store, which these two were not read from. */

    if (verdict->result != CERT_RESULT_BAD_REQUEST
        && verdict->result != CERT_RESULT_UNAVAILABLE)
    {
        ctx->checked = verdict->checked;
        ctx->utc_offset_sec = verdict->utc_offset_sec;
    }

    if (verdict->result == CERT_RESULT_BAD_REQUEST && verdict->field) {
        ctx->field.data = (u_char *) verdict->field;
        ctx->field.len = ngx_strlen(verdict->field);
    }

    ctx->has_name = verdict->has_name;
    ctx->name_matches = verdict->name_matches;

    len = ngx_http_cert_keep_len(verdict);

    if (len == 0) {
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    if (verdict->has_certificate) {
        p = ngx_http_cert_keep_certificate(ctx, p, verdict->facts);
    }

    if (verdict->has_annotation) {
        ngx_http_cert_keep_annotation(ctx, p, &verdict->annotation);
    }

    return NGX_OK;
}


static size_t
ngx_http_cert_keep_len(const cert_verdict_t *verdict)
{
    size_t               len;
    const cert_facts_t  *facts;

    facts = verdict->facts;
    len = 0;

    if (verdict->has_certificate) {
        len += facts->number.len + facts->masked_name.len
               + facts->qualification.len + facts->specialty.len
               + facts->level.len + facts->issuer.len;
    }

    if (verdict->has_annotation) {
        len += CERT_CODE_TEXT_SIZE - 1 + verdict->annotation.scene.len;
    }

    return len;
}


static u_char *
ngx_http_cert_keep_certificate(ngx_http_cert_ctx_t *ctx, u_char *p,
    const cert_facts_t *facts)
{
    ctx->has_certificate = 1;
    ctx->approved = facts->approved;

    p = ngx_http_cert_copy(p, &ctx->number, &facts->number);
    p = ngx_http_cert_copy(p, &ctx->name, &facts->masked_name);
    p = ngx_http_cert_copy(p, &ctx->qualification, &facts->qualification);
    p = ngx_http_cert_copy(p, &ctx->specialty, &facts->specialty);
    p = ngx_http_cert_copy(p, &ctx->level, &facts->level);

    return ngx_http_cert_copy(p, &ctx->issuer, &facts->issuer);
}


static void
ngx_http_cert_keep_annotation(ngx_http_cert_ctx_t *ctx, u_char *p,
    const cert_annotation_t *annotation)
{
    char        code[CERT_CODE_TEXT_SIZE];
    cert_str_t  text;

    ctx->has_annotation = 1;
    ctx->expires = annotation->expires;

    cert_code_format(&annotation->code, code);
    text.data = (const uint8_t *) code;
    text.len = CERT_CODE_TEXT_SIZE - 1;

    p = ngx_http_cert_copy(p, &ctx->code, &text);
    (void) ngx_http_cert_copy(p, &ctx->scene, &annotation->scene);
}


static u_char *
ngx_http_cert_copy(u_char *p, ngx_str_t *to, const cert_str_t *from)
{
    to->data = p;
    to->len = from->len;

    return ngx_cpymem(p, from->data, from->len);
}
