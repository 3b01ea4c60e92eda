/*
 * Copyright (C) the ngx_cert authors
 *
 * How far the store has been, over reloads.
 *
 * To be checked where the store is opened, and moved while it is open.  Check
 * returns as cert_read_is_past(), with a reason.
 */


#ifndef _NGX_HTTP_CERT_MARK_H_INCLUDED_
#define _NGX_HTTP_CERT_MARK_H_INCLUDED_


#include "ngx_http_cert_module.h"


cert_err_t ngx_http_cert_mark_check(ngx_http_cert_main_conf_t *mcf,
    cert_reader_t *reader, cert_reason_t *reason);
void ngx_http_cert_mark_move(ngx_http_cert_main_conf_t *mcf,
    cert_reader_t *reader);


#endif /* _NGX_HTTP_CERT_MARK_H_INCLUDED_ */
