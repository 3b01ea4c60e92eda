/*
 * Copyright (C) the ngx_cert authors
 *
 * The inside of write transactions and changes.  Private to core/.
 *
 * A change first reads and decides, then writes.  So a refusal needs no
 * undoing, and a failure after the first write is one of LMDB, after which
 * the whole transaction has to go anyway.
 */


#ifndef CERT_TXN_INT_H_INCLUDED
#define CERT_TXN_INT_H_INCLUDED


#include "cert_annotation.h"
#include "cert_change.h"
#include "cert_holder_record_int.h"
#include "cert_store_int.h"


/* Names of qualifications proved to exist, so that imports ask once each. */
#define CERT_TXN_NAMES  64

/* Buffers of a transaction that grow to the largest use. */
typedef enum {
    CERT_SCRATCH_PHOTO = 0,         /* decrypted */
    CERT_SCRATCH_RECORD,            /* encrypted */
    CERT_SCRATCH_ENTRY,             /* of the journal */
    CERT_SCRATCHES
} cert_scratch_t;

struct cert_txn_s {
    cert_store_t   *store;
    MDB_txn        *txn;
    cert_head_t     head;
    cert_policy_t   policy;
    size_t          count;
    size_t          writes;         /* puts and deletes of all changes */
    int             is_broken;      /* a change failed half done */
    uint8_t        *scratch[CERT_SCRATCHES];
    size_t          scratch_size[CERT_SCRATCHES];
    size_t          names_n;
    cert_text_t     names[CERT_TXN_NAMES];
};

/* A holder in hex; the printed form of a code is shorter. */
#define CERT_HOLDER_TEXT_SIZE  (2 * CERT_HOLDER_SIZE + 1)

/* A change on its way: what its function reads, and what it journals. */
typedef struct {
    cert_txn_t           *txn;
    const cert_change_t  *change;
    cert_outcome_t       *outcome;
    cert_time_t           now;      /* max(change, highest time seen) */
    cert_str_t            subject;  /* number, code, name, holder */
    const char           *detail;
    cert_writer_t         body;     /* what else applying it elsewhere needs */
    cert_writer_t         photo;    /* an encrypted photo, likewise */
    char                  text[CERT_HOLDER_TEXT_SIZE];
    char                  more[CERT_HOLDER_TEXT_SIZE];
    uint8_t               bytes[CERT_RECORD_MAX];
} cert_apply_t;


/* Sets the refusal and returns CERT_REFUSED. */
cert_err_t cert_refuse(cert_apply_t *apply, cert_refusal_t refusal);

/* How much a part may look at, which is journaled.  CERT_INVALID. */
cert_err_t cert_apply_part(cert_apply_t *apply, const cert_part_t *part,
    size_t *limit);

/* A holder in hex; and that as what the journal entry is about. */
const char *cert_apply_hex(char text[CERT_HOLDER_TEXT_SIZE],
    const cert_holder_t *holder);
void cert_apply_subject(cert_apply_t *apply, const cert_holder_t *holder);

cert_err_t cert_txn_put(cert_txn_t *txn, cert_db_t db, cert_str_t key,
    cert_str_t value);
cert_err_t cert_txn_del(cert_txn_t *txn, cert_db_t db, cert_str_t key);

/* Seals what is in "w" and puts it. */
cert_err_t cert_txn_put_record(cert_txn_t *txn, cert_db_t db, cert_str_t key,
    cert_writer_t *w);

/* At least "size" bytes, until the next call for it; NULL: no memory. */
uint8_t *cert_txn_scratch(cert_txn_t *txn, cert_scratch_t which,
    size_t size);

/* Writes the journal entry of an applied change and moves the head. */
cert_err_t cert_journal_append(cert_apply_t *apply);

/* Puts an annotation with these facts. */
cert_err_t cert_txn_put_annotation(cert_txn_t *txn,
    const cert_annotation_t *annotation, const cert_facts_t *facts);

