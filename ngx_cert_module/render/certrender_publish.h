/*
 * Copyright (C) the ngx_cert authors
 *
 * Atomic publication: a file that exists is complete.
 */


#ifndef CERTRENDER_PUBLISH_H_INCLUDED
#define CERTRENDER_PUBLISH_H_INCLUDED


#include "cert.h"


/*
 * Writes "bytes" as ROOT/NAME so that a crash leaves the whole file or none:
 * temporary file in ROOT, fsync, rename, fsync of the folder.  Folders of
 * NAME are made as needed.  An existing ROOT/NAME is never overwritten.  What
 * root makes belongs to the owner of ROOT, and to the group that a setgid ROOT
 * hands down.  The temporary file is locked (flock) for as long as it is one:
 * whatever begins with ".tmp-" and is not locked was left by a crash.
 *
 *     CERT_OK
 *     CERT_EXISTS     there is such a file already; it is left alone
 *     CERT_FULL       no space left; nothing remains
 *     CERT_SYSTEM     any other failure; nothing remains, but ROOT/NAME itself
 *                     if no more than its folder could not be synced
 */
cert_err_t certrender_publish(const char *root, const char *name,
    cert_str_t bytes, unsigned mode, cert_reason_t *reason);

/*
 * Writes and syncs "bytes" as a temporary file in ROOT, and removes it: whether
 * a copy could be published.  CERT_FULL, CERT_SYSTEM: as above.
 */
cert_err_t certrender_publish_try(const char *root, cert_str_t bytes,
    cert_reason_t *reason);


#endif /* CERTRENDER_PUBLISH_H_INCLUDED */
