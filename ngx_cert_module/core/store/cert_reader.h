/*
 * Copyright (C) the ngx_cert authors
 *
 * Readers of a store: what the getters (cert_read.h) and lists (cert_list.h)
 * read through.
 *
 * A reader holds one slot of the reader table from open to close, and a
 * snapshot only while a call runs: each call begins one and gives it up before
 * it returns, since a snapshot that is kept pins every page freed after it
 * (one held through 20,000 overwrites made a file of 0.5 MB one of 347 MB).
 * So two calls may see two states of the store, each whole.
 *
 * A reader belongs to one thread at a time and to the process that opened it;
 * a process has as many as it has threads that read.  No call waits for a
 * lock: all are safe on an event loop, where the worst is a page fault.
 */


#ifndef CERT_READER_H_INCLUDED
#define CERT_READER_H_INCLUDED


#include "cert_store.h"


typedef struct cert_reader_s  cert_reader_t;


/*
 * Opens a reader; slots of processes that died are freed first if the table
 * is full.  "store" must outlive the reader.  close allows NULL.
 *
 *     CERT_OK
 *     CERT_BUSY       the reader table is full: answer 503 and try again
 *     CERT_MAP_FULL   as below
 *     CERT_NO_MEMORY
 *     CERT_SYSTEM     LMDB failed
 *
 * On an error "reader" is NULL.
 */
cert_err_t cert_reader_open(cert_reader_t **reader, cert_store_t *store,
    cert_reason_t *reason);
void cert_reader_close(cert_reader_t *reader);

/*
 * What getters and lists return; lists also tell the end of a page
 * (cert_list.h):
 *
 *     CERT_OK
 *     CERT_NOT_FOUND  no such record; the output is untouched
 *     CERT_BUSY       the reader table is full; try again
 *     CERT_MAP_FULL   the store outgrew the map of this process, and handles
 *                     are shared, or a reader's callback asked: the owner of
 *                     the store calls cert_store_grow()
 *     CERT_BAD_STORE  the store outgrew the map, and its file is cut or damaged
 *     CERT_NO_KEY     the record, or the head of the store, is sealed under
 *                     a key not held here: the keyring is older than it
 *     CERT_NO_MEMORY  of lists, sizes and some misses, which open a cursor
 *     CERT_CORRUPT    a record is damaged: raise an alarm; never repaired here
 *     CERT_SYSTEM     LMDB failed; close the store and open it again
 *
 * After the last four the output is unspecified.  Alone on its store and
 * outside of callbacks, a reader returns CERT_MAP_FULL only where there is no
 * address space for a larger map.
 */


#endif /* CERT_READER_H_INCLUDED */
