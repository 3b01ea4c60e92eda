/*
 * Copyright (C) the ngx_cert authors
 *
 * The request URI for logs, without tokens, codes and personal facts.
 *
 * In a route, all that follows the location's name and every value of the
 * query is masked.  Elsewhere (a page, an error page after a redirect, a
 * request that no route saw) what looks like a token or is a code is masked
 * in the path and in the query, and the values of the fields that routes know.
 * Masking too much costs a log line some meaning; too little costs a secret.
 *
 * A path may be decoded, so nothing goes out as it is: what does not belong
 * in a URI is escaped again, or a client would write log lines of its own.
 */


#include "ngx_http_cert_mask.h"
#include "ngx_http_cert_ctx.h"
#include "cert_ask.h"


#define NGX_HTTP_CERT_MASK      "***"
#define NGX_HTTP_CERT_MASK_LEN  (sizeof(NGX_HTTP_CERT_MASK) - 1)

/*
 * So many characters of a token in a row are masked: what is left of one that
 * was cut or bent by a few may not be in the log either.
 */
#define NGX_HTTP_CERT_RUN_MIN  (CERT_TOKEN_LEN - 8)

/* A token, every byte escaped; what is longer is masked without a look. */
#define NGX_HTTP_CERT_SEGMENT_MAX  (3 * CERT_TOKEN_LEN)


static u_char *ngx_http_cert_mask_text(u_char *p, u_char *last,
    ngx_str_t *uri);
#if (angie_version >= 1012000)
static void ngx_http_cert_log_tags(ngx_log_t *log, ngx_http_request_t *r,
    ngx_http_request_t *sr);
#endif
static u_char *ngx_http_cert_log_line(ngx_http_request_t *r, u_char *p,
    u_char *last);
static ngx_uint_t ngx_http_cert_log_has_referrer(ngx_http_request_t *r);
static u_char *ngx_http_cert_log_upstream(ngx_http_upstream_t *u, u_char *p,
    u_char *last);
static u_char *ngx_http_cert_mask_path(u_char *p, u_char *last,
    ngx_str_t *path);
static ngx_uint_t ngx_http_cert_is_secret(u_char *data, size_t len);
static u_char *ngx_http_cert_mask_args(u_char *p, u_char *last,
    ngx_str_t *args, ngx_uint_t all);
static u_char *ngx_http_cert_mask_arg(u_char *start, u_char *end,
    ngx_uint_t all);
static ngx_uint_t ngx_http_cert_is_field(u_char *data, size_t len);
static ngx_uint_t ngx_http_cert_is_name(u_char *data, size_t len,
    const cert_str_t *name);
static u_char *ngx_http_cert_put(u_char *p, u_char *last, u_char *data,
    size_t len);


size_t
ngx_http_cert_mask_len(ngx_http_request_t *r)
{
    ngx_http_cert_ctx_t  *ctx, here;

    ctx = ngx_http_cert_look_ctx(r, &here);

    /* At worst every byte is escaped, or a value that grows to a mask. */

    if (ctx) {
        return NGX_HTTP_CERT_MASK_LEN * (ctx->uri.len + ctx->args.len + 2);
    }

    return NGX_HTTP_CERT_MASK_LEN * (r->unparsed_uri.len + 2);
}


u_char *
ngx_http_cert_mask_uri(ngx_http_request_t *r, u_char *p, u_char *last)
{
    ngx_str_t             kept;
    ngx_http_cert_ctx_t  *ctx, here;

    ctx = ngx_http_cert_look_ctx(r, &here);

    if (ctx == NULL) {
        return ngx_http_cert_mask_text(p, last, &r->unparsed_uri);
    }

    kept.data = ctx->uri.data;
    kept.len = ctx->keep;

    /* A location's name is not a secret; what came before a guess may be. */

    p = ctx->is_guess ? ngx_http_cert_mask_path(p, last, &kept)
                      : ngx_http_cert_put(p, last, kept.data, kept.len);

    if (ctx->uri.len > ctx->keep) {
        p = ngx_http_cert_put(p, last, (u_char *) NGX_HTTP_CERT_MASK,
                              NGX_HTTP_CERT_MASK_LEN);
    }

    return ngx_http_cert_mask_args(p, last, &ctx->args, 1);
}


