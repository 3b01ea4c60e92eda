/*
 * Copyright (C) the ngx_cert authors
 *
 * The file of a mark, by its own name.  Private to core/.
 */


#ifndef CERT_MARK_FILE_INT_H_INCLUDED
#define CERT_MARK_FILE_INT_H_INCLUDED


#include <limits.h>

#include "cert_mark_file.h"


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
 * CERT_EXISTS: a store that was here has left its mark; CERT_SYSTEM: it cannot
 * be looked for.  And the removal of one that was made in the same call.
 */
cert_err_t cert_mark_is_absent(const char *path, cert_reason_t *reason);
void cert_mark_undo(const char *path);


#endif /* CERT_MARK_FILE_INT_H_INCLUDED */
