/*
 * Copyright (C) the ngx_cert authors
 *
 * The context of a request: where it is found, and what the URI asks for.
 */


#include "ngx_http_cert_ctx.h"


static void ngx_http_cert_cleanup(void *data);


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
ngx_http_cert_add_ctx(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t   *cln;
    ngx_http_cert_ctx_t  *ctx;

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

    return ctx;
}


/* Marks the context among the cleanups of the pool, which frees it. */
static void
ngx_http_cert_cleanup(void *data)
{
}


/*
 * The name of a prefix location, or of an exact one, starts the URI; that of a
 * regular expression does not, and there the last segment is taken for what is
 * asked.
 */
void
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
