/*
 * Copyright (C) the ngx_cert authors
 *
 * Parts of a zip file, read from begin to end within bounds: a small file must
 * not cost the machine its memory or its day.
 */


#ifndef CERTCTL_ZIP_H_INCLUDED
#define CERTCTL_ZIP_H_INCLUDED


#include <sys/types.h>

#include "cert.h"


/* Entries that a file may have. */
#define CERTCTL_ZIP_ENTRIES_MAX  4096

/*
 * Bytes that a packed byte may become.  Rows of a sheet that differ in nothing
 * but their numbers come to 60; what is over 1 MiB has to keep it.
 */
#define CERTCTL_ZIP_RATIO_MAX    200

typedef struct certctl_zip_s  certctl_zip_t;


/*
 * Opens the zip file "fd", which stays the caller's to close and must be
 * seekable.
 *
 *     CERT_OK
 *     CERT_INVALID    not a zip file, damaged, or over the bounds
 *     CERT_NO_MEMORY
 *     CERT_SYSTEM     cannot be read
 *
 * Other than CERT_OK: the reason is half a sentence.
 */
cert_err_t certctl_zip_open(certctl_zip_t **zip, int fd,
    cert_reason_t *reason);
void certctl_zip_close(certctl_zip_t *zip);

/* Whether it has a part of this name, in whatever case. */
int certctl_zip_has(certctl_zip_t *zip, const char *name);

/*
 * Begins to read a part of at most "max" bytes, in place of the one before.
 * CERT_NOT_FOUND: there is none; errors as above.
 */
cert_err_t certctl_zip_begin(certctl_zip_t *zip, const char *name,
    uint64_t max, cert_reason_t *reason);

/* At most "size" bytes more of it, "*n" 0 at its end; errors as above. */
cert_err_t certctl_zip_read(certctl_zip_t *zip, void *buffer, size_t size,
    size_t *n, cert_reason_t *reason);


#endif /* CERTCTL_ZIP_H_INCLUDED */
