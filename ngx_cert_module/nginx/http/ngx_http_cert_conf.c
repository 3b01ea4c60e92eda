/*
 * Copyright (C) the ngx_cert authors
 *
 * Setters of the directives.  None of nginx's slots fits: paths are made
 * absolute and looked at now, while the file and line are known, and a route
 * may stand only once in a location, whatever its name.
 */


#include "ngx_http_cert_counters.h"
#include "ngx_http_cert_handlers.h"
#include "cert_keyring_file.h"


static char *ngx_http_cert_set_mode(ngx_conf_t *cf,
    ngx_http_cert_route_t *route, ngx_uint_t *mode);
static char *ngx_http_cert_set_path(ngx_conf_t *cf, ngx_str_t *field);
static void ngx_http_cert_set_place(ngx_conf_t *cf,
    ngx_http_cert_place_t *place);
static ngx_uint_t ngx_http_cert_keyring_is_public(ngx_conf_t *cf,
    cert_keyring_t *ring);
static void ngx_http_cert_keyring_cleanup(void *data);


char *
ngx_http_cert_set_store(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_cert_main_conf_t *mcf = conf;

    char  *rv;

    if (mcf->store.len) {
        return "is duplicate";
    }

    rv = ngx_http_cert_set_path(cf, &mcf->store);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    ngx_http_cert_set_place(cf, &mcf->store_place);

    return ngx_http_cert_counters_add(cf, mcf);
}


char *
ngx_http_cert_set_keyring(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_cert_main_conf_t *mcf = conf;

    char                *rv;
    cert_reason_t        reason;
    ngx_pool_cleanup_t  *cln;

    if (mcf->keyring) {
        return "is duplicate";
    }

    rv = ngx_http_cert_set_path(cf, &mcf->keyring_file);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    ngx_http_cert_set_place(cf, &mcf->keyring_place);

    cln = ngx_pool_cleanup_add(cf->pool, 0);
    if (cln == NULL) {
        return NGX_CONF_ERROR;
    }

    mcf->keyring = cert_keyring_create();
    if (mcf->keyring == NULL) {
        return NGX_CONF_ERROR;
    }

    /* Wipes the keys when the configuration goes. */
    cln->handler = ngx_http_cert_keyring_cleanup;
    cln->data = mcf->keyring;

    if (cert_keyring_read(mcf->keyring, (char *) mcf->keyring_file.data,
                          &reason)
        != CERT_OK)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"cert_keyring\" cannot be used: %s", reason.text);
        return NGX_CONF_ERROR;
    }

    if (!ngx_http_cert_keyring_is_public(cf, mcf->keyring)) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_http_cert_set_pdf_root(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_cert_loc_conf_t *lcf = conf;

    char             *rv;
    ngx_file_info_t   fi;

    if (lcf->pdf_root.data) {
        return "is duplicate";
    }

    rv = ngx_http_cert_set_path(cf, &lcf->pdf_root);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    if (ngx_file_info(lcf->pdf_root.data, &fi) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "\"cert_pdf_root\": " ngx_file_info_n
                           " \"%V\" failed", &lcf->pdf_root);
        return NGX_CONF_ERROR;
    }

    if (!ngx_is_dir(&fi)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"cert_pdf_root\": \"%V\" is not a folder",
                           &lcf->pdf_root);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


char *
ngx_http_cert_set_check_page(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_cert_loc_conf_t *lcf = conf;

    u_char     *mark;
    ngx_str_t  *value;

    if (lcf->page.data) {
        return "is duplicate";
    }

    value = cf->args->elts;

    if (value[1].len == 0 || value[1].data[0] != '/'
        || ngx_strlchr(value[1].data, value[1].data + value[1].len, '$'))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"cert_check_page\": \"%V\" is not a URI that "
                           "starts with \"/\" and has no variables",
                           &value[1]);
        return NGX_CONF_ERROR;
    }

    lcf->page = value[1];

    mark = ngx_strlchr(value[1].data, value[1].data + value[1].len, '?');
    if (mark) {
        lcf->page.len = mark - value[1].data;
        lcf->page_args.data = mark + 1;
        lcf->page_args.len = value[1].len - lcf->page.len - 1;
    }

    return NGX_CONF_OK;
}


