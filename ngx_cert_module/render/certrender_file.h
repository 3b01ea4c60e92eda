/*
 * Copyright (C) the ngx_cert authors
 *
 * Files, whole.  No function here reports: the caller knows what the file was
 * for.
 */


#ifndef CERTRENDER_FILE_H_INCLUDED
#define CERTRENDER_FILE_H_INCLUDED


#include <sys/stat.h>

#include "certpdf_bytes.h"


/* No copy is as large; what is larger is not read into memory. */
#define CERTRENDER_FILE_MAX  (64 * 1024 * 1024)


/*
 * Reads a regular file into "bytes", the caller's to free.  CERT_NOT_FOUND,
 * CERT_INVALID (no regular file, or too large), CERT_SYSTEM, CERT_NO_MEMORY.
 */
cert_err_t certrender_file_read(const char *path, certpdf_bytes_t *bytes,
    cert_reason_t *reason);

/*
 * Reads the first line, without its end, into "line" of "size" bytes, whose
 * rest is wiped.  CERT_NOT_FOUND: no such file, or the line is empty;
 * CERT_INVALID, CERT_SYSTEM: as above.  On an error it is empty.
 */
cert_err_t certrender_file_line(const char *path, char *line, size_t size);

/* What a look at the file of a copy found. */
typedef struct {
    struct stat  st;            /* before it was read; zeros: none */
    uint64_t     size;
    uint8_t      sha256[CERT_SHA256_SIZE];
    int          err;           /* errno */
} certrender_look_t;

/*
 * The digest and size of ROOT/NAME, read in pieces.  "name" is that of
 * cert_code_path(); below ROOT nothing may be a link.  A file of another size
 * than "size" is not read, or no further than shows it: the digest is not its.
 * With "drops_cache" what the kernel has of it in memory is dropped, as far
 * as it can be.
 *
 *     CERT_OK         compare look->size first
 *     CERT_NOT_FOUND
 *     CERT_INVALID    a link, or not a regular file
 *     CERT_SYSTEM     cannot be read: look->err tells why
 */
cert_err_t certrender_file_look(const char *root, const char *name,
    uint64_t size, int drops_cache, certrender_look_t *look);

/*
 * What such a look would have in "st", for a few system calls; zeros on
 * CERT_NOT_FOUND and CERT_SYSTEM.
 */
cert_err_t certrender_file_stat(const char *root, const char *name,
    struct stat *st);

/*
 * Reads "fd" to its end or until "max" bytes are in "data"; "len" is how many.
 * CERT_SYSTEM: cannot be read, see errno.
 */
cert_err_t certrender_file_fill(int fd, uint8_t *data, size_t max,
    size_t *len);


#endif /* CERTRENDER_FILE_H_INCLUDED */
