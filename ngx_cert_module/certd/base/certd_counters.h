/*
 * Copyright (C) the ngx_cert authors
 *
 * What the daemon counts.
 */


#ifndef CERTD_COUNTERS_H_INCLUDED
#define CERTD_COUNTERS_H_INCLUDED


#include "certd.h"


typedef enum {
    CERTD_COUNT_COMMITS = 0,
    CERTD_COUNT_CHANGES,            /* committed */
    CERTD_COUNT_BUSY,               /* answered with 503 */
    CERTD_COUNT_LOGINS,
    CERTD_COUNT_LOGINS_REFUSED,
    CERTD_COUNT_LOGINS_THROTTLED,   /* 429: too many, too often */
    CERTD_COUNT_LOGINS_LEFT,        /* not hashed: the client had left */
    CERTD_COUNTS
} certd_count_t;


/* NULL: no memory.  destroy: when no thread counts; NULL is allowed. */
certd_counters_t *certd_counters_create(void);
void certd_counters_destroy(certd_counters_t *counters);

/* From any thread, without a lock. */
void certd_count(certd_counters_t *counters, certd_count_t what, uint64_t n);
void certd_count_refusal(certd_counters_t *counters, cert_refusal_t refusal);

/* A commit of so many changes.  By the writer's thread alone. */
void certd_count_batch(certd_counters_t *counters, uint64_t changes);

/* Fills in its part of the figures. */
void certd_counters_figures(certd_counters_t *counters,
    cert_figures_t *figures);


#endif /* CERTD_COUNTERS_H_INCLUDED */
