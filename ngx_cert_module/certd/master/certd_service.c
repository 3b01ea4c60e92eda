/*
 * Copyright (C) the ngx_cert authors
 *
 * The service process: its parts are made one after the other, each on those
 * before, and ended the other way round.  Requests end first, then jobs, then
 * the writer, which commits what both have handed in: what was acknowledged is
 * on disk in any case, what was not was refused.
 *
 * The main thread waits for signals; every other thread has them blocked.
 */


#include <pthread.h>
#include <signal.h>

#include "certd_counters.h"
#include "certd_figures.h"
#include "certd_hashes.h"
#include "certd_http.h"
#include "certd_jobs.h"
#include "certd_repeats.h"
#include "certd_routes.h"
#include "certd_scrub.h"
#include "certd_service.h"
#include "certd_store.h"
#include "certd_throttle.h"
#include "certd_write_queue.h"


/* How long the end may take, for each of its parts. */
#define CERTD_END_MS  5000

typedef struct {
    certd_t           certd;
    certd_http_t     *http;
    certd_figures_t  *figures;
} certd_service_t;


static int certd_service_start(certd_service_t *service, int control);
static void certd_service_run(certd_t *certd, const sigset_t *signals);
static void certd_service_stop(certd_service_t *service);


int
certd_service(const certd_options_t *options, int control)
{
    int       is_up;
    sigset_t  signals;

    /* A writer that is stuck at the end still has it. */
    static certd_service_t  service;

    service.certd.options = options;

    /* Before the first thread, so that all inherit it. */
    (void) sigemptyset(&signals);
    (void) sigaddset(&signals, SIGTERM);
    (void) sigaddset(&signals, SIGINT);
    (void) sigaddset(&signals, SIGHUP);
    (void) pthread_sigmask(SIG_BLOCK, &signals, NULL);
    (void) signal(SIGPIPE, SIG_IGN);

    is_up = certd_service_start(&service, control);

    if (is_up) {
        certd_log(CERTD_LOG_NOTICE, "ready at %s", options->socket);
        certd_service_run(&service.certd, &signals);
    }

    certd_service_stop(&service);

    return is_up ? CERTD_YES : CERTD_SYSTEM;
}


/* 0: the reason was logged; what was made is ended by stop. */
static int
certd_service_start(certd_service_t *service, int control)
{
    certd_t                *certd;
    cert_reason_t           reason;
    const certd_options_t  *options;

    certd = &service->certd;
    options = certd->options;

    if (certd_store_open(&certd->store, options, &reason) != CERT_OK) {
        certd_log(CERTD_LOG_ALERT, "cannot open the home: %s", reason.text);
        return 0;
    }

    certd->hashes = certd_hashes_create(options->hashes,
                                        options->hashes_waiting);
    certd->throttle = certd_throttle_create();
    certd->counters = certd_counters_create();

    if (certd->hashes == NULL || certd->throttle == NULL
        || certd->counters == NULL)
    {
        certd_log(CERTD_LOG_ERROR, "cannot start: out of memory");
        return 0;
    }

    certd->writer = certd_writer_start(certd, certd_jobs_committed);
    if (certd->writer == NULL) {
        certd_log(CERTD_LOG_ERROR, "cannot start the writer");
        return 0;
    }

    certd->jobs = certd_jobs_start(certd, control);
    if (certd->jobs == NULL) {
        return 0;
    }

    service->http = certd_http_start(certd, certd_route, &reason);
    if (service->http == NULL) {
        certd_log(CERTD_LOG_ERROR, "cannot serve: %s", reason.text);
        return 0;
    }

    certd->scrub = certd_scrub_start(certd);
    if (certd->scrub == NULL) {
        certd_log(CERTD_LOG_ERROR, "cannot start the scrub of PDFs");
        return 0;
    }

    service->figures = certd_figures_start(certd);
    if (service->figures == NULL) {
        certd_log(CERTD_LOG_ERROR, "cannot start the figures");
        return 0;
    }

    return 1;
}


static void
certd_service_run(certd_t *certd, const sigset_t *signals)
{
    int  sig;

    for ( ;; ) {

        if (sigwait(signals, &sig) != 0) {
            continue;
        }

        if (sig != SIGHUP) {
            certd_log(CERTD_LOG_NOTICE, "ending");
            return;
        }

        certd_store_reload(certd->store);
    }
}


/*
 * The thread of the figures asks jobs, writer and scrub, so it ends before
 * those are freed; and a writer that is stuck, or a scrub on a disk that is,
 * goes on using what it has until the process ends.
 */
static void
certd_service_stop(certd_service_t *service)
{
    int       is_over;
    certd_t  *certd;

    certd = &service->certd;

    certd_http_stop(service->http);
    certd_jobs_stop(certd->jobs, CERTD_END_MS);
    certd_figures_stop(service->figures);
    is_over = certd_scrub_stop(certd->scrub, CERTD_END_MS);

    if (!certd_writer_stop(certd->writer, CERTD_END_MS) || !is_over) {
        certd_log_repeats(1);
        return;
    }

    certd_log_repeats(1);

    certd_scrub_free(certd->scrub);
    certd_jobs_free(certd->jobs);
    certd_hashes_destroy(certd->hashes);
    certd_throttle_destroy(certd->throttle);
    certd_counters_destroy(certd->counters);
    certd_store_close(certd->store);
}
