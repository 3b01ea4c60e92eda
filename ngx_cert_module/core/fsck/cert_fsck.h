/*
 * Copyright (C) the ngx_cert authors
 *
 * The whole-store check: the seal of every record, every index both ways, the
 * facts that each annotation carries, accounts with their links, user names
 * and sessions, the journal chain.
 *
 * Finds and never repairs: what is damaged is evidence, and a backup is what
 * it is restored from.  Damaged pages can make LMDB itself crash: run it in a
 * child process, one that opens the store itself.
 */


#ifndef CERT_FSCK_H_INCLUDED
#define CERT_FSCK_H_INCLUDED


#include "cert_reader.h"


typedef struct {
    uint64_t  records;      /* sealed records verified */
    uint64_t  entries;      /* index entries verified */
    uint64_t  journal;      /* journal entries verified */
    uint64_t  findings;     /* things that are wrong */
} cert_fsck_totals_t;

/* Room for the longest key that is a text, and for that of a damaged one. */
#define CERT_FSCK_WHERE_SIZE  320

typedef struct {
    /*
     * One thing that is wrong: where, as database and key, and what; never
     * personal data.  "where" is UTF-8, however damaged the key, and has at
     * most CERT_FSCK_WHERE_SIZE bytes with its zero.  Both are valid until it
     * returns.  Must be given.
     */
    void        (*finding)(void *data, const char *where, const char *what);

    /* Steps done of steps in all, from time to time; may be NULL. */
    void        (*progress)(void *data, uint64_t done, uint64_t all);

    /*
     * A ready copy, for a look at its file; may be NULL.  Tells what it finds
     * itself: what it returns is not looked at.
     */
    cert_err_t  (*copy)(void *data, const cert_annotation_t *annotation);

    void         *data;
} cert_fsck_calls_t;

/*
 * Reads all records and indexes in one snapshot, then the journal in another;
 * the snapshots last minutes on a large store, and the file may grow by what is
 * overwritten meanwhile.  "personal" fields are verified too if the ring has
 * the key.  The calls are made from inside: none may use the same reader.
 *
 *     CERT_OK      the walk was completed; see totals->findings
 *     CERT_BUSY    the reader table is full; it was not begun
 *     CERT_SYSTEM  LMDB failed; it was not completed
 *
 * and the errors of the getters (cert_reader.h), but for what is a finding.
 */
cert_err_t cert_fsck(cert_reader_t *reader, const cert_fsck_calls_t *calls,
    cert_fsck_totals_t *totals, cert_reason_t *reason);


#endif /* CERT_FSCK_H_INCLUDED */
