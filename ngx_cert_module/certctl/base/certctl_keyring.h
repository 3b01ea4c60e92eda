/*
 * Copyright (C) the ngx_cert authors
 *
 * What "init" and "keys" do with ctl->ring and its two files.  The lock is
 * held alone (certctl_home.h): nothing here looks at what others may write.
 */


#ifndef CERTCTL_KEYRING_H_INCLUDED
#define CERTCTL_KEYRING_H_INCLUDED


#include "certctl.h"


/*
 * Adds a new random key to ctl->ring, not to its file; "id" is the one it got.
 * CERTCTL_SYSTEM: no random numbers, no memory, or all 255 ids are used.
 */
int certctl_keyring_add(certctl_t *ctl, cert_key_use_t use,
    cert_key_state_t state, uint8_t *id);

/*
 * Writes the keys of "uses" to "path" as cert_keyring_write() does.  On a
 * failure, CERTCTL_SYSTEM, the file is as it was.
 */
int certctl_keyring_write(certctl_t *ctl, unsigned uses, const char *path,
    unsigned mode, long uid, long gid);

/* Writes the file of the keys of this use; owner, group and mode stay. */
int certctl_keyring_rewrite(certctl_t *ctl, cert_key_use_t use);

/*
 * Reads the keyring HOME/NAME into ctl->ring, or makes one with an active key
 * for each of "uses".  A keyring that exists is kept as it is.
 */
int certctl_keyring_ensure(certctl_t *ctl, const char *name, unsigned uses,
    unsigned mode, long uid, long gid);

/* The active key of a use; 0 and "found" undefined if there is none. */
int certctl_keyring_active(certctl_t *ctl, cert_key_use_t use,
    cert_key_info_t *found);

/* The newest key that verifies and is newer than the active one; or 0. */
int certctl_keyring_announced(certctl_t *ctl, cert_key_use_t use,
    cert_key_info_t *found);


#endif /* CERTCTL_KEYRING_H_INCLUDED */
