/*
 * Copyright (C) the ngx_cert authors
 *
 * The whole-store check: the seal of every record, every index both ways,
 * each annotation's copy of its certificate's facts, the journal chain.
 *
 * Damaged pages can make LMDB itself crash: run it in a child process.
 */


#ifndef CERT_FSCK_H_INCLUDED
#define CERT_FSCK_H_INCLUDED


#include "cert_store.h"


typedef struct {
    uint64_t  records;      /* sealed records proved */
    uint64_t  entries;      /* index entries proved */
    uint64_t  journal;      /* journal entries proved */
    uint64_t  findings;     /* things that are wrong */
} cert_fsck_totals_t;

typedef struct {
    /* One thing that is wrong: where, and what; never personal data. */
    void        (*finding)(void *data, const char *where, const char *what);

    /* Steps done of steps in all, from time to time; may be NULL. */
    void        (*progress)(void *data, uint64_t done, uint64_t all);

    /* A ready copy, for a look at its file; may be NULL. */
    cert_err_t  (*copy)(void *data, const cert_annotation_t *annotation);

    void         *data;
} cert_fsck_calls_t;

/*
 * Reads everything in one snapshot.  CERT_OK: the walk was completed, see
 * totals->findings; "personal" fields are proved too if the ring has the key.
 * CERT_SYSTEM, CERT_BUSY: it was not completed.
 */
cert_err_t cert_fsck(cert_reader_t *reader, const cert_fsck_calls_t *calls,
    cert_fsck_totals_t *totals, cert_reason_t *reason);


#endif /* CERT_FSCK_H_INCLUDED */
