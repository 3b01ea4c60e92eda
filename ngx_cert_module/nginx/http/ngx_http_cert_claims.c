/*
 * Copyright (C) the ngx_cert authors
 *
 * What a token of the URI claims, as far as the token alone can tell: the store
 * is not asked for one that is bad.
 */


#include "ngx_http_cert_handlers.h"
#include "ngx_http_cert_store.h"


static ngx_uint_t ngx_http_cert_claims_prove(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx, ngx_str_t *token);
static ngx_int_t ngx_http_cert_claims_spelling(ngx_http_request_t *r,
    ngx_str_t *token);


/*
 * A token is proven once: a limit that reads $cert_code asks before the route
 * does.  Another place or length is another token, as after a rewrite.
 */
ngx_uint_t
ngx_http_cert_claims(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx)
{
    ngx_str_t  token;

    token = ngx_http_cert_tail(ctx);

    if (ctx->token.data != token.data || ctx->token.len != token.len) {
        ctx->proof = ngx_http_cert_claims_prove(r, ctx, &token);
        ctx->token = token;
    }

    return ctx->proof;
}


static ngx_uint_t
ngx_http_cert_claims_prove(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx,
    ngx_str_t *token)
{
    cert_err_t                  err;
    ngx_http_cert_main_conf_t  *mcf;

    mcf = ngx_http_get_module_main_conf(r, ngx_http_cert_module);

    err = cert_token_verify(mcf->keyring, ngx_http_cert_str(token),
                            ngx_http_cert_time(), &ctx->claims);

    if (err == CERT_SYSTEM) {
        ngx_http_cert_store_failed(r, err);
        return CERT_RESULT_UNAVAILABLE;
    }

    if ((err != CERT_OK && err != CERT_EXPIRED)
        || (ngx_uint_t) ctx->claims.right != ctx->right)
    {
        return NGX_HTTP_CERT_FORBIDDEN;
    }

    switch (ngx_http_cert_claims_spelling(r, token)) {

    case NGX_ERROR:
        return CERT_RESULT_UNAVAILABLE;

    case NGX_DECLINED:
        return NGX_HTTP_CERT_FORBIDDEN;
    }

    /* One out of date is genuine: its copy may have ended, which tells more. */

    return CERT_RESULT_VALID;
}


/*
 * NGX_OK if the client spelt the token as it was made: nginx undoes escapes,
 * and a token has one spelling.  It ends what was asked for, up to the query.
 * If the configuration rewrote the URI, the token may have come from
 * elsewhere, and only one that stands there escaped is refused.
 */
static ngx_int_t
ngx_http_cert_claims_spelling(ngx_http_request_t *r, ngx_str_t *token)
{
    u_char     *mark, *dst, *src, *text;
    ngx_str_t   path;

    path = r->unparsed_uri;

    mark = ngx_strlchr(path.data, path.data + path.len, '?');
    if (mark) {
        path.len = mark - path.data;
    }

    if (!r->internal) {
        return path.len >= token->len
               && ngx_memcmp(path.data + path.len - token->len, token->data,
                             token->len)
                  == 0
               ? NGX_OK : NGX_DECLINED;
    }

    if (memmem(path.data, path.len, token->data, token->len)) {
        return NGX_OK;
    }

    text = ngx_pnalloc(r->pool, path.len);
    if (text == NULL) {
        return NGX_ERROR;
    }

    dst = text;
    src = path.data;

    ngx_unescape_uri(&dst, &src, path.len, 0);

    return memmem(text, dst - text, token->data, token->len) == NULL
           ? NGX_OK : NGX_DECLINED;
}
