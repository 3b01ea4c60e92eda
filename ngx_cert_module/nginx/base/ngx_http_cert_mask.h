/*
 * Copyright (C) the ngx_cert authors
 *
 * URIs in logs: tokens, codes and personal facts are masked.
 */


#ifndef _NGX_HTTP_CERT_MASK_H_INCLUDED_
#define _NGX_HTTP_CERT_MASK_H_INCLUDED_


#include "ngx_http_cert_module.h"


/*
 * Writes the request's URI with tokens, codes and personal facts masked, at
 * most up to "last"; returns its end.  Allocates nothing.
 */
u_char *ngx_http_cert_mask_uri(ngx_http_request_t *r, u_char *p, u_char *last);

/* An upper bound of what it writes. */
size_t ngx_http_cert_mask_len(ngx_http_request_t *r);

/* The log handler of every request: URIs and the referrer are masked. */

#if (angie_version >= 1012000)

u_char *ngx_http_cert_log_error(ngx_log_t *log, u_char *buf, u_char *last,
    void *data);

#else

u_char *ngx_http_cert_log_error(ngx_http_request_t *r, ngx_http_request_t *sr,
    u_char *buf, size_t len);

#endif


#endif /* _NGX_HTTP_CERT_MASK_H_INCLUDED_ */
