/*
 * Copyright (C) the ngx_cert authors
 *
 * What the files of the module share.
 *
 * The way of a request: a handler of the rewrite phase gives every request of
 * a location with a route its context (ngx_http_cert_request.c), so that the
 * logs never see a token; the route's content handler turns the request into
 * one question, asks the library, and hands the verdict to the answer
 * (ngx_http_cert_answer.c).  Nothing here decides what is valid, and nothing
 * here writes to the store.
 */


#ifndef _NGX_HTTP_CERT_MODULE_H_INCLUDED_
#define _NGX_HTTP_CERT_MODULE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "cert_check.h"
#include "cert_form.h"
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


/* In shared memory, so numbers only: it outlives the process that made it. */
typedef struct {
    ngx_uint_t                 size;
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


typedef struct {
    ngx_str_t                  store;
    ngx_http_cert_place_t      store_place;
    ngx_str_t                  keyring_file;
    ngx_http_cert_place_t      keyring_place;
    cert_keyring_t            *keyring;
    ngx_shm_zone_t            *zone;        /* data: the counters */
} ngx_http_cert_main_conf_t;


typedef struct {
    ngx_http_cert_route_t     *route;       /* NULL: none here */
    ngx_uint_t                 mode;        /* cert_right_t, or a form */
    ngx_http_cert_place_t      place;
    ngx_str_t                  pdf_root;    /* no slash at the end */
    ngx_str_t                  page;
    ngx_str_t                  page_args;
} ngx_http_cert_loc_conf_t;


/*
 * Of one request, in its pool.  It is reached through a pool cleanup too,
 * since an internal redirect clears r->ctx while variables go on being read.
 */
typedef struct {
    ngx_http_request_t        *request;
    ngx_http_cert_route_t     *route;

    /* As asked, before any redirect to a page. */
    ngx_str_t                  uri;
    ngx_str_t                  args;
    size_t                     keep;        /* of "uri": the location */

    ngx_uint_t                 result;
    cert_date_t                approved;
    cert_time_t                expires;
    int32_t                    utc_offset_sec;
    ngx_str_t                  code;
    ngx_str_t                  number;
    ngx_str_t                  name;        /* masked */
    ngx_str_t                  qualification;
    ngx_str_t                  level;
    ngx_str_t                  scene;

    unsigned                   is_guess:1;  /* "keep" came from no prefix */
    unsigned                   has_page:1;  /* it went to cert_check_page */
    unsigned                   has_certificate:1;
    unsigned                   has_annotation:1;
} ngx_http_cert_ctx_t;


extern ngx_module_t  ngx_http_cert_module;


/* ngx_http_cert_conf.c: the setters */

char *ngx_http_cert_store(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_cert_keyring(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_cert_pdf_root(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_cert_check_page(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
char *ngx_http_cert_set_route(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);


/* ngx_http_cert_store.c */

ngx_int_t ngx_http_cert_store_init_module(ngx_cycle_t *cycle);
ngx_int_t ngx_http_cert_store_init_process(ngx_cycle_t *cycle);
void ngx_http_cert_store_exit_process(ngx_cycle_t *cycle);

/* The reader of this process; NULL while there is no store to read. */
cert_reader_t *ngx_http_cert_reader(void);

/* Logs why a verdict was UNAVAILABLE and has the store looked at soon. */
void ngx_http_cert_store_failed(ngx_http_request_t *r, cert_err_t err);


/* ngx_http_cert_request.c */

ngx_int_t ngx_http_cert_rewrite_handler(ngx_http_request_t *r);

/* The context; NULL where the request has not been in a route. */
ngx_http_cert_ctx_t *ngx_http_cert_get_ctx(ngx_http_request_t *r);

/* The context of a request whose handler runs: made if need be. */
ngx_http_cert_ctx_t *ngx_http_cert_make_ctx(ngx_http_request_t *r);

/* What follows the location's name in the URI. */
ngx_str_t ngx_http_cert_tail(ngx_http_cert_ctx_t *ctx);

/* Copies what the variables show; the verdict may go then. */
ngx_int_t ngx_http_cert_keep(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx,
    const cert_verdict_t *verdict);


/* ngx_http_cert_mask.c */

/*
 * Writes the request's URI with tokens, codes and personal facts masked, at
 * most up to "last"; returns its end.  Allocates nothing.
 */
u_char *ngx_http_cert_mask_uri(ngx_http_request_t *r, u_char *p, u_char *last);

/* An upper bound of what it writes. */
size_t ngx_http_cert_mask_len(ngx_http_request_t *r);

/* The log handler of requests in a route: their request line is masked. */
u_char *ngx_http_cert_log_error(ngx_http_request_t *r, ngx_http_request_t *sr,
    u_char *buf, size_t len);


/* ngx_http_cert_variables.c */

ngx_int_t ngx_http_cert_add_variables(ngx_conf_t *cf);


/* ngx_http_cert_accept.c */

/* True if the client would rather have text/html than application/json. */
ngx_uint_t ngx_http_cert_prefers_html(ngx_http_request_t *r);


/* ngx_http_cert_answer.c */

/* All these send the answer; they return what a content handler returns. */

ngx_int_t ngx_http_cert_answer(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx,
    const cert_verdict_t *verdict);

/* Only the result and, unless NULL, a static detail: no fact. */
ngx_int_t ngx_http_cert_answer_result(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx, ngx_uint_t result, const char *detail);

/* The same with another status than the table's. */
ngx_int_t ngx_http_cert_answer_status(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx, ngx_uint_t status, const char *detail);

/*
 * Redirects to the page; NGX_DECLINED, and nothing is done, if there is none
 * or the client does not prefer it.
 */
ngx_int_t ngx_http_cert_page(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx,
    ngx_uint_t status);

/* Sends a body that lives as long as the request; adds the headers below. */
ngx_int_t ngx_http_cert_send(ngx_http_request_t *r, ngx_uint_t status,
    ngx_str_t *type, ngx_str_t *body);

/* Refuses a method; "allow" is the header's value. */
ngx_int_t ngx_http_cert_refuse_method(ngx_http_request_t *r,
    ngx_http_cert_ctx_t *ctx, ngx_str_t *allow);

/* NULL without memory. */
ngx_table_elt_t *ngx_http_cert_add_header(ngx_http_request_t *r,
    ngx_str_t *name, ngx_str_t *value);

/* nosniff and no-referrer, and Cache-Control with this value. */
ngx_int_t ngx_http_cert_add_headers(ngx_http_request_t *r,
    ngx_str_t *cache_control);

const char *ngx_http_cert_result_name(ngx_uint_t result);


/* ngx_http_cert_body.c */

/* Refuses, discards or closes behind a body that is not to be read. */
ngx_int_t ngx_http_cert_discard_body(ngx_http_request_t *r);

/* True if Content-Type says that the body is a form. */
ngx_uint_t ngx_http_cert_body_is_form(ngx_http_request_t *r);

/*
 * Gathers a body that was read into one text, writable and in the pool or in
 * the request's buffer.  NGX_OK, NGX_ERROR, or NGX_DECLINED: it is too long.
 */
ngx_int_t ngx_http_cert_body_text(ngx_http_request_t *r, ngx_str_t *text);


/* Content handlers. */

ngx_int_t ngx_http_cert_check_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_cert_download_handler(ngx_http_request_t *r);
ngx_int_t ngx_http_cert_status_handler(ngx_http_request_t *r);


/* ngx_http_cert_counters.c */

char *ngx_http_cert_counters_add(ngx_conf_t *cf,
    ngx_http_cert_main_conf_t *mcf);
void ngx_http_cert_count(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx);


#endif /* _NGX_HTTP_CERT_MODULE_H_INCLUDED_ */