char *
ngx_http_cert_set_route(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_cert_loc_conf_t *lcf = conf;

    char                      *rv;
    ngx_http_cert_route_t     *route;
    ngx_http_core_loc_conf_t  *clcf;

    route = cmd->post;

    if (lcf->route == route) {
        return "is duplicate";
    }

    if (lcf->route) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" and \"%V\" in one location",
                           &route->name, &lcf->route->name);
        return NGX_CONF_ERROR;
    }

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->handler) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\" shares its location with a directive that "
                           "answers requests too", &route->name);
        return NGX_CONF_ERROR;
    }

    rv = ngx_http_cert_set_mode(cf, route, &lcf->mode);
    if (rv != NGX_CONF_OK) {
        return rv;
    }

    lcf->route = route;
    ngx_http_cert_set_place(cf, &lcf->place);

    clcf->handler = route->handler;

    return NGX_CONF_OK;
}


static char *
ngx_http_cert_set_mode(ngx_conf_t *cf, ngx_http_cert_route_t *route,
    ngx_uint_t *mode)
{
    ngx_str_t        *value;
    ngx_conf_enum_t  *e;

    if (cf->args->nelts == 1) {
        *mode = route->mode;
        return NGX_CONF_OK;
    }

    value = cf->args->elts;

    for (e = route->modes; e->name.len; e++) {
        if (e->name.len == value[1].len
            && ngx_strncmp(e->name.data, value[1].data, e->name.len) == 0)
        {
            *mode = e->value;
            return NGX_CONF_OK;
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "\"%V\": unknown parameter \"%V\"",
                       &route->name, &value[1]);

    return NGX_CONF_ERROR;
}


/*
 * The path relative to nginx's prefix, like "root", all of a home alike; no
 * slash at the end, terminated.
 */
static char *
ngx_http_cert_set_path(ngx_conf_t *cf, ngx_str_t *field)
{
    ngx_str_t  *value, path;

    value = cf->args->elts;
    path = value[1];

    while (path.len > 1 && path.data[path.len - 1] == '/') {
        path.data[--path.len] = '\0';
    }

    if (path.len == 0 || ngx_strcmp(path.data, "/") == 0
        || ngx_strlchr(path.data, path.data + path.len, '$'))
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"%V\": \"%V\" is not a path below \"/\" without "
                           "variables", &value[0], &value[1]);
        return NGX_CONF_ERROR;
    }

    if (ngx_conf_full_name(cf->cycle, &path, 0) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    *field = path;

    return NGX_CONF_OK;
}


static void
ngx_http_cert_set_place(ngx_conf_t *cf, ngx_http_cert_place_t *place)
{
    place->file = cf->conf_file->file.name;
    place->line = cf->conf_file->line;
}


/*
 * Workers that held a private key could read names, so none may be in the
 * file, a retired one neither: its secret is there all the same.
 */
static ngx_uint_t
ngx_http_cert_keyring_is_public(ngx_conf_t *cf, cert_keyring_t *ring)
{
    size_t           n;
    cert_key_info_t  info;

    for (n = 0; cert_keyring_info(ring, n, &info) == CERT_OK; n++) {

        if (!(CERT_KEY_BIT(info.use) & CERT_KEYS_PUBLIC)) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"cert_keyring\" holds a private key, "
                               "\"%s\" with the id %d",
                               cert_key_use_name(info.use), (int) info.id);
            return 0;
        }
    }

    return 1;
}


static void
ngx_http_cert_keyring_cleanup(void *data)
{
    cert_keyring_destroy(data);
}
