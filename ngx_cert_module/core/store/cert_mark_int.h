/*
 * Copyright (C) the ngx_cert authors
 *
 * The mark, as the store itself uses it.  Private to core/.
 */


#ifndef CERT_MARK_INT_H_INCLUDED
#define CERT_MARK_INT_H_INCLUDED


#include "cert_mark_file_int.h"
#include "cert_store_int.h"


/* A mark as it was found, or why it was not. */
typedef struct {
    cert_err_t     err;
    cert_mark_t    mark;
    cert_reason_t  reason;
} cert_mark_known_t;


/*
 * Compares the head of a snapshot with what was known of the mark before it
 * began, or a commit in between would make a good store look old.
 * CERT_BAD_STORE, CERT_CORRUPT, CERT_NO_KEY and errors of LMDB, with a reason.
 */
cert_err_t cert_mark_check(cert_store_t *store, MDB_txn *txn,
    const cert_head_t *head, const cert_mark_known_t *known,
    cert_reason_t *reason);

/* Moves the mark to "head", which was committed; see cert_mark_error(). */
void cert_mark_move(cert_store_t *store, const cert_head_t *head);


#endif /* CERT_MARK_INT_H_INCLUDED */
