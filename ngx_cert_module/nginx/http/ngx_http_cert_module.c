/*
 * Copyright (C) the ngx_cert authors
 *
 * Directives and the life of the configuration.
 *
 * Whatever is wrong is found when the configuration is read, and named with
 * the file and line of the directive: a route without its store, two routes
 * in one location, keys that others may read, a store that is not one.  A
 * setter can only say so of what stands before it, so the rest is looked at
 * in init_main and merge, with the place that the setter kept.
 */


#include "ngx_http_cert_answer.h"
#include "ngx_http_cert_handlers.h"
#include "ngx_http_cert_store.h"


static void *ngx_http_cert_create_main_conf(ngx_conf_t *cf);
static char *ngx_http_cert_init_main_conf(ngx_conf_t *cf, void *conf);
static void *ngx_http_cert_create_loc_conf(ngx_conf_t *cf);
static char *ngx_http_cert_merge_loc_conf(ngx_conf_t *cf, void *parent,
    void *child);
static char *ngx_http_cert_merge_route(ngx_conf_t *cf,
    ngx_http_cert_loc_conf_t *conf);
static char *ngx_http_cert_missing(ngx_conf_t *cf,
    ngx_http_cert_loc_conf_t *conf, const char *what);
static ngx_int_t ngx_http_cert_init(ngx_conf_t *cf);


static ngx_conf_enum_t  ngx_http_cert_rights[] = {
    { ngx_string("inline"), CERT_RIGHT_VIEW },
    { ngx_string("attachment"), CERT_RIGHT_DOWNLOAD },
    { ngx_null_string, 0 }
};


static ngx_conf_enum_t  ngx_http_cert_forms[] = {
    { ngx_string("json"), NGX_HTTP_CERT_JSON },
    { ngx_string("prometheus"), NGX_HTTP_CERT_PROMETHEUS },
    { ngx_null_string, 0 }
};


static ngx_http_cert_route_t  ngx_http_cert_check_route = {
    NGX_HTTP_CERT_CHECK,
    ngx_string("cert_check"),
    ngx_http_cert_check_handler,
    NULL,
    0
};


static ngx_http_cert_route_t  ngx_http_cert_download_route = {
    NGX_HTTP_CERT_DOWNLOAD,
    ngx_string("cert_download"),
    ngx_http_cert_download_handler,
    ngx_http_cert_rights,
    CERT_RIGHT_DOWNLOAD
};


static ngx_http_cert_route_t  ngx_http_cert_status_route = {
    NGX_HTTP_CERT_STATUS,
    ngx_string("cert_status"),
    ngx_http_cert_status_handler,
    ngx_http_cert_forms,
    NGX_HTTP_CERT_JSON
};


