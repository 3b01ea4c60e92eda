/*
 * Copyright (C) the ngx_cert authors
 *
 * Readers of the store.
 *
 * They are made once and not for each thread, since threads come and go with
 * connections and a keyring costs OpenSSL contexts.  A thread gives its reader
 * back before it waits for anything, so the writer, which waits for all
 * readers, never waits for itself.
 */


#include <string.h>

#include "certd_store_int.h"


/* For a reader; and for all readers. */
#define CERTD_READER_WAIT_MS  2000


cert_err_t
certd_readers_open(certd_store_t *store, cert_reason_t *reason)
{
    cert_err_t       err;
    certd_pooled_t  *pooled;

    for (unsigned i = 0; i < CERTD_READERS; i++) {
        pooled = &store->pool[i];
        pooled->reader.ring = store->keys.rings[1 + i];

        err = cert_store_share(&pooled->store, store->store,
                               pooled->reader.ring);

        if (err == CERT_OK) {
            err = cert_reader_open(&pooled->reader.handle, pooled->store,
                                   reason);
        }

        if (err != CERT_OK) {
            return err;
        }

        store->free[i] = pooled;
    }

    store->free_n = CERTD_READERS;

    return CERT_OK;
}


void
certd_readers_close(certd_store_t *store)
{
    certd_pooled_t  *pooled;

    store->free_n = 0;

    for (unsigned i = 0; i < CERTD_READERS; i++) {
        pooled = &store->pool[i];

        cert_reader_close(pooled->reader.handle);
        cert_store_close(pooled->store);

        memset(pooled, 0, sizeof(certd_pooled_t));
    }
}


certd_reader_t *
certd_reader_take(certd_store_t *store)
{
    int64_t          until_ms;
    certd_pooled_t  *pooled;

    pooled = NULL;
    until_ms = certd_clock_ms() + CERTD_READER_WAIT_MS;

    (void) pthread_mutex_lock(&store->lock);

    while (!store->is_down && (store->is_held || store->free_n == 0)) {
        if (!certd_clock_wait(&store->given, &store->lock, until_ms)) {
            break;
        }
    }

    if (!store->is_down && !store->is_held && store->free_n > 0) {
        pooled = store->free[--store->free_n];
        store->taken++;
    }

    (void) pthread_mutex_unlock(&store->lock);

    return pooled == NULL ? NULL : &pooled->reader;
}


void
certd_reader_give(certd_store_t *store, certd_reader_t *reader)
{
    (void) pthread_mutex_lock(&store->lock);

    store->free[store->free_n++] = (certd_pooled_t *) reader;
    store->taken--;

    /* The writer is one of many threads that may wait here. */
    if (store->is_held) {
        (void) pthread_cond_broadcast(&store->given);

    } else {
        (void) pthread_cond_signal(&store->given);
    }

    (void) pthread_mutex_unlock(&store->lock);
}


cert_err_t
certd_readers_hold(certd_store_t *store, cert_reason_t *reason)
{
    int64_t     until_ms;
    cert_err_t  err;

    err = CERT_OK;
    until_ms = certd_clock_ms() + CERTD_READER_WAIT_MS;

    (void) pthread_mutex_lock(&store->lock);

    store->is_held = 1;

    while (store->taken > 0) {
        if (!certd_clock_wait(&store->given, &store->lock, until_ms)) {
            break;
        }
    }

    if (store->taken > 0) {
        cert_reason_set(reason, "a request still holds a reader of the store");
        err = CERT_BUSY;

        store->is_held = 0;
        (void) pthread_cond_broadcast(&store->given);
    }

    (void) pthread_mutex_unlock(&store->lock);

    return err;
}


void
certd_readers_release(certd_store_t *store, int is_down)
{
    (void) pthread_mutex_lock(&store->lock);

    store->is_held = 0;
    store->is_down = is_down;
    (void) pthread_cond_broadcast(&store->given);

    (void) pthread_mutex_unlock(&store->lock);
}
