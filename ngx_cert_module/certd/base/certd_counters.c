/*
 * Copyright (C) the ngx_cert authors
 *
 * Counters, and the thread that tells them once a second.
 *
 * It also ends sessions that are over, since it is the one thread with time:
 * a page of them every few seconds, so that the store does not keep them; and
 * it logs how often what was logged came again.
 *
 * Counters are atomic and not guarded: a figure that is one behind another
 * does no harm, a lock in each request would.
 */


#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "certd_counters.h"
#include "certd_hashes.h"
#include "certd_jobs.h"
#include "certd_repeats.h"
#include "certd_scrub.h"
#include "certd_store.h"
#include "certd_sweep.h"
#include "certd_writer.h"


/* Rates are means over so many seconds. */
#define CERTD_RATE_SEC       10

typedef struct {
    uint64_t  commits;
    uint64_t  changes;
    uint64_t  jobs;
} certd_sample_t;

struct certd_counters_s {
    uint64_t          counts[CERTD_COUNTS];
    uint64_t          refusals[CERT_FIGURES_REFUSALS];
    uint64_t          batch_last;
    uint64_t          batch_max;

    pthread_t         thread;
    int               is_started;
    int               is_stopping;
    cert_time_t       started;
    char              path[CERTD_PATH_MAX];
    uint64_t          seconds;          /* since the thread began */
    certd_sample_t    samples[CERTD_RATE_SEC];
    certd_sweep_t     sweep;
};


static void *certd_counters_thread(void *data);
static void certd_counters_fill(certd_t *certd, cert_figures_t *figures);
static void certd_counters_rates(certd_counters_t *counters,
    cert_figures_t *figures);
static void certd_counters_write(certd_t *certd,
    const cert_figures_t *figures);


certd_counters_t *
certd_counters_create(void)
{
    return calloc(1, sizeof(certd_counters_t));
}


void
certd_counters_destroy(certd_counters_t *counters)
{
    free(counters);
}


void
certd_count(certd_counters_t *counters, certd_count_t what, uint64_t n)
{
    __atomic_add_fetch(&counters->counts[what], n, __ATOMIC_RELAXED);
}


void
certd_count_refusal(certd_counters_t *counters, cert_refusal_t refusal)
{
    if (refusal < CERT_FIGURES_REFUSALS) {
        __atomic_add_fetch(&counters->refusals[refusal], 1, __ATOMIC_RELAXED);
    }
}


/* By the writer's thread alone. */
void
certd_count_batch(certd_counters_t *counters, uint64_t changes)
{
    certd_count(counters, CERTD_COUNT_COMMITS, 1);
    certd_count(counters, CERTD_COUNT_CHANGES, changes);

    __atomic_store_n(&counters->batch_last, changes, __ATOMIC_RELAXED);

    if (changes > counters->batch_max) {
        __atomic_store_n(&counters->batch_max, changes, __ATOMIC_RELAXED);
    }
}


int
certd_counters_start(certd_t *certd)
{
    certd_counters_t  *counters;

    counters = certd->counters;
    counters->started = certd_clock();

    counters->is_started = certd_path(certd->options, counters->path, "store")
                           && pthread_create(&counters->thread, NULL,
                                             certd_counters_thread, certd)
                              == 0;

    return counters->is_started;
}


void
certd_counters_stop(certd_t *certd)
{
    if (certd->counters == NULL || !certd->counters->is_started) {
        return;
    }

    __atomic_store_n(&certd->counters->is_stopping, 1, __ATOMIC_RELAXED);
    (void) pthread_join(certd->counters->thread, NULL);

    cert_figures_remove(certd->counters->path);
}


static void *
certd_counters_thread(void *data)
{
    certd_t *certd = data;

    cert_figures_t          figures;
    certd_counters_t       *counters;
    const struct timespec   tick = { 0, 100000000L };

    counters = certd->counters;

    for (uint64_t ticks = 0;
         !__atomic_load_n(&counters->is_stopping, __ATOMIC_RELAXED);
         ticks++)
    {
        if (ticks % 10 == 0) {
            certd_counters_fill(certd, &figures);
            certd_counters_write(certd, &figures);
            certd_log_repeats(0);

            if (counters->seconds++ % CERTD_SWEEP_SEC == 0) {
                certd_sweep(certd, &counters->sweep);
            }
        }

        (void) nanosleep(&tick, NULL);
    }

    return NULL;
}


