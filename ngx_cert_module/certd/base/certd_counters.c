/*
 * Copyright (C) the ngx_cert authors
 *
 * Counters.
 *
 * They are atomic and not guarded: a figure that is one behind another does no
 * harm, a lock in each request would.
 */


#include <stdlib.h>

#include "certd_counters.h"


struct certd_counters_s {
    uint64_t  counts[CERTD_COUNTS];
    uint64_t  refusals[CERT_FIGURES_REFUSALS];
    uint64_t  batch_last;
    uint64_t  batch_max;
};


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
