/*
 * Copyright (C) the ngx_cert authors
 *
 * What the files of the module share: configuration, store and handlers; what
 * belongs to a request is in ngx_http_cert_request.h.
 *
 * The way of a request: a handler of the server's rewrite phase has its log
 * lines masked, so that the logs never see a token; one of the rewrite phase
 * gives every request of a location with a route its context
 * (ngx_http_cert_request.c); the route's content handler turns the request
 * into one question, asks the library, and hands the verdict to the answer
 * (ngx_http_cert_answer.c).  Nothing here decides what is valid, and nothing
 * here writes to the store.
 */


#ifndef _NGX_HTTP_CERT_MODULE_H_INCLUDED_
#define _NGX_HTTP_CERT_MODULE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "cert_bad.h"
#include "cert_check.h"
#include "cert_clock.h"
#include "cert_figures.h"
#include "cert_mark.h"
#include "cert_token.h"


/* Routes; they index counters and names. */
#define NGX_HTTP_CERT_CHECK       0
#define NGX_HTTP_CERT_DOWNLOAD    1
#define NGX_HTTP_CERT_STATUS      2

/* Results of the contract, and what only a download can answer. */
#define NGX_HTTP_CERT_FORBIDDEN   CERT_RESULTS
#define NGX_HTTP_CERT_RESULTS     (CERT_RESULTS + 1)
#define NGX_HTTP_CERT_NO_RESULT   NGX_HTTP_CERT_RESULTS

/* Forms of the status page. */
#define NGX_HTTP_CERT_JSON        0
#define NGX_HTTP_CERT_PROMETHEUS  1

#define ngx_http_cert_str(s)  ((cert_str_t) { (s)->data, (s)->len })


/* Where a directive stands, to be named when the whole is looked at. */
typedef struct {
    ngx_str_t                  file;
    ngx_uint_t                 line;
} ngx_http_cert_place_t;


/* How far the store of a path has been. */
typedef struct {
    uint32_t                   path;        /* a checksum of it; 0: of none */
    cert_mark_t                mark;
} ngx_http_cert_seen_t;


/* In shared memory, so numbers only: it outlives the process that made it. */
typedef struct {
    ngx_uint_t                 size;
    ngx_http_cert_seen_t       seen;        /* under the mutex of the zone */
    ngx_atomic_t               results[2][NGX_HTTP_CERT_RESULTS];
} ngx_http_cert_counters_t;


/* What a route directive stands for: the "post" of its command. */
typedef struct {
    ngx_uint_t                 id;
    ngx_str_t                  name;        /* the directive */
    ngx_http_handler_pt        handler;
    ngx_conf_enum_t           *modes;       /* its parameter; may be NULL */
    ngx_uint_t                 mode;        /* without a parameter */
} ngx_http_cert_route_t;


/* Of http{}: one store, one keyring and one set of counters a process. */
typedef struct {
    ngx_str_t                  store;
    ngx_http_cert_place_t      store_place;
    ngx_str_t                  keyring_file;
    ngx_http_cert_place_t      keyring_place;
    cert_keyring_t            *keyring;
    ngx_shm_zone_t            *zone;        /* data: the counters */
} ngx_http_cert_main_conf_t;


/* Of a location; the merge refuses a route without what it needs. */
typedef struct {
    ngx_http_cert_route_t     *route;       /* NULL: none here */
    ngx_uint_t                 mode;        /* cert_right_t, or a form */
    ngx_http_cert_place_t      place;
    ngx_str_t                  pdf_root;    /* no slash at the end */
    ngx_str_t                  page;
    ngx_str_t                  page_args;
} ngx_http_cert_loc_conf_t;


extern ngx_module_t  ngx_http_cert_module;


/*
 * ngx_http_cert_conf.c: the setters.
 *
 * All refuse a second setting in the same block and say what is wrong, which
 * nginx logs with file and line.  The path setters look at what they name, so
 * that "nginx -t" refuses what a worker could not use; the keyring is read
 * here, by the master, and is wiped with the pool of its configuration.
 */

