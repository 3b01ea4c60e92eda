/*
 * Copyright (C) the ngx_cert authors
 *
 * Readers: snapshots that end before a call returns.
 *
 * The policy and the highest time seen belong to every answer, but verifying
 * and decoding them with every check would cost more than the check.  They
 * change only when a transaction is committed, so a reader keeps them, compares
 * the bytes of the head with those it verified, and reads on only when they
 * differ.
 *
 * A read transaction is begun once per reader and then reset and renewed,
 * which costs 8 ns against 35 for begin and abort, keeps the slot, and with
 * MDB_NOTLS belongs to the object instead of the thread.  The look-up itself
 * is 0.2 us for hot keys and 1.3 for random ones of ten million: cache and TLB
 * misses, which is why a check is one look-up and records are small.
 */


#include <stdlib.h>

#include "cert_map_int.h"
#include "cert_meta_int.h"
#include "cert_page_int.h"


static cert_err_t cert_reader_refresh(cert_reader_t *reader);


cert_err_t
cert_reader_open(cert_reader_t **readerp, cert_store_t *store,
    cert_reason_t *reason)
{
    cert_err_t      err;
    cert_reader_t  *reader;

    *readerp = NULL;

    reader = calloc(1, sizeof(cert_reader_t));
    if (reader == NULL) {
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
    }

    reader->store = store;

    err = cert_map_begin(store, MDB_RDONLY, &reader->txn, reason);
    if (err != CERT_OK) {
        free(reader);
        return err;
    }

    mdb_txn_reset(reader->txn);
    *readerp = reader;

    return CERT_OK;
}


void
cert_reader_close(cert_reader_t *reader)
{
    if (reader != NULL) {
        mdb_txn_abort(reader->txn);
        cert_patterns_destroy(reader->patterns);
        free(reader);
    }
}


/*
 * On CERT_OK a snapshot is open and cert_reader_end() must follow; on an error
 * none is.  CERT_CORRUPT, CERT_NO_KEY: the head or the policy does not verify.
 */
cert_err_t
cert_reader_begin(cert_reader_t *reader)
{
    cert_err_t  err;

    for (int i = 0; i < CERT_HEAD_TRIES; i++) {
        err = cert_map_renew(reader->store, reader->txn);
        if (err != CERT_OK) {
            return err;
        }

        reader->store->snapshots++;

        err = cert_map_find(reader->store, reader->txn);

        if (err == CERT_OK) {
            err = cert_reader_refresh(reader);
        }

        if (err == CERT_OK) {
            return CERT_OK;
        }

        cert_reader_end(reader);

        if (err != CERT_EXPIRED) {
            return err;
        }
    }

    return CERT_CORRUPT;
}


/*
 * What was verified once stays verified, so the same bytes under the same
 * number cost a look-up and no MAC.  The bytes decide, not the number, which
 * may be the last one's with newer data behind it (cert_meta.c): policy and
 * highest time would be old.
 *
 * Remembers the head only when head and policy were read, so that the next
 * call meets a failure again instead of taking an old policy for the new one.
 */
static cert_err_t
cert_reader_refresh(cert_reader_t *reader)
{
    size_t       id;
    cert_err_t   err;
    cert_str_t   value;
    cert_head_t  head;

    err = cert_head_get(reader->store, reader->txn, &value);
    if (err != CERT_OK) {
        return err;
    }

    id = mdb_txn_id(reader->txn);

    if (id == reader->seen && value.len == CERT_HEAD_SIZE
        && memcmp(value.data, reader->proved, CERT_HEAD_SIZE) == 0)
    {
        return CERT_OK;
    }

    err = cert_head_prove(reader->store, value, &head);

    if (err == CERT_OK) {
        err = cert_head_check(&head, id);
    }

    if (err != CERT_OK) {
        return err;
    }

    if (reader->seen == 0 || head.policy != reader->head.policy) {
        cert_patterns_destroy(reader->patterns);
        reader->patterns = NULL;

        err = cert_policy_read(reader->store, reader->txn, &reader->policy);
        if (err != CERT_OK) {
            reader->seen = 0;
            return err;
        }
    }

    /* A head that verified has this size. */
    memcpy(reader->proved, value.data, CERT_HEAD_SIZE);

    reader->head = head;
    reader->seen = id;

    return CERT_OK;
}


void
cert_reader_end(cert_reader_t *reader)
{
    /* An open snapshot pins freed pages and makes the file grow. */
    mdb_txn_reset(reader->txn);
    reader->store->snapshots--;
}


cert_patterns_t *
cert_reader_patterns(cert_reader_t *reader)
{
    cert_reason_t  reason;

    if (reader->patterns == NULL
        && cert_patterns_create(&reader->patterns, &reader->policy, &reason)
           != CERT_OK)
    {
        return NULL;
    }

    return reader->patterns;
}
