/*
 * Copyright (C) the ngx_cert authors
 *
 * Copies whose file is not what was sealed: a small sealed file beside the
 * store.
 *
 * certd looks at all files again and again, and writes STORE/certd.bad when one
 * turns out to be bad, or to be good again; nginx's workers read it and refuse
 * to send what it lists.  It is not in the store, since a damaged file changes
 * nothing of what is true about a copy: a check of its code goes on to say
 * "valid".
 *
 * No file means that nothing is bad.  The list outlives the daemon.
 */


#ifndef CERT_BAD_H_INCLUDED
#define CERT_BAD_H_INCLUDED


#include "cert_code.h"
#include "cert_keyring.h"


/* Far more than decay explains: with so many, the folder itself is damaged. */
#define CERT_BAD_MAX  4096

typedef struct {
    size_t       n;
    int          is_more;   /* some did not fit: nothing is to be sent */
    cert_code_t  codes[CERT_BAD_MAX];   /* ascending, none twice */
} cert_bad_t;

/* Which file it is, and when it was written to last; zeros: there is none. */
typedef struct {
    uint64_t  dev;
    uint64_t  ino;
    uint64_t  size;
    uint64_t  mtime_ns;
    uint64_t  ctime_ns;
} cert_bad_version_t;


/*
 * Writes PATH/certd.bad, PATH being the folder of the store, with the group of
 * its data.mdb and the mode that has; removes it if nothing is listed.  It is
 * on disk when this returns.  One process writes, one thread of it at a time;
 * "ring" is used by no other thread meanwhile.
 *
 *     CERT_OK
 *     CERT_NO_KEY  no active "record" key
 *     CERT_FULL    the disk is full; the old list stays
 *     CERT_SYSTEM  the reason tells what failed; the old list stays
 */
cert_err_t cert_bad_write(const char *path, cert_keyring_t *ring,
    const cert_bad_t *bad, cert_reason_t *reason);

/*
 * Reads it: some 40 KB at most, safe on an event loop.
 *
 *     CERT_OK         the list; empty where there is no file
 *     CERT_NO_KEY     sealed under a key not held here
 *     CERT_CORRUPT    does not verify, or is another version's
 *     CERT_SYSTEM     cannot be read: errno tells why
 *
 * On an error "bad" is as it was.
 */
cert_err_t cert_bad_read(const char *path, cert_keyring_t *ring,
    cert_bad_t *bad);

/*
 * What lies there now: one system call, to tell whether to read it again.
 * CERT_SYSTEM: errno tells why; "version" is zeros then, too.
 */
cert_err_t cert_bad_version(const char *path, cert_bad_version_t *version);
int cert_bad_version_is_equal(const cert_bad_version_t *a,
    const cert_bad_version_t *b);

/* True if the file of this copy may not be sent. */
int cert_bad_has(const cert_bad_t *bad, const cert_code_t *code);


#endif /* CERT_BAD_H_INCLUDED */
