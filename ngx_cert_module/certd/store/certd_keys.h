/*
 * Copyright (C) the ngx_cert authors
 *
 * The keyrings of the home, and the lock on them.
 *
 * Keys are held by a shared flock() on their folder from begin to commit, as
 * certctl does: "keys rotate" and "keys retire" take it alone, so a record is
 * never sealed under a key that was retired a moment before.  For the writer's
 * thread, but for certd_keys_read().
 */


#ifndef CERTD_KEYS_H_INCLUDED
#define CERTD_KEYS_H_INCLUDED


#include <sys/types.h>

#include "certd.h"


#define CERTD_KEYRINGS  2

/* Tells a keyring's file from the one that replaced it. */
typedef struct {
    ino_t            ino;
    struct timespec  changed;
} certd_stamp_t;

typedef struct {
    char            paths[CERTD_KEYRINGS][CERTD_PATH_MAX];
    int             folder;         /* for the lock; -1: not open */
    certd_stamp_t   stamps[CERTD_KEYRINGS];
} certd_keys_t;


/* CERT_SYSTEM: the folder cannot be opened, or its path is too long. */
cert_err_t certd_keys_open(certd_keys_t *keys, const certd_options_t *options,
    cert_reason_t *reason);
void certd_keys_close(certd_keys_t *keys);

/* A keyring with both files; errors as cert_keyring_read(). */
cert_err_t certd_keys_read(const certd_keys_t *keys, cert_keyring_t **ring,
    cert_reason_t *reason);

/* CERT_BUSY: a command is changing the keys. */
cert_err_t certd_keys_lock(certd_keys_t *keys, cert_reason_t *reason);
void certd_keys_unlock(certd_keys_t *keys);

/*
 * Notes which files there are, before they are read; forgets it, so that they
 * count as changed.
 */
void certd_keys_note(certd_keys_t *keys);
void certd_keys_forget(certd_keys_t *keys);

/*
 * True if the files are others than those that were noted, and can be read.
 * What cannot be read is logged, and the present keys stay in use until then.
 */
int certd_keys_are_new(certd_keys_t *keys);


#endif /* CERTD_KEYS_H_INCLUDED */
