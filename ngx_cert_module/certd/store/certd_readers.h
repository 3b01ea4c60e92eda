/*
 * Copyright (C) the ngx_cert authors
 *
 * Readers of the store, lent to one thread at a time.
 *
 * A keyring belongs to one thread at a time, so each thread that reads takes
 * a reader, which has a keyring of its own, for as long as one request needs
 * it, and gives it back.
 */


#ifndef CERTD_READERS_H_INCLUDED
#define CERTD_READERS_H_INCLUDED


#include "certd.h"


/*
 * A request holds a reader for some ten microseconds, so a few are enough for
 * hundreds of threads.  Each costs a keyring (OpenSSL contexts) and a slot of
 * the reader table.
 */
#define CERTD_READERS  16

/* For one thread, from take to give. */
typedef struct {
    cert_keyring_t  *ring;
    cert_reader_t   *handle;
} certd_reader_t;


/*
 * A reader, waited for up to two seconds; NULL: none is free, or the store
 * cannot be opened at the moment: answer 503.  Give it back before anything
 * that waits (a write, a hash), or the writer could wait for you.
 */
certd_reader_t *certd_reader_take(certd_store_t *store);
void certd_reader_give(certd_store_t *store, certd_reader_t *reader);

/*
 * The rest is for certd_store.c, in the writer's thread.
 *
 * open makes all readers, on an error maybe some; close ends those there are.
 */
cert_err_t certd_readers_open(certd_store_t *store, cert_reason_t *reason);
void certd_readers_close(certd_store_t *store);

/*
 * Waits until all readers are given back and lets none be taken; release lets
 * them be taken again, or tells that there is no store.  CERT_BUSY: one was not
 * given back in time; all can be taken.
 */
cert_err_t certd_readers_hold(certd_store_t *store, cert_reason_t *reason);
void certd_readers_release(certd_store_t *store, int is_down);


#endif /* CERTD_READERS_H_INCLUDED */
