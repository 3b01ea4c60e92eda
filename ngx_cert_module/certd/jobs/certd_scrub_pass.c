/*
 * Copyright (C) the ngx_cert authors
 *
 * A pass over the copies.
 */


#include "certd_scrub_pass.h"
#include "certd_store.h"


/* Between two writes of the position. */
#define CERTD_SCRUB_SAVE_MS  10000


static cert_err_t certd_scrub_pass_list(certd_scrub_pass_t *pass);
static cert_err_t certd_scrub_pass_each(void *data, const cert_code_t *code,
    cert_time_t time);


void
certd_scrub_pass_open(certd_scrub_pass_t *pass, certd_t *certd)
{
    certd_reader_t  *reader;

    pass->certd = certd;
    (void) certd_home_path(certd->options, pass->path, "store");

    reader = certd_reader_take(certd->store);

    if (reader != NULL) {
        (void) cert_scrub_read(pass->path, reader->ring, &pass->state);
        certd_reader_give(certd->store, reader);
    }
}


void
certd_scrub_pass_restart(certd_scrub_pass_t *pass)
{
    pass->state.is_under_way = 0;
    pass->state.began = 0;
}


/* A time in the future is of a clock that was wrong. */
int
certd_scrub_pass_begin(certd_scrub_pass_t *pass)
{
    cert_time_t    now;
    cert_scrub_t  *state;

    now = certd_clock();
    state = &pass->state;

    if (state->began <= now
        && now < state->began + (cert_time_t) pass->certd->options->scrub_sec)
    {
        return 0;
    }

    state->is_under_way = 1;
    state->is_behind = 0;
    state->began = now;

    if (state->first == 0) {
        state->first = now;
    }

    pass->n = 0;
    pass->i = 0;
    pass->is_unsaved = 1;
    pass->is_partial = 0;

    return 1;
}


cert_err_t
certd_scrub_pass_next(certd_scrub_pass_t *pass, cert_code_t *code)
{
    cert_err_t  err;

    if (pass->i == pass->n) {
        err = certd_scrub_pass_list(pass);

        if (err == CERT_NOT_FOUND && pass->n == 0) {
            return CERT_NOT_FOUND;
        }

        if (err != CERT_OK && err != CERT_NOT_FOUND) {
            pass->n = 0;
            return err;
        }
    }

    *code = pass->page[pass->i++];

    pass->state.code = *code;
    pass->state.is_behind = 1;
    pass->is_unsaved = 1;

    return CERT_OK;
}


/* The next page, behind the code that was looked at last. */
static cert_err_t
certd_scrub_pass_list(certd_scrub_pass_t *pass)
{
    cert_err_t        err;
    certd_reader_t   *reader;
    cert_position_t   after;

    pass->n = 0;
    pass->i = 0;
    after.len = 0;

    if (pass->state.is_behind) {
        after.len = CERT_CODE_SIZE;
        memcpy(after.data, pass->state.code.bytes, CERT_CODE_SIZE);
    }

    reader = certd_reader_take(pass->certd->store);
    if (reader == NULL) {
        return CERT_BUSY;
    }

    err = cert_list_codes(reader->handle, &after, CERTD_SCRUB_PAGE,
                          certd_scrub_pass_each, pass);

    certd_reader_give(pass->certd->store, reader);

    return err;
}


/* Copied and no more: the snapshot that it is called in pins pages. */
static cert_err_t
certd_scrub_pass_each(void *data, const cert_code_t *code, cert_time_t time)
{
    certd_scrub_pass_t *pass = data;

    (void) time;

    pass->page[pass->n++] = *code;

    return CERT_OK;
}


int
certd_scrub_pass_end(certd_scrub_pass_t *pass)
{
    pass->state.is_under_way = 0;
    pass->state.is_behind = 0;
    pass->save_ms = 0;
    pass->is_unsaved = 1;

    if (pass->is_partial) {
        return 0;
    }

    pass->state.passes++;
    pass->state.finished = certd_clock();

    return 1;
}


/* A folder that cannot be written shows by the figures, which lie there. */
void
certd_scrub_pass_save(certd_scrub_pass_t *pass)
{
    certd_reader_t  *reader;
    cert_reason_t    reason;

    pass->save_ms = certd_clock_ms() + CERTD_SCRUB_SAVE_MS;

    reader = certd_reader_take(pass->certd->store);
    if (reader == NULL) {
        return;
    }

    if (cert_scrub_write(pass->path, reader->ring, &pass->state, &reason)
        != CERT_OK)
    {
        certd_log(CERTD_LOG_INFO, "cannot save how far the scrub of PDFs has "
                  "come: %s", reason.text);

    } else {
        pass->is_unsaved = 0;
    }

    certd_reader_give(pass->certd->store, reader);
}


void
certd_scrub_pass_save_due(certd_scrub_pass_t *pass, int64_t now_ms)
{
    if (now_ms >= pass->save_ms && pass->is_unsaved) {
        certd_scrub_pass_save(pass);
    }
}
