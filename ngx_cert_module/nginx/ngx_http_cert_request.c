/*
 * Copyright (C) the ngx_cert authors
 *
 * The context of a request.
 *
 * It is made in the rewrite phase, before limits and access rules can refuse
 * the request and log it.  The log handler is older: a body that is announced
 * too long is refused and logged when the location is found, before any phase
 * of it runs.  So it is set in the server's rewrite phase, the first that runs
 * after an internal redirect too, and for every request, since where it goes
 * is not known yet.  That costs a request a pointer.
 */


#include "ngx_http_cert_mask.h"
#include "ngx_http_cert_request.h"


static void ngx_http_cert_cleanup(void *data);
static void ngx_http_cert_locate(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx);
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
ngx_http_cert_get_ctx(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t   *cln;
    ngx_http_cert_ctx_t  *ctx, *found;

    ctx = ngx_http_get_module_ctx(r, ngx_http_cert_module);

    if (ctx || (!r->internal && !r->filter_finalize && r == r->main)) {
        return ctx;
    }

    /* A subrequest without a context of its own shows that of the page. */

    for (cln = r->pool->cleanup; cln; cln = cln->next) {

        if (cln->handler != ngx_http_cert_cleanup) {
            continue;
        }

        found = cln->data;

        if (found->request == r) {
            return found;
        }

        if (found->request == r->main) {
            ctx = found;
        }
    }

    return ctx;
}


ngx_http_cert_ctx_t *
ngx_http_cert_look_ctx(ngx_http_request_t *r, ngx_http_cert_ctx_t *here)
{
    ngx_http_cert_ctx_t       *ctx;
    ngx_http_cert_loc_conf_t  *lcf;

    ctx = ngx_http_cert_get_ctx(r);

    if (ctx) {
        return ctx;
    }

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_cert_module);

    if (lcf->route == NULL) {
        return NULL;
    }

    ngx_memzero(here, sizeof(ngx_http_cert_ctx_t));
    ngx_http_cert_locate(r, here);

    return here;
}


ngx_http_cert_ctx_t *
ngx_http_cert_make_ctx(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t        *cln;
    ngx_http_cert_ctx_t       *ctx;
    ngx_http_cert_loc_conf_t  *lcf;

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_cert_module);
    ctx = ngx_http_cert_get_ctx(r);

    if (ctx == NULL || ctx->request != r) {

        cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_cert_ctx_t));
        if (cln == NULL) {
            return NULL;
        }

        cln->handler = ngx_http_cert_cleanup;

        ctx = cln->data;
        ngx_memzero(ctx, sizeof(ngx_http_cert_ctx_t));

        ctx->request = r;
        ctx->result = NGX_HTTP_CERT_NO_RESULT;
        ctx->checked = CERT_TIME_NEVER;

        /* A named location is entered without the server's rewrite phase. */
        r->main->log_handler = ngx_http_cert_log_error;

    } else if (ctx->has_page) {

        /* The page lies in a route itself: keep what the page is to show. */
        ngx_http_set_ctx(r, ctx, ngx_http_cert_module);
        return ctx;
    }

    ctx->route = lcf->route;
    ngx_http_cert_locate(r, ctx);

    ngx_http_set_ctx(r, ctx, ngx_http_cert_module);

    return ctx;
}


/* Marks the context among the cleanups of the pool, which frees it. */
static void
ngx_http_cert_cleanup(void *data)
{
}


/*
 * Where the location ends and the code or token begins.  The name of a prefix
 * location, or of an exact one, starts the URI; that of a regular expression
 * does not, and there the last segment is taken for what is asked.
 */
static void
ngx_http_cert_locate(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx)
{
    size_t                     n;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    ctx->uri = r->uri;
    ctx->args = r->args;
    ctx->is_guess = 0;

    n = clcf->name.len;

    if (n && n <= r->uri.len
        && ngx_strncmp(r->uri.data, clcf->name.data, n) == 0)
    {
        if (n == r->uri.len || clcf->name.data[n - 1] == '/') {
            ctx->keep = n;
            return;
        }

        if (r->uri.data[n] == '/') {
            ctx->keep = n + 1;
            return;
        }
    }

    for (n = r->uri.len; n && r->uri.data[n - 1] != '/'; n--) { /* void */ }

    ctx->keep = n;
    ctx->is_guess = 1;
}


ngx_str_t
ngx_http_cert_tail(ngx_http_cert_ctx_t *ctx)
{
    ngx_str_t  tail;

    tail.data = ctx->uri.data + ctx->keep;
    tail.len = ctx->uri.len - ctx->keep;

    return tail;
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
