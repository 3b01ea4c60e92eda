/*
 * Copyright (C) the ngx_cert authors
 *
 * The bytes of a text file as UTF-8, whatever program wrote it.
 *
 * The encoding is recognised from a byte order mark, or else from the first
 * CERTCTL_TEXT_HEAD bytes: UTF-16 by its zeros, GB18030 where more lines are
 * valid in it than in UTF-8.  What is not valid in a decoded file becomes
 * U+FFFD, which no field may hold; UTF-8 is handed on as it is, since a row
 * that is not is refused by its column.
 */


#ifndef CERTCTL_TEXT_H_INCLUDED
#define CERTCTL_TEXT_H_INCLUDED


#include <sys/types.h>

#include "cert.h"


/* What the encoding is recognised from, in bytes. */
#define CERTCTL_TEXT_HEAD  262144

typedef struct certctl_text_s  certctl_text_t;


/*
 * Reads the head of "fd", which stays the caller's to close.  "encoding" is a
 * name that iconv knows, or NULL: recognised.
 *
 *     CERT_OK         "*text" is the caller's to close
 *     CERT_INVALID    iconv does not know the encoding
 *     CERT_NO_MEMORY
 *     CERT_SYSTEM     cannot be read, see errno
 */
cert_err_t certctl_text_open(certctl_text_t **text, int fd,
    const char *encoding);

/* Wipes what was read; NULL is allowed. */
void certctl_text_close(certctl_text_t *text);

/* The bytes of the head as they stand in the file, valid until the close. */
cert_str_t certctl_text_head(const certctl_text_t *text);

/* "UTF-8", "UTF-16LE", "UTF-16BE", "GB18030", or what was given; static. */
const char *certctl_text_encoding(const certctl_text_t *text);

/* Bytes of the file that were read so far. */
uint64_t certctl_text_taken(const certctl_text_t *text);

/*
 * Puts at most "size" bytes of UTF-8, without a byte order mark, into
 * "buffer", which has room for 4 at least.  0: the end; -1: see errno.
 */
ssize_t certctl_text_read(certctl_text_t *text, uint8_t *buffer, size_t size);


#endif /* CERTCTL_TEXT_H_INCLUDED */
