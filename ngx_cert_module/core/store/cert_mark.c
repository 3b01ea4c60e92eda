/*
 * Copyright (C) the ngx_cert authors
 *
 * The mark that a store is compared with, and moving it.
 *
 * Two writers that commit one after the other may write their marks in the
 * other order.  A writer looks for a later mark before it writes its own,
 * which leaves a moment in which the later one can be lost: the mark is late
 * by one until the next commit.  A lock was rejected: a writer would wait for
 * one that is stopped.
 */


#include <errno.h>
#include <unistd.h>

#include "cert_lookup_int.h"
#include "cert_mark.h"
#include "cert_mark_int.h"


static void cert_mark_of(const cert_store_t *store, const cert_head_t *head,
    cert_mark_t *mark);
static cert_err_t cert_mark_history(cert_store_t *store, MDB_txn *txn,
    const cert_head_t *head, const cert_mark_t *mark, cert_reason_t *reason);


/*
 * A mark that is damaged is written over: this writer knows that its head is
 * past any mark that stood there.  A mark of another store is left alone.  A
 * store whose loss is being accepted has none: it is refused until then.
 */
void
cert_mark_move(cert_store_t *store, const cert_head_t *head)
{
    cert_err_t   err;
    cert_mark_t  mark, now;

    if (store->mark == NULL) {
        return;
    }

    err = cert_mark_get(store->mark, store->ring, &mark, NULL);

    if (err == CERT_OK) {

        if (memcmp(mark.id, store->schema.id, sizeof(mark.id)) != 0) {
            store->mark_error = EEXIST;
            return;
        }

        if (mark.journal > head->journal) {
            store->mark_error = 0;
            return;
        }

        store->accepted = mark.accepted;
    }

    cert_mark_of(store, head, &now);

    err = cert_mark_put(store->mark, store->path, store->ring, &now, 0, NULL);
    store->mark_error = err == CERT_OK ? 0 : errno;
}


int
cert_mark_error(const cert_store_t *store)
{
    return store->mark_error;
}


/* Mostly the home is root's, and so a new file in it is made by root alone. */
void
cert_mark_error_reason(const cert_store_t *store, cert_reason_t *reason)
{
    int  failed;

    failed = store->mark_error;

    if ((failed == EACCES || failed == EROFS)
        && access(store->mark, F_OK) == -1 && errno == ENOENT)
    {
        cert_reason_set(reason, "the store has no mark, and \"%s\" cannot be "
                        "made by this user: %s; run \"certctl restore "
                        "--accept-loss\" as root, which makes it",
                        store->mark, strerror(failed));
        return;
    }

    cert_reason_file(reason, "cannot move the mark of the store,",
                     store->mark, failed);
}


static void
cert_mark_of(const cert_store_t *store, const cert_head_t *head,
    cert_mark_t *mark)
{
    memcpy(mark->id, store->schema.id, sizeof(mark->id));
    mark->accepted = store->accepted;
    mark->journal = head->journal;
    mark->highest = head->highest;
    memcpy(mark->chain, head->chain, CERT_SHA256_SIZE);
}


cert_err_t
cert_mark_check(cert_store_t *store, MDB_txn *txn, const cert_head_t *head,
    const cert_mark_known_t *known, cert_reason_t *reason)
{
    char                from[CERT_TIME_TEXT_SIZE], to[CERT_TIME_TEXT_SIZE];
    const cert_mark_t  *mark;

    if (known->err == CERT_NOT_FOUND) {
        return CERT_OK;
    }

    if (known->err != CERT_OK) {
        cert_reason_set(reason, "%s", known->reason.text);
        return known->err;
    }

    mark = &known->mark;

    if (memcmp(mark->id, store->schema.id, sizeof(mark->id)) != 0) {
        cert_reason_set(reason, "the mark beside the store is of another "
                        "store: one of the two was put here by mistake; see "
                        "\"certctl restore\"");
        return CERT_BAD_STORE;
    }

    if (head->journal < mark->journal) {
        cert_time_format(head->highest, 0, from);
        cert_time_format(mark->highest, 0, to);
        cert_reason_set(reason, "the store is older than its mark: its "
                        "journal ends at %llu (%s), and has been at %llu "
                        "(%s); see \"certctl restore\"",
                        (unsigned long long) head->journal, from,
                        (unsigned long long) mark->journal, to);
        return CERT_BAD_STORE;
    }

    return cert_mark_history(store, txn, head, mark, reason);
}


/* The entry that the mark names has to be the one that the store has. */
static cert_err_t
cert_mark_history(cert_store_t *store, MDB_txn *txn, const cert_head_t *head,
    const cert_mark_t *mark, cert_reason_t *reason)
{
    uint8_t         key[8];
    cert_err_t      err;
    cert_str_t      value;
    cert_writer_t   w;
    const uint8_t  *chain;

    chain = head->chain;

    if (mark->journal == 0) {
        return CERT_OK;
    }

    if (head->journal != mark->journal) {
        w = cert_writer(key, sizeof(key));
        cert_put_int(&w, mark->journal, sizeof(key));

        err = cert_lookup_raw(store, txn, CERT_DB_JOURNAL,
                              cert_writer_str(&w), &value);

        if (err != CERT_OK || value.len < CERT_SHA256_SIZE) {
            cert_reason_set(reason, "the store lacks entry %llu of its "
                            "journal, which its mark names",
                            (unsigned long long) mark->journal);
            return err == CERT_OK || err == CERT_NOT_FOUND ? CERT_CORRUPT
                                                           : err;
        }

        chain = value.data + value.len - CERT_SHA256_SIZE;
    }

    /* Hashes are public. */
    if (memcmp(chain, mark->chain, CERT_SHA256_SIZE) == 0) {
        return CERT_OK;
    }

    cert_reason_set(reason, "the store has another history than its mark: "
                    "entry %llu of the journal is not the one that was "
                    "committed; see \"certctl restore\"",
                    (unsigned long long) mark->journal);

    return CERT_BAD_STORE;
}


cert_err_t
cert_read_mark(cert_reader_t *reader, cert_mark_t *mark)
{
    cert_err_t  err;

    err = cert_reader_begin(reader);

    if (err == CERT_OK) {
        cert_mark_of(reader->store, &reader->head, mark);
        cert_reader_end(reader);
    }

    return err;
}


cert_err_t
cert_read_is_past(cert_reader_t *reader, const cert_mark_t *mark,
    cert_reason_t *reason)
{
    cert_err_t         err;
    cert_mark_known_t  known;

    if (reader->store->accepted > mark->accepted) {
        return CERT_OK;
    }

    known.err = CERT_OK;
    known.mark = *mark;

    err = cert_reader_begin(reader);

    if (err != CERT_OK) {
        cert_reason_set(reason, "the head of the store cannot be read: %s",
                        cert_err_name(err));
        return err;
    }

    err = cert_mark_check(reader->store, reader->txn, &reader->head, &known,
                          reason);
    cert_reader_end(reader);

    return err;
}
