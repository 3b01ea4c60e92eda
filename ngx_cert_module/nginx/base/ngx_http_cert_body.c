/*
 * Copyright (C) the ngx_cert authors
 *
 * Request bodies.  nginx hands a body over as nothing, as one or many
 * buffers in memory, in a file, or as a mix; a form is small, so it is
 * gathered into one text before it is read.
 *
 * A form names a person, so what of it is in memory is wiped: the text behind
 * the answer, and when the request ends the buffers it came from and those that
 * nginx read it through, which hold more than it hands over when chunks were
 * joined or a file was written.  Until then others may read the body ("mirror",
 * a script of the log phase), so it stays as it came, and the text is a copy.
 * What TLS and HTTP/2 read it through is OpenSSL's and nginx's, and is not
 * wiped.  The file itself is nginx's too: it is unlinked, not wiped; a
 * client_body_buffer_size of twice CERT_FORM_MAX does without one, since
 * chunks come with their sizes.
 */


#include "ngx_http_cert_body.h"
#include "ngx_http_cert_request.h"


/* What is to be wiped when the request ends. */
typedef struct {
    ngx_http_request_t  *request;
    ngx_buf_t           *header_in;     /* may be NULL */
    u_char              *start;         /* of the body in it */
} ngx_http_cert_wipe_t;


static cert_charset_t ngx_http_cert_body_declared(ngx_http_request_t *r);
static ngx_int_t ngx_http_cert_body_decoder(ngx_log_t *log);
static void ngx_http_cert_body_cleanup(void *data);
static ngx_int_t ngx_http_cert_body_copy(ngx_http_request_t *r, u_char *p,
    ngx_buf_t *b);
static size_t ngx_http_cert_body_size(ngx_buf_t *b);


/*
 * Of a process, made when a form first needs it: nearly no worker ever loads
 * the table.  It is not tried twice, since that would look for files.
 */
static struct {
    cert_decoder_t  *decoder;
    ngx_uint_t       is_tried;
} ngx_http_cert_charset;

static ngx_str_t  ngx_http_cert_form_type =
    ngx_string("application/x-www-form-urlencoded");


ngx_int_t
ngx_http_cert_discard_body(ngx_http_request_t *r)
{
    if (r->request_body) {
        return NGX_OK;
    }

    /*
     * A body of unknown or unfair size is not drained: the answer goes out
     * and the connection is closed behind it.
     */

    if (r->headers_in.chunked || r->headers_in.content_length_n > CERT_FORM_MAX)
    {
        r->keepalive = 0;

        /* A reset would take the answer from a client that still sends. */
        r->lingering_close = 1;

        return NGX_OK;
    }

    return ngx_http_discard_request_body(r);
}


ngx_uint_t
ngx_http_cert_body_is_form(ngx_http_request_t *r)
{
    ngx_str_t  *type;

    if (r->headers_in.content_type == NULL) {
        return 0;
    }

    type = &r->headers_in.content_type->value;

    if (type->len < ngx_http_cert_form_type.len
        || ngx_strncasecmp(type->data, ngx_http_cert_form_type.data,
                           ngx_http_cert_form_type.len)
           != 0)
    {
        return 0;
    }

    if (type->len == ngx_http_cert_form_type.len) {
        return 1;
    }

    /* Parameters may follow. */

    switch (type->data[ngx_http_cert_form_type.len]) {

    case ';':
    case ' ':
    case '\t':
        return 1;

    default:
        return 0;
    }
}


ngx_int_t
ngx_http_cert_body_text(ngx_http_request_t *r, ngx_str_t *text)
{
    size_t        len;
    u_char       *p;
    ngx_chain_t  *cl, *bufs;

    ngx_str_null(text);

    bufs = r->request_body ? r->request_body->bufs : NULL;
    len = 0;

    for (cl = bufs; cl; cl = cl->next) {
        len += ngx_http_cert_body_size(cl->buf);

        if (len > CERT_FORM_MAX) {
            return NGX_DECLINED;
        }
    }

    if (len == 0) {
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, len);
    if (p == NULL) {
        return NGX_ERROR;
    }

    text->data = p;
    text->len = len;

    for (cl = bufs; cl; cl = cl->next) {
        if (ngx_http_cert_body_copy(r, p, cl->buf) != NGX_OK) {
            return NGX_ERROR;
        }

        p += ngx_http_cert_body_size(cl->buf);
    }

    return NGX_OK;
}


cert_charset_t
ngx_http_cert_body_charset(ngx_http_request_t *r, cert_form_field_t *fields,
    ngx_uint_t n)
{
    return cert_charset_look(fields, n, ngx_http_cert_body_declared(r));
}


