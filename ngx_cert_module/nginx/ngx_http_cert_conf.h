/*
 * Copyright (C) the ngx_cert authors
 *
 * The setters of the directives.
 *
 * All refuse a second setting in the same block and say what is wrong, which
 * nginx logs with file and line.  The path setters look at what they name, so
 * that "nginx -t" refuses what a worker could not use; the keyring is read
 * here, by the master, and is wiped with the pool of its configuration.
 */


#ifndef _NGX_HTTP_CERT_CONF_H_INCLUDED_
#define _NGX_HTTP_CERT_CONF_H_INCLUDED_


#include "ngx_http_cert_module.h"


char *ngx_http_cert_store(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_cert_keyring(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_cert_pdf_root(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_cert_check_page(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_cert_set_route(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);


#endif /* _NGX_HTTP_CERT_CONF_H_INCLUDED_ */
