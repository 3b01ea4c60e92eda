/*
 * Copyright (C) the ngx_cert authors
 *
 * The one write path: a change, applied inside a transaction, journaled.
 *
 * A change is complete in itself: time, actor, code and nonce are in it, so
 * applying it is deterministic and a journal can be applied elsewhere.  Rules
 * of the trade are checked inside the transaction, where nothing can slip in
 * between; their refusals are results (CERT_REFUSED and a cert_refusal_t) and
 * leave the transaction as it was, ready for the next change.
 *
 * A commit waits for the disk (0.1 to 8 ms, whatever is in it), so whoever
 * has many changes puts them into one transaction.  There is one writer at a
 * time among all processes: keep transactions short.
 */


#ifndef CERT_CHANGE_H_INCLUDED
#define CERT_CHANGE_H_INCLUDED


#include "cert_reader.h"


#define CERT_CHANGE_NONCE_SIZE  12

typedef enum {
    CERT_CHANGE_CERTIFICATE = 1,    /* put: new, or corrected */
    CERT_CHANGE_PHOTO,              /* put the photo of a certificate */
    CERT_CHANGE_STATUS,             /* revoke, suspend, reinstate, replace */
    CERT_CHANGE_APPLY,              /* a new annotation, queued */
    CERT_CHANGE_ORIGINAL,           /* the original copy, queued */
    CERT_CHANGE_READY,              /* its file is sealed and published */
    CERT_CHANGE_RETRY,              /* one more attempt failed */
    CERT_CHANGE_FAILED,             /* given up; no quota used */
    CERT_CHANGE_WITHDRAW,           /* the holder took it back */
    CERT_CHANGE_PRUNE,              /* expired and its file removed */
    CERT_CHANGE_POLICY,
    CERT_CHANGE_QUALIFICATION,
    CERT_CHANGE_RESEAL,             /* the same record under active keys */
    CERT_CHANGE_KEY                 /* a key was made, activated or retired */
} cert_change_type_t;

typedef enum {
    CERT_REFUSAL_NONE = 0,
    CERT_REFUSAL_NO_CERTIFICATE,    /* no such number */
    CERT_REFUSAL_NO_ANNOTATION,     /* no such code */
    CERT_REFUSAL_NO_QUALIFICATION,  /* not in the catalogue */
    CERT_REFUSAL_NOT_VALID,         /* the certificate is not in force */
    CERT_REFUSAL_QUOTA,             /* used up: see outcome.next_slot */
    CERT_REFUSAL_SCENE,             /* no such scene in the policy */
    CERT_REFUSAL_DAYS,              /* 0, or more than the policy allows */
    CERT_REFUSAL_CODE_TAKEN,        /* draw another */
    CERT_REFUSAL_STATE,             /* not possible in its present state */
    CERT_REFUSAL_NEEDS_ANNOTATION,  /* has no original copy */
    CERT_REFUSAL_HAS_ORIGINAL,      /* outcome.code is the one it has */
    CERT_REFUSAL_PHOTO              /* too large */
} cert_refusal_t;

/*
 * A change.  What it points to must stay as it is until cert_change_apply()
 * returned, and is not kept.  "nonce" is drawn anew for every change, since
 * persons and photos are encrypted under it.
 */
