/*
 * Copyright (C) the ngx_cert authors
 *
 * The whole-store check.
 *
 * Every database is walked from end to end in one snapshot.  A sealed record is
 * verified by its seal; what an entry of an index leads to is looked up and has
 * to lead back, and what a record says must be in an index is looked up there.
 * Walking both ways finds an entry too many as well as one too few.
 *
 * A finding does not end the walk: to decide between repair and restore, an
 * operator needs to see everything that is wrong.  Nothing is repaired, as a
 * wrong guess would be sealed and journaled like the truth.
 */


#include "cert_env_int.h"
#include "cert_fsck_int.h"
#include "cert_journal.h"
#include "cert_list_int.h"


#define CERT_FSCK_STEP  1024    /* entries between two calls of progress */


static cert_err_t cert_fsck_count(cert_fsck_t *fsck, cert_reason_t *reason);
static cert_err_t cert_fsck_walk(cert_fsck_t *fsck, cert_db_t db,
    cert_reason_t *reason);
static cert_err_t cert_fsck_step(void *data, cert_str_t key,
    cert_str_t value);
static cert_err_t cert_fsck_sealed(void *data, cert_str_t key,
    cert_str_t value);
static cert_err_t cert_fsck_journal(cert_fsck_t *fsck,
    cert_reason_t *reason);


/* In the order of cert_db_t. */
static const cert_visit_pt  cert_fsck_visits[CERT_DBS] = {
    cert_fsck_sealed,                   /* meta */
    cert_fsck_certificate,
    cert_fsck_holder,
    cert_fsck_holder_certificate,
    cert_fsck_username,
    cert_fsck_session,
    cert_fsck_annotation,
    cert_fsck_certificate_annotation,
    cert_fsck_queue,
    cert_fsck_expiry,
    cert_fsck_file,
    cert_fsck_idempotency,
    cert_fsck_sealed,                   /* qualification */
    NULL,                               /* journal: verified by its chain */
    cert_fsck_photo,
    cert_fsck_match
};


cert_err_t
cert_fsck(cert_reader_t *reader, const cert_fsck_calls_t *calls,
    cert_fsck_totals_t *totals, cert_reason_t *reason)
{
    cert_err_t   err;
    cert_fsck_t  fsck;

    memset(totals, 0, sizeof(*totals));
    memset(&fsck, 0, sizeof(fsck));

    fsck.reader = reader;
    fsck.store = reader->store;
    fsck.calls = calls;
    fsck.totals = totals;

    err = cert_reader_begin(reader);

    if (err == CERT_CORRUPT || err == CERT_NO_KEY) {
        cert_fsck_find(&fsck, cert_str("head"), "does not verify");
        return CERT_OK;
    }

    if (err != CERT_OK) {
        cert_reason_set(reason, "no snapshot: %s", cert_err_name(err));
        return err;
    }

    fsck.txn = reader->txn;

    err = cert_fsck_count(&fsck, reason);

    for (unsigned db = 0; err == CERT_OK && db < CERT_DBS; db++) {
        if (cert_fsck_visits[db] != NULL) {
            err = cert_fsck_walk(&fsck, (cert_db_t) db, reason);
        }
    }

    cert_reader_end(reader);

    if (err != CERT_OK) {
        return err;
    }

    return cert_fsck_journal(&fsck, reason);
}


/* How many steps there are, for the progress. */
static cert_err_t
cert_fsck_count(cert_fsck_t *fsck, cert_reason_t *reason)
{
    int       rc;
    MDB_stat  stat;

    for (unsigned db = 0; db < CERT_DBS; db++) {
        rc = mdb_stat(fsck->txn, fsck->store->dbi[db], &stat);
        if (rc != 0) {
            return cert_lmdb_fail(rc, "mdb_stat", reason);
        }

        fsck->all += stat.ms_entries;
    }

    return CERT_OK;
}


/*
 * Walks one database.  What ends a walk early is the store's damage and so a
 * finding, not a failure: the other databases are walked all the same.  Only a
 * lack of memory says nothing about the store.
 */
static cert_err_t
cert_fsck_walk(cert_fsck_t *fsck, cert_db_t db, cert_reason_t *reason)
{
    uint64_t    before;
    MDB_stat    stat;
    cert_err_t  err;

    fsck->db = db;
    before = fsck->done;

    err = cert_walk(fsck->store, fsck->txn, db, cert_str(""),
                    cert_str(""), cert_fsck_step, fsck);

    if (err == CERT_NO_MEMORY) {
        cert_reason_set(reason, "out of memory");
        return err;
    }

    if (err != CERT_NOT_FOUND) {
        cert_fsck_find(fsck, cert_str(""), "its pages cannot be read");
        return CERT_OK;
    }

    /* A damaged branch page can hide a subtree from a walk. */
    if (mdb_stat(fsck->txn, fsck->store->dbi[db], &stat) != 0
        || stat.ms_entries != fsck->done - before)
    {
        cert_fsck_find(fsck, cert_str(""), "holds another number of entries "
                       "than it says");
    }

    return CERT_OK;
}


static cert_err_t
cert_fsck_step(void *data, cert_str_t key, cert_str_t value)
{
    cert_fsck_t  *fsck = data;

    (void) cert_fsck_visits[fsck->db](fsck, key, value);

    fsck->done++;

    if (fsck->done % CERT_FSCK_STEP == 0 && fsck->calls->progress != NULL) {
        fsck->calls->progress(fsck->calls->data, fsck->done, fsck->all);
    }

    return CERT_OK;
}


/* For what has a seal and nothing that leads elsewhere. */
static cert_err_t
cert_fsck_sealed(void *data, cert_str_t key, cert_str_t value)
{
    cert_str_t  payload;

    (void) cert_fsck_unseal(data, key, value, &payload);

    return CERT_OK;
}


/*
 * Takes a snapshot of its own, after the first one ended: a reader has only
 * one.
 */
static cert_err_t
cert_fsck_journal(cert_fsck_t *fsck, cert_reason_t *reason)
{
    cert_err_t     err;
    cert_reason_t  found;

    fsck->db = CERT_DB_JOURNAL;

    err = cert_journal_verify(fsck->reader, &fsck->totals->journal, &found);

    if (err == CERT_CORRUPT || err == CERT_NO_KEY) {
        cert_fsck_find(fsck, cert_str(""), found.text);

    } else if (err != CERT_OK) {
        cert_reason_set(reason, "%s", found.text);
        return err;
    }

    if (fsck->calls->progress != NULL) {
        fsck->calls->progress(fsck->calls->data, fsck->all, fsck->all);
    }

    return CERT_OK;
}
