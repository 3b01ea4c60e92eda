/*
 * Copyright (C) the ngx_cert authors
 *
 * The status page: counters and the health of store and daemon, as JSON or in
 * Prometheus' text format.  It answers 200 as long as nginx runs; that there
 * is no store to read, or no daemon, is what it has to tell.
 */


#include "ngx_http_cert_answer.h"
#include "ngx_http_cert_certd.h"
#include "ngx_http_cert_handlers.h"
#include "ngx_http_cert_store.h"
#include "cert_read.h"


/* Room for all rows of either form: the names are ours, the numbers 64 bit. */
#define NGX_HTTP_CERT_STATUS_MAX  16384


/* The figures of the store; what they are called is in the table below. */
enum {
    NGX_HTTP_CERT_MAP_SIZE = 0,
    NGX_HTTP_CERT_USED,
    NGX_HTTP_CERT_CERTIFICATES,
    NGX_HTTP_CERT_ANNOTATIONS,
    NGX_HTTP_CERT_READERS,
    NGX_HTTP_CERT_READERS_MAX,
    NGX_HTTP_CERT_JOURNAL,
    NGX_HTTP_CERT_QUEUE,
    NGX_HTTP_CERT_QUEUE_AGE,
    NGX_HTTP_CERT_FIGURES
};


typedef struct {
    const char  *json;
    const char  *metric;
    const char  *help;
} ngx_http_cert_figure_t;


typedef uint64_t  ngx_http_cert_figures_t[NGX_HTTP_CERT_FIGURES];


static ngx_uint_t ngx_http_cert_status_read(ngx_http_request_t *r,
    ngx_http_cert_figures_t figures);
static u_char *ngx_http_cert_status_json(u_char *p, u_char *last,
    ngx_uint_t is_up, ngx_http_cert_figures_t figures,
    ngx_http_cert_certd_t *certd, ngx_http_cert_counters_t *counters);
static u_char *ngx_http_cert_status_prometheus(u_char *p, u_char *last,
    ngx_uint_t is_up, ngx_http_cert_figures_t figures,
    ngx_http_cert_certd_t *certd, ngx_http_cert_counters_t *counters);


static const ngx_http_cert_figure_t
    ngx_http_cert_figures[NGX_HTTP_CERT_FIGURES] =
{
    { "map_size", "ngx_cert_store_map_bytes",
      "Address space for the store, doubled when it is full." },
    { "used", "ngx_cert_store_used_bytes",
      "Size of the store up to its last page." },
    { "certificates", "ngx_cert_store_certificates",
      "Certificates in the store." },
    { "annotations", "ngx_cert_store_annotations",
      "Annotations in the store." },
    { "readers", "ngx_cert_store_readers",
      "Reader slots in use." },
    { "readers_max", "ngx_cert_store_readers_max",
      "Reader slots in all." },
    { "journal", "ngx_cert_journal_head",
      "Sequence of the last journal entry." },
    { "queue", "ngx_cert_queue_waiting",
      "Applications whose copy is not made yet." },
    { "queue_oldest_sec", "ngx_cert_queue_oldest_age_seconds",
      "Age of the oldest application that waits, 0 if none." }
};


static ngx_str_t  ngx_http_cert_status_methods = ngx_string("GET, HEAD");

static ngx_str_t  ngx_http_cert_status_types[] = {
    ngx_string("application/json"),
    ngx_string("text/plain; version=0.0.4; charset=utf-8")
};

static const char  *ngx_http_cert_status_routes[] = { "check", "download" };


