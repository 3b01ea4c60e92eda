/*
 * Copyright (C) the ngx_cert authors
 *
 * The thread that writes the figures once a second.
 *
 * It also ends sessions that are over, since it is the one thread with time:
 * a page of them every few seconds, so that the store does not keep them; and
 * it logs how often what was logged came again.
 */


#include <pthread.h>
#include <stdlib.h>

#include "certd_counters.h"
#include "certd_figures.h"
#include "certd_hashes.h"
#include "certd_jobs.h"
#include "certd_repeats.h"
#include "certd_scrub.h"
#include "certd_store.h"
#include "certd_sweep.h"
#include "certd_write_queue.h"


/* Between two looks at whether it is to stop: ten of them are a second. */
#define CERTD_FIGURES_TICK_MS  100

/* Rates are means over so many seconds. */
#define CERTD_RATE_SEC  10

typedef struct {
    uint64_t  commits;
    uint64_t  changes;
    uint64_t  jobs;
} certd_sample_t;

struct certd_figures_s {
    certd_t         *certd;
    pthread_t        thread;
    int              is_stopping;
    cert_time_t      started;
    char             path[CERTD_PATH_MAX];
    uint64_t         seconds;           /* since the thread began */
    certd_sample_t   samples[CERTD_RATE_SEC];
    certd_sweep_t    sweep;
};


static void *certd_figures_thread(void *data);
static void certd_figures_fill(certd_figures_t *self,
    cert_figures_t *figures);
static void certd_figures_rates(certd_figures_t *self,
    cert_figures_t *figures);
static void certd_figures_write(certd_figures_t *self,
    const cert_figures_t *figures);


certd_figures_t *
certd_figures_start(certd_t *certd)
{
    certd_figures_t  *self;

    self = calloc(1, sizeof(certd_figures_t));
    if (self == NULL) {
        return NULL;
    }

    self->certd = certd;
    self->started = certd_clock();

    if (!certd_home_path(certd->options, self->path, "store")
        || pthread_create(&self->thread, NULL, certd_figures_thread, self)
           != 0)
    {
        free(self);
        return NULL;
    }

    return self;
}


void
certd_figures_stop(certd_figures_t *self)
{
    if (self == NULL) {
        return;
    }

    __atomic_store_n(&self->is_stopping, 1, __ATOMIC_RELAXED);
    (void) pthread_join(self->thread, NULL);

    cert_figures_remove(self->path);
    free(self);
}


static void *
certd_figures_thread(void *data)
{
    certd_figures_t  *self = data;

    cert_figures_t  figures;

    for (uint64_t ticks = 0;
         !__atomic_load_n(&self->is_stopping, __ATOMIC_RELAXED);
         ticks++)
    {
        if (ticks % 10 == 0) {
            certd_figures_fill(self, &figures);
            certd_figures_write(self, &figures);
            certd_log_repeats(0);

            if (self->seconds++ % CERTD_SWEEP_SEC == 0) {
                certd_sweep(self->certd, &self->sweep);
            }
        }

        certd_clock_sleep(CERTD_FIGURES_TICK_MS);
    }

    return NULL;
}


static void
certd_figures_fill(certd_figures_t *self, cert_figures_t *figures)
{
    certd_t  *certd;

    certd = self->certd;
    memset(figures, 0, sizeof(cert_figures_t));

    figures->started = self->started;
    figures->updated = certd_clock();
    figures->hashes_waiting = certd_hashes_waiting(certd->hashes);

    certd_write_queue_look(certd->writer, &figures->waiting,
                           &figures->waiting_ms);
    certd_jobs_figures(certd->jobs, figures);
    certd_scrub_figures(certd->scrub, figures);
    certd_counters_figures(certd->counters, figures);
    certd_figures_rates(self, figures);
}


/* Against the sample of ten seconds ago, or the oldest there is. */
static void
certd_figures_rates(certd_figures_t *self, cert_figures_t *figures)
{
    uint64_t         seconds;
    certd_sample_t  *sample;

    sample = &self->samples[self->seconds % CERTD_RATE_SEC];
    seconds = self->seconds < CERTD_RATE_SEC ? self->seconds : CERTD_RATE_SEC;

    if (seconds < CERTD_RATE_SEC) {
        sample = &self->samples[0];
    }

    if (seconds > 0) {
        figures->commits_per_sec = (figures->commits - sample->commits)
                                   * 1000 / seconds;
        figures->changes_per_sec = (figures->changes - sample->changes)
                                   * 1000 / seconds;
        figures->jobs_per_sec = (figures->jobs_done - sample->jobs)
                                * 1000 / seconds;
    }

    sample = &self->samples[self->seconds % CERTD_RATE_SEC];
    sample->commits = figures->commits;
    sample->changes = figures->changes;
    sample->jobs = figures->jobs_done;
}


/* Figures that cannot be written show as old ones: no line a second. */
static void
certd_figures_write(certd_figures_t *self, const cert_figures_t *figures)
{
    certd_reader_t  *reader;
    cert_reason_t    reason;

    reader = certd_reader_take(self->certd->store);
    if (reader == NULL) {
        return;
    }

    if (cert_figures_write(self->path, reader->ring, figures, &reason)
        != CERT_OK)
    {
        certd_log_repeat(CERTD_LOG_INFO, "cannot write the figures: %s",
                         reason.text);
    }

    certd_reader_give(self->certd->store, reader);
}
