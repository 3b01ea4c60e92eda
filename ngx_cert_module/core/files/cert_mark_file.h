/*
 * Copyright (C) the ngx_cert authors
 *
 * The high-water mark of a store: how far its journal has been.
 *
 * A store that was restored from a backup or a snapshot of the file system is
 * whole in itself: every record verifies, and a copy that was revoked since is
 * valid again.  So what was reached is kept outside of the store's folder, in a
 * small sealed file beside it: STORE.mark for a store in the folder STORE,
 * links resolved.  A writer moves it after each commit, before a client is told
 * of it; every program that opens the store compares the journal with the mark,
 * and refuses a store that is behind or has another history.
 *
 * The mark is written over in place and not synced: after a loss of power it
 * may be late by some seconds, and is never ahead of what is on disk.
 *
 * Not found by it: an older store whose mark is older, too, or was removed.
 * nginx remembers the mark over reloads, "certctl restore" and "certctl fsck
 * --files" look for sealed copies that the store does not know.
 */


#ifndef CERT_MARK_FILE_H_INCLUDED
#define CERT_MARK_FILE_H_INCLUDED


#include "cert_keyring.h"


typedef struct {
    uint8_t      id[16];            /* of the store */
    cert_time_t  accepted;          /* a loss was, last; 0: never */
    uint64_t     journal;           /* sequence of the last entry */
    cert_time_t  highest;           /* highest time seen */
    uint8_t      chain[CERT_SHA256_SIZE];
} cert_mark_t;


/*
 * Reads the mark of the store at "path"; a few system calls on a file that is
 * in memory, so safe on an event loop.
 *
 *     CERT_OK
 *     CERT_NOT_FOUND  there is none: no program that knows of marks has opened
 *                     the store for writing, or the mark was removed
 *     CERT_NO_KEY     sealed under a key not held here
 *     CERT_CORRUPT    does not verify, or is another version's
 *     CERT_SYSTEM     cannot be read
 *
 * On an error "mark" is zero.
 */
cert_err_t cert_mark_read(const char *path, cert_keyring_t *ring,
    cert_mark_t *mark, cert_reason_t *reason);

/*
 * Writes the mark of the store at "path", whatever stood there: to accept a
 * loss.  Commits move the mark by themselves, but for those of a handle that
 * was opened with CERT_STORE_ACCEPT.  A new file gets owner, group and mode of
 * data.mdb.  On disk when this returns.
 *
 *     CERT_OK
 *     CERT_NO_KEY  no active "record" key
 *     CERT_FULL    the disk is full
 *     CERT_SYSTEM  the reason, and errno, tell what failed
 */
cert_err_t cert_mark_write(const char *path, cert_keyring_t *ring,
    const cert_mark_t *mark, cert_reason_t *reason);


#endif /* CERT_MARK_FILE_H_INCLUDED */
