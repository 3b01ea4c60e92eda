/*
 * Copyright (C) the ngx_cert authors
 *
 * Write transactions.
 *
 * The head (journal, chain, highest time) moves in memory with each change
 * and is written once, at commit, in the same transaction.
 *
 * A commit is two flushes, 0.1 to 8 ms here whatever is in it, so callers put
 * many changes into one.  Changes have no nested transactions: a change
 * decides before it writes, so a refusal leaves nothing to undo, and after an
 * error of LMDB the whole transaction is aborted.
 *
 * The writer lock is LMDB's: a robust mutex of all processes, taken at begin
 * and owned by the thread.  A writer that is killed leaves the last commit; one
 * that hangs stops all others, so nothing slow happens between begin and end.
 */


#include <errno.h>
#include <stdlib.h>
#include <sys/statvfs.h>

#include "cert_env_int.h"
#include "cert_list_int.h"
#include "cert_lookup_int.h"
#include "cert_map_int.h"
#include "cert_mark_int.h"
#include "cert_meta_int.h"
#include "cert_txn_int.h"


/* What rewriting facts carries from one annotation to the next. */
typedef struct {
    cert_txn_t          *txn;
    const cert_facts_t  *facts;
} cert_rewrite_t;


static cert_err_t cert_txn_load(cert_txn_t *txn);
static cert_err_t cert_txn_put_head(cert_txn_t *txn, cert_reason_t *reason);
static cert_err_t cert_txn_done(cert_store_t *store, const cert_head_t *head,
    cert_reason_t *reason);
static cert_err_t cert_txn_failed(cert_store_t *store, int rc,
    cert_reason_t *reason);
static void cert_txn_free(cert_txn_t *txn);
static cert_err_t cert_txn_visit_facts(void *data,
    const cert_annotation_t *annotation);


cert_err_t
cert_txn_begin(cert_txn_t **txnp, cert_store_t *store, cert_reason_t *reason)
{
    cert_err_t   err;
    cert_txn_t  *txn;

    *txnp = NULL;

    if (store->mode != CERT_STORE_WRITE) {
        cert_reason_set(reason, "the store was opened for reading, or this "
                        "is a shared handle");
        return CERT_INVALID;
    }

    /* What is written to a file that was removed would be lost. */
    err = cert_store_maintain(store, reason);
    if (err != CERT_OK) {
        return err;
    }

    txn = calloc(1, sizeof(cert_txn_t));
    if (txn == NULL) {
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
    }

    txn->store = store;

    err = cert_map_begin(store, 0, &txn->txn, reason);
    if (err != CERT_OK) {
        free(txn);
        return err;
    }

    store->snapshots++;

    err = cert_txn_load(txn);

    if (err != CERT_OK) {
        cert_reason_set(reason, "the head of the store does not verify: %s",
                        cert_err_name(err));
        cert_txn_abort(txn);
        return err;
    }

    *txnp = txn;

    return CERT_OK;
}


/*
 * Head and policy, read under the writer lock: no other process moves them
 * until the end, and the number of the transaction is exact.
 */
static cert_err_t
cert_txn_load(cert_txn_t *txn)
{
    cert_err_t  err;

    err = cert_map_find(txn->store, txn->txn);

    if (err == CERT_OK) {
        err = cert_head_read(txn->store, txn->txn, &txn->head);
    }

    if (err == CERT_OK
        && cert_head_check(&txn->head, mdb_txn_id(txn->txn) - 1) != CERT_OK)
    {
        err = CERT_CORRUPT;
    }

    return err == CERT_OK ? cert_policy_read(txn->store, txn->txn,
                                             &txn->policy) : err;
}


