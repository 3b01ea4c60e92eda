/*
 * Copyright (C) the ngx_cert authors
 *
 * The files of a store as files: names, modes, and whether they are on disk.
 * Private to core/.
 */


#ifndef CERT_FILES_INT_H_INCLUDED
#define CERT_FILES_INT_H_INCLUDED


#include <sys/types.h>

#include "cert.h"


#define CERT_STORE_DATA  "/data.mdb"
#define CERT_STORE_LOCK  "/lock.mdb"

/* Readers write the lock file and nothing else. */
#define CERT_DATA_MODE   0640
#define CERT_LOCK_MODE   0660
#define CERT_STORE_MODE  0750


/* Joins path and name; NULL without memory. */
char *cert_path_join(const char *path, const char *name);

/*
 * Makes the folder if it is not there; CERT_EXISTS if it holds either file of
 * a store.
 */
cert_err_t cert_file_folder(const char *path, cert_reason_t *reason);

/*
 * Group and mode of PATH/name; all of a file or folder on disk.
 * CERT_NO_MEMORY; CERT_SYSTEM.
 */
cert_err_t cert_file_mode(const char *path, const char *name, mode_t mode,
    long gid, cert_reason_t *reason);
cert_err_t cert_file_sync(const char *path, cert_reason_t *reason);

/* Removes what this very call made, so that the next one can try again. */
void cert_file_undo(const char *path);


#endif /* CERT_FILES_INT_H_INCLUDED */
