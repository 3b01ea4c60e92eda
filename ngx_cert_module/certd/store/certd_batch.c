/*
 * Copyright (C) the ngx_cert authors
 *
 * One transaction of the writer: which changes are in it, and what becomes of
 * them.
 *
 * Rejected: to wait a little for more to come, as databases offer it.  The
 * right delay depends on the disk, and a lone client would pay for it.
 */


#include "certd_batch.h"
#include "certd_counters.h"
#include "certd_store.h"


static cert_err_t certd_batch_gather(certd_writer_t *writer, cert_txn_t *txn,
    certd_write_t *batch, unsigned most);
static cert_err_t certd_batch_apply(cert_txn_t *txn, certd_write_t *batch);
static void certd_batch_observed(certd_writer_t *writer,
    const certd_write_t *batch);


certd_batch_state_t
certd_batch_run(certd_writer_t *writer, cert_txn_t *txn,
    certd_write_t *batch, unsigned most, cert_err_t *err, cert_reason_t *reason)
{
    size_t  count;

    *err = certd_batch_gather(writer, txn, batch, most);

    if (*err != CERT_OK) {
        cert_reason_set(reason, "a change cannot be applied: %s",
                        cert_err_name(*err));
        certd_store_abort(writer->certd->store, txn);
        return CERTD_BATCH_UNDONE;
    }

    count = cert_txn_count(txn);

    *err = certd_store_commit(writer->certd->store, txn, reason);

    if (*err != CERT_OK) {
        return *err == CERT_SYSTEM ? CERTD_BATCH_UNSURE
                                   : CERTD_BATCH_UNWRITTEN;
    }

    if (count > 0) {
        certd_count_batch(writer->certd->counters, count);

        if (writer->observer != NULL) {
            certd_batch_observed(writer, batch);
        }
    }

    return CERTD_BATCH_DONE;
}


/*
 * Changes that come while the batch is applied join it.  They are mostly of
 * clients that the last commit has answered: left for the next one, they and
 * the rest would take turns for ever, each half waiting for the other's commit.
 */
static cert_err_t
certd_batch_gather(certd_writer_t *writer, cert_txn_t *txn,
    certd_write_t *batch, unsigned most)
{
    unsigned        n;
    cert_err_t      err;
    certd_write_t  *last, *more;

    more = batch;
    last = NULL;
    n = 0;

    do {
        if (last != NULL) {
            last->next = more;
        }

        err = certd_batch_apply(txn, more);
        if (err != CERT_OK) {
            break;
        }

        for (last = more, n++; last->next != NULL; n++) {
            last = last->next;
        }

        more = n < most ? certd_write_queue_take(writer, most - n) : NULL;

    } while (more != NULL);

    return err;
}


/* An error of one change is its own; one of LMDB is that of the batch. */
static cert_err_t
certd_batch_apply(cert_txn_t *txn, certd_write_t *batch)
{
    cert_time_t     now;
    certd_write_t  *write;

    now = certd_clock();

    for (write = batch; write != NULL; write = write->next) {

        /* It may have been made while the clock was ahead. */
        if (write->change.time > now) {
            write->change.time = now;
        }

        write->err = cert_change_execute(txn, &write->change, &write->outcome);

        switch (write->err) {

        case CERT_FULL:
        case CERT_MAP_FULL:
        case CERT_NO_MEMORY:
        case CERT_SYSTEM:
            return write->err;

        default:
            break;
        }
    }

    return CERT_OK;
}


static void
certd_batch_observed(certd_writer_t *writer, const certd_write_t *batch)
{
    const certd_write_t  *write;

    for (write = batch; write != NULL; write = write->next) {

        if (write->err == CERT_OK && !write->outcome.is_unchanged) {
            writer->observer(writer->certd, write);
        }
    }
}


void
certd_batch_end(certd_writer_t *writer, certd_write_t *batch)
{
    certd_write_t  *write, *rest;

    for (write = batch; write != NULL; write = rest) {
        rest = write->next;

        if (write->err == CERT_REFUSED) {
            certd_count_refusal(writer->certd->counters,
                                write->outcome.refusal);
        }

        certd_write_queue_end(writer, write);
    }
}


void
certd_batch_fail(certd_writer_t *writer, certd_write_t *batch,
    cert_err_t err)
{
    for (certd_write_t *write = batch; write != NULL; write = write->next) {
        write->err = err;
    }

    certd_batch_end(writer, batch);
}