/* A URI of which no route is known, with its query. */
static u_char *
ngx_http_cert_mask_text(u_char *p, u_char *last, ngx_str_t *uri)
{
    u_char     *mark;
    ngx_str_t   path, args;

    path = *uri;
    ngx_str_null(&args);

    mark = ngx_strlchr(path.data, path.data + path.len, '?');
    if (mark) {
        args.data = mark + 1;
        args.len = path.data + path.len - args.data;
        path.len = mark - path.data;
    }

    p = ngx_http_cert_mask_path(p, last, &path);

    return ngx_http_cert_mask_args(p, last, &args, 0);
}


/*
 * As nginx's own, but for the masks, and without the referrer in a route.
 * From 1.12 on Angie writes a line as text or as JSON, so it takes properties
 * instead of a piece of the line.
 */

#if (angie_version >= 1012000)

u_char *
ngx_http_cert_log_error(ngx_log_t *log, u_char *buf, u_char *last, void *data)
{
    ngx_http_log_ctx_t *ctx = data;

    u_char                    *p, *end, text[NGX_MAX_ERROR_STR];
    ngx_http_request_t        *r, *sr;
    ngx_http_core_srv_conf_t  *cscf;

    r = ctx->request;
    sr = ctx->current_request;
    end = text + sizeof(text);

    ngx_http_cert_log_tags(log, r, sr);

    cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);

    p = ngx_log_property(log, buf, last, ngx_http_log_prop(SERVER), "%V",
                         &cscf->server_name);

    p = ngx_log_property(log, p, last, ngx_http_log_prop(REQUEST_LINE), "%*s",
                         ngx_http_cert_log_line(r, text, end) - text, text);

    if (r != sr) {
        p = ngx_log_property(log, p, last, ngx_http_log_prop(SUBREQUEST),
                             "%*s", ngx_http_cert_mask_path(text, end,
                                                            &sr->uri)
                                    - text, text);
    }

    if (sr->upstream && sr->upstream->peer.name) {
        p = ngx_log_property(log, p, last, ngx_http_log_prop(UPSTREAM),
                             "%*s", ngx_http_cert_log_upstream(sr->upstream,
                                                               text, end)
                                    - text, text);
    }

    if (r->headers_in.host) {
        p = ngx_log_property(log, p, last, ngx_http_log_prop(HOST), "%*s",
                             ngx_http_cert_mask_text(text, end,
                                             &r->headers_in.host->value)
                             - text, text);
    }

    if (ngx_http_cert_log_has_referrer(r)) {
        p = ngx_log_property(log, p, last, ngx_http_log_prop(REFER), "%*s",
                             ngx_http_cert_mask_text(text, end,
                                             &r->headers_in.referer->value)
                             - text, text);
    }

    return p;
}


/*
 * What filters of a log look for.  The administrator's own tags come of
 * variables, and are in the line, so they are masked as a URI is.
 */
static void
ngx_http_cert_log_tags(ngx_log_t *log, ngx_http_request_t *r,
    ngx_http_request_t *sr)
{
    u_char                    *end, text[NGX_MAX_ERROR_STR];
    ngx_str_t                  tag, value;
    ngx_uint_t                 i;
    ngx_http_complex_value_t  *values;
    ngx_http_core_loc_conf_t  *clcf;

    if (r != sr) {
        ngx_log_add_tag(log, ngx_http_log_tag(SUBREQUEST));
    }

    if (sr->upstream) {
        ngx_log_add_tag(log, ngx_http_log_tag(UPSTREAM));
    }

    if (sr->upstream && sr->upstream->peer.name) {
        ngx_log_add_tag(log, ngx_http_log_tag(PEER_TAG));
    }

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (clcf->error_log_user_tags == NULL) {
        return;
    }

    values = clcf->error_log_user_tags->elts;

    for (i = 0; i < clcf->error_log_user_tags->nelts; i++) {

        if (ngx_http_complex_value(r, &values[i], &value) != NGX_OK) {
            return;
        }

        end = ngx_http_cert_mask_text(text, text + sizeof(text), &value);

        tag.len = end - text;
        tag.data = ngx_pnalloc(r->pool, tag.len);

        if (tag.len == 0 || tag.data == NULL) {
            continue;
        }

        ngx_memcpy(tag.data, text, tag.len);

        if (ngx_log_add_user_tag(log, &tag, r->pool) != NGX_OK) {
            return;
        }
    }
}