char *ngx_http_cert_store(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_cert_keyring(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_cert_pdf_root(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_cert_check_page(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_cert_set_route(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);


/*
 * ngx_http_cert_store.c: the store of this process.
 *
 * Opened after the fork, once, by workers and by the single process; cache
 * helpers never open it.  NGX_ERROR from init_process would end every worker
 * for good, so a store that cannot be opened is logged once and tried again
 * by a timer, which is cancelable: it keeps no worker from leaving.
 */

/* For a reload without workers: the store of the new configuration. */
ngx_int_t ngx_http_cert_store_init_module(ngx_cycle_t *cycle);

/*
 * NGX_OK, whatever the store is like: until it can be opened, there is no
 * reader.
 */
ngx_int_t ngx_http_cert_store_init_process(ngx_cycle_t *cycle);

/* Gives back the slot in the reader table. */
void ngx_http_cert_store_exit_process(ngx_cycle_t *cycle);

/* Whether this process has the store open, which it may not open again. */
ngx_uint_t ngx_http_cert_store_is_open(ngx_str_t *path);

/* The time to go by: never before what this worker has seen (cert_clock.h). */
cert_time_t ngx_http_cert_time(void);

/*
 * The reader of this process; NULL while there is no store to read.  To be
 * asked for anew with each request: the timer closes it.
 */
cert_reader_t *ngx_http_cert_reader(void);

/*
 * Logs why a verdict was UNAVAILABLE: damage at "alert", else at "crit"; and
 * has the store looked at soon, unless it was damage or a key that is missing.
 * Nothing is done while there is no reader: that was logged already.
 */
void ngx_http_cert_store_failed(ngx_http_request_t *r, cert_err_t err);


/*
 * ngx_http_cert_bad.c: the files that certd found bad.
 */

/* A process that begins, or has another store, knows of none. */
void ngx_http_cert_bad_init(void);

/* Reads the list if it is another one; asks for that once a second at most. */
void ngx_http_cert_bad_look(ngx_http_cert_main_conf_t *mcf, ngx_log_t *log);

/*
 * True if the file of this copy, which lies at "path", may not be sent; logs it
 * at "alert", once a minute for all of them.
 */
ngx_uint_t ngx_http_cert_bad_is(ngx_http_request_t *r,
    const cert_code_t *code, ngx_str_t *path);

/*
 * True if any file was bad while this process lived: open_file_cache may hold
 * one in whose place another was put since.
 */
ngx_uint_t ngx_http_cert_bad_was(void);


/*
 * ngx_http_cert_variables.c: all are read from the context and stay the same
 * within a request, since the script engine measures before it copies.
 */

ngx_int_t ngx_http_cert_add_variables(ngx_conf_t *cf);


/*
 * Handlers: of the two rewrite phases, which always decline, and of the
 * routes, which answer.
 */

ngx_int_t ngx_http_cert_server_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_cert_rewrite_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_cert_check_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_cert_download_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_cert_status_handler(ngx_http_request_t *r);


/*
 * ngx_http_cert_mark.c: how far the store has been, over reloads.
 *
 * To be checked where the store is opened, and moved while it is open.  Check
 * returns as cert_read_is_past(), with a reason.
 */

cert_err_t ngx_http_cert_mark_check(ngx_http_cert_main_conf_t *mcf,
    cert_reader_t *reader, cert_reason_t *reason);
void ngx_http_cert_mark_move(ngx_http_cert_main_conf_t *mcf,
    cert_reader_t *reader);


/*
 * ngx_http_cert_counters.c: adds the shared zone; called once a configuration.
 * A reload keeps the numbers if their layout is the same, else starts at 0.
 */

char *ngx_http_cert_counters_add(ngx_conf_t *cf,
    ngx_http_cert_main_conf_t *mcf);


#endif /* _NGX_HTTP_CERT_MODULE_H_INCLUDED_ */
