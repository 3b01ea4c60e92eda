/*
 * Copyright (C) the ngx_cert authors
 *
 * Applications for copies on their way: shared by the two files.
 *
 *     certctl_annotate.c          the command, one application, the queue
 *     certctl_annotate_file.c     many applications from a list
 */


#ifndef CERTCTL_ANNOTATE_H_INCLUDED
#define CERTCTL_ANNOTATE_H_INCLUDED


#include "certctl_copies.h"
#include "certctl_txn.h"


/* Texts are those of the command line; "codes" is freed at the end. */
typedef struct {
    certctl_t         *ctl;
    certctl_copies_t  *copies;          /* NULL: nothing is rendered */
    const char        *number;          /* one, or the file, or neither */
    const char        *file;
    const char        *scene;
    uint64_t           days;            /* of validity */
    uint64_t           jobs;
    int                is_original;
    int                is_pending;
    int                is_applied_only;

    size_t             n;               /* applied for, or found waiting */
    size_t             size;
    cert_code_t       *codes;
    int                status;      /* CERTCTL_NO: some were refused */
} certctl_annotate_t;


/*
 * Applies for a copy within "txn" and adds its code to those to be made.
 *
 * Returns:
 *     0               applied; or refused, which was reported, left "txn" as
 *                     it was and set annotate->status: the caller goes on
 *     CERTCTL_SYSTEM  reported; the caller aborts "txn"
 */
int certctl_annotate_apply(certctl_annotate_t *annotate, certctl_txn_t *txn,
    cert_str_t number, cert_str_t scene, uint64_t days);

/* Applies for the copies of annotate->file, commit by commit. */
int certctl_annotate_file(certctl_annotate_t *annotate);


#endif /* CERTCTL_ANNOTATE_H_INCLUDED */
