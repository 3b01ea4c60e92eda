/*
 * Copyright (C) the ngx_cert authors
 *
 * The files that certd found bad, as a worker knows them.
 *
 * The list is a file beside the store that hardly ever exists.  At most once a
 * second, and only before a download, a worker asks with one system call
 * whether it has changed.  It is kept sorted in memory: a download costs a
 * comparison of times and, if anything is bad, a binary search.
 *
 * A list that does not verify is not taken: the one that was read before stays
 * in use, and certd, which watches its file, writes it again within a second.
 * A worker that has none refuses all downloads until then: a file that is there
 * says that something is bad, and not what.
 */


#include "ngx_http_cert_bad.h"
#include "ngx_http_cert_request.h"


/* Seconds between two lines of refused files. */
#define NGX_HTTP_CERT_BAD_LOG  60

/* Bytes of why a file is not sent. */
#define NGX_HTTP_CERT_BAD_WHY  128


typedef struct {
    cert_bad_t           list;
    cert_bad_version_t   version;   /* of the file that was looked at last */
    time_t               looked;
    time_t               logged;
    ngx_uint_t           unsaid;    /* refused since then */
    unsigned             is_known:1;    /* "list" is one that verified */
    unsigned             is_failed:1;   /* what lies there does not verify */
    unsigned             is_wary:1;     /* something was bad in this life */
} ngx_http_cert_bad_t;


static void ngx_http_cert_bad_read(ngx_str_t *store, cert_keyring_t *keyring,
    ngx_log_t *log);
static void ngx_http_cert_bad_failed(ngx_str_t *store, cert_err_t err,
    ngx_log_t *log);


static ngx_http_cert_bad_t  ngx_http_cert_bad;


void
ngx_http_cert_bad_init(void)
{
    ngx_memzero(&ngx_http_cert_bad, sizeof(ngx_http_cert_bad_t));
}


void
ngx_http_cert_bad_look(ngx_http_cert_main_conf_t *mcf, ngx_log_t *log)
{
    cert_err_t            err;
    cert_bad_version_t    version;
    ngx_http_cert_bad_t  *bad;

    bad = &ngx_http_cert_bad;

    if (bad->looked == ngx_time()) {
        return;
    }

    bad->looked = ngx_time();

    err = cert_bad_version((char *) mcf->store.data, &version);

    if (err == CERT_OK && (bad->is_known || bad->is_failed)
        && cert_bad_version_is_equal(&version, &bad->version))
    {
        return;
    }

    bad->version = version;

    ngx_http_cert_bad_read(&mcf->store, mcf->keyring, log);
}


static void
ngx_http_cert_bad_read(ngx_str_t *store, cert_keyring_t *keyring,
    ngx_log_t *log)
{
    cert_err_t            err;
    ngx_http_cert_bad_t  *bad;

    bad = &ngx_http_cert_bad;

    err = cert_bad_read((char *) store->data, keyring, &bad->list);

    if (err != CERT_OK) {
        ngx_http_cert_bad_failed(store, err, log);
        return;
    }

    if (bad->is_failed) {
        ngx_log_error(NGX_LOG_NOTICE, log, 0,
                      "\"%V/certd.bad\" is in use again", store);
    }

    bad->is_failed = 0;
    bad->is_known = 1;

    if (bad->list.n || bad->list.is_more) {
        bad->is_wary = 1;
    }
}


/* Once, as long as it goes on. */
static void
ngx_http_cert_bad_failed(ngx_str_t *store, cert_err_t err, ngx_log_t *log)
{
    ngx_http_cert_bad_t  *bad;

    bad = &ngx_http_cert_bad;

    if (!bad->is_failed) {
        ngx_log_error(NGX_LOG_ALERT, log, 0,
                      "\"%V/certd.bad\", the list of bad PDFs, cannot be used "
                      "(%s): %s until certd writes it again; certd must be "
                      "running",
                      store, cert_err_name(err),
                      bad->is_known ? "the list read before stays in use"
                                    : "all downloads get 503");
    }

    bad->is_failed = 1;

    /* What cannot be read now may be in a second, without being another. */

    if (err == CERT_SYSTEM) {
        ngx_memset(&bad->version, 0xff, sizeof(cert_bad_version_t));
    }
}


ngx_uint_t
ngx_http_cert_bad_is(ngx_http_request_t *r, const cert_code_t *code,
    ngx_str_t *path)
{
    ngx_http_cert_bad_t        *bad;
    ngx_http_cert_main_conf_t  *mcf;

    mcf = ngx_http_get_module_main_conf(r, ngx_http_cert_module);
    bad = &ngx_http_cert_bad;

    ngx_http_cert_bad_look(mcf, r->connection->log);

    if (bad->is_known && !cert_bad_has(&bad->list, code)) {
        return 0;
    }

    ngx_http_cert_bad_say(r, 0, path, "%s",
                          !bad->is_known ? "it is not known which PDFs are bad"
                          : bad->list.is_more ? "certd found too many PDFs bad"
                          : "certd found it bad; restore it from a backup");

    return 1;
}


/* A clock that was set back keeps no line from being written. */
void
ngx_http_cert_bad_say(ngx_http_request_t *r, ngx_err_t err, ngx_str_t *path,
    const char *fmt, ...)
{
    u_char               *last, why[NGX_HTTP_CERT_BAD_WHY];
    time_t                since;
    va_list               args;
    ngx_http_cert_bad_t  *bad;

    bad = &ngx_http_cert_bad;
    since = ngx_time() - bad->logged;

    if (bad->logged && since >= 0 && since < NGX_HTTP_CERT_BAD_LOG) {
        bad->unsaid++;
        return;
    }

    va_start(args, fmt);
    last = ngx_vslprintf(why, why + NGX_HTTP_CERT_BAD_WHY, fmt, args);
    va_end(args);

    ngx_log_error(NGX_LOG_ALERT, r->connection->log, err,
                  "\"%V\" is not sent: %*s (and %ui downloads since the last "
                  "such line)",
                  path, (size_t) (last - why), why, bad->unsaid);

    bad->logged = ngx_time();
    bad->unsaid = 0;
}


ngx_uint_t
ngx_http_cert_bad_was(void)
{
    return ngx_http_cert_bad.is_wary;
}
