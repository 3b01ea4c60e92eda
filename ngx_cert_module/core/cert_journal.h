/*
 * Copyright (C) the ngx_cert authors
 *
 * The journal: every change in order, each entry chained to the one before by
 * SHA-256(previous chain hash, entry).  The sealed head in the store anchors
 * the end of the chain, so an entry edited, removed, moved or cut off shows.
 */


#ifndef CERT_JOURNAL_H_INCLUDED
#define CERT_JOURNAL_H_INCLUDED


#include "cert_change.h"


typedef struct {
    uint64_t            sequence;
    cert_time_t         time;
    cert_change_type_t  type;
    cert_str_t          actor;      /* into the map: valid inside "each" */
    cert_str_t          subject;    /* number, printed code, name; may be "" */
    cert_str_t          detail;     /* "revoked", "2026-01-01 ..."; may be "" */
    uint8_t             chain[CERT_SHA256_SIZE];
    char                text[256];  /* backs subject and detail */
} cert_journal_entry_t;

typedef cert_err_t (*cert_each_entry_pt)(void *data,
    const cert_journal_entry_t *entry);

/*
 * Lists entries from "*sequence" on, at most "limit"; leaves the next one in
 * "*sequence".  Returns and rules as the other lists of the store.
 */
cert_err_t cert_journal_list(cert_reader_t *reader, uint64_t *sequence,
    size_t limit, cert_each_entry_pt each, void *data);

/*
 * Walks the whole chain up to the sealed head in one snapshot.  "entries"
 * counts what held.  CERT_CORRUPT: the reason names the first sequence that
 * does not; other errors as the getters of the store.
 */
cert_err_t cert_journal_verify(cert_reader_t *reader, uint64_t *entries,
    cert_reason_t *reason);

/* "certificate", "apply", "withdraw", ...: stable lower-case names. */
const char *cert_change_type_name(cert_change_type_t type);


#endif /* CERT_JOURNAL_H_INCLUDED */
