/*
 * Copyright (C) the ngx_cert authors
 *
 * The store in a process of many threads.
 *
 * Everything that changes under the readers is done with all readers back and
 * closed, and they are opened again after it: slower than repairing each in
 * place, but one way for all causes, and all causes are rare.
 */


#include <stdlib.h>

#include "cert_mark.h"
#include "certd_store_int.h"


/* Each may meet a process that made the map larger once more. */
#define CERTD_STORE_TRIES  3


static cert_err_t certd_store_up(certd_store_t *store,
    cert_reason_t *reason);
static void certd_store_down(certd_store_t *store);
static cert_err_t certd_store_renew(certd_store_t *store,
    cert_reason_t *reason);
static cert_err_t certd_store_reopen(certd_store_t *store,
    cert_reason_t *reason);
static cert_err_t certd_store_grow(certd_store_t *store,
    cert_reason_t *reason);
static void certd_store_mark(certd_store_t *store);


cert_err_t
certd_store_open(certd_store_t **storep, const certd_options_t *options,
    cert_reason_t *reason)
{
    cert_err_t      err;
    certd_store_t  *store;

    *storep = NULL;

    store = calloc(1, sizeof(certd_store_t));
    if (store == NULL) {
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
    }

    store->keys.folder = -1;

    (void) pthread_mutex_init(&store->lock, NULL);
    certd_clock_cond_init(&store->given);

    if (certd_home_path(options, store->path, "store")) {
        err = certd_keys_open(&store->keys, options, reason);

    } else {
        cert_reason_set(reason, "the path of the home is too long");
        err = CERT_SYSTEM;
    }

    if (err == CERT_OK) {
        err = certd_store_up(store, reason);
    }

    if (err == CERT_OK) {
        *storep = store;

    } else {
        certd_store_close(store);
    }

    return err;
}


void
certd_store_close(certd_store_t *store)
{
    if (store == NULL) {
        return;
    }

    certd_store_down(store);

    certd_keys_close(&store->keys);
    (void) pthread_cond_destroy(&store->given);
    (void) pthread_mutex_destroy(&store->lock);
    free(store);
}


/*
 * Store and readers, with the keys in use: all or nothing.
 *
 * Another process may make the map larger between the opening of the store and
 * that of the last reader, which shares the map and cannot move it: then all is
 * opened in the new size.
 */
static cert_err_t
certd_store_up(certd_store_t *store, cert_reason_t *reason)
{
    cert_err_t  err;

    err = CERT_MAP_FULL;

    for (int i = 0; err == CERT_MAP_FULL && i < CERTD_STORE_TRIES; i++) {
        err = cert_store_open(&store->store, store->path, CERT_STORE_WRITE,
                              store->keys.rings[0], reason);

        if (err == CERT_OK) {
            err = certd_readers_open(store, reason);
        }

        if (err != CERT_OK) {
            certd_store_down(store);
        }
    }

    return err;
}


static void
certd_store_down(certd_store_t *store)
{
    certd_readers_close(store);

    cert_store_close(store->store);
    store->store = NULL;
}


/* Not said after a failure of the disk: each attempt to write may be one. */
static cert_err_t
certd_store_renew(certd_store_t *store, cert_reason_t *reason)
{
    cert_err_t  err;

    err = certd_store_reopen(store, reason);

    if (err == CERT_OK) {
        certd_log(CERTD_LOG_NOTICE, "store and keys were opened again");
    }

    return err;
}


/*
 * Closes all and opens it again, with keys that changed if there are any.  They
 * are read before: it takes long, and may fail.
 */
static cert_err_t
certd_store_reopen(certd_store_t *store, cert_reason_t *reason)
{
    cert_err_t  err;

    (void) certd_keys_are_new(&store->keys);

    err = certd_readers_hold(store, reason);
    if (err != CERT_OK) {
        return err;
    }

    certd_store_down(store);
    certd_keys_take(&store->keys);
    err = certd_store_up(store, reason);

    if (err == CERT_OK) {
        store->is_told = 0;
    }

    certd_readers_release(store, err != CERT_OK);

    return err;
}


