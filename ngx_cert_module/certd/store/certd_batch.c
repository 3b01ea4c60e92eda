/*
 * Copyright (C) the ngx_cert authors
 *
 * One transaction of the writer: who is in it, and what becomes of them.
 *
 * Rejected: to wait a little for more to come, as databases offer it.  How long
 * is right hangs on the disk, and whoever comes alone would pay for it.
 */


#include "certd_batch.h"
#include "certd_counters.h"
#include "certd_jobs.h"
#include "certd_store.h"


static cert_err_t certd_batch_gather(certd_writer_t *writer, cert_txn_t *txn,
    certd_write_t *batch, unsigned most);
static cert_err_t certd_batch_apply(cert_txn_t *txn, certd_write_t *batch);
static void certd_batch_jobs(certd_writer_t *writer,
    const certd_write_t *batch);


certd_batch_state_t
certd_batch_run(certd_writer_t *writer, cert_txn_t *txn,
    certd_write_t *batch, unsigned most, cert_err_t *err,
    cert_reason_t *reason)
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
        certd_batch_jobs(writer, batch);
    }

    return CERTD_BATCH_DONE;
}


/*
 * Who comes while the batch is applied joins it.  Those are mostly clients whom
 * the last commit has answered: left for the next one, they and the rest would
 * take turns for ever, each half waiting for the other's commit.
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

        more = n < most ? certd_line_take(writer, most - n) : NULL;

    } while (more != NULL);

    return err;
}


/* An error of one change is that change's; one of LMDB is everybody's. */
static cert_err_t
certd_batch_apply(cert_txn_t *txn, certd_write_t *batch)
{
    cert_time_t     now;
    certd_write_t  *write;

    now = certd_clock();

    for (write = batch; write != NULL; write = write->next) {

        /* It may be of a moment at which the clock was ahead. */
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


/* What is to be rendered, now that it is on disk. */
static void
certd_batch_jobs(certd_writer_t *writer, const certd_write_t *batch)
{
    const certd_write_t  *write;

    for (write = batch; write != NULL; write = write->next) {

        if (write->err == CERT_OK && !write->outcome.is_unchanged
            && (write->change.type == CERT_CHANGE_APPLY
                || write->change.type == CERT_CHANGE_ORIGINAL))
        {
            certd_jobs_add(writer->certd->jobs, &write->outcome.code,
                           write->outcome.applied);
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

        certd_line_end(writer, write);
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
