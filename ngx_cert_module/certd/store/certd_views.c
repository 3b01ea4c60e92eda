/*
 * Copyright (C) the ngx_cert authors
 *
 * Views: who reads the store, and how the writer gets all of them back.
 *
 * They are made once and not for each thread, since threads come and go with
 * connections and a keyring costs a file and OpenSSL contexts.  Whoever takes
 * one gives it back before he waits for anything, so the writer, who waits for
 * them in turn, never waits for himself.
 */


#include <string.h>

#include "certd_store_int.h"


/* For a view; and for all of them. */
#define CERTD_VIEW_WAIT_MS  2000


static int certd_views_wait(certd_store_t *store,
    const struct timespec *until);
static struct timespec certd_views_until(void);


cert_err_t
certd_views_open(certd_store_t *store, cert_reason_t *reason)
{
    cert_err_t      err;
    certd_place_t  *place;

    for (unsigned i = 0; i < CERTD_VIEWS; i++) {
        place = &store->places[i];

        err = certd_keys_read(&store->keys, &place->view.ring, reason);

        if (err == CERT_OK) {
            err = cert_store_share(&place->store, store->store,
                                   place->view.ring);
        }

        if (err == CERT_OK) {
            err = cert_reader_open(&place->view.reader, place->store, reason);
        }

        if (err != CERT_OK) {
            return err;
        }

        store->free[i] = place;
    }

    store->free_n = CERTD_VIEWS;

    return CERT_OK;
}


void
certd_views_close(certd_store_t *store)
{
    certd_place_t  *place;

    store->free_n = 0;

    for (unsigned i = 0; i < CERTD_VIEWS; i++) {
        place = &store->places[i];

        cert_reader_close(place->view.reader);
        cert_store_close(place->store);
        cert_keyring_destroy(place->view.ring);

        memset(place, 0, sizeof(certd_place_t));
    }
}


certd_view_t *
certd_view_take(certd_store_t *store)
{
    certd_place_t    *place;
    struct timespec   until;

    place = NULL;
    until = certd_views_until();

    (void) pthread_mutex_lock(&store->lock);

    while (!store->is_down && (store->is_held || store->free_n == 0)) {
        if (!certd_views_wait(store, &until)) {
            break;
        }
    }

    if (!store->is_down && !store->is_held && store->free_n > 0) {
        place = store->free[--store->free_n];
        store->taken++;
    }

    (void) pthread_mutex_unlock(&store->lock);

    return place == NULL ? NULL : &place->view;
}


void
certd_view_give(certd_store_t *store, certd_view_t *view)
{
    (void) pthread_mutex_lock(&store->lock);

    store->free[store->free_n++] = (certd_place_t *) view;
    store->taken--;

    /* The writer is one of many who may wait here. */
    if (store->is_held) {
        (void) pthread_cond_broadcast(&store->given);

    } else {
        (void) pthread_cond_signal(&store->given);
    }

    (void) pthread_mutex_unlock(&store->lock);
}


cert_err_t
certd_views_hold(certd_store_t *store, cert_reason_t *reason)
{
    cert_err_t       err;
    struct timespec  until;

    err = CERT_OK;
    until = certd_views_until();

    (void) pthread_mutex_lock(&store->lock);

    store->is_held = 1;

    while (store->taken > 0) {
        if (!certd_views_wait(store, &until)) {
            break;
        }
    }

    if (store->taken > 0) {
        cert_reason_set(reason, "a request does not give the store back");
        err = CERT_BUSY;

        store->is_held = 0;
        (void) pthread_cond_broadcast(&store->given);
    }

    (void) pthread_mutex_unlock(&store->lock);

    return err;
}


void
certd_views_free(certd_store_t *store, int is_down)
{
    (void) pthread_mutex_lock(&store->lock);

    store->is_held = 0;
    store->is_down = is_down;
    (void) pthread_cond_broadcast(&store->given);

    (void) pthread_mutex_unlock(&store->lock);
}


/* False: the time is over. */
static int
certd_views_wait(certd_store_t *store, const struct timespec *until)
{
    return pthread_cond_timedwait(&store->given, &store->lock, until) == 0;
}


static struct timespec
certd_views_until(void)
{
    return certd_clock_deadline(certd_clock_ms() + CERTD_VIEW_WAIT_MS);
}