ngx_int_t
ngx_http_cert_status_handler(ngx_http_request_t *r)
{
    u_char                     *p, *last;
    ngx_str_t                   body;
    ngx_uint_t                  is_up;
    ngx_http_cert_ctx_t        *ctx;
    ngx_http_cert_certd_t       certd;
    ngx_http_cert_figures_t     figures;
    ngx_http_cert_counters_t   *counters;
    ngx_http_cert_loc_conf_t   *lcf;
    ngx_http_cert_main_conf_t  *mcf;

    ctx = ngx_http_cert_make_ctx(r);
    if (ctx == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return ngx_http_cert_refuse_method(r, ctx,
                                           &ngx_http_cert_status_methods);
    }

    lcf = ngx_http_get_module_loc_conf(r, ngx_http_cert_module);
    mcf = ngx_http_get_module_main_conf(r, ngx_http_cert_module);
    counters = mcf->zone->data;

    body.data = ngx_pnalloc(r->pool, NGX_HTTP_CERT_STATUS_MAX);
    if (body.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    last = body.data + NGX_HTTP_CERT_STATUS_MAX;
    is_up = ngx_http_cert_status_read(r, figures);
    ngx_http_cert_certd_read(r, &certd);

    if (lcf->mode == NGX_HTTP_CERT_PROMETHEUS) {
        p = ngx_http_cert_status_prometheus(body.data, last, is_up, figures,
                                            &certd, counters);

    } else {
        p = ngx_http_cert_status_json(body.data, last, is_up, figures, &certd,
                                      counters);
    }

    body.len = p - body.data;

    return ngx_http_cert_send(r, ctx, NGX_HTTP_OK,
                              &ngx_http_cert_status_types[lcf->mode], &body);
}


/* True if there is a store and it could be read. */
static ngx_uint_t
ngx_http_cert_status_read(ngx_http_request_t *r,
    ngx_http_cert_figures_t figures)
{
    cert_err_t          err;
    cert_time_t         now;
    cert_reader_t      *reader;
    cert_store_stat_t   stat;

    ngx_memzero(figures, sizeof(ngx_http_cert_figures_t));

    reader = ngx_http_cert_reader();
    if (reader == NULL) {
        return 0;
    }

    err = cert_read_stat(reader, &stat);
    if (err != CERT_OK) {
        ngx_http_cert_store_failed(r, err);
        return 0;
    }

    figures[NGX_HTTP_CERT_MAP_SIZE] = stat.map_size;
    figures[NGX_HTTP_CERT_USED] = stat.used;
    figures[NGX_HTTP_CERT_CERTIFICATES] = stat.certificates;
    figures[NGX_HTTP_CERT_ANNOTATIONS] = stat.annotations;
    figures[NGX_HTTP_CERT_READERS] = stat.readers;
    figures[NGX_HTTP_CERT_READERS_MAX] = stat.readers_max;
    figures[NGX_HTTP_CERT_JOURNAL] = stat.journal;
    figures[NGX_HTTP_CERT_QUEUE] = stat.queue;

    now = ngx_http_cert_time();
    now = ngx_max(now, stat.highest);

    if (stat.queue && now > stat.queue_oldest) {
        figures[NGX_HTTP_CERT_QUEUE_AGE] = now - stat.queue_oldest;
    }

    return 1;
}


static u_char *
ngx_http_cert_status_json(u_char *p, u_char *last, ngx_uint_t is_up,
    ngx_http_cert_figures_t figures, ngx_http_cert_certd_t *certd,
    ngx_http_cert_counters_t *counters)
{
    ngx_uint_t  i, route;

    p = ngx_slprintf(p, last, "{\"store\":{\"up\":%s",
                     is_up ? "true" : "false");

    for (i = 0; is_up && i < NGX_HTTP_CERT_FIGURES; i++) {
        p = ngx_slprintf(p, last, ",\"%s\":%uL",
                         ngx_http_cert_figures[i].json, figures[i]);
    }

    p = ngx_slprintf(p, last, "}");
    p = ngx_http_cert_certd_json(p, last, certd);

    for (route = 0; route < NGX_HTTP_CERT_ANSWERS; route++) {
        p = ngx_slprintf(p, last, ",\"%s\":{",
                         ngx_http_cert_status_routes[route]);

        for (i = 0; i < NGX_HTTP_CERT_RESULTS; i++) {
            p = ngx_slprintf(p, last, "%s\"%s\":%uA", i ? "," : "",
                             ngx_http_cert_result_name(i),
                             counters->results[route][i]);
        }

        p = ngx_slprintf(p, last, "}");
    }

    return ngx_slprintf(p, last, "}\n");
}


static u_char *
ngx_http_cert_status_prometheus(u_char *p, u_char *last, ngx_uint_t is_up,
    ngx_http_cert_figures_t figures, ngx_http_cert_certd_t *certd,
    ngx_http_cert_counters_t *counters)
{
    ngx_uint_t                     i, route;
    const ngx_http_cert_figure_t  *figure;

    p = ngx_slprintf(p, last,
                     "# HELP ngx_cert_store_up Whether the store can be read."
                     "\n# TYPE ngx_cert_store_up gauge"
                     "\nngx_cert_store_up %ui\n", is_up);

    for (i = 0; is_up && i < NGX_HTTP_CERT_FIGURES; i++) {
        figure = &ngx_http_cert_figures[i];

        p = ngx_slprintf(p, last,
                         "# HELP %s %s\n# TYPE %s gauge\n%s %uL\n",
                         figure->metric, figure->help, figure->metric,
                         figure->metric, figures[i]);
    }

    p = ngx_http_cert_certd_prometheus(p, last, certd);

    for (route = 0; route < NGX_HTTP_CERT_ANSWERS; route++) {
        p = ngx_slprintf(p, last,
                         "# HELP ngx_cert_%s_results_total "
                         "Answers of this route, by result.\n"
                         "# TYPE ngx_cert_%s_results_total counter\n",
                         ngx_http_cert_status_routes[route],
                         ngx_http_cert_status_routes[route]);

        for (i = 0; i < NGX_HTTP_CERT_RESULTS; i++) {
            p = ngx_slprintf(p, last,
                             "ngx_cert_%s_results_total{result=\"%s\"} %uA\n",
                             ngx_http_cert_status_routes[route],
                             ngx_http_cert_result_name(i),
                             counters->results[route][i]);
        }
    }

    return p;
}
