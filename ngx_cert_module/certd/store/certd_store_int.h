/*
 * Copyright (C) the ngx_cert authors
 *
 * The inside of the store of this process: shared by
 *
 *     certd_store.c       opening, mending, transactions; the writer's thread
 *     certd_views.c       who reads
 */


#ifndef CERTD_STORE_INT_H_INCLUDED
#define CERTD_STORE_INT_H_INCLUDED


#include <pthread.h>

#include "certd_keys.h"
#include "certd_store.h"


/*
 * A request holds a view for some ten microseconds, so a few are enough for
 * hundreds of threads.  Each costs a keyring (OpenSSL contexts) and a slot of
 * the reader table.
 */
#define CERTD_VIEWS  16

typedef struct {
    certd_view_t   view;            /* must be the first */
    cert_store_t  *store;           /* shares the writer's */
} certd_place_t;

struct certd_store_s {
    char             path[CERTD_PATH_MAX];
    certd_keys_t     keys;

    /* Of the writer's thread. */
    cert_keyring_t  *ring;
    cert_store_t    *store;         /* NULL: it cannot be opened */
    int              is_told;       /* what is wrong now was logged */
    int              mark_error;    /* an errno that was logged; 0: none */
    int              is_reload;     /* atomic: asked for by a signal */

    /* "lock" guards the rest. */
    pthread_mutex_t  lock;
    pthread_cond_t   given;
    int              is_held;       /* the writer wants all views back */
    int              is_down;       /* there is no store */
    unsigned         taken;
    unsigned         free_n;
    certd_place_t   *free[CERTD_VIEWS];
    certd_place_t    places[CERTD_VIEWS];
};


/* Makes all views, on an error maybe some; and ends them, those there are. */
cert_err_t certd_views_open(certd_store_t *store, cert_reason_t *reason);
void certd_views_close(certd_store_t *store);

/*
 * Has all views given back, and lets them be taken again.  CERT_BUSY: one was
 * not given back in time; all can be taken.
 */
cert_err_t certd_views_hold(certd_store_t *store, cert_reason_t *reason);
void certd_views_free(certd_store_t *store, int is_down);


#endif /* CERTD_STORE_INT_H_INCLUDED */
