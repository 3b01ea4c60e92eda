/*
 * Copyright (C) the ngx_cert authors
 *
 * The store of this process.
 *
 * Opened after the fork, once, by workers and by the single process; cache
 * helpers never open it.  NGX_ERROR from init_process would end every worker
 * for good, so a store that cannot be opened is logged once and tried again
 * by a timer, which is cancelable: it keeps no worker from leaving.
 */


#ifndef _NGX_HTTP_CERT_STORE_H_INCLUDED_
#define _NGX_HTTP_CERT_STORE_H_INCLUDED_


#include "ngx_http_cert_module.h"


/* For a reload without workers: the store of the new configuration. */
ngx_int_t ngx_http_cert_store_init_module(ngx_cycle_t *cycle);

/*
 * NGX_OK, whatever the store is like: until it can be opened, there is no
 * reader.
 */
ngx_int_t ngx_http_cert_store_init_process(ngx_cycle_t *cycle);

/* Gives back the slot in the reader table. */
void ngx_http_cert_store_exit_process(ngx_cycle_t *cycle);

/*
 * Whether this process has a store open.  The same one, which may be spelt in
 * another way, must not be opened again.
 */
ngx_uint_t ngx_http_cert_store_is_open(void);

/*
 * The time to use as now: never before what this worker has seen
 * (cert_clock.h).
 */
cert_time_t ngx_http_cert_time(void);

/*
 * The reader of this process; NULL while there is no store to read.  To be
 * asked for again with each request: the timer closes it.
 */
cert_reader_t *ngx_http_cert_reader(void);

/*
 * Logs why a verdict was UNAVAILABLE: damage at "alert", else at "crit"; and
 * has the store looked at soon, unless it was damage or a key that is missing.
 * Nothing is done while there is no reader: that was logged already.
 */
void ngx_http_cert_store_failed(ngx_http_request_t *r, cert_err_t err);


#endif /* _NGX_HTTP_CERT_STORE_H_INCLUDED_ */