static void
certd_counters_fill(certd_t *certd, cert_figures_t *figures)
{
    memset(figures, 0, sizeof(cert_figures_t));

    figures->updated = certd_clock();
    figures->hashes_waiting = certd_hashes_waiting(certd->hashes);

    certd_writer_look(certd->writer, &figures->waiting,
                      &figures->waiting_ms);
    certd_jobs_figures(certd->jobs, figures);
    certd_scrub_figures(certd->scrub, figures);
    certd_counters_figures(certd->counters, figures);
    certd_counters_rates(certd->counters, figures);
}


void
certd_counters_figures(certd_counters_t *counters, cert_figures_t *figures)
{
    uint64_t   counts[CERTD_COUNTS];
    uint64_t  *refusal;

    for (int i = 0; i < CERTD_COUNTS; i++) {
        counts[i] = __atomic_load_n(&counters->counts[i], __ATOMIC_RELAXED);
    }

    for (int i = 0; i < CERT_FIGURES_REFUSALS; i++) {
        refusal = &counters->refusals[i];
        figures->refusals[i] = __atomic_load_n(refusal, __ATOMIC_RELAXED);
        figures->refused += figures->refusals[i];
    }

    figures->started = counters->started;
    figures->commits = counts[CERTD_COUNT_COMMITS];
    figures->changes = counts[CERTD_COUNT_CHANGES];
    figures->busy = counts[CERTD_COUNT_BUSY];
    figures->logins = counts[CERTD_COUNT_LOGINS];
    figures->logins_refused = counts[CERTD_COUNT_LOGINS_REFUSED];
    figures->logins_throttled = counts[CERTD_COUNT_LOGINS_THROTTLED];
    figures->logins_left = counts[CERTD_COUNT_LOGINS_LEFT];
    figures->batch_last = __atomic_load_n(&counters->batch_last,
                                          __ATOMIC_RELAXED);
    figures->batch_max = __atomic_load_n(&counters->batch_max,
                                         __ATOMIC_RELAXED);
}


/* Against the sample of ten seconds ago, or the oldest there is. */
static void
certd_counters_rates(certd_counters_t *counters, cert_figures_t *figures)
{
    uint64_t         seconds;
    certd_sample_t  *sample;

    sample = &counters->samples[counters->seconds % CERTD_RATE_SEC];
    seconds = counters->seconds < CERTD_RATE_SEC ? counters->seconds
                                                 : CERTD_RATE_SEC;

    if (seconds < CERTD_RATE_SEC) {
        sample = &counters->samples[0];
    }

    if (seconds > 0) {
        figures->commits_per_sec = (figures->commits - sample->commits)
                                   * 1000 / seconds;
        figures->changes_per_sec = (figures->changes - sample->changes)
                                   * 1000 / seconds;
        figures->jobs_per_sec = (figures->jobs_done - sample->jobs)
                                * 1000 / seconds;
    }

    sample = &counters->samples[counters->seconds % CERTD_RATE_SEC];
    sample->commits = figures->commits;
    sample->changes = figures->changes;
    sample->jobs = figures->jobs_done;
}


/* Figures that cannot be written show as old ones: no line a second. */
static void
certd_counters_write(certd_t *certd, const cert_figures_t *figures)
{
    certd_view_t   *view;
    cert_reason_t   reason;

    view = certd_view_take(certd->store);
    if (view == NULL) {
        return;
    }

    if (cert_figures_write(certd->counters->path, view->ring, figures,
                           &reason) != CERT_OK)
    {
        certd_log_repeat(CERTD_LOG_INFO, "cannot write the figures: %s",
                         reason.text);
    }

    certd_view_give(certd->store, view);
}