cert_err_t
cert_txn_commit(cert_txn_t *txn, cert_reason_t *reason)
{
    int            rc;
    cert_err_t     err;
    cert_head_t    head;
    cert_store_t  *store;

    /* A half-done change must not be committed together with whole ones. */
    if (txn->is_broken) {
        cert_reason_set(reason, "a change of the transaction failed half "
                        "done; nothing was committed");
        err = CERT_SYSTEM;
        goto undone;
    }

    /* Nothing to make durable: spare the disk two flushes. */
    if (txn->count == 0) {
        err = CERT_OK;
        goto undone;
    }

    /*
     * A lock file that was removed no longer keeps other writers out: another
     * process may have written meanwhile, and this commit would undo half of
     * that.
     */
    err = cert_store_is_same(txn->store, reason);
    if (err != CERT_OK) {
        goto undone;
    }

    err = cert_txn_put_head(txn, reason);
    if (err != CERT_OK) {
        goto undone;
    }

    /* Disk and map full show up only here. */
    store = txn->store;
    head = txn->head;
    rc = mdb_txn_commit(txn->txn);
    cert_txn_free(txn);

    if (rc != 0) {
        return cert_txn_failed(store, rc, reason);
    }

    return cert_txn_done(store, &head, reason);

undone:

    cert_txn_abort(txn);

    return err;
}


static cert_err_t
cert_txn_put_head(cert_txn_t *txn, cert_reason_t *reason)
{
    uint8_t        buf[128];
    cert_err_t     err;
    cert_writer_t  w;

    w = cert_writer(buf, sizeof(buf));
    txn->head.txnid = mdb_txn_id(txn->txn);
    cert_head_encode(&w, &txn->head);

    err = cert_txn_put_record(txn, CERT_DB_META, cert_str("head"), &w);

    if (err != CERT_OK) {
        cert_reason_set(reason, "the head of the store cannot be written: %s",
                        cert_err_name(err));
    }

    return err;
}


/* What was written to a file that was removed must not be acknowledged. */
static cert_err_t
cert_txn_done(cert_store_t *store, const cert_head_t *head,
    cert_reason_t *reason)
{
    cert_err_t  err;

    err = cert_store_is_same(store, reason);

    if (err == CERT_OK) {
        cert_mark_move(store, head);
    }

    return err;
}


/*
 * LMDB returns EIO for a write that the disk had room for in part only.  It
 * may be a real I/O error, so only the words tell that the disk is full.
 */
static cert_err_t
cert_txn_failed(cert_store_t *store, int rc, cert_reason_t *reason)
{
    cert_err_t      err;
    struct statvfs  vfs;

    err = cert_lmdb_fail(rc, "mdb_txn_commit", reason);

    if (rc == EIO && fstatvfs(cert_store_fd(store), &vfs) == 0
        && vfs.f_bavail == 0)
    {
        cert_reason_set(reason, "mdb_txn_commit failed: the disk is full");
    }

    return err;
}


void
cert_txn_abort(cert_txn_t *txn)
{
    if (txn != NULL) {
        mdb_txn_abort(txn->txn);
        cert_txn_free(txn);
    }
}


static void
cert_txn_free(cert_txn_t *txn)
{
    txn->store->snapshots--;

    for (int i = 0; i < CERT_SCRATCHES; i++) {
        /* A photo may have been decrypted into it. */
        if (txn->scratch[i] != NULL) {
            cert_crypto_wipe(txn->scratch[i], txn->scratch_size[i]);
            free(txn->scratch[i]);
        }
    }

    free(txn);
}


size_t
cert_txn_count(const cert_txn_t *txn)
{
    return txn->count;
}


/*
 * Kept from change to change: an import of photos would otherwise take and give
 * back a megabyte for each.
 */
uint8_t *
cert_txn_scratch(cert_txn_t *txn, cert_scratch_t which, size_t size)
{
    uint8_t  *p;

    if (size > txn->scratch_size[which]) {
        p = malloc(size);
        if (p == NULL) {
            return NULL;
        }

        /* Not realloc(), which would leave a photo behind in the heap. */
        if (txn->scratch[which] != NULL) {
            cert_crypto_wipe(txn->scratch[which], txn->scratch_size[which]);
            free(txn->scratch[which]);
        }

        txn->scratch[which] = p;
        txn->scratch_size[which] = size;
    }

    return txn->scratch[which];
}