/* Puts it into the queue, or counts one more attempt there. */
cert_err_t cert_txn_put_queue(cert_txn_t *txn,
    const cert_annotation_t *annotation, unsigned attempts);

/* Rewrites the copies of a certificate's facts in its annotations. */
cert_err_t cert_txn_put_copies(cert_txn_t *txn, const cert_facts_t *facts);

/* A certificate as it is to be stored. */
typedef struct {
    cert_facts_t   facts;
    int            has_photo;
    cert_hidden_t  hidden;
    cert_text_t    masked;
    uint8_t        personal[CERT_PERSONAL_MAX];
} cert_stored_t;

/*
 * Fills in what is derived from the person: mask, digest, ciphertext under
 * the active keys and the change's nonce.
 */
cert_err_t cert_stored_hide(cert_apply_t *apply, const cert_person_t *person,
    cert_stored_t *stored);

/* Puts the record; "w" then holds its payload, as the journal wants it. */
cert_err_t cert_stored_put(cert_txn_t *txn, const cert_stored_t *stored,
    cert_writer_t *w);

/* Encrypts and puts a photo; its payload goes into the journal. */
cert_err_t cert_photo_put(cert_apply_t *apply, cert_str_t number,
    cert_str_t photo);

/* Decrypts a stored photo into scratch, with room to seal it again. */
cert_err_t cert_photo_get(cert_txn_t *txn, cert_str_t number,
    cert_str_t *photo);

/* The account of a change, and its record with its part of the journal. */
cert_err_t cert_account_get(cert_apply_t *apply, cert_account_t *account,
    cert_login_t *login);
cert_err_t cert_account_put(cert_apply_t *apply,
    const cert_account_t *account, const cert_login_t *login);

/*
 * What an earlier application with this key got, as the outcome of this one,
 * which is_unchanged tells, or the refusal of another request; and the record
 * of this one.
 */
cert_err_t cert_repeat_find(cert_apply_t *apply);
cert_err_t cert_repeat_put(cert_apply_t *apply);

/*
 * Refuses, as "refusal", what is not of the certificate's owner; "owner" NULL:
 * nothing is.  CERT_NO_KEY: needs "personal" and "lookup".
 */
cert_err_t cert_apply_owner(cert_apply_t *apply, const cert_holder_t *owner,
    cert_str_t number, cert_refusal_t refusal);

/* The functions of the changes, by file. */
cert_err_t cert_change_certificate(cert_apply_t *apply);
cert_err_t cert_change_photo(cert_apply_t *apply);
cert_err_t cert_change_status(cert_apply_t *apply);
cert_err_t cert_change_reseal(cert_apply_t *apply);

cert_err_t cert_change_annotate(cert_apply_t *apply);
cert_err_t cert_change_original(cert_apply_t *apply);
cert_err_t cert_change_ready(cert_apply_t *apply);
cert_err_t cert_change_retry(cert_apply_t *apply);
cert_err_t cert_change_failed(cert_apply_t *apply);
cert_err_t cert_change_withdraw(cert_apply_t *apply);
cert_err_t cert_change_prune(cert_apply_t *apply);
cert_err_t cert_change_forget(cert_apply_t *apply);

cert_err_t cert_change_policy(cert_apply_t *apply);
cert_err_t cert_change_qualification(cert_apply_t *apply);
cert_err_t cert_change_key(cert_apply_t *apply);
cert_err_t cert_change_restore(cert_apply_t *apply);

cert_err_t cert_change_register(cert_apply_t *apply);
cert_err_t cert_change_password(cert_apply_t *apply);
cert_err_t cert_change_consent(cert_apply_t *apply);
cert_err_t cert_change_link(cert_apply_t *apply);

cert_err_t cert_change_login(cert_apply_t *apply);
cert_err_t cert_change_touch(cert_apply_t *apply);
cert_err_t cert_change_logout(cert_apply_t *apply);


#endif /* CERT_TXN_INT_H_INCLUDED */
