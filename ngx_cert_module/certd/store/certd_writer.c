/*
 * Copyright (C) the ngx_cert authors
 *
 * Group commit.
 *
 * One thread begins a transaction, and only then takes what waits: another
 * process may hold the lock for a while, and what was given up meanwhile is no
 * longer in the queue.
 *
 * Rejected: a nested transaction per change.  It costs little, but a change
 * decides before it writes, so there is nothing to undo after a refusal, and
 * after an error of LMDB the parent is worth no more than the child.  What is
 * left is a batch that fails as a whole, by one change that meets damage or by
 * the disk: nothing of it is done then, and each change gets a transaction of
 * its own.
 *
 * But after an I/O error in a commit it is unknown what is on disk.  To repeat
 * a change could do it twice, so all senders of the batch are told that it
 * failed.
 */


#include <stdlib.h>

#include "certd_batch.h"
#include "certd_repeats.h"
#include "certd_store.h"


/*
 * Pause after a failure that was not repaired; by then every request that
 * waited has its answer.
 */
#define CERTD_PAUSE_MS  100

/* The store is maintained once in so long, however much there is to do. */
#define CERTD_TEND_MS   1000


static void certd_writer_free(certd_writer_t *writer);
static void *certd_writer_thread(void *data);
static int certd_writer_sleep(certd_writer_t *writer);
static void certd_writer_turn(certd_writer_t *writer);
static cert_err_t certd_writer_begin(certd_writer_t *writer,
    cert_txn_t **txn);
static int certd_writer_mends(certd_writer_t *writer, cert_err_t err,
    const cert_reason_t *why);
static void certd_writer_tell(cert_err_t err, const char *what,
    const cert_reason_t *why);
static void certd_writer_singly(certd_writer_t *writer,
    certd_write_t *batch);


certd_writer_t *
certd_writer_start(certd_t *certd, certd_observer_pt observer)
{
    certd_writer_t  *writer;

    writer = calloc(1, sizeof(certd_writer_t));
    if (writer == NULL) {
        return NULL;
    }

    writer->certd = certd;
    writer->observer = observer;
    writer->last = &writer->first;
    writer->tended_ms = certd_clock_ms();

    (void) pthread_mutex_init(&writer->lock, NULL);
    certd_clock_cond_init(&writer->work);
    certd_clock_cond_init(&writer->over);

    if (pthread_create(&writer->thread, NULL, certd_writer_thread, writer)
        != 0)
    {
        certd_writer_free(writer);
        return NULL;
    }

    return writer;
}


int
certd_writer_stop(certd_writer_t *writer, int64_t wait_ms)
{
    int      is_over;
    int64_t  until_ms;

    if (writer == NULL) {
        return 1;
    }

    until_ms = certd_clock_ms() + wait_ms;

    (void) pthread_mutex_lock(&writer->lock);
    writer->is_stopping = 1;
    (void) pthread_cond_signal(&writer->work);

    /* A timed join would depend on the time of day, which may be set. */
    while (!writer->is_over
           && certd_clock_wait(&writer->over, &writer->lock, until_ms))
    {
        /* void */
    }

    is_over = writer->is_over;
    (void) pthread_mutex_unlock(&writer->lock);

    /* Stuck at the lock of another process: certd ends with it. */
    if (!is_over) {
        certd_log(CERTD_LOG_ERROR, "the writer does not end, as another "
                  "process holds the lock of the store: changes that still "
                  "waited were not made");
        return 0;
    }

    (void) pthread_join(writer->thread, NULL);
    certd_writer_free(writer);

    return 1;
}


static void
certd_writer_free(certd_writer_t *writer)
{
    (void) pthread_cond_destroy(&writer->over);
    (void) pthread_cond_destroy(&writer->work);
    (void) pthread_mutex_destroy(&writer->lock);
    free(writer);
}


static void *
certd_writer_thread(void *data)
{
    certd_writer_t  *writer = data;

    while (certd_writer_sleep(writer)) {
        certd_writer_turn(writer);
    }

    (void) pthread_mutex_lock(&writer->lock);
    writer->is_over = 1;
    (void) pthread_cond_signal(&writer->over);
    (void) pthread_mutex_unlock(&writer->lock);

    return NULL;
}


/* Waits for work and maintains the store meanwhile; 0: the end. */
static int
certd_writer_sleep(certd_writer_t *writer)
{
    int  is_idle, is_over;

    for ( ;; ) {

        if (certd_clock_ms() - writer->tended_ms >= CERTD_TEND_MS) {
            certd_store_tend(writer->certd->store);
            writer->tended_ms = certd_clock_ms();
        }

        (void) pthread_mutex_lock(&writer->lock);

        if (writer->first == NULL && !writer->is_stopping) {
            (void) certd_clock_wait(&writer->work, &writer->lock,
                                    writer->tended_ms + CERTD_TEND_MS);
        }

        is_idle = (writer->first == NULL);
        is_over = is_idle && writer->is_stopping;

        (void) pthread_mutex_unlock(&writer->lock);

        if (!is_idle || is_over) {
            return !is_over;
        }
    }
}


