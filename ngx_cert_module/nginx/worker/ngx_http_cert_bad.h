/*
 * Copyright (C) the ngx_cert authors
 *
 * The files that certd found bad.
 */


#ifndef _NGX_HTTP_CERT_BAD_H_INCLUDED_
#define _NGX_HTTP_CERT_BAD_H_INCLUDED_


#include "ngx_http_cert_module.h"


/* A process that begins, or has another store, knows of none. */
void ngx_http_cert_bad_init(void);

/* Reads the list if it is another one; asks for that once a second at most. */
void ngx_http_cert_bad_look(ngx_http_cert_main_conf_t *mcf, ngx_log_t *log);

/*
 * True if the file of this copy, which lies at "path", may not be sent; says
 * so in the log.
 */
ngx_uint_t ngx_http_cert_bad_is(ngx_http_request_t *r,
    const cert_code_t *code, ngx_str_t *path);

/*
 * Logs at "alert" why the file of a copy is not sent, in the words of "fmt" as
 * ngx_vslprintf() has them; "err" is a code of the system, or 0.  Once a minute
 * for all files: a line each would let anyone with a link fill the disk.
 */
void ngx_http_cert_bad_say(ngx_http_request_t *r, ngx_err_t err,
    ngx_str_t *path, const char *fmt, ...);

/*
 * True if any file was bad while this process lived: open_file_cache may hold
 * one in whose place another was put since.
 */
ngx_uint_t ngx_http_cert_bad_was(void);


#endif /* _NGX_HTTP_CERT_BAD_H_INCLUDED_ */
