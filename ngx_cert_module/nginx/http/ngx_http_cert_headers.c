/*
 * Copyright (C) the ngx_cert authors
 *
 * The headers of answers, and that each is there once and as it was set.
 *
 * Cache-Control is registered where nginx looks for it, so that other modules
 * and $sent_http_cache_control see it.  But "expires" writes over the first
 * one that is registered, "add_header" puts another one beside it, and what
 * comes with X-Accel-Redirect is there before the route answers.  A copy must
 * not be kept by anything on its way, so a filter that runs behind those of
 * nginx and of other modules restores the value and takes away what doubles a
 * header of ours.  The addon script gives the module its place in the order.
 *
 * A header is known to be ours by its name: not the text, but the very bytes.
 * So these are arrays: of equal literals a linker makes one, and nginx has an
 * "Expires" of its own.
 */


#include "ngx_http_cert_answer.h"


/* Those that no other module may set for an answer of ours. */
enum {
    NGX_HTTP_CERT_CACHE_CONTROL = 0,
    NGX_HTTP_CERT_NOSNIFF,
    NGX_HTTP_CERT_REFERRER,
    NGX_HTTP_CERT_DISPOSITION,
    NGX_HTTP_CERT_EXPIRES,          /* which caches of HTTP/1.0 go by: none */
    NGX_HTTP_CERT_OWN
};


static ngx_int_t ngx_http_cert_register(ngx_http_request_t *r,
    ngx_table_elt_t *h);
static ngx_int_t ngx_http_cert_headers_filter(ngx_http_request_t *r);
static void ngx_http_cert_claim_header(ngx_http_cert_ctx_t *ctx,
    ngx_table_elt_t *h);


static u_char  ngx_http_cert_cache_control[] = "Cache-Control";
static u_char  ngx_http_cert_nosniff[] = "X-Content-Type-Options";
static u_char  ngx_http_cert_referrer[] = "Referrer-Policy";
static u_char  ngx_http_cert_disposition[] = "Content-Disposition";
static u_char  ngx_http_cert_expires[] = "Expires";

#define ngx_http_cert_own(bytes)  { sizeof(bytes) - 1, bytes }

static ngx_str_t  ngx_http_cert_names[NGX_HTTP_CERT_OWN] = {
    ngx_http_cert_own(ngx_http_cert_cache_control),
    ngx_http_cert_own(ngx_http_cert_nosniff),
    ngx_http_cert_own(ngx_http_cert_referrer),
    ngx_http_cert_own(ngx_http_cert_disposition),
    ngx_http_cert_own(ngx_http_cert_expires)
};

static ngx_http_output_header_filter_pt  ngx_http_cert_next_header_filter;


void
ngx_http_cert_headers_init(void)
{
    ngx_http_cert_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_cert_headers_filter;
}


ngx_table_elt_t *
ngx_http_cert_add_header(ngx_http_request_t *r, ngx_str_t *name,
    ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NULL;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->hash = 1;
    h->key = *name;
    h->value = *value;

    return h;
}


ngx_int_t
ngx_http_cert_add_headers(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx,
    ngx_str_t *cache_control)
{
    static ngx_str_t  nosniff = ngx_string("nosniff");
    static ngx_str_t  no_referrer = ngx_string("no-referrer");
    static ngx_str_t  robots = ngx_string("X-Robots-Tag");
    static ngx_str_t  noindex = ngx_string("noindex");

    ngx_str_t        *names;
    ngx_table_elt_t  *h;

    /* A page that lies in a route has them already. */
    if (ctx->cache_control.len) {
        ctx->cache_control = *cache_control;
        return NGX_OK;
    }

    names = ngx_http_cert_names;

    /* What came with X-Accel-Redirect does not speak of this answer. */
    ngx_http_clear_accept_ranges(r);

    h = ngx_http_cert_add_header(r, &names[NGX_HTTP_CERT_CACHE_CONTROL],
                                 cache_control);

    if (h == NULL
        || ngx_http_cert_register(r, h) != NGX_OK
        || ngx_http_cert_add_header(r, &names[NGX_HTTP_CERT_NOSNIFF], &nosniff)
           == NULL
        || ngx_http_cert_add_header(r, &names[NGX_HTTP_CERT_REFERRER],
                                    &no_referrer)
           == NULL
        || ngx_http_cert_add_header(r, &robots, &noindex) == NULL)
    {
        return NGX_ERROR;
    }

    ctx->cache_control = *cache_control;

    return NGX_OK;
}


ngx_int_t
ngx_http_cert_add_disposition(ngx_http_request_t *r, ngx_str_t *value)
{
    ngx_str_t  *name;

    name = &ngx_http_cert_names[NGX_HTTP_CERT_DISPOSITION];

    return ngx_http_cert_add_header(r, name, value) ? NGX_OK : NGX_ERROR;
}


/* Ours takes the place of what is registered: a list, and once an array. */

#if (nginx_version >= 1023000)

static ngx_int_t
ngx_http_cert_register(ngx_http_request_t *r, ngx_table_elt_t *h)
{
    r->headers_out.cache_control = h;

    return NGX_OK;
}

#else

static ngx_int_t
ngx_http_cert_register(ngx_http_request_t *r, ngx_table_elt_t *h)
{
    ngx_array_t       *registered;
    ngx_table_elt_t  **first;

    registered = &r->headers_out.cache_control;

    if (registered->elts == NULL
        && ngx_array_init(registered, r->pool, 1, sizeof(ngx_table_elt_t *))
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    first = registered->elts;
    first[0] = h;
    registered->nelts = 1;

    return NGX_OK;
}

#endif


static ngx_int_t
ngx_http_cert_headers_filter(ngx_http_request_t *r)
{
    ngx_uint_t            i;
    ngx_list_part_t      *part;
    ngx_table_elt_t      *h;
    ngx_http_cert_ctx_t  *ctx;

    ctx = r == r->main ? ngx_http_cert_get_ctx(r) : NULL;

    if (ctx == NULL || ctx->cache_control.len == 0) {
        return ngx_http_cert_next_header_filter(r);
    }

    for (part = &r->headers_out.headers.part; part; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            ngx_http_cert_claim_header(ctx, &h[i]);
        }
    }

    return ngx_http_cert_next_header_filter(r);
}


static void
ngx_http_cert_claim_header(ngx_http_cert_ctx_t *ctx, ngx_table_elt_t *h)
{
    ngx_uint_t  i;
    ngx_str_t  *name;

    for (i = 0; i < NGX_HTTP_CERT_OWN; i++) {
        name = &ngx_http_cert_names[i];

        if (h->key.len != name->len) {
            continue;
        }

        if (h->key.data == name->data) {

            if (i == NGX_HTTP_CERT_CACHE_CONTROL) {
                h->hash = 1;
                h->value = ctx->cache_control;
            }

        } else if (ngx_strncasecmp(h->key.data, name->data, name->len) == 0) {
            h->hash = 0;
        }

        return;
    }
}
