/*
 * Copyright (C) the ngx_cert authors
 *
 * The inside of write transactions.  Private to core/.
 */


#ifndef CERT_TXN_INT_H_INCLUDED
#define CERT_TXN_INT_H_INCLUDED


#include "cert_store_int.h"
#include "cert_txn.h"


/* Names of qualifications known to exist, so that imports ask once each. */
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

/*
 * Puts "value" in place of what "key" has, and removes "key".  In the journal a
 * key has to be the highest.  What was read before points nowhere afterwards.
 *
 *     CERT_NOT_FOUND  removing: there is no such key
 *     CERT_MAP_FULL   the map is full: the whole transaction has to be aborted
 *     CERT_FULL       the disk is
 *
 * and the other errors of LMDB (cert_lmdb_err).  After each but CERT_NOT_FOUND
 * the change is half done, and the transaction must not be committed.
 */
cert_err_t cert_txn_put(cert_txn_t *txn, cert_db_t db, cert_str_t key,
    cert_str_t value);
cert_err_t cert_txn_del(cert_txn_t *txn, cert_db_t db, cert_str_t key);

/*
 * Seals what is in "w", behind it, and puts it.  CERT_INVALID: no room for the
 * seal, or "w" was full before; CERT_NO_KEY: no active "record" key; else as
 * cert_txn_put().
 */
cert_err_t cert_txn_put_record(cert_txn_t *txn, cert_db_t db, cert_str_t key,
    cert_writer_t *w);

/* At least "size" bytes, until the next call for it; NULL: no memory. */
uint8_t *cert_txn_scratch(cert_txn_t *txn, cert_scratch_t which,
    size_t size);

/*
 * Each returns as cert_txn_put_record(), the last one also as
 * cert_walk_annotations().
 */

/* Puts an annotation with these facts. */
cert_err_t cert_txn_put_annotation(cert_txn_t *txn,
    const cert_annotation_t *annotation, const cert_facts_t *facts);

/* Puts it into the queue, or counts one more attempt there. */
cert_err_t cert_txn_put_queue(cert_txn_t *txn,
    const cert_annotation_t *annotation, unsigned attempts);

/* Rewrites a certificate's facts in its annotations, which carry them. */
cert_err_t cert_txn_put_facts(cert_txn_t *txn, const cert_facts_t *facts);


#endif /* CERT_TXN_INT_H_INCLUDED */
