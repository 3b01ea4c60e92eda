/*
 * Copyright (C) the ngx_cert authors
 *
 * The download: a token in, the sealed file out.
 *
 * The token only says whose copy this is; whether it is in force is asked of
 * the store each time, before conditional and range headers are looked at, so
 * after a withdrawal nothing of the file shows, not even its length.  What is
 * sent then is nginx's own business: range and not-modified filters, and
 * sendfile.  A sealed file is never rewritten, and its name is used again only
 * where one that was bad is restored, hence open_file_cache, if it is
 * configured, cannot serve an old one: once anything was bad, it is asked each
 * time whether the name still leads to the file it has open.
 */


#include "ngx_http_cert_answer.h"
#include "ngx_http_cert_bad.h"
#include "ngx_http_cert_body.h"
#include "ngx_http_cert_counters.h"
#include "ngx_http_cert_handlers.h"
#include "ngx_http_cert_store.h"


static ngx_int_t ngx_http_cert_download_refuse(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx, ngx_uint_t result);
static ngx_uint_t ngx_http_cert_download_ask(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx, cert_annotation_t *annotation);
static ngx_int_t ngx_http_cert_download_open(ngx_http_request_t *r,
    const cert_annotation_t *annotation, ngx_str_t *path,
    ngx_open_file_info_t *of);
static ngx_int_t ngx_http_cert_download_path(ngx_http_request_t *r,
    ngx_http_cert_loc_conf_t *lcf, const cert_code_t *code, ngx_str_t *path);
static ngx_int_t ngx_http_cert_download_headers(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx, const cert_annotation_t *annotation);
static ngx_int_t ngx_http_cert_download_etag(ngx_http_request_t *r,
    const cert_annotation_t *annotation);
static ngx_int_t ngx_http_cert_download_name(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx);
static ngx_int_t ngx_http_cert_download_send(ngx_http_request_t *r,
    ngx_str_t *path, ngx_open_file_info_t *of);


static ngx_str_t  ngx_http_cert_download_methods = ngx_string("GET, HEAD");
static ngx_str_t  ngx_http_cert_private = ngx_string("private, no-store");


ngx_int_t
ngx_http_cert_download_handler(ngx_http_request_t *r)
{
    ngx_int_t              rc;
    ngx_str_t              path;
    ngx_uint_t             result;
    cert_annotation_t      annotation;
    ngx_http_cert_ctx_t   *ctx;
    ngx_open_file_info_t   of;

    ctx = ngx_http_cert_make_ctx(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return ngx_http_cert_refuse_method(r, ctx,
                                           &ngx_http_cert_download_methods);
    }

    result = ngx_http_cert_claims(r, ctx);

    if (result == CERT_RESULT_VALID) {
        result = ngx_http_cert_download_ask(r, ctx, &annotation);
    }

    if (result != CERT_RESULT_VALID) {
        return ngx_http_cert_download_refuse(r, ctx, result);
    }

    rc = ngx_http_cert_download_open(r, &annotation, &path, &of);

    if (rc == NGX_DECLINED) {
        return ngx_http_cert_download_refuse(r, ctx, CERT_RESULT_UNAVAILABLE);
    }

    if (rc != NGX_OK
        || ngx_http_cert_discard_body(r) != NGX_OK
        || ngx_http_cert_download_headers(r, ctx, &annotation) != NGX_OK)
    {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ctx->result = CERT_RESULT_VALID;
    ngx_http_cert_count(r, ctx);

    return ngx_http_cert_download_send(r, &path, &of);
}


static ngx_int_t
ngx_http_cert_download_refuse(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx,
    ngx_uint_t result)
{
    const char  *detail;

    detail = NULL;

    if (result == CERT_RESULT_EXPIRED && !ctx->has_annotation) {
        detail = "the link is out of date";
    }

    return ngx_http_cert_answer_result(r, ctx, result, detail);
}


static ngx_uint_t
ngx_http_cert_download_ask(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx,
    cert_annotation_t *annotation)
{
    cert_verdict_t   verdict;
    cert_question_t  question;

    ngx_memzero(&question, sizeof(cert_question_t));
    question.ask = CERT_ASK_ANNOTATION;
    question.code = ctx->claims.code;

    cert_check(ngx_http_cert_reader(), &question, ngx_http_cert_time(),
               &verdict);

    if (verdict.result == CERT_RESULT_UNAVAILABLE) {
        ngx_http_cert_store_failed(r, verdict.err);
        return verdict.result;
    }

    /* By the store's time too: a clock that jumps back revives nothing. */

    if ((verdict.result == CERT_RESULT_VALID
         || verdict.result == CERT_RESULT_GENERATING)
        && ctx->claims.not_after <= verdict.checked)
    {
        return CERT_RESULT_EXPIRED;
    }

    if (ngx_http_cert_keep(r, ctx, &verdict) != NGX_OK) {
        return CERT_RESULT_UNAVAILABLE;
    }

    /* Its strings end with the verdict; none is used below. */
    *annotation = verdict.annotation;

    return verdict.result;
}


/*
 * NGX_DECLINED: the file is not what the store says, which calls for a person.
 * Below cert_pdf_root nothing may be a link.
 */
static ngx_int_t
ngx_http_cert_download_open(ngx_http_request_t *r,
    const cert_annotation_t *annotation, ngx_str_t *path,
    ngx_open_file_info_t *of)
{
    ngx_http_cert_loc_conf_t  *lcf;
    ngx_http_core_loc_conf_t  *clcf;

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_cert_module);
    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (ngx_http_cert_download_path(r, lcf, &annotation->code, path)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_http_cert_bad_is(r, &annotation->code, path)) {
        return NGX_DECLINED;
    }

    ngx_memzero(of, sizeof(ngx_open_file_info_t));

    of->read_ahead = clcf->read_ahead;
    of->directio = clcf->directio;
    of->valid = ngx_http_cert_bad_was() ? 0 : clcf->open_file_cache_valid;
    of->min_uses = clcf->open_file_cache_min_uses;
    of->events = clcf->open_file_cache_events;
#if (NGX_HAVE_OPENAT)
    of->disable_symlinks = NGX_DISABLE_SYMLINKS_ON;
    of->disable_symlinks_from = lcf->pdf_root.len;
#endif

    if (ngx_open_cached_file(clcf->open_file_cache, path, of, r->pool)
        != NGX_OK)
    {
        if (of->err == 0) {
            return NGX_ERROR;
        }

        ngx_http_cert_bad_say(r, of->err, path, "%s failed", of->failed);
        return NGX_DECLINED;
    }

    if (!of->is_file) {
        ngx_http_cert_bad_say(r, 0, path, "it is not a regular file");
        return NGX_DECLINED;
    }

    if (of->size != (off_t) annotation->size) {
        ngx_http_cert_bad_say(r, 0, path, "it has %O bytes instead of the %uL "
                              "that were sealed",
                              of->size, annotation->size);
        return NGX_DECLINED;
    }

    return NGX_OK;
}


