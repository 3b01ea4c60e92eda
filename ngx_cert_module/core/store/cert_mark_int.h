/*
 * Copyright (C) the ngx_cert authors
 *
 * The mark, as the store itself uses it.  Private to core/.
 */


#ifndef CERT_MARK_INT_H_INCLUDED
#define CERT_MARK_INT_H_INCLUDED


#include <limits.h>

#include "cert_mark.h"
#include "cert_store_int.h"


/* A mark as it was found, or why it was not. */
typedef struct {
    cert_err_t     err;
    cert_mark_t    mark;
    cert_reason_t  reason;
} cert_mark_known_t;


/* The file of the mark of the store at "path"; -1 and errno. */
int cert_mark_path(char file[PATH_MAX], const char *path);

/*
 * cert_mark_read() and cert_mark_write(), of the file by its own name; a file
 * that was there is on disk only if "is_synced".
 */
cert_err_t cert_mark_get(const char *file, cert_keyring_t *ring,
    cert_mark_t *mark, cert_reason_t *reason);
cert_err_t cert_mark_put(const char *file, const char *path,
    cert_keyring_t *ring, const cert_mark_t *mark, int is_synced,
    cert_reason_t *reason);

/*
 * Holds the head of a snapshot against what was known of the mark before it
 * began, or a commit in between would make an honest store look old.
 * CERT_BAD_STORE, CERT_CORRUPT, CERT_NO_KEY and errors of LMDB, with a reason.
 */
cert_err_t cert_mark_check(cert_store_t *store, MDB_txn *txn,
    const cert_head_t *head, const cert_mark_known_t *known,
    cert_reason_t *reason);

/*
 * CERT_EXISTS: a store that was here has left its mark.  And the removal of one
 * that was made in the same call.
 */
cert_err_t cert_mark_is_absent(const char *path, cert_reason_t *reason);
void cert_mark_undo(const char *path);

/* Moves the mark to "head", which was committed; see cert_mark_error(). */
void cert_mark_move(cert_store_t *store, const cert_head_t *head);


#endif /* CERT_MARK_INT_H_INCLUDED */
