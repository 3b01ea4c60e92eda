/*
 * Copyright (C) the ngx_cert authors
 *
 * The store in a process of many threads.
 *
 * Everything that changes under all of them is done with all of them back and
 * closed, and made anew after it: slower than to mend each in place, but one
 * way for all causes, and none is a thing of every day.
 *
 * Keys are held by a shared flock() on their folder from begin to commit, as
 * certctl does: "keys rotate" and "keys retire" take it alone, so a record is
 * never sealed under a key that was retired a moment before.  A keyring that
 * cannot be read is told and not taken: the keys at hand are good until then.
 */


#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cert_keyring_file.h"
#include "cert_mark.h"
#include "certd_places.h"


/* How long a transaction waits for a command that changes the keys. */
#define CERTD_KEYS_WAIT_MS   2000
#define CERTD_KEYS_PAUSE_MS  10


static cert_err_t certd_store_up(certd_store_t *store,
    cert_reason_t *reason);
static void certd_store_down(certd_store_t *store);
static cert_err_t certd_store_anew(certd_store_t *store,
    cert_reason_t *reason);
static cert_err_t certd_store_grow(certd_store_t *store,
    cert_reason_t *reason);
static void certd_store_mark(certd_store_t *store);
static cert_err_t certd_keys_lock(certd_store_t *store,
    cert_reason_t *reason);
static int certd_keys_are_new(certd_store_t *store);
static void certd_keys_stamp(const certd_store_t *store,
    certd_stamp_t stamps[CERTD_KEYRINGS]);


cert_err_t
certd_store_open(certd_store_t **storep, const certd_options_t *options,
    cert_reason_t *reason)
{
    char                 folder[CERTD_PATH_MAX];
    cert_err_t           err;
    certd_store_t       *store;
    pthread_condattr_t   attr;

    *storep = NULL;

    store = calloc(1, sizeof(certd_store_t));
    if (store == NULL) {
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
    }

    store->folder = -1;

    (void) pthread_mutex_init(&store->lock, NULL);
    (void) pthread_condattr_init(&attr);
    (void) pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void) pthread_cond_init(&store->given, &attr);
    (void) pthread_condattr_destroy(&attr);

    if (!certd_path(options, store->path, "store")
        || !certd_path(options, folder, "keys")
        || !certd_path(options, store->keys[0], "keys/public.keys")
        || !certd_path(options, store->keys[1], "keys/private.keys"))
    {
        cert_reason_set(reason, "the path of the home is too long");
        err = CERT_SYSTEM;
        goto failed;
    }

    store->folder = open(folder, O_RDONLY|O_DIRECTORY|O_CLOEXEC);

    if (store->folder == -1) {
        cert_reason_file(reason, "cannot open", folder, errno);
        err = CERT_SYSTEM;
        goto failed;
    }

    err = certd_store_up(store, reason);

    if (err == CERT_OK) {
        *storep = store;
        return CERT_OK;
    }

failed:

    certd_store_close(store);

    return err;
}


void
certd_store_close(certd_store_t *store)
{
    if (store == NULL) {
        return;
    }

    certd_store_down(store);

    if (store->folder != -1) {
        close(store->folder);
    }

    (void) pthread_cond_destroy(&store->given);
    (void) pthread_mutex_destroy(&store->lock);
    free(store);
}


/* Keys, store, views: all or nothing. */
static cert_err_t
certd_store_up(certd_store_t *store, cert_reason_t *reason)
{
    cert_err_t  err;

    /* Before they are read: a change while we read is then seen later. */
    certd_keys_stamp(store, store->stamps);

    err = certd_keys_read(store, &store->ring, reason);

    if (err == CERT_OK) {
        err = cert_store_open(&store->store, store->path, CERT_STORE_WRITE,
                              store->ring, reason);
    }

    if (err == CERT_OK) {
        err = certd_views_open(store, reason);
    }

    if (err != CERT_OK) {
        certd_store_down(store);
    }

    return err;
}


static void
certd_store_down(certd_store_t *store)
{
    certd_views_close(store);

    cert_store_close(store->store);
    cert_keyring_destroy(store->ring);

    store->store = NULL;
    store->ring = NULL;
}


cert_err_t
certd_keys_read(certd_store_t *store, cert_keyring_t **ringp,
    cert_reason_t *reason)
{
    int              i;
    cert_err_t       err;
    cert_reason_t    why;
    cert_keyring_t  *ring;

    *ringp = NULL;

    ring = cert_keyring_create();
    if (ring == NULL) {
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
    }

    for (i = 0; i < CERTD_KEYRINGS; i++) {
        err = cert_keyring_read(ring, store->keys[i], &why);

        if (err != CERT_OK) {
            cert_reason_set(reason, "%s: %s",
                            strrchr(store->keys[i], '/') + 1, why.text);
            cert_keyring_destroy(ring);
            return err;
        }
    }

    *ringp = ring;

    return CERT_OK;
}


/* Closes all and opens it again; keys are read anew with it. */
static cert_err_t
certd_store_anew(certd_store_t *store, cert_reason_t *reason)
{
    cert_err_t  err;

    err = certd_views_hold(store, reason);
    if (err != CERT_OK) {
        return err;
    }

    certd_store_down(store);
    err = certd_store_up(store, reason);

    if (err == CERT_OK) {
        store->is_told = 0;
    }

    certd_views_free(store, err != CERT_OK);

    return err;
}


