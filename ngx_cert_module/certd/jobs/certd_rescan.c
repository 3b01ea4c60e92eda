/*
 * Copyright (C) the ngx_cert authors
 *
 * The queue of the store, compared with the one in memory.
 *
 * The writer reports each application that comes through this daemon.  But
 * other programs write as well: certctl applies and makes copies, a holder
 * withdraws a copy that waits, and nothing is reported of a commit whose end
 * was unknown.  So the store's queue is listed again and again, a few pages a
 * second: one of some thousands is seen whole each second, and a long one costs
 * no more.
 *
 * Rejected: to compare counts first.  Under load they differ at any moment,
 * and equal counts may be of unequal queues.
 */


#include "certd_rescan.h"
#include "certd_store.h"


static cert_err_t certd_rescan_list(certd_jobs_t *jobs);
static cert_err_t certd_rescan_each(void *data, const cert_code_t *code,
    cert_time_t applied);


cert_err_t
certd_rescan_page(certd_jobs_t *jobs, int64_t due_ms)
{
    cert_err_t              err;
    certd_rescan_t         *rescan;
    const certd_job_key_t  *after;

    rescan = &jobs->rescan;

    /* Before the snapshot: what is added from now on may not be in it. */
    (void) pthread_mutex_lock(&jobs->lock);
    certd_job_queue_round(&jobs->queue);
    (void) pthread_mutex_unlock(&jobs->lock);

    err = certd_rescan_list(jobs);
    after = rescan->last.applied != 0 ? &rescan->last : NULL;

    if (err == CERT_OK || err == CERT_NOT_FOUND) {
        (void) pthread_mutex_lock(&jobs->lock);

        (void) certd_job_queue_merge(&jobs->queue, after, rescan->page,
                                     rescan->n, err == CERT_NOT_FOUND, due_ms);

        (void) pthread_mutex_unlock(&jobs->lock);
    }

    if (err == CERT_OK) {
        rescan->last = rescan->page[rescan->n - 1];
        return CERT_OK;
    }

    /* From the start, also after half a page that was not merged. */
    rescan->after.len = 0;
    rescan->last.applied = 0;

    return err;
}


/* The reader is given back before the lock is taken: neither waits for both. */
static cert_err_t
certd_rescan_list(certd_jobs_t *jobs)
{
    cert_err_t       err;
    certd_reader_t  *reader;

    reader = certd_reader_take(jobs->certd->store);
    if (reader == NULL) {
        return CERT_BUSY;
    }

    jobs->rescan.n = 0;

    err = cert_list_queue(reader->handle, &jobs->rescan.after,
                          CERTD_RESCAN_PAGE, certd_rescan_each, &jobs->rescan);

    certd_reader_give(jobs->certd->store, reader);

    return err;
}


/* Copied and no more: the snapshot that it is called in pins pages. */
static cert_err_t
certd_rescan_each(void *data, const cert_code_t *code, cert_time_t applied)
{
    certd_rescan_t  *rescan = data;

    rescan->page[rescan->n].applied = applied;
    rescan->page[rescan->n].code = *code;
    rescan->n++;

    return CERT_OK;
}