typedef struct {
    cert_change_type_t  type;
    cert_time_t         time;       /* taken as the latest seen if earlier */
    char                actor[CERT_ACTOR_MAX + 1];
    uint8_t             nonce[CERT_CHANGE_NONCE_SIZE];  /* random, used once */

    union {
        const cert_certificate_t    *certificate;   /* CERTIFICATE */
        const cert_qualification_t  *qualification; /* QUALIFICATION */
        const cert_policy_t         *policy;        /* POLICY */

        struct {                                    /* PHOTO, RESEAL */
            cert_str_t       number;
            cert_str_t       photo;
        } photo;

        struct {                                    /* STATUS */
            cert_str_t       number;
            cert_status_t    status;
            cert_str_t       replaced_by;
        } status;

        struct {                                    /* APPLY, ORIGINAL */
            cert_str_t       number;
            cert_str_t       scene;                 /* key in the policy */
            uint32_t         days;
            cert_code_t      code;
        } apply;

        struct {        /* READY, RETRY, FAILED, WITHDRAW, PRUNE */
            cert_code_t      code;
            uint8_t          sha256[CERT_SHA256_SIZE];
            uint64_t         size;
        } copy;

        struct {                                    /* KEY */
            cert_key_use_t   use;
            uint8_t          id;
            cert_key_state_t state;
        } key;
    } u;
} cert_change_t;

typedef struct {
    cert_refusal_t  refusal;
    int             is_unchanged;   /* it was so already; not journaled */
    int             is_new;         /* CERTIFICATE: there was none before */
    cert_code_t     code;           /* APPLY, ORIGINAL: of the annotation */
    cert_time_t     expires;        /* APPLY: first instant it does not hold */
    cert_time_t     next_slot;      /* CERT_REFUSAL_QUOTA */
    uint64_t        sequence;       /* of the journal entry */
} cert_outcome_t;

typedef struct cert_txn_s  cert_txn_t;


/*
 * Begins a write transaction; waits for the writer lock, so never call it on
 * an event loop.  Must be ended in the same thread, by commit or abort, and
 * before the store is closed.  On an error "txn" is NULL and no lock is held.
 *
 *     CERT_OK
 *     CERT_INVALID    the store was opened for reading
 *     CERT_BAD_STORE  the files were removed, replaced or cut
 *     CERT_NO_KEY     the head is sealed under a key not held here
 *     CERT_CORRUPT    the head or the policy does not prove
 *     CERT_NO_MEMORY
 *     CERT_SYSTEM     LMDB failed; MDB_PANIC: close the store and open it
 */
cert_err_t cert_txn_begin(cert_txn_t **txn, cert_store_t *store,
    cert_reason_t *reason);

/*
 * Applies one change and its journal entry, both or neither; "outcome" is
 * always filled in.
 *
 *     CERT_OK
 *     CERT_REFUSED   outcome.refusal says why; the transaction goes on
 *     CERT_INVALID   the change is malformed; the transaction goes on
 *     CERT_NO_KEY    a key it needs is not held; the transaction goes on
 *     CERT_CORRUPT   a record it builds on is damaged; it goes on
 *     CERT_FULL      map or disk full: abort
 *     CERT_NO_MEMORY abort
 *     CERT_SYSTEM    LMDB failed: abort
 *
 * is_unchanged says that nothing was written, nor journaled: the store was so
 * already, which makes every change safe to repeat.
 */
cert_err_t cert_change_apply(cert_txn_t *txn, const cert_change_t *change,
    cert_outcome_t *outcome);

/*
 * Ends the transaction; "txn" is gone whatever is returned, and must not be
 * aborted after it.
 *
 *     CERT_OK       it is on disk: now, not before, tell who waits
 *     CERT_NO_KEY   the head cannot be sealed; nothing was changed
 *     CERT_FULL     map or disk full; nothing was changed
 *     CERT_SYSTEM   the outcome is unknown, as after any I/O error: ask the
 *                   store before repeating what is not safe to repeat
 *
 * Abort drops all its changes; NULL is allowed.
 */
cert_err_t cert_txn_commit(cert_txn_t *txn, cert_reason_t *reason);
void cert_txn_abort(cert_txn_t *txn);

/* How many changes it holds, without those refused and those unchanged. */
size_t cert_txn_count(const cert_txn_t *txn);

/* A refusal as a stable lower-case name, and as an English sentence part. */
const char *cert_refusal_name(cert_refusal_t refusal);
const char *cert_refusal_text(cert_refusal_t refusal);


#endif /* CERT_CHANGE_H_INCLUDED */