/* One transaction with all that waits when it has begun. */
static void
certd_writer_turn(certd_writer_t *writer)
{
    unsigned              most;
    cert_err_t            err;
    cert_txn_t           *txn;
    cert_reason_t         reason;
    certd_write_t        *batch;
    certd_batch_state_t   state;

    if (certd_writer_begin(writer, &txn) != CERT_OK) {
        return;
    }

    most = writer->certd->options->batch;
    batch = certd_write_queue_take(writer, most);

    if (batch == NULL) {
        /* All clients gave up while another process held the lock. */
        certd_store_abort(writer->certd->store, txn);
        return;
    }

    state = certd_batch_run(writer, txn, batch, most, &err, &reason);

    /* What one change cannot do is not a fault of the store. */
    if ((state != CERTD_BATCH_UNDONE || err == CERT_MAP_FULL)
        && state != CERTD_BATCH_DONE
        && certd_writer_mends(writer, err, &reason) && err == CERT_MAP_FULL
        && certd_store_begin(writer->certd->store, &txn, &reason) == CERT_OK)
    {
        state = certd_batch_run(writer, txn, batch, most, &err, &reason);
    }

    switch (state) {

    case CERTD_BATCH_DONE:
        certd_batch_end(writer, batch);
        break;

    case CERTD_BATCH_UNSURE:
        certd_batch_fail(writer, batch, CERT_SYSTEM);
        break;

    default:
        certd_writer_singly(writer, batch);
        break;
    }
}


/*
 * Repairs the store once and tries again.  If that fails too, every request
 * that waits gets the error and the thread pauses: a store that opens but
 * cannot be written would keep it busy.
 */
static cert_err_t
certd_writer_begin(certd_writer_t *writer, cert_txn_t **txn)
{
    cert_err_t     err;
    cert_reason_t  reason;

    /* Times that are written down stay: all would be over by then. */
    if (certd_clock_is_ahead()) {
        cert_reason_set(&reason, "the clock has jumped ahead by more than a "
                        "day; restart certd if the clock is correct");
        err = CERT_BUSY;
        certd_writer_tell(CERT_REFUSED, "nothing is written", &reason);
        goto failed;
    }

    err = certd_store_begin(writer->certd->store, txn, &reason);

    if (err != CERT_OK && certd_writer_mends(writer, err, &reason)) {
        err = certd_store_begin(writer->certd->store, txn, &reason);

        if (err != CERT_OK) {
            certd_writer_tell(err, "cannot write", &reason);
        }
    }

    if (err == CERT_OK) {
        return CERT_OK;
    }

failed:

    certd_batch_fail(writer, certd_write_queue_take(writer, UINT32_MAX), err);
    certd_clock_sleep(CERTD_PAUSE_MS);

    return err;
}


/* True if the next attempt may succeed. */
static int
certd_writer_mends(certd_writer_t *writer, cert_err_t err,
    const cert_reason_t *why)
{
    cert_reason_t  reason;

    certd_writer_tell(err, "cannot write", why);

    if (certd_store_mend(writer->certd->store, err, &reason) == CERT_OK) {
        return 1;
    }

    /* A failed repair may say no more than what was wrong. */
    if (strcmp(reason.text, why->text) != 0
        && strcmp(reason.text, cert_err_name(err)) != 0)
    {
        certd_writer_tell(err, "cannot recover", &reason);
    }

    return 0;
}


/* Once a minute: clients try again and again. */
static void
certd_writer_tell(cert_err_t err, const char *what, const cert_reason_t *why)
{
    certd_log_level_t  level;

    level = err == CERT_MAP_FULL || err == CERT_BUSY ? CERTD_LOG_WARNING
            : err == CERT_REFUSED ? CERTD_LOG_ALERT : CERTD_LOG_ERROR;

    certd_log_repeat(level, "%s: %s", what, why->text);
}


/*
 * Change by change.  One that cannot be applied fails alone; a transaction that
 * cannot begin or be committed fails for all that come after it as well, so
 * they are told without a flush for each.
 */
static void
certd_writer_singly(certd_writer_t *writer, certd_write_t *batch)
{
    cert_err_t            err;
    cert_txn_t           *txn;
    cert_reason_t         reason;
    certd_write_t        *write, *rest;
    certd_batch_state_t   state;

    for (write = batch; write != NULL; write = rest) {
        rest = write->next;
        write->next = NULL;

        state = CERTD_BATCH_UNWRITTEN;
        err = certd_store_begin(writer->certd->store, &txn, &reason);

        if (err == CERT_OK) {
            state = certd_batch_run(writer, txn, write, 1, &err, &reason);
        }

        if (state == CERTD_BATCH_DONE) {
            certd_batch_end(writer, write);
            continue;
        }

        certd_writer_tell(err, state == CERTD_BATCH_UNDONE
                          ? "one change was not made" : "cannot write",
                          &reason);
        certd_batch_fail(writer, write, err);

        if (state != CERTD_BATCH_UNDONE) {
            certd_batch_fail(writer, rest, err);
            return;
        }
    }
}
