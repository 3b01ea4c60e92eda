/*
 * Copyright (C) the ngx_cert authors
 *
 * The daemon, on the status page.
 */


#ifndef _NGX_HTTP_CERT_CERTD_H_INCLUDED_
#define _NGX_HTTP_CERT_CERTD_H_INCLUDED_


#include "ngx_http_cert_module.h"


/* The daemon, as far as its figures tell. */
typedef struct {
    cert_err_t      err;        /* as cert_figures_read() returns it */
    ngx_uint_t      is_up;      /* 0 without figures, too */
    uint64_t        age;        /* seconds; only with CERT_OK */
    cert_figures_t  figures;
} ngx_http_cert_certd_t;

/*
 * Reads the figures of the store that the request's configuration names; safe
 * on the event loop.  Never fails: "err" tells why there are none, and nothing
 * is logged.
 */
void ngx_http_cert_certd_read(ngx_http_request_t *r,
    ngx_http_cert_certd_t *certd);

/*
 * A member of the status object with a comma in front; metrics.  At most up to
 * "last"; both return their end.
 */
u_char *ngx_http_cert_certd_json(u_char *p, u_char *last,
    ngx_http_cert_certd_t *certd);
u_char *ngx_http_cert_certd_prometheus(u_char *p, u_char *last,
    ngx_http_cert_certd_t *certd);


#endif /* _NGX_HTTP_CERT_CERTD_H_INCLUDED_ */
