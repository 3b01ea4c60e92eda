/*
 * Copyright (C) the ngx_cert authors
 *
 * What the table of directives names, and what a request asks for.
 */


#ifndef _NGX_HTTP_CERT_HANDLERS_H_INCLUDED_
#define _NGX_HTTP_CERT_HANDLERS_H_INCLUDED_


#include "ngx_http_cert_request.h"


/* ngx_http_cert_conf.c */

/*
 * The setters of the directives.  All refuse a second setting in the same block
 * and say what is wrong, which nginx logs with file and line.  The path setters
 * look at what they name, so that "nginx -t" refuses what a worker could not
 * use; the keyring is read here, by the master, and is wiped with the pool of
 * its configuration.
 */
char *ngx_http_cert_set_store(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_cert_set_keyring(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_cert_set_pdf_root(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_cert_set_check_page(ngx_conf_t *cf, ngx_command_t *cmd,
    void *conf);
char *ngx_http_cert_set_route(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);


/* ngx_http_cert_variables.c */

/*
 * The variables: all are read from the context and stay the same within a
 * request, since the script engine measures before it copies.
 */
ngx_int_t ngx_http_cert_add_variables(ngx_conf_t *cf);


/* The content handlers of the routes, each in the file of its name. */
ngx_int_t ngx_http_cert_check_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_cert_download_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_cert_status_handler(ngx_http_request_t *r);


/* ngx_http_cert_check.c */

/*
 * The code that a check asks for.  NGX_DECLINED: it asks for none, or for one
 * that is mistyped, and "code" may not be looked at; NGX_ERROR: no memory.
 */
ngx_int_t ngx_http_cert_asked_code(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx, cert_code_t *code);


/* ngx_http_cert_claims.c */

/*
 * Reads the token that follows the location's name, for the right that the
 * location gives.  Returns what the request is to be answered:
 *
 *     CERT_RESULT_VALID        ctx->claims is genuine; it may be out of date,
 *                              and what became of the copy tells more
 *     NGX_HTTP_CERT_FORBIDDEN  forged, of another right, or spelt otherwise
 *     CERT_RESULT_UNAVAILABLE  no memory, or the library failed, which is
 *                              logged
 */
ngx_uint_t ngx_http_cert_claims(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx);


#endif /* _NGX_HTTP_CERT_HANDLERS_H_INCLUDED_ */
