/*
 * Copyright (C) the ngx_cert authors
 *
 * Who may use the keys of a home, and who may change them.
 *
 * A lock is taken before the keyrings are read, since what counts is that
 * they do not change between reading and use.  It belongs to "ctl", ends with
 * certctl_close() or with the process, however that ends, and leaves nothing
 * behind on the disk.
 */


#ifndef CERTCTL_LOCK_H_INCLUDED
#define CERTCTL_LOCK_H_INCLUDED


#include "certctl.h"


typedef enum {
    CERTCTL_LOCK_USE = 0,   /* any number at a time: all that write records */
    CERTCTL_LOCK_CHANGE     /* alone: what changes a keyring */
} certctl_lock_t;


/*
 * Takes the lock, or turns the one that is held into the other kind; waits up
 * to 10 seconds for others.  A lock of the same kind is simply kept.
 *
 * Returns:
 *     0               it is held
 *     CERTCTL_SYSTEM  reported: others did not let go of it (ctl->err is
 *                     CERT_BUSY; the caller gives up, the operator tries
 *                     again), or there is no folder of keys
 */
int certctl_lock(certctl_t *ctl, certctl_lock_t kind);

/* Lets go; nothing held is allowed. */
void certctl_unlock(certctl_t *ctl);


#endif /* CERTCTL_LOCK_H_INCLUDED */
