/*
 * Copyright (C) the ngx_cert authors
 *
 * Changes that wait for the writer.
 *
 * A change that was refused with "busy" before it was taken is certain not to
 * be done.  One that was taken is on its way to the disk: a sender that gives
 * up then cannot know, and a key of its own (cert_change.h, APPLY) makes it
 * safe to repeat.
 *
 * The queue is bounded, and closed while its oldest change has waited for long:
 * a writer that is stuck should not gather senders that will all give up.
 */


#include <stdlib.h>
#include <time.h>

#include "certd_counters.h"
#include "certd_write_queue.h"


static cert_err_t certd_write_until(certd_writer_t *writer,
    certd_write_t *write, int64_t wait_ms);
static cert_err_t certd_write_queue_put(certd_writer_t *writer,
    certd_write_t *write, int is_bounded);
static void certd_write_queue_remove(certd_writer_t *writer,
    certd_write_t *write);


certd_write_t *
certd_write_create(cert_change_type_t type, const char *actor)
{
    certd_write_t  *write;

    write = calloc(1, sizeof(certd_write_t));
    if (write == NULL) {
        return NULL;
    }

    certd_clock_cond_init(&write->ended);

    write->refs = 1;
    write->change.type = type;
    write->change.time = certd_clock();
    certd_random(write->change.nonce, sizeof(write->change.nonce));
    (void) snprintf(write->change.actor, sizeof(write->change.actor), "%s",
                    actor);

    return write;
}


cert_str_t
certd_write_keep(certd_write_t *write, cert_str_t text)
{
    uint8_t  *p;

    if (text.len > sizeof(write->bytes) - write->bytes_n) {
        return cert_str("");
    }

    p = write->bytes + write->bytes_n;
    memcpy(p, text.data, text.len);
    write->bytes_n += text.len;

    return (cert_str_t) { p, text.len };
}


const cert_holder_t *
certd_write_holder(certd_write_t *write, const cert_holder_t *holder)
{
    cert_str_t  kept;

    kept = certd_write_keep(write, (cert_str_t) { holder->bytes,
                                                  CERT_HOLDER_SIZE });

    /* Bytes without a need for alignment. */
    return (const cert_holder_t *) kept.data;
}


/* Drops a reference.  What it kept may be a password's hash. */
void
certd_write_free(certd_write_t *write)
{
    if (write == NULL
        || __atomic_sub_fetch(&write->refs, 1, __ATOMIC_ACQ_REL) > 0)
    {
        return;
    }

    (void) pthread_cond_destroy(&write->ended);
    explicit_bzero(write, sizeof(certd_write_t));
    free(write);
}


cert_err_t
certd_write_wait(certd_writer_t *writer, certd_write_t *write)
{
    cert_err_t  err;

    err = certd_write_try(writer, write, CERTD_WRITE_MS);

    if (err == CERT_BUSY) {
        certd_count(writer->certd->counters, CERTD_COUNT_BUSY, 1);
    }

    return err;
}


cert_err_t
certd_write_try(certd_writer_t *writer, certd_write_t *write, int64_t wait_ms)
{
    cert_err_t  err;

    err = certd_write_queue_put(writer, write, 1);

    return err == CERT_OK ? certd_write_until(writer, write, wait_ms) : err;
}


static cert_err_t
certd_write_until(certd_writer_t *writer, certd_write_t *write,
    int64_t wait_ms)
{
    int64_t     until_ms;
    cert_err_t  err;

    until_ms = write->since_ms + wait_ms;
    err = CERT_OK;

    (void) pthread_mutex_lock(&writer->lock);

    while (write->state != CERTD_WRITE_ENDED && err == CERT_OK) {
        if (!certd_clock_wait(&write->ended, &writer->lock, until_ms)) {
            err = CERT_BUSY;
        }
    }

    if (write->state == CERTD_WRITE_ENDED) {
        err = CERT_OK;

    } else if (write->state == CERTD_WRITE_WAITING) {
        certd_write_queue_remove(writer, write);
    }

    (void) pthread_mutex_unlock(&writer->lock);

    return err;
}


void
certd_write_post(certd_writer_t *writer, certd_write_t *write,
    certd_written_pt done, void *data)
{
    write->done = done;
    write->data = data;

    (void) certd_write_queue_put(writer, write, 0);
    certd_write_free(write);
}


/*
 * At the end, with a reference for the writer.  CERT_BUSY: bounded, and there
 * is no room, or the writer is stuck or to stop.  While it stops, it still
 * takes what the daemon itself posts: a copy that was made goes into the store.
 */
static cert_err_t
certd_write_queue_put(certd_writer_t *writer, certd_write_t *write,
    int is_bounded)
{
    cert_err_t  err;

    err = CERT_OK;
    write->since_ms = certd_clock_ms();

    (void) pthread_mutex_lock(&writer->lock);

    if (is_bounded
        && (writer->is_stopping
            || writer->waiting >= writer->certd->options->writes_waiting
            || (writer->first != NULL
                && write->since_ms - writer->first->since_ms
                   > CERTD_STUCK_MS)))
    {
        err = CERT_BUSY;

    } else {
        write->state = CERTD_WRITE_WAITING;
        write->next = NULL;
        __atomic_add_fetch(&write->refs, 1, __ATOMIC_RELAXED);

        *writer->last = write;
        writer->last = &write->next;

        if (writer->waiting++ == 0) {
            (void) pthread_cond_signal(&writer->work);
        }
    }

    (void) pthread_mutex_unlock(&writer->lock);

    return err;
}


certd_write_t *
certd_write_queue_take(certd_writer_t *writer, unsigned max)
{
    certd_write_t  *batch, *write, **end;

    (void) pthread_mutex_lock(&writer->lock);

    batch = NULL;
    end = &batch;

    while (writer->first != NULL && max-- > 0) {
        write = writer->first;
        writer->first = write->next;
        writer->waiting--;

        write->state = CERTD_WRITE_TAKEN;
        write->next = NULL;
        *end = write;
        end = &write->next;
    }

    if (writer->first == NULL) {
        writer->last = &writer->first;
    }

    (void) pthread_mutex_unlock(&writer->lock);

    return batch;
}


/* Takes back what the writer has not taken yet; "lock" is held. */
static void
certd_write_queue_remove(certd_writer_t *writer, certd_write_t *write)
{
    certd_write_t  **p;

    p = &writer->first;

    while (*p != write) {
        p = &(*p)->next;
    }

    *p = write->next;
    writer->waiting--;

    if (*p == NULL) {
        writer->last = p;
    }

    write->state = CERTD_WRITE_NEW;
    certd_write_free(write);
}


void
certd_write_queue_end(certd_writer_t *writer, certd_write_t *write)
{
    if (write->done != NULL) {
        write->done(write->data, write);
    }

    (void) pthread_mutex_lock(&writer->lock);
    write->state = CERTD_WRITE_ENDED;
    (void) pthread_cond_signal(&write->ended);
    (void) pthread_mutex_unlock(&writer->lock);

    certd_write_free(write);
}


void
certd_write_queue_look(certd_writer_t *writer, uint64_t *waiting,
    uint64_t *waiting_ms)
{
    (void) pthread_mutex_lock(&writer->lock);

    *waiting = writer->waiting;
    *waiting_ms = writer->first == NULL
                  ? 0 : (uint64_t) (certd_clock_ms()
                                    - writer->first->since_ms);

    (void) pthread_mutex_unlock(&writer->lock);
}
