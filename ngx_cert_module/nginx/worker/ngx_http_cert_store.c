/*
 * Copyright (C) the ngx_cert authors
 *
 * The store in the life of a process.
 *
 * A worker opens the store once, after it was forked, and keeps one reader.  A
 * store that cannot be opened does not keep the worker from starting, or nginx
 * would start it again and again and answer no request: its requests get 503,
 * each reason is logged once, and a timer tries again.  The same timer has dead
 * readers cleared and notices files that were replaced meanwhile.
 *
 * A damaged record stays damaged however often it is read.  But a worker whose
 * map is not what the file is (a file system that copied the file up, a machine
 * that forgot a page) meets damage wherever it reads, so after some of it the
 * store is opened again, once: if that does not help it is the disk.
 *
 * The state is one per process, not per configuration, because a process must
 * never have a store open twice.  Only in a single process does a reload meet
 * an open store; it is closed before the new configuration is used.
 */


#include "ngx_http_cert_bad.h"
#include "ngx_http_cert_mark.h"
#include "ngx_http_cert_module.h"
#include "ngx_http_cert_store.h"


/*
 * Milliseconds between tries to open the store, and between looks at one that
 * is open: so long may a worker answer from a file that was replaced.
 */
#define NGX_HTTP_CERT_TICK  1000

/* Answers that met damage, after which the store is opened again. */
#define NGX_HTTP_CERT_DAMAGE  8


typedef struct {
    ngx_http_cert_main_conf_t  *mcf;
    cert_store_t               *store;
    cert_reader_t              *reader;
    ngx_event_t                 timer;
    ngx_connection_t            dumb;       /* the timer's, for debug logs */
    cert_clock_t                clock;
    cert_reason_t               said;           /* why there is no store */
    ngx_uint_t                  damage;         /* answers that met some */
    unsigned                    is_begun:1;     /* the event loop runs */
    unsigned                    is_blind:1;     /* cannot look at the store */
    unsigned                    is_suspect:1;
    unsigned                    has_doubted:1;  /* opened again for damage */
} ngx_http_cert_worker_t;


static void ngx_http_cert_store_start(ngx_cycle_t *cycle,
    ngx_http_cert_main_conf_t *mcf);
static void ngx_http_cert_store_tick(ngx_event_t *ev);
static void ngx_http_cert_store_open(ngx_http_cert_worker_t *worker);
static cert_err_t ngx_http_cert_store_try(ngx_http_cert_worker_t *worker,
    cert_reason_t *reason);
static void ngx_http_cert_store_maintain(ngx_http_cert_worker_t *worker);
static void ngx_http_cert_store_doubt(ngx_http_cert_worker_t *worker);
static void ngx_http_cert_store_close(ngx_http_cert_worker_t *worker);
static ngx_uint_t ngx_http_cert_store_level(cert_err_t err);


static ngx_http_cert_worker_t  ngx_http_cert_worker;


ngx_int_t
ngx_http_cert_store_init_module(ngx_cycle_t *cycle)
{
    ngx_http_cert_worker_t  *worker;

    worker = &ngx_http_cert_worker;

    if (ngx_process != NGX_PROCESS_SINGLE || worker->mcf == NULL) {
        return NGX_OK;
    }

    ngx_http_cert_store_exit_process(cycle);

    return ngx_http_cert_store_init_process(cycle);
}


ngx_int_t
ngx_http_cert_store_init_process(ngx_cycle_t *cycle)
{
    ngx_http_cert_main_conf_t  *mcf;

    /* Neither the cache manager nor the cache loader answers requests. */
    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
    {
        return NGX_OK;
    }

    mcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_cert_module);

    if (mcf && mcf->store.len) {
        ngx_http_cert_store_start(cycle, mcf);
    }

    return NGX_OK;
}


void
ngx_http_cert_store_exit_process(ngx_cycle_t *cycle)
{
    ngx_http_cert_worker_t  *worker;

    worker = &ngx_http_cert_worker;

    if (worker->timer.timer_set) {
        ngx_del_timer(&worker->timer);
    }

    ngx_http_cert_store_close(worker);

    worker->mcf = NULL;
}


ngx_uint_t
ngx_http_cert_store_is_open(void)
{
    return ngx_http_cert_worker.store != NULL;
}


cert_reader_t *
ngx_http_cert_reader(void)
{
    return ngx_http_cert_worker.reader;
}


void
ngx_http_cert_store_failed(ngx_http_request_t *r, cert_err_t err)
{
    ngx_http_cert_worker_t  *worker;

    worker = &ngx_http_cert_worker;

    /* While there is no store, that has been said once. */
    if (worker->reader == NULL) {
        return;
    }

    ngx_log_error(ngx_http_cert_store_level(err), r->connection->log, 0,
                  "certificate store cannot answer: %s", cert_err_name(err));

    if (err == CERT_CORRUPT && ++worker->damage == NGX_HTTP_CERT_DAMAGE) {
        ngx_add_timer(&worker->timer, 1);
    }

    if (err == CERT_CORRUPT || err == CERT_NO_KEY || worker->is_suspect) {
        return;
    }

    /* Not a record but the store itself: look at it before the next turn. */
    worker->is_suspect = 1;
    ngx_add_timer(&worker->timer, 1);
}


