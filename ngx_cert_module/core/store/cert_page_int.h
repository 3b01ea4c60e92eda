/*
 * Copyright (C) the ngx_cert authors
 *
 * The layout of LMDB's file and its pages, which is known here alone.
 * Private to core/.
 */


#ifndef CERT_PAGE_INT_H_INCLUDED
#define CERT_PAGE_INT_H_INCLUDED


#include "cert_store_int.h"


/*
 * Looks at PATH/data.mdb without LMDB: CERT_BAD_STORE and the reason when it
 * is missing, empty, no LMDB file, or shorter than its meta page says, which
 * would end the process by SIGBUS.  With "lock", a missing lock file counts.
 */
cert_err_t cert_store_look(const char *path, int lock, cert_reason_t *reason);

/* The size that the store says its map has, or the data needs. */
cert_err_t cert_page_map_size(int fd, uint64_t *size, cert_reason_t *reason);

/*
 * True if a value that LMDB gave lies within its page, or within the overflow
 * pages it starts.  Its length is not sealed: a flipped bit in it would have
 * the tag taken over bytes far behind, or behind the end of the file.
 */
int cert_value_is_inside(const cert_store_t *store, const MDB_val *value);

/* True if the slots of the leaf that "at" lies in lead to all of its nodes. */
int cert_page_is_whole(const cert_store_t *store, const MDB_val *at);

/* Where the map starts, by any data of a snapshot, which lies in it. */
uintptr_t cert_page_map_start(const cert_store_t *store, const void *data);


#endif /* CERT_PAGE_INT_H_INCLUDED */
