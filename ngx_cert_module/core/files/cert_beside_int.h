/*
 * Copyright (C) the ngx_cert authors
 *
 * Small sealed files beside a store: what a daemon reports to other programs
 * outside the store.  Private to core/.
 *
 * A file is the id of the "record" key, a payload and a tag.  The label
 * is under the tag, so that one file does not verify in the place of another;
 * it begins no other text that is sealed (cert_seal.c).
 */


#ifndef CERT_BESIDE_INT_H_INCLUDED
#define CERT_BESIDE_INT_H_INCLUDED


#include <limits.h>

#include "cert_seal_int.h"


/* Which file, in the folder of the store, and under which label. */
typedef struct {
    const char  *path;          /* the folder */
    const char  *name;
    const char  *label;
} cert_beside_t;


/* A writer for a payload of at most "size" - CERT_SEAL_SIZE bytes. */
cert_writer_t cert_beside_begin(uint8_t *bytes, size_t size);

/*
 * Seals what was put into such a writer.
 *
 *     CERT_OK
 *     CERT_NO_KEY   no active "record" key
 *     CERT_INVALID  it has no room for the seal
 */
cert_err_t cert_beside_seal(const cert_beside_t *file, cert_keyring_t *ring,
    cert_writer_t *w);

/*
 * Seals what was put into such a writer, whatever is still free, and puts it
 * in the place of the old file, with group and mode of data.mdb.  Readers
 * see the old file or the new one, whole.  With "is_synced" it is on disk when
 * this returns; else a loss of power may leave none, or one that does not
 * verify.  One process writes a file, one thread of it at a time.
 *
 *     CERT_OK
 *     CERT_NO_KEY  no active "record" key
 *     CERT_FULL    the disk is full; the old file stays
 *     CERT_SYSTEM  the reason tells what failed; the old file stays
 */
cert_err_t cert_beside_write(const cert_beside_t *file, cert_keyring_t *ring,
    cert_writer_t *w, int is_synced, cert_reason_t *reason);

/*
 * Reads it into "bytes", which have room for all of the largest; "payload" is
 * a part of them.  Does not wait for anything but the disk.
 *
 *     CERT_OK
 *     CERT_NOT_FOUND  no file
 *     CERT_NO_KEY     sealed under a key not held here
 *     CERT_CORRUPT    does not verify, or is too large
 *     CERT_SYSTEM     cannot be read: errno tells why
 */
cert_err_t cert_beside_read(const cert_beside_t *file, cert_keyring_t *ring,
    uint8_t *bytes, size_t size, cert_str_t *payload);

/* A missing file is not an error: -1 and errno for any other. */
int cert_beside_remove(const cert_beside_t *file);

/* PATH/NAME; -1 and errno if that is too long. */
int cert_beside_path(const cert_beside_t *file, char path[PATH_MAX]);


#endif /* CERT_BESIDE_INT_H_INCLUDED */
