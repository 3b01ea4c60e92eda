/*
 * Copyright (C) the ngx_cert authors
 *
 * How far the store has been, over reloads.
 *
 * In memory that all workers share: both take its lock, for moments.
 */


#ifndef _NGX_HTTP_CERT_MARK_H_INCLUDED_
#define _NGX_HTTP_CERT_MARK_H_INCLUDED_


#include "ngx_http_cert_module.h"


/*
 * To be called where the store is opened.  Returns as cert_read_is_past(), with
 * a reason; CERT_OK too for a path of which nothing was seen yet.
 */
cert_err_t ngx_http_cert_mark_check(ngx_http_cert_main_conf_t *mcf,
    cert_reader_t *reader, cert_reason_t *reason);

/*
 * Notes how far the open store is now.  Where the head cannot be read, nothing
 * is moved or logged: the next request meets the same error and tells it.  A
 * worker that exits moves nothing, either.
 */
void ngx_http_cert_mark_move(ngx_http_cert_main_conf_t *mcf,
    cert_reader_t *reader);


#endif /* _NGX_HTTP_CERT_MARK_H_INCLUDED_ */
