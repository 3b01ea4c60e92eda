/*
 * Copyright (C) the ngx_cert authors
 *
 * The journal: every change in order, each entry chained to the one before by
 * SHA-256(previous chain hash, entry).  The sealed head in the store anchors
 * the end of the chain, so an entry edited, removed, moved or cut off shows.
 * It is the audit trail, and what carries changes to another machine one day.
 *
 * Entries are written by cert_change_execute() only; nothing removes them.
 */


#ifndef CERT_JOURNAL_H_INCLUDED
#define CERT_JOURNAL_H_INCLUDED


#include "cert_change.h"


typedef struct {
    uint64_t            sequence;   /* from 1, without gaps */
    cert_time_t         time;       /* never before the entry before */
    cert_change_type_t  type;       /* may be newer than this program */
    cert_str_t          actor;      /* these four point into the map: valid
                                       inside "each" */
    cert_str_t          subject;    /* number, printed code, name; may be "" */
    cert_str_t          detail;     /* "revoked", "2026-01-01 ..."; may be "" */
    cert_str_t          body;       /* what executing it needs; likewise */
    uint8_t             chain[CERT_SHA256_SIZE];
} cert_journal_entry_t;

typedef cert_err_t (*cert_each_entry_pt)(void *data,
    const cert_journal_entry_t *entry);

/*
 * Lists entries from "*sequence" on (0 and 1: from the first), at most "limit";
 * leaves the next one in "*sequence".  Verifies nothing: that is for verify.
 * Returns and rules as the lists in cert_list.h.
 */
cert_err_t cert_journal_list(cert_reader_t *reader, uint64_t *sequence,
    size_t limit, cert_each_entry_pt each, void *data);

/*
 * The certificate that an entry of type CERTIFICATE put.  "certificate" owns
 * its bytes; its person is there if "ring" has the key, which has_person tells.
 * CERT_INVALID: an entry of another type; CERT_CORRUPT: it does not decode, or
 * its person does not; CERT_SYSTEM: OpenSSL failed.
 */
cert_err_t cert_journal_certificate(cert_keyring_t *ring,
    const cert_journal_entry_t *entry, cert_certificate_t *certificate);

/*
 * What an entry of type STATUS set; "by" is the number that replaces the
 * subject, or empty, and points like the entry.  Errors as above.
 */
cert_err_t cert_journal_status(const cert_journal_entry_t *entry,
    cert_status_t *status, cert_str_t *by);

/*
 * The policy that an entry of type POLICY set.  Errors as above, and
 * CERT_NO_MEMORY.
 */
cert_err_t cert_journal_policy(const cert_journal_entry_t *entry,
    cert_policy_t *policy);

/*
 * Walks the whole chain up to the sealed head in one snapshot, which it holds
 * as long as that takes.  "entries" counts what held.
 *
 *     CERT_OK       every entry holds, and the last one is the head's
 *     CERT_CORRUPT  the reason names the first sequence that does not hold,
 *                   or says that the ends differ
 *
 * Other errors as the getters of the store.
 */
cert_err_t cert_journal_verify(cert_reader_t *reader, uint64_t *entries,
    cert_reason_t *reason);


#endif /* CERT_JOURNAL_H_INCLUDED */
