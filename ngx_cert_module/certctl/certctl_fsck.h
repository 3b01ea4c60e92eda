/*
 * Copyright (C) the ngx_cert authors
 *
 * The child of "certctl fsck", which does the reading.
 */


#ifndef CERTCTL_FSCK_H_INCLUDED
#define CERTCTL_FSCK_H_INCLUDED


#include "cert_fsck.h"
#include "certctl.h"


typedef enum {
    CERTCTL_FSCK_FINDING = 1,
    CERTCTL_FSCK_PROGRESS,
    CERTCTL_FSCK_DONE
} certctl_fsck_kind_t;

/* From the child to its parent, on a SOCK_SEQPACKET pair. */
typedef struct {
    certctl_fsck_kind_t  kind;
    char                 where[160];
    char                 what[256];
    uint64_t             done;
    uint64_t             all;
    uint64_t             files;
    cert_fsck_totals_t   totals;
} certctl_fsck_message_t;


/* Reads all and tells on "fd"; ends the process with an exit status. */
void certctl_fsck_child(certctl_t *ctl, int fd, int is_with_files)
    __attribute__((noreturn));


#endif /* CERTCTL_FSCK_H_INCLUDED */
