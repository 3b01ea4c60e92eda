/*
 * Copyright (C) the ngx_cert authors
 *
 * Removes what has expired.
 *
 * No promise depends on it: a session's end is checked whenever it is used, and
 * a key of an application that is kept longer than promised does no harm.  So a
 * sweep goes on where it was at the next turn, does nothing while the writer is
 * overloaded, and after an error goes on at a random place: keys are digests,
 * so what lies behind a damaged record is reached another time.
 */


#include "cert_holder_read.h"
#include "cert_read.h"
#include "certd_store.h"
#include "certd_sweep.h"
#include "certd_write_queue.h"


/* Sessions, and keys of applications, that are looked at in a turn. */
#define CERTD_SESSIONS_PAGE  256
#define CERTD_KEYS_PAGE      1000

/* The rest between two sweeps through all keys. */
#define CERTD_KEYS_MS        3600000

/* Nothing is asked of a writer whose oldest change has waited for longer. */
#define CERTD_SWEEP_MS       1000

/* What a look at the sessions carries. */
typedef struct {
    certd_t      *certd;
    cert_time_t   now;
    size_t        n;
    uint8_t       over[CERTD_SESSIONS_PAGE][CERT_SHA256_SIZE];
} certd_over_t;


static void certd_sweep_sessions(certd_t *certd, cert_position_t *after);
static cert_err_t certd_sweep_session(void *data,
    const uint8_t digest[CERT_SHA256_SIZE], const cert_session_t *session);
static void certd_sweep_keys(certd_t *certd, certd_sweep_t *sweep);
static void certd_sweep_elsewhere(cert_position_t *after);


void
certd_sweep(certd_t *certd, certd_sweep_t *sweep)
{
    uint64_t  waiting, waiting_ms;

    certd_write_queue_look(certd->writer, &waiting, &waiting_ms);

    if (waiting_ms > CERTD_SWEEP_MS) {
        return;
    }

    certd_sweep_sessions(certd, &sweep->sessions);

    if (certd_clock_ms() >= sweep->keys_ms) {
        certd_sweep_keys(certd, sweep);
    }
}


/* Those found are ended after the reader was given back. */
static void
certd_sweep_sessions(certd_t *certd, cert_position_t *after)
{
    cert_err_t       err;
    certd_over_t     look;
    certd_reader_t  *reader;
    certd_write_t   *write;

    reader = certd_reader_take(certd->store);
    if (reader == NULL) {
        return;
    }

    look.certd = certd;
    look.n = 0;

    err = cert_read_now(reader->handle, certd_clock(), &look.now);

    if (err == CERT_OK) {
        err = cert_list_sessions(reader->handle, after, CERTD_SESSIONS_PAGE,
                                 certd_sweep_session, &look);
    }

    certd_reader_give(certd->store, reader);

    if (err == CERT_NOT_FOUND) {
        after->len = 0;

    } else if (err != CERT_OK) {
        certd_sweep_elsewhere(after);
    }

    for (size_t i = 0; i < look.n; i++) {
        write = certd_write_create(CERT_CHANGE_LOGOUT, "certd");
        if (write == NULL) {
            return;
        }

        memcpy(write->change.u.session.digest, look.over[i],
               CERT_SHA256_SIZE);
        certd_write_post(certd->writer, write, NULL, NULL);
    }
}


static cert_err_t
certd_sweep_session(void *data, const uint8_t digest[CERT_SHA256_SIZE],
    const cert_session_t *session)
{
    certd_over_t  *look = data;

    if (session->until <= look->now
        || session->seen + (cert_time_t) look->certd->options->idle_sec
           <= look->now)
    {
        memcpy(look->over[look->n++], digest, CERT_SHA256_SIZE);
    }

    return CERT_OK;
}


/* A part that was not waited for is done again, which changes nothing. */
static void
certd_sweep_keys(certd_t *certd, certd_sweep_t *sweep)
{
    certd_write_t    *write;
    cert_position_t  *after;

    after = &sweep->keys;

    write = certd_write_create(CERT_CHANGE_FORGET, "certd");
    if (write == NULL) {
        return;
    }

    write->change.u.forget.until = write->change.time
                                   - CERT_REPEAT_DAYS * CERT_DAY_SEC;
    write->change.u.forget.part.after = *after;
    write->change.u.forget.part.limit = CERTD_KEYS_PAGE;

    if (certd_write_try(certd->writer, write, CERTD_SWEEP_MS) != CERT_OK) {
        certd_write_free(write);
        return;
    }

    if (write->err == CERT_OK) {
        *after = write->outcome.next;

    } else if (write->err == CERT_CORRUPT) {
        certd_sweep_elsewhere(after);
    }

    if (write->err == CERT_OK && after->len == 0) {
        sweep->keys_ms = certd_clock_ms() + CERTD_KEYS_MS;
    }

    certd_write_free(write);
}


static void
certd_sweep_elsewhere(cert_position_t *after)
{
    after->len = CERT_SHA256_SIZE;
    certd_random(after->data, after->len);
}
