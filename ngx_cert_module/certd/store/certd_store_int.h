/*
 * Copyright (C) the ngx_cert authors
 *
 * The inside of the store of this process: shared by
 *
 *     certd_store.c       opening, repairing, transactions; the writer's thread
 *     certd_readers.c     readers, for all threads
 */


#ifndef CERTD_STORE_INT_H_INCLUDED
#define CERTD_STORE_INT_H_INCLUDED


#include <pthread.h>

#include "certd_keys.h"
#include "certd_store.h"


typedef struct {
    certd_reader_t   reader;        /* must be the first */
    cert_store_t    *store;         /* shares the writer's */
} certd_pooled_t;

struct certd_store_s {
    char              path[CERTD_PATH_MAX];

    /* Of the writer's thread. */
    certd_keys_t      keys;
    cert_store_t     *store;        /* NULL: it cannot be opened */
    int               is_told;      /* what is wrong now was logged */
    int               mark_error;   /* an errno that was logged; 0: none */
    int               is_reload;    /* atomic: asked for by a signal */

    /* "lock" guards the rest. */
    pthread_mutex_t   lock;
    pthread_cond_t    given;
    int               is_held;      /* the writer wants all readers back */
    int               is_down;      /* there is no store */
    unsigned          taken;
    unsigned          free_n;
    certd_pooled_t   *free[CERTD_READERS];
    certd_pooled_t    pool[CERTD_READERS];
};


#endif /* CERTD_STORE_INT_H_INCLUDED */