#else

u_char *
ngx_http_cert_log_error(ngx_http_request_t *r, ngx_http_request_t *sr,
    u_char *buf, size_t len)
{
    u_char                    *p, *last;
    ngx_http_core_srv_conf_t  *cscf;

    cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);

    last = buf + len;

    p = ngx_slprintf(buf, last, ", server: %V, request: \"",
                     &cscf->server_name);
    p = ngx_http_cert_log_line(r, p, last);
    p = ngx_slprintf(p, last, "\"");

    if (r != sr) {
        p = ngx_slprintf(p, last, ", subrequest: \"");
        p = ngx_http_cert_mask_path(p, last, &sr->uri);
        p = ngx_slprintf(p, last, "\"");
    }

    if (sr->upstream && sr->upstream->peer.name) {
        p = ngx_slprintf(p, last, ", upstream: \"");
        p = ngx_http_cert_log_upstream(sr->upstream, p, last);
        p = ngx_slprintf(p, last, "\"");
    }

    if (r->headers_in.host) {
        p = ngx_slprintf(p, last, ", host: \"");
        p = ngx_http_cert_mask_text(p, last, &r->headers_in.host->value);
        p = ngx_slprintf(p, last, "\"");
    }

    if (ngx_http_cert_log_has_referrer(r)) {
        p = ngx_slprintf(p, last, ", referrer: \"");
        p = ngx_http_cert_mask_text(p, last, &r->headers_in.referer->value);
        p = ngx_slprintf(p, last, "\"");
    }

    return p;
}

#endif


static u_char *
ngx_http_cert_log_line(ngx_http_request_t *r, u_char *p, u_char *last)
{
    p = ngx_slprintf(p, last, "%V ", &r->method_name);
    p = ngx_http_cert_mask_uri(r, p, last);

    return ngx_slprintf(p, last, " %V", &r->http_protocol);
}


static ngx_uint_t
ngx_http_cert_log_has_referrer(ngx_http_request_t *r)
{
    ngx_http_cert_ctx_t  here;

    return r->headers_in.referer && ngx_http_cert_look_ctx(r, &here) == NULL;
}


static u_char *
ngx_http_cert_log_upstream(ngx_http_upstream_t *u, u_char *p, u_char *last)
{
    const char  *separator;

    separator = "";

#if (NGX_HAVE_UNIX_DOMAIN)

    if (u->peer.sockaddr && u->peer.sockaddr->sa_family == AF_UNIX) {
        separator = ":";
    }

#endif

    p = ngx_slprintf(p, last, "%V%V%s", &u->schema, u->peer.name, separator);

    return ngx_http_cert_mask_text(p, last, &u->uri);
}


static u_char *
ngx_http_cert_mask_path(u_char *p, u_char *last, ngx_str_t *path)
{
    u_char  *start, *end, *slash;

    start = path->data;
    end = path->data + path->len;

    while (start < end) {

        slash = ngx_strlchr(start, end, '/');
        if (slash == NULL) {
            slash = end;
        }

        if (ngx_http_cert_is_secret(start, slash - start)) {
            p = ngx_http_cert_put(p, last, (u_char *) NGX_HTTP_CERT_MASK,
                                  NGX_HTTP_CERT_MASK_LEN);

        } else {
            p = ngx_http_cert_put(p, last, start, slash - start);
        }

        if (slash < end) {
            p = ngx_http_cert_put(p, last, slash, 1);
        }

        start = slash + 1;
    }

    return p;
}