static cert_charset_t
ngx_http_cert_body_declared(ngx_http_request_t *r)
{
    return cert_charset_declared(
               ngx_http_cert_str(&r->headers_in.content_type->value));
}


ngx_int_t
ngx_http_cert_body_decode(ngx_http_request_t *r, cert_form_field_t *fields,
    ngx_uint_t n, u_char buffer[CERT_DECODED_MAX], const char **why)
{
    cert_err_t  err;

    if (ngx_http_cert_body_decoder(r->connection->log) != NGX_OK) {
        return NGX_ERROR;
    }

    err = cert_charset_decode(ngx_http_cert_charset.decoder, fields, n,
                              ngx_http_cert_body_declared(r), buffer, why);

    return err == CERT_OK ? NGX_OK : NGX_DECLINED;
}


/* Makes the decoder if there may be one; logs once that there is none. */
static ngx_int_t
ngx_http_cert_body_decoder(ngx_log_t *log)
{
    cert_err_t  err;

    if (ngx_http_cert_charset.is_tried) {
        return NGX_OK;
    }

    err = cert_decoder_create(&ngx_http_cert_charset.decoder);

    if (err == CERT_NO_MEMORY) {
        return NGX_ERROR;
    }

    ngx_http_cert_charset.is_tried = 1;

    if (err != CERT_OK) {
        ngx_log_error(NGX_LOG_ERR, log, 0,
                      "forms in GBK and GB18030 are refused: the C library "
                      "cannot decode them; install its gconv modules, also in "
                      "the root folder of a chroot, and restart nginx");
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_cert_body_mark(ngx_http_request_t *r)
{
    ngx_pool_cleanup_t    *cln;
    ngx_http_cert_wipe_t  *wipe;

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_http_cert_wipe_t));
    if (cln == NULL) {
        return NGX_ERROR;
    }

    wipe = cln->data;
    ngx_memzero(wipe, sizeof(ngx_http_cert_wipe_t));

    wipe->request = r;

    /* From HTTP/2 on a header is not read into a buffer of the request. */

    if (r->http_version <= NGX_HTTP_VERSION_11 && r->header_in) {
        wipe->header_in = r->header_in;
        wipe->start = r->header_in->pos;
    }

    cln->handler = ngx_http_cert_body_cleanup;

    return NGX_OK;
}


/* The memory of the request is still there, and so is its connection's. */
static void
ngx_http_cert_body_cleanup(void *data)
{
    ngx_http_cert_wipe_t *wipe = data;

    ngx_buf_t                *b;
    ngx_chain_t              *cl;
    ngx_http_request_body_t  *rb;

    b = wipe->header_in;

    if (b && b->pos > wipe->start) {
        ngx_explicit_memzero(wipe->start, b->pos - wipe->start);
    }

    rb = wipe->request->request_body;
    if (rb == NULL) {
        return;
    }

    for (cl = rb->bufs; cl; cl = cl->next) {
        b = cl->buf;

        if (b->temporary && !b->in_file) {
            ngx_explicit_memzero(b->pos, b->last - b->pos);
        }
    }

    /*
     * Past "pos" a pipelined request may lie.  Where there is a file, nginx
     * filled the buffer more than once, the last time perhaps less than before,
     * and what is pipelined has been copied.
     */

    b = rb->buf;

    if (b) {
        ngx_explicit_memzero(b->start,
                             (rb->temp_file ? b->end : b->pos) - b->start);
    }
}


static ngx_int_t
ngx_http_cert_body_copy(ngx_http_request_t *r, u_char *p, ngx_buf_t *b)
{
    size_t   len;
    ssize_t  n;

    len = ngx_http_cert_body_size(b);

    if (!b->in_file) {
        ngx_memcpy(p, b->pos, len);
        return NGX_OK;
    }

    n = ngx_read_file(b->file, p, len, b->file_pos);

    if (n == NGX_ERROR) {
        return NGX_ERROR;
    }

    if ((size_t) n != len) {
        ngx_log_error(NGX_LOG_CRIT, r->connection->log, 0,
                      ngx_read_file_n " has returned only %z bytes "
                      "of a request body of %uz", n, len);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* Bytes of a buffer; of one that is in a file, those in the file. */
static size_t
ngx_http_cert_body_size(ngx_buf_t *b)
{
    if (ngx_buf_special(b)) {
        return 0;
    }

    return b->in_file ? (size_t) (b->file_last - b->file_pos)
                      : (size_t) (b->last - b->pos);
}
