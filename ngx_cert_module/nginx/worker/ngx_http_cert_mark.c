/*
 * Copyright (C) the ngx_cert authors
 *
 * How far the store has been, remembered by nginx.
 *
 * The mark beside the store can be restored or lost together with it; what
 * workers have seen is in memory that they share and that a reload keeps.  A
 * worker that opens the store compares it with that, and one that has it open
 * moves it on with the timer.  A restart forgets: then the file is all there
 * is.
 *
 * Another path is another store: nothing is known of it.
 */


#include "ngx_http_cert_mark.h"
#include "ngx_http_cert_module.h"


static ngx_http_cert_seen_t *ngx_http_cert_mark_seen(
    ngx_http_cert_main_conf_t *mcf);
static uint32_t ngx_http_cert_mark_path(ngx_http_cert_main_conf_t *mcf);


cert_err_t
ngx_http_cert_mark_check(ngx_http_cert_main_conf_t *mcf,
    cert_reader_t *reader, cert_reason_t *reason)
{
    cert_err_t             err;
    cert_reason_t          why;
    ngx_slab_pool_t       *shpool;
    ngx_http_cert_seen_t   seen;

    shpool = (ngx_slab_pool_t *) mcf->zone->shm.addr;

    ngx_shmtx_lock(&shpool->mutex);
    seen = *ngx_http_cert_mark_seen(mcf);
    ngx_shmtx_unlock(&shpool->mutex);

    if (seen.path != ngx_http_cert_mark_path(mcf)) {
        return CERT_OK;
    }

    err = cert_read_is_past(reader, &seen.mark, &why);

    if (err == CERT_BAD_STORE) {
        cert_reason_set(reason, "nginx has seen a newer state of it (restart "
                        "nginx to accept this one): %s", why.text);

    } else if (err != CERT_OK) {
        *reason = why;
    }

    return err;
}


void
ngx_http_cert_mark_move(ngx_http_cert_main_conf_t *mcf,
    cert_reader_t *reader)
{
    uint32_t               path;
    cert_mark_t            mark;
    ngx_slab_pool_t       *shpool;
    ngx_http_cert_seen_t  *seen;

    /* One that leaves may be of a configuration with another path. */
    if (ngx_exiting) {
        return;
    }

    /* The next request tells what is wrong. */
    if (cert_read_mark(reader, &mark) != CERT_OK) {
        return;
    }

    path = ngx_http_cert_mark_path(mcf);
    shpool = (ngx_slab_pool_t *) mcf->zone->shm.addr;

    ngx_shmtx_lock(&shpool->mutex);

    seen = ngx_http_cert_mark_seen(mcf);

    if (seen->path != path || seen->mark.accepted < mark.accepted
        || seen->mark.journal < mark.journal)
    {
        seen->path = path;
        seen->mark = mark;
    }

    ngx_shmtx_unlock(&shpool->mutex);
}


static ngx_http_cert_seen_t *
ngx_http_cert_mark_seen(ngx_http_cert_main_conf_t *mcf)
{
    ngx_http_cert_counters_t  *counters;

    counters = mcf->zone->data;

    return &counters->seen;
}


/* Never 0, which says that nothing was seen yet. */
static uint32_t
ngx_http_cert_mark_path(ngx_http_cert_main_conf_t *mcf)
{
    uint32_t  crc;

    crc = ngx_crc32_long(mcf->store.data, mcf->store.len);

    return crc ? crc : 1;
}