static cert_err_t
certd_store_grow(certd_store_t *store, cert_reason_t *reason)
{
    cert_err_t  err;

    err = certd_views_hold(store, reason);
    if (err != CERT_OK) {
        return err;
    }

    certd_views_close(store);

    err = cert_store_grow(store->store, reason);

    if (err == CERT_OK) {
        certd_log(CERTD_LOG_NOTICE, "the map of the store was full, and is "
                  "larger now");
        err = certd_views_open(store, reason);
    }

    if (err != CERT_OK) {
        certd_store_down(store);
    }

    certd_views_free(store, err != CERT_OK);

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
        /* After an I/O error LMDB refuses all until it is opened anew. */
        return certd_store_anew(store, reason);

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
        /* A command made it larger, and the views have to be told. */
        err = certd_store_grow(store, &reason);
    }

    if (store->store != NULL) {
        certd_store_mark(store);
    }

    if (__atomic_exchange_n(&store->is_reload, 0, __ATOMIC_RELAXED)) {
        /* No file has this one: they are new, if they can be read. */
        memset(store->stamps, 0xFF, sizeof(store->stamps));
    }

    if (err == CERT_OK && !certd_keys_are_new(store)) {
        return;
    }

    if (err != CERT_OK && store->store != NULL) {
        certd_log(CERTD_LOG_ALERT, "the store is not what was opened: %s",
                  reason.text);
    }

    err = certd_store_anew(store, &reason);

    if (err == CERT_OK) {
        certd_log(CERTD_LOG_NOTICE, "store and keys were opened anew");

    } else if (!store->is_told) {
        /* Once, not once a second. */
        store->is_told = 1;
        certd_log(CERTD_LOG_ALERT, "cannot open the store: %s", reason.text);
    }
}


/* Said when it changes, not once a second. */
static void
certd_store_mark(certd_store_t *store)
{
    int  failed;

    failed = cert_mark_error(store->store);

    if (failed != 0 && failed != store->mark_error) {
        certd_log(CERTD_LOG_ALERT, "the mark of the store, \"%s.mark\", cannot "
                  "be moved, so an older store would go unnoticed: %s",
                  store->path, strerror(failed));

    } else if (failed == 0 && store->mark_error != 0) {
        certd_log(CERTD_LOG_NOTICE, "the mark of the store is moved again");
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

    err = certd_keys_lock(store, reason);
    if (err != CERT_OK) {
        return err;
    }

    if (store->store == NULL || certd_keys_are_new(store)) {
        err = certd_store_anew(store, reason);
    }

    if (err == CERT_OK) {
        err = cert_txn_begin(txn, store->store, reason);
    }

    if (err != CERT_OK) {
        (void) flock(store->folder, LOCK_UN);
    }

    return err;
}


cert_err_t
certd_store_commit(certd_store_t *store, cert_txn_t *txn,
    cert_reason_t *reason)
{
    cert_err_t  err;

    err = cert_txn_commit(txn, reason);
    (void) flock(store->folder, LOCK_UN);

    return err;
}


void
certd_store_abort(certd_store_t *store, cert_txn_t *txn)
{
    cert_txn_abort(txn);
    (void) flock(store->folder, LOCK_UN);
}


/* Asks again and again: a thread that sleeps in flock() cannot give up. */
static cert_err_t
certd_keys_lock(certd_store_t *store, cert_reason_t *reason)
{
    int64_t                until_ms;
    const struct timespec  pause = { 0, CERTD_KEYS_PAUSE_MS * 1000000L };

    until_ms = certd_clock_ms() + CERTD_KEYS_WAIT_MS;

    while (flock(store->folder, LOCK_SH|LOCK_NB) != 0) {

        if (errno == EINTR) {
            continue;
        }

        if (errno != EWOULDBLOCK || certd_clock_ms() >= until_ms) {
            cert_reason_set(reason, "a command holds the keys: %s",
                            strerror(errno));
            return CERT_BUSY;
        }

        (void) nanosleep(&pause, NULL);
    }

    return CERT_OK;
}


/* True if they are other files than those that were read, and can be read. */
static int
certd_keys_are_new(certd_store_t *store)
{
    cert_reason_t    reason;
    certd_stamp_t    stamps[CERTD_KEYRINGS];
    cert_keyring_t  *ring;

    certd_keys_stamp(store, stamps);

    if (memcmp(stamps, store->stamps, sizeof(stamps)) == 0) {
        return 0;
    }

    if (certd_keys_read(store, &ring, &reason) == CERT_OK) {
        cert_keyring_destroy(ring);
        return 1;
    }

    certd_log(CERTD_LOG_ALERT, "a changed keyring is not taken: %s",
              reason.text);
    memcpy(store->stamps, stamps, sizeof(stamps));

    return 0;
}


/* Zeros for a file that is not there: it is none that was read. */
static void
certd_keys_stamp(const certd_store_t *store,
    certd_stamp_t stamps[CERTD_KEYRINGS])
{
    struct stat  st;

    memset(stamps, 0, sizeof(certd_stamp_t) * CERTD_KEYRINGS);

    for (int i = 0; i < CERTD_KEYRINGS; i++) {
        if (stat(store->keys[i], &st) == 0) {
            stamps[i].ino = st.st_ino;
            stamps[i].changed = st.st_ctim;
        }
    }
}