/* True if a text is a code, or holds what is spelt like a token. */
static ngx_uint_t
ngx_http_cert_is_secret(u_char *data, size_t len)
{
    u_char       *p, *dst, *src, ch, text[NGX_HTTP_CERT_SEGMENT_MAX];
    size_t        run;
    cert_str_t    segment;
    cert_code_t   code;

    if (len > NGX_HTTP_CERT_SEGMENT_MAX) {
        return 1;
    }

    dst = text;
    src = data;

    ngx_unescape_uri(&dst, &src, len, 0);

    segment.data = text;
    segment.len = dst - text;

    if (cert_code_parse(&code, segment) == CERT_OK) {
        return 1;
    }

    run = 0;

    for (p = text; p < dst && run < NGX_HTTP_CERT_RUN_MIN; p++) {
        ch = ngx_tolower(*p);

        if ((ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9')
            || ch == '-' || ch == '_')
        {
            run++;

        } else {
            run = 0;
        }
    }

    return run == NGX_HTTP_CERT_RUN_MIN;
}


static u_char *
ngx_http_cert_mask_args(u_char *p, u_char *last, ngx_str_t *args,
    ngx_uint_t all)
{
    u_char  *start, *end, *amp, *shown;

    if (args->len == 0) {
        return p;
    }

    start = args->data;
    end = args->data + args->len;

    while (start <= end) {

        p = ngx_http_cert_put(p, last,
                              (u_char *) (start == args->data ? "?" : "&"), 1);

        amp = ngx_strlchr(start, end, '&');
        if (amp == NULL) {
            amp = end;
        }

        shown = ngx_http_cert_mask_arg(start, amp, all);

        p = ngx_http_cert_put(p, last, start, shown - start);

        if (shown < amp) {
            p = ngx_http_cert_put(p, last, (u_char *) NGX_HTTP_CERT_MASK,
                                  NGX_HTTP_CERT_MASK_LEN);
        }

        start = amp + 1;
    }

    return p;
}


/* The end of what may be shown of "name=value"; a mask stands for the rest. */
static u_char *
ngx_http_cert_mask_arg(u_char *start, u_char *end, ngx_uint_t all)
{
    u_char  *value;

    value = ngx_strlchr(start, end, '=');
    value = value ? value + 1 : start;

    if (all || ngx_http_cert_is_field(start, value - start)) {
        return value;
    }

    if (ngx_http_cert_is_secret(start, end - start)) {
        return start;
    }

    return ngx_http_cert_is_secret(value, end - value) ? value : end;
}


/* True if "name=" names a field of a route, however it is escaped. */
static ngx_uint_t
ngx_http_cert_is_field(u_char *data, size_t len)
{
    u_char      *dst, *src, text[NGX_HTTP_CERT_SEGMENT_MAX];
    ngx_uint_t   i;

    static const cert_str_t  token = { (const uint8_t *) "token", 5 };

    if (len == 0 || len > NGX_HTTP_CERT_SEGMENT_MAX) {
        return 0;
    }

    dst = text;
    src = data;

    ngx_unescape_uri(&dst, &src, len - 1, 0);

    for (i = 0; i < CERT_ASK_FIELDS; i++) {
        if (ngx_http_cert_is_name(text, dst - text, &cert_ask_names[i])) {
            return 1;
        }
    }

    return ngx_http_cert_is_name(text, dst - text, &token);
}


static ngx_uint_t
ngx_http_cert_is_name(u_char *data, size_t len, const cert_str_t *name)
{
    return len == name->len
           && ngx_strncasecmp(data, (u_char *) name->data, len) == 0;
}


/* Three bytes at most for each; what may not stand in a URI is escaped. */
static u_char *
ngx_http_cert_put(u_char *p, u_char *last, u_char *data, size_t len)
{
    u_char  ch, *end;

    static u_char  hex[] = "0123456789ABCDEF";

    for (end = data + len; data < end && p < last; data++) {
        ch = *data;

        if (ch > ' ' && ch < 0x7f && ch != '"') {
            *p++ = ch;
            continue;
        }

        if (last - p < 3) {
            break;
        }

        *p++ = '%';
        *p++ = hex[ch >> 4];
        *p++ = hex[ch & 0xf];
    }

    return p;
}