static ngx_command_t  ngx_http_cert_commands[] = {

    { ngx_string("cert_store"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_cert_set_store,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("cert_keyring"),
      NGX_HTTP_MAIN_CONF|NGX_CONF_TAKE1,
      ngx_http_cert_set_keyring,
      NGX_HTTP_MAIN_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("cert_pdf_root"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_cert_set_pdf_root,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("cert_check"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_cert_set_route,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      &ngx_http_cert_check_route },

    { ngx_string("cert_check_page"),
      NGX_HTTP_MAIN_CONF|NGX_HTTP_SRV_CONF|NGX_HTTP_LOC_CONF|NGX_CONF_TAKE1,
      ngx_http_cert_set_check_page,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("cert_download"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS|NGX_CONF_TAKE1,
      ngx_http_cert_set_route,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      &ngx_http_cert_download_route },

    { ngx_string("cert_status"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS|NGX_CONF_TAKE1,
      ngx_http_cert_set_route,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      &ngx_http_cert_status_route },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_cert_module_ctx = {
    ngx_http_cert_add_variables,           /* preconfiguration */
    ngx_http_cert_init,                    /* postconfiguration */

    ngx_http_cert_create_main_conf,        /* create main configuration */
    ngx_http_cert_init_main_conf,          /* init main configuration */

    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */

    ngx_http_cert_create_loc_conf,         /* create location configuration */
    ngx_http_cert_merge_loc_conf           /* merge location configuration */
};


ngx_module_t  ngx_http_cert_module = {
    NGX_MODULE_V1,
    &ngx_http_cert_module_ctx,             /* module context */
    ngx_http_cert_commands,                /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    ngx_http_cert_store_init_module,       /* init module */
    ngx_http_cert_store_init_process,      /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_http_cert_store_exit_process,      /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static void *
ngx_http_cert_create_main_conf(ngx_conf_t *cf)
{
    ngx_http_cert_main_conf_t  *mcf;

    mcf = ngx_pcalloc(cf->pool, sizeof(ngx_http_cert_main_conf_t));
    if (mcf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     mcf->store = { 0, NULL };
     *     mcf->store_place = { { 0, NULL }, 0 };
     *     mcf->keyring_file = { 0, NULL };
     *     mcf->keyring_place = { { 0, NULL }, 0 };
     *     mcf->keyring = NULL;
     *     mcf->zone = NULL;
     */

    mcf->cycle = cf->cycle;

    return mcf;
}


static char *
ngx_http_cert_init_main_conf(ngx_conf_t *cf, void *conf)
{
    ngx_http_cert_main_conf_t *mcf = conf;

    cert_reason_t  reason;

    if (mcf->store.len == 0 && mcf->keyring == NULL) {
        return NGX_CONF_OK;
    }

    if (mcf->store.len == 0) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"cert_keyring\" is set but \"cert_store\" is not "
                      "in %V:%ui",
                      &mcf->keyring_place.file, mcf->keyring_place.line);
        return NGX_CONF_ERROR;
    }

    if (mcf->keyring == NULL) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"cert_store\" is set but \"cert_keyring\" is not "
                      "in %V:%ui",
                      &mcf->store_place.file, mcf->store_place.line);
        return NGX_CONF_ERROR;
    }

    if (!ngx_http_cert_store_is_open()
        && cert_store_probe((char *) mcf->store.data, mcf->keyring, &reason)
           != CERT_OK)
    {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"cert_store\" cannot be used: %s in %V:%ui",
                      reason.text,
                      &mcf->store_place.file, mcf->store_place.line);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static void *
ngx_http_cert_create_loc_conf(ngx_conf_t *cf)
{
    ngx_http_cert_loc_conf_t  *conf;

    conf = ngx_pcalloc(cf->pool, sizeof(ngx_http_cert_loc_conf_t));
    if (conf == NULL) {
        return NULL;
    }

    /*
     * set by ngx_pcalloc():
     *
     *     conf->route = NULL;
     *     conf->place = { { 0, NULL }, 0 };
     *     conf->pdf_root = { 0, NULL };
     *     conf->page = { 0, NULL };
     *     conf->page_args = { 0, NULL };
     */

    conf->mode = NGX_CONF_UNSET_UINT;

    return conf;
}


static char *
ngx_http_cert_merge_loc_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_cert_loc_conf_t *prev = parent;
    ngx_http_cert_loc_conf_t *conf = child;

    ngx_http_core_loc_conf_t  *clcf;

    ngx_conf_merge_str_value(conf->pdf_root, prev->pdf_root, "");

    if (conf->page.data == NULL) {
        conf->page = prev->page;
        conf->page_args = prev->page_args;
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    /* "if" and "limit_except" go on with the route around them. */
    if (clcf->noname && conf->route == NULL && prev->route
        && (clcf->handler == NULL || clcf->handler == prev->route->handler))
    {
        conf->route = prev->route;
        conf->mode = prev->mode;
        conf->place = prev->place;

        if (clcf->lmt_excpt) {
            clcf->handler = conf->route->handler;
        }

        return NGX_CONF_OK;
    }

    if (conf->route == NULL) {
        return NGX_CONF_OK;
    }

    if (clcf->handler != conf->route->handler) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                      "\"%V\" shares its location with a directive that "
                      "answers requests too in %V:%ui",
                      &conf->route->name, &conf->place.file, conf->place.line);
        return NGX_CONF_ERROR;
    }

    return ngx_http_cert_merge_route(cf, conf);
}


/* Refuse to start rather than answer every request with 503. */
static char *
ngx_http_cert_merge_route(ngx_conf_t *cf, ngx_http_cert_loc_conf_t *conf)
{
    ngx_http_cert_main_conf_t  *mcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_cert_module);

    if (mcf->store.len == 0) {
        return ngx_http_cert_missing(cf, conf, "\"cert_store\"");
    }

    switch (conf->route->id) {

    case NGX_HTTP_CERT_CHECK:

        if (!cert_keyring_has(mcf->keyring, CERT_KEY_MATCH)) {
            return ngx_http_cert_missing(cf, conf,
                               "an active \"match\" key in \"cert_keyring\"");
        }

        break;

    case NGX_HTTP_CERT_DOWNLOAD:

        if (conf->pdf_root.len == 0) {
            return ngx_http_cert_missing(cf, conf, "\"cert_pdf_root\"");
        }

        if (!cert_keyring_has(mcf->keyring, CERT_KEY_TOKEN)) {
            return ngx_http_cert_missing(cf, conf,
                               "an active \"token\" key in \"cert_keyring\"");
        }

        break;

    default: /* NGX_HTTP_CERT_STATUS */

        break;
    }

    return NGX_CONF_OK;
}


static char *
ngx_http_cert_missing(ngx_conf_t *cf, ngx_http_cert_loc_conf_t *conf,
    const char *what)
{
    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                  "\"%V\" needs %s, which is not set in %V:%ui",
                  &conf->route->name, what,
                  &conf->place.file, conf->place.line);

    return NGX_CONF_ERROR;
}


static ngx_int_t
ngx_http_cert_init(ngx_conf_t *cf)
{
    ngx_http_handler_pt        *h;
    ngx_http_cert_main_conf_t  *mcf;
    ngx_http_core_main_conf_t  *cmcf;

    mcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_cert_module);

    /* Without a store there is no route, and nothing to mask. */
    if (mcf->store.len == 0) {
        return NGX_OK;
    }

    cmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_SERVER_REWRITE_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_cert_server_handler;

    h = ngx_array_push(&cmcf->phases[NGX_HTTP_REWRITE_PHASE].handlers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    *h = ngx_http_cert_rewrite_handler;

    ngx_http_cert_headers_init();

    return NGX_OK;
}
