/*
 * Copyright (C) the ngx_cert authors
 *
 * The keyrings of the home, and the lock on them.
 *
 * Keys are held by a shared flock() on their folder from begin to commit, as
 * certctl does: "keys rotate" and "keys retire" take it alone, so a record is
 * never sealed under a key that was retired a moment before.
 *
 * A keyring belongs to one thread at a time: there is one for the writer and
 * one for each reader, all read at once and before anything is closed, so a
 * file that cannot be read takes nothing out of use.  For the writer's thread.
 */


#ifndef CERTD_KEYS_H_INCLUDED
#define CERTD_KEYS_H_INCLUDED


#include <sys/types.h>

#include "certd_readers.h"


/* Files. */
#define CERTD_KEYRINGS  2

/* Keyrings in memory: the writer's, and the reader's "i" at 1 + i. */
#define CERTD_RINGS     (1 + CERTD_READERS)

/* Tells a keyring's file from the one that replaced it. */
typedef struct {
    ino_t            ino;
    struct timespec  changed;
} certd_stamp_t;

typedef struct {
    char             paths[CERTD_KEYRINGS][CERTD_PATH_MAX];
    int              folder;                /* for the lock; -1: not open */
    certd_stamp_t    stamps[CERTD_KEYRINGS];

    cert_keyring_t  *rings[CERTD_RINGS];    /* in use, each of both files */
    cert_keyring_t  *next[CERTD_RINGS];     /* NULL: none has to be taken */
} certd_keys_t;


/*
 * Reads the keys.  "keys" is zero but for "folder", -1, and closed also after
 * an error: CERT_SYSTEM if the folder cannot be opened or its path is too long,
 * or as cert_keyring_read().
 */
cert_err_t certd_keys_open(certd_keys_t *keys, const certd_options_t *options,
    cert_reason_t *reason);
void certd_keys_close(certd_keys_t *keys);

/* CERT_BUSY: a command is changing the keys. */
cert_err_t certd_keys_lock(certd_keys_t *keys, cert_reason_t *reason);
void certd_keys_unlock(certd_keys_t *keys);

/*
 * Reads files that changed.  True if there are keys to be taken; what cannot be
 * read is logged, and the keys in use stay.  A file that is wrong is read again
 * when it changed, one that the machine could not read at the next call.
 */
int certd_keys_are_new(certd_keys_t *keys);

/* The files count as changed, whatever they are. */
void certd_keys_forget(certd_keys_t *keys);

/*
 * The keys to be taken are in use from now on, and the old ones destroyed:
 * nothing may refer to them.  Without any to be taken nothing happens.
 */
void certd_keys_take(certd_keys_t *keys);


#endif /* CERTD_KEYS_H_INCLUDED */
