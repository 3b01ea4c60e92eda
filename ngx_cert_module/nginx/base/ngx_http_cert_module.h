/*
 * Copyright (C) the ngx_cert authors
 *
 * What all files of the module share: its configuration and its routes.  What
 * belongs to a request is in ngx_http_cert_ctx.h and ngx_http_cert_request.h.
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

/* How many of them, the first ones, give results that are counted. */
#define NGX_HTTP_CERT_ANSWERS     2

/* Results of the contract, and what only a download can answer. */
#define NGX_HTTP_CERT_FORBIDDEN   CERT_RESULTS
#define NGX_HTTP_CERT_RESULTS     (CERT_RESULTS + 1)
#define NGX_HTTP_CERT_NO_RESULT   NGX_HTTP_CERT_RESULTS

/* Forms of the status page. */
#define NGX_HTTP_CERT_JSON        0
#define NGX_HTTP_CERT_PROMETHEUS  1

#define ngx_http_cert_str(s)  ((cert_str_t) { (s)->data, (s)->len })


/* Where a directive stands, to be named when all directives are known. */
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
    ngx_atomic_t               results[NGX_HTTP_CERT_ANSWERS]
                                      [NGX_HTTP_CERT_RESULTS];
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
    ngx_cycle_t               *cycle;       /* of this configuration */
    ngx_str_t                  store;
    ngx_http_cert_place_t      store_place;
    ngx_str_t                  keyring_file;
    ngx_http_cert_place_t      keyring_place;
    cert_keyring_t            *keyring;
    ngx_shm_zone_t            *zone;        /* data: the counters; until they
                                               are there, this itself */
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


#endif /* _NGX_HTTP_CERT_MODULE_H_INCLUDED_ */
