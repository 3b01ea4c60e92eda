/*
 * Copyright (C) the ngx_cert authors
 *
 * Keyrings as files.
 */


#ifndef CERT_KEYRING_FILE_H_INCLUDED
#define CERT_KEYRING_FILE_H_INCLUDED


#include "cert_keyring.h"


/*
 * Adds the keys of "file".
 *
 *     CERT_OK
 *     CERT_NOT_FOUND  no such file
 *     CERT_REFUSED    others than owner and group may read it, or it is not
 *                     a regular file
 *     CERT_INVALID    a bad line (the reason gives its number), an id used
 *                     twice, two active keys of one use, no key at all
 *     CERT_NO_MEMORY
 *     CERT_SYSTEM     cannot be read, or OpenSSL failed
 *
 * On an error the keyring is unchanged.  No reason ever quotes the key.  The
 * buffer the file was read into is wiped.
 */
cert_err_t cert_keyring_read(cert_keyring_t *ring, const char *file,
    cert_reason_t *reason);

/*
 * Writes the keys of the given uses (a bit per use) to "file": temporary
 * file, fsync, rename, fsync of the folder; mode 0640 for "mode" 0, and the
 * owner "uid" and the group "gid" unless they are -1.
 *
 *     CERT_OK
 *     CERT_INVALID    a mode that read would refuse
 *     CERT_NO_MEMORY
 *     CERT_SYSTEM     nothing was changed, unless the folder could not be
 *                     synced: then the disk is failing
 */
cert_err_t cert_keyring_write(const cert_keyring_t *ring, unsigned uses,
    const char *file, unsigned mode, long uid, long gid,
    cert_reason_t *reason);


#endif /* CERT_KEYRING_FILE_H_INCLUDED */
