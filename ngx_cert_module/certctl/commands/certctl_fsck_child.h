/*
 * Copyright (C) the ngx_cert authors
 *
 * The child of "certctl fsck", which does the reading, and what it tells.
 *
 * A message comes whole or not at all.  The end of the stream without a "done"
 * means that the child was stopped, by its own error (exit status 3, already
 * reported) or by the store (a signal): the parent tells which.
 */


#ifndef CERTCTL_FSCK_CHILD_H_INCLUDED
#define CERTCTL_FSCK_CHILD_H_INCLUDED


#include "cert_fsck.h"
#include "certctl.h"


typedef enum {
    CERTCTL_FSCK_FINDING = 1,   /* where, what */
    CERTCTL_FSCK_PROGRESS,      /* done, all */
    CERTCTL_FSCK_DONE           /* files, totals: the last one */
} certctl_fsck_kind_t;

/* From the child to its parent, on a SOCK_SEQPACKET pair. */
typedef struct {
    certctl_fsck_kind_t  kind;
    char                 where[CERT_FSCK_WHERE_SIZE];   /* record or file */
    char                 what[256];     /* a sentence, no personal data */
    uint64_t             done;
    uint64_t             all;
    uint64_t             files;         /* verified so far */
    cert_fsck_totals_t   totals;
} certctl_fsck_message_t;


/*
 * Reads the whole store and reports on "fd", then ends the process: status 0
 * when it came to the end, whatever was found; CERTCTL_NO when the store could
 * not be opened, which is reported as a finding; CERTCTL_SYSTEM otherwise.  The
 * keys are read, the store is not open: it is opened here, where a crash harms
 * nobody.
 */
void certctl_fsck_child(certctl_t *ctl, int fd, int is_with_files)
    __attribute__((noreturn));


#endif /* CERTCTL_FSCK_CHILD_H_INCLUDED */