static cert_err_t
certd_store_grow(certd_store_t *store, cert_reason_t *reason)
{
    cert_err_t  err;

    err = certd_readers_hold(store, reason);
    if (err != CERT_OK) {
        return err;
    }

    certd_readers_close(store);

    err = cert_store_grow(store->store, reason);

    if (err == CERT_OK) {
        certd_log(CERTD_LOG_NOTICE, "the map of the store was full, and is "
                  "larger now");
        err = certd_readers_open(store, reason);
    }

    if (err != CERT_OK) {
        certd_store_down(store);
    }

    if (err == CERT_MAP_FULL) {
        err = certd_store_up(store, reason);
    }

    certd_readers_release(store, err != CERT_OK);

    return err;
}


cert_err_t
certd_store_mend(certd_store_t *store, cert_err_t err,
    cert_reason_t *reason)
{
    switch (err) {

    case CERT_MAP_FULL:
        return certd_store_grow(store, reason);

    case CERT_BAD_STORE:
    case CERT_CORRUPT:
    case CERT_NO_KEY:
    case CERT_SYSTEM:
        /* After an I/O error LMDB refuses all until it is opened again. */
        return certd_store_reopen(store, reason);

    default:
        cert_reason_set(reason, "%s", cert_err_name(err));
        return CERT_BUSY;
    }
}


void
certd_store_tend(certd_store_t *store)
{
    cert_err_t     err;
    cert_reason_t  reason;

    err = store->store == NULL ? CERT_BAD_STORE
                               : cert_store_maintain(store->store, &reason);

    if (err == CERT_MAP_FULL) {
        /* A command made it larger, and the readers have to be told. */
        err = certd_store_grow(store, &reason);
    }

    if (store->store != NULL) {
        certd_store_mark(store);
    }

    if (__atomic_exchange_n(&store->is_reload, 0, __ATOMIC_RELAXED)) {
        certd_keys_forget(&store->keys);
    }

    if (err == CERT_OK && !certd_keys_are_new(&store->keys)) {
        return;
    }

    if (err != CERT_OK && store->store != NULL) {
        certd_log(CERTD_LOG_ALERT, "the store is no longer the one that was "
                  "opened: %s", reason.text);
    }

    err = certd_store_renew(store, &reason);

    if (err != CERT_OK && !store->is_told) {
        /* Once, not once a second. */
        store->is_told = 1;
        certd_log(CERTD_LOG_ALERT, "cannot open the store: %s", reason.text);
    }
}


/* Logged when it changes, not once a second. */
static void
certd_store_mark(certd_store_t *store)
{
    int            failed;
    cert_reason_t  reason;

    failed = cert_mark_error(store->store);

    if (failed != 0 && failed != store->mark_error) {
        cert_mark_error_reason(store->store, &reason);
        certd_log(CERTD_LOG_ALERT, "an older store would go unnoticed: %s",
                  reason.text);

    } else if (failed == 0 && store->mark_error != 0) {
        certd_log(CERTD_LOG_NOTICE, "the mark of the store is updated again");
    }

    store->mark_error = failed;
}


void
certd_store_reload(certd_store_t *store)
{
    __atomic_store_n(&store->is_reload, 1, __ATOMIC_RELAXED);
}


cert_err_t
certd_store_begin(certd_store_t *store, cert_txn_t **txn,
    cert_reason_t *reason)
{
    cert_err_t  err;

    *txn = NULL;

    err = certd_keys_lock(&store->keys, reason);
    if (err != CERT_OK) {
        return err;
    }

    if (store->store == NULL || certd_keys_are_new(&store->keys)) {
        err = certd_store_renew(store, reason);
    }

    if (err == CERT_OK) {
        err = cert_txn_begin(txn, store->store, reason);
    }

    if (err != CERT_OK) {
        certd_keys_unlock(&store->keys);
    }

    return err;
}


cert_err_t
certd_store_commit(certd_store_t *store, cert_txn_t *txn,
    cert_reason_t *reason)
{
    cert_err_t  err;

    err = cert_txn_commit(txn, reason);
    certd_keys_unlock(&store->keys);

    return err;
}


void
certd_store_abort(certd_store_t *store, cert_txn_t *txn)
{
    cert_txn_abort(txn);
    certd_keys_unlock(&store->keys);
}