static void
ngx_http_cert_store_start(ngx_cycle_t *cycle, ngx_http_cert_main_conf_t *mcf)
{
    ngx_http_cert_worker_t  *worker;

    worker = &ngx_http_cert_worker;

    ngx_memzero(worker, sizeof(ngx_http_cert_worker_t));

    worker->mcf = mcf;
    worker->dumb.fd = (ngx_socket_t) -1;
    worker->timer.handler = ngx_http_cert_store_tick;
    worker->timer.data = &worker->dumb;
    worker->timer.log = cycle->log;
    worker->timer.cancelable = 1;

    ngx_http_cert_bad_init();

    ngx_http_cert_store_tick(&worker->timer);

    worker->is_begun = 1;
}


static void
ngx_http_cert_store_tick(ngx_event_t *ev)
{
    ngx_http_cert_worker_t  *worker;

    worker = &ngx_http_cert_worker;
    worker->is_suspect = 0;

    /* So that a worker without requests knows what time it was, too. */
    (void) ngx_http_cert_time();

    /* Also without requests: its cache may hold a file that was bad. */
    ngx_http_cert_bad_look(worker->mcf, ev->log);

    if (worker->store) {
        ngx_http_cert_store_maintain(worker);
    }

    if (worker->store && worker->damage >= NGX_HTTP_CERT_DAMAGE) {
        ngx_http_cert_store_doubt(worker);
    }

    if (worker->store == NULL) {
        ngx_http_cert_store_open(worker);
    }

    ngx_add_timer(&worker->timer, NGX_HTTP_CERT_TICK);
}


cert_time_t
ngx_http_cert_time(void)
{
    return cert_clock_take(&ngx_http_cert_worker.clock, ngx_time(),
                           (int64_t) (ngx_current_msec / 1000));
}


static void
ngx_http_cert_store_open(ngx_http_cert_worker_t *worker)
{
    cert_err_t     err;
    cert_reason_t  reason;

    err = ngx_http_cert_store_try(worker, &reason);

    if (err == CERT_OK) {
        if (worker->said.text[0]) {
            ngx_log_error(NGX_LOG_NOTICE, worker->timer.log, 0,
                          "certificate store \"%V\" is in use again",
                          &worker->mcf->store);
        }

        worker->said.text[0] = '\0';
        return;
    }

    ngx_http_cert_store_close(worker);

    /* One reason may end in another: first no file, then an older one. */

    if (ngx_strcmp(worker->said.text, reason.text) != 0) {
        ngx_log_error(NGX_LOG_CRIT, worker->timer.log, 0,
                      "certificate store \"%V\" cannot be used, "
                      "requests get 503 until it can: %s",
                      &worker->mcf->store, reason.text);
    }

    worker->said = reason;
}


static cert_err_t
ngx_http_cert_store_try(ngx_http_cert_worker_t *worker, cert_reason_t *reason)
{
    cert_err_t         err;
    cert_store_mode_t  mode;

    /* No client waits for a worker that only starts. */
    mode = worker->is_begun ? CERT_STORE_LOOP : CERT_STORE_READ;

    err = cert_store_open(&worker->store, (char *) worker->mcf->store.data,
                          mode, worker->mcf->keyring, reason);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_store_maintain(worker->store, reason);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_reader_open(&worker->reader, worker->store, reason);
    if (err != CERT_OK) {
        return err;
    }

    err = ngx_http_cert_mark_check(worker->mcf, worker->reader, reason);

    if (err == CERT_OK) {
        ngx_http_cert_mark_move(worker->mcf, worker->reader);
    }

    return err;
}


static void
ngx_http_cert_store_maintain(ngx_http_cert_worker_t *worker)
{
    cert_err_t     err;
    cert_reason_t  reason;

    err = cert_store_maintain(worker->store, &reason);

    if (err == CERT_OK) {
        worker->is_blind = 0;
        ngx_http_cert_mark_move(worker->mcf, worker->reader);
        return;
    }

    /*
     * A worker with all the connections that it may have would not get the
     * descriptors of a store back that it closes.
     */
    if (err == CERT_NO_MEMORY) {
        if (!worker->is_blind) {
            ngx_log_error(NGX_LOG_WARN, worker->timer.log, 0,
                          "maintenance of certificate store \"%V\" failed, "
                          "and it stays in use: %s",
                          &worker->mcf->store, reason.text);
        }

        worker->is_blind = 1;
        return;
    }

    ngx_log_error(NGX_LOG_CRIT, worker->timer.log, 0,
                  "certificate store \"%V\" is closed and will be opened "
                  "again: %s",
                  &worker->mcf->store, reason.text);

    ngx_http_cert_store_close(worker);
}


/* Once in the life of a worker: a record that is damaged will be met again. */
static void
ngx_http_cert_store_doubt(ngx_http_cert_worker_t *worker)
{
    if (worker->has_doubted) {
        return;
    }

    worker->has_doubted = 1;

    ngx_log_error(NGX_LOG_ALERT, worker->timer.log, 0,
                  "certificate store \"%V\" was damaged in %ui answers of this "
                  "worker: it is opened again, once, in case its map is not "
                  "what the file is; if the damage stays, run \"certctl fsck\"",
                  &worker->mcf->store, worker->damage);

    ngx_http_cert_store_close(worker);
}


static void
ngx_http_cert_store_close(ngx_http_cert_worker_t *worker)
{
    if (worker->reader) {
        cert_reader_close(worker->reader);
        worker->reader = NULL;
    }

    if (worker->store) {
        cert_store_close(worker->store);
        worker->store = NULL;
    }
}


/* The level at which "unavailable" is logged: somebody has to see to damage. */
static ngx_uint_t
ngx_http_cert_store_level(cert_err_t err)
{
    return err == CERT_CORRUPT ? NGX_LOG_ALERT : NGX_LOG_CRIT;
}