cert_err_t
cert_txn_put(cert_txn_t *txn, cert_db_t db, cert_str_t key, cert_str_t value)
{
    MDB_val   k, v;
    unsigned  flags;

    k.mv_data = (void *) (uintptr_t) key.data;
    k.mv_size = key.len;
    v.mv_data = (void *) (uintptr_t) value.data;
    v.mv_size = value.len;

    /* Keys of the journal only grow: full pages, no search. */
    flags = db == CERT_DB_JOURNAL ? MDB_APPEND : 0;
    txn->writes++;

    return cert_lmdb_err(mdb_put(txn->txn, txn->store->dbi[db], &k, &v,
                                 flags));
}


/*
 * CERT_NOT_FOUND: there was none; what that means is the caller's to say.
 * LMDB has touched no page then, so nothing is half done by it.
 */
cert_err_t
cert_txn_del(cert_txn_t *txn, cert_db_t db, cert_str_t key)
{
    int      rc;
    MDB_val  k;

    k.mv_data = (void *) (uintptr_t) key.data;
    k.mv_size = key.len;

    rc = mdb_del(txn->txn, txn->store->dbi[db], &k, NULL);

    if (rc != MDB_NOTFOUND) {
        txn->writes++;
    }

    return cert_lmdb_err(rc);
}


/* CERT_NO_KEY: no active "record" key; CERT_INVALID: "w" has no room for it. */
cert_err_t
cert_txn_put_record(cert_txn_t *txn, cert_db_t db, cert_str_t key,
    cert_writer_t *w)
{
    cert_err_t  err;

    err = cert_seal(txn->store->ring, db, key, w);
    if (err != CERT_OK) {
        return err;
    }

    return cert_txn_put(txn, db, key, cert_writer_str(w));
}


cert_err_t
cert_txn_put_annotation(cert_txn_t *txn, const cert_annotation_t *annotation,
    const cert_facts_t *facts)
{
    uint8_t        buf[CERT_RECORD_MAX];
    cert_str_t     key;
    cert_writer_t  w;

    w = cert_writer(buf, sizeof(buf));
    cert_annotation_encode(&w, annotation, facts);

    key.data = annotation->code.bytes;
    key.len = CERT_CODE_SIZE;

    return cert_txn_put_record(txn, CERT_DB_ANNOTATION, key, &w);
}


cert_err_t
cert_txn_put_queue(cert_txn_t *txn, const cert_annotation_t *annotation,
    unsigned attempts)
{
    uint8_t        key[CERT_TIMED_SIZE], buf[CERT_QUEUE_MAX];
    cert_writer_t  w;

    cert_timed_key(key, annotation->applied, &annotation->code);

    w = cert_writer(buf, sizeof(buf));
    /* 255 is enough to give up by. */
    cert_put_int(&w, attempts > 255 ? 255 : attempts, 1);

    return cert_txn_put_record(txn, CERT_DB_QUEUE,
                               (cert_str_t) { key, CERT_TIMED_SIZE }, &w);
}


cert_err_t
cert_txn_put_facts(cert_txn_t *txn, const cert_facts_t *facts)
{
    cert_rewrite_t  rewrite;

    rewrite.txn = txn;
    rewrite.facts = facts;

    return cert_walk_annotations(txn->store, txn->txn, facts->number,
                                 cert_txn_visit_facts, &rewrite);
}


/*
 * The annotation stays as it is; only what it says of the certificate is new.
 */
static cert_err_t
cert_txn_visit_facts(void *data, const cert_annotation_t *annotation)
{
    cert_rewrite_t  *rewrite = data;

    return cert_txn_put_annotation(rewrite->txn, annotation, rewrite->facts);
}
