/*
 * Copyright (C) the ngx_cert authors
 *
 * What the parts of a publication share.  Private to pdf/.
 */


#ifndef CERTPDF_PUBLISH_INT_H_INCLUDED
#define CERTPDF_PUBLISH_INT_H_INCLUDED


#include "certpdf.h"


/* ".tmp-", 16 hexadecimal digits and a zero. */
#define CERTPDF_TMP_SIZE  22


/*
 * Makes a temporary file in the folder "root", for its owner alone and locked
 * until "fd" is closed.  "fd" is the caller's after CERT_OK only.
 *
 *     CERT_OK
 *     CERT_FULL    no room on the disk
 *     CERT_SYSTEM  it cannot be made or locked
 */
cert_err_t certpdf_publish_tmp(int root, char tmp[CERTPDF_TMP_SIZE], int *fd,
    cert_reason_t *reason);

/* All bytes, owner and mode, on disk; -1: see errno. */
int certpdf_publish_fill(int root, int fd, cert_str_t bytes, unsigned mode);

/* Gives what root made to the owner of its folder; -1: see errno. */
int certpdf_publish_own(int parent, int fd);

/* The error for an errno, with what was being done as the reason. */
cert_err_t certpdf_publish_error(cert_reason_t *reason, const char *action,
    int err);


#endif /* CERTPDF_PUBLISH_INT_H_INCLUDED */
