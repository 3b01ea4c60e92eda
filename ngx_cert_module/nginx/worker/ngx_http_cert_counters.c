/*
 * Copyright (C) the ngx_cert authors
 *
 * Answers counted by result, in memory that all workers share and a reload
 * keeps.
 */


#include "ngx_http_cert_counters.h"
#include "ngx_http_cert_request.h"
#include "ngx_http_cert_user.h"


static ngx_int_t ngx_http_cert_counters_init(ngx_shm_zone_t *zone, void *data);


static ngx_str_t  ngx_http_cert_counters_name = ngx_string("ngx_cert");


char *
ngx_http_cert_counters_add(ngx_conf_t *cf, ngx_http_cert_main_conf_t *mcf)
{
    mcf->zone = ngx_shared_memory_add(cf, &ngx_http_cert_counters_name,
                                      8 * ngx_pagesize,
                                      &ngx_http_cert_module);
    if (mcf->zone == NULL) {
        return NGX_CONF_ERROR;
    }

    mcf->zone->init = ngx_http_cert_counters_init;
    mcf->zone->data = mcf;

    return NGX_CONF_OK;
}


static ngx_int_t
ngx_http_cert_counters_init(ngx_shm_zone_t *zone, void *data)
{
    ngx_slab_pool_t           *shpool;
    ngx_http_cert_counters_t  *counters;

    /* Here because an error still keeps the configuration before. */
    if (ngx_http_cert_user_check(zone->data) != NGX_OK) {
        return NGX_ERROR;
    }

    shpool = (ngx_slab_pool_t *) zone->shm.addr;
    counters = data;

    if (counters == NULL && zone->shm.exists) {
        counters = shpool->data;
    }

    /* Made by another build of this module: not ours to read. */
    if (counters && counters->size == sizeof(ngx_http_cert_counters_t)) {
        zone->data = counters;
        return NGX_OK;
    }

    counters = ngx_slab_calloc(shpool, sizeof(ngx_http_cert_counters_t));
    if (counters == NULL) {
        return NGX_ERROR;
    }

    counters->size = sizeof(ngx_http_cert_counters_t);

    shpool->data = counters;
    zone->data = counters;

    return NGX_OK;
}


void
ngx_http_cert_count(ngx_http_request_t *r, ngx_http_cert_ctx_t *ctx)
{
    ngx_http_cert_counters_t   *counters;
    ngx_http_cert_main_conf_t  *mcf;

    if (ctx->route->id == NGX_HTTP_CERT_STATUS) {
        return;
    }

    mcf = ngx_http_get_module_main_conf(r, ngx_http_cert_module);
    counters = mcf->zone->data;

    (void) ngx_atomic_fetch_add(
                            &counters->results[ctx->route->id][ctx->result],
                            1);
}