/* Made from the code only: nothing of the request is in it. */
static ngx_int_t
ngx_http_cert_download_path(ngx_http_request_t *r,
    ngx_http_cert_loc_conf_t *lcf, const cert_code_t *code, ngx_str_t *path)
{
    char     file[CERT_CODE_PATH_SIZE];
    u_char  *p;

    path->len = lcf->pdf_root.len + CERT_CODE_PATH_SIZE;
    path->data = ngx_pnalloc(r->pool, path->len + 1);
    if (path->data == NULL) {
        return NGX_ERROR;
    }

    cert_code_path(code, file);

    p = ngx_cpymem(path->data, lcf->pdf_root.data, lcf->pdf_root.len);
    *p++ = '/';
    ngx_memcpy(p, file, CERT_CODE_PATH_SIZE);

    return NGX_OK;
}


static ngx_int_t
ngx_http_cert_download_headers(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx,
    const cert_annotation_t *annotation)
{
    if (ngx_http_cert_add_headers(r, ctx, &ngx_http_cert_private) != NGX_OK) {
        return NGX_ERROR;
    }

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = annotation->size;
    r->headers_out.last_modified_time = annotation->sealed;

    ngx_str_set(&r->headers_out.content_type, "application/pdf");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;

    if (ngx_http_cert_download_etag(r, annotation) != NGX_OK
        || ngx_http_cert_download_name(r, ctx) != NGX_OK)
    {
        return NGX_ERROR;
    }

    r->allow_ranges = 1;

    return NGX_OK;
}


static ngx_int_t
ngx_http_cert_download_etag(ngx_http_request_t *r,
    const cert_annotation_t *annotation)
{
    u_char     *p;
    ngx_str_t   name, value;

    value.len = 2 * CERT_SHA256_SIZE + 2;
    value.data = ngx_pnalloc(r->pool, value.len);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    p = value.data;
    *p++ = '"';
    p = ngx_hex_dump(p, (u_char *) annotation->sha256, CERT_SHA256_SIZE);
    *p = '"';

    ngx_str_set(&name, "ETag");

    r->headers_out.etag = ngx_http_cert_add_header(r, &name, &value);

    return r->headers_out.etag ? NGX_OK : NGX_ERROR;
}


/*
 * Content-Disposition as RFC 6266: a name in ASCII, and the real one, which
 * is "electronic certificate" and the code.
 */
static ngx_int_t
ngx_http_cert_download_name(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx)
{
    ngx_str_t                  value;
    const char                *kind;
    ngx_http_cert_loc_conf_t  *lcf;

    static const char  format[] =
        "%s; filename=\"certificate-%V.pdf\"; filename*=UTF-8''"
        "%%E7%%94%%B5%%E5%%AD%%90%%E8%%AF%%81%%E4%%B9%%A6-%V.pdf";

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_cert_module);

    kind = lcf->mode == CERT_RIGHT_VIEW ? "inline" : "attachment";

    value.data = ngx_pnalloc(r->pool, sizeof(format) + sizeof("attachment")
                                      + 2 * ctx->code.len);
    if (value.data == NULL) {
        return NGX_ERROR;
    }

    value.len = ngx_sprintf(value.data, format, kind, &ctx->code, &ctx->code)
                - value.data;

    return ngx_http_cert_add_disposition(r, &value);
}


/* As nginx's static module does, so that sendfile does the work. */
static ngx_int_t
ngx_http_cert_download_send(ngx_http_request_t *r, ngx_str_t *path,
    ngx_open_file_info_t *of)
{
    ngx_int_t     rc;
    ngx_buf_t    *b;
    ngx_chain_t   out;

    /* All is allocated before the header is sent. */

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->file = ngx_pcalloc(r->pool, sizeof(ngx_file_t));
    if (b->file == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->connection->log->action = "sending certificate to client";

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    b->file_pos = 0;
    b->file_last = of->size;

    b->in_file = b->file_last ? 1 : 0;
    b->last_buf = (r == r->main) ? 1 : 0;
    b->last_in_chain = 1;
    b->sync = (b->last_buf || b->in_file) ? 0 : 1;

    b->file->fd = of->fd;
    b->file->name = *path;
    b->file->log = r->connection->log;
    b->file->directio = of->is_directio;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}
