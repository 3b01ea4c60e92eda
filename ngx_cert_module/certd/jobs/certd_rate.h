/*
 * Copyright (C) the ngx_cert authors
 *
 * How fast copies are made, and when no job is begun.
 *
 * Trouble that is not that of one copy (a full disk, a store that cannot be
 * written) would have every job tried in turn, in vain.  So after a few jobs in
 * a row a spell of trouble begins: a single job is tried after a pause, and the
 * next after a longer one, until one succeeds.
 *
 * Pure arithmetic: times are arguments, the lock is the caller's.
 */


#ifndef CERTD_RATE_H_INCLUDED
#define CERTD_RATE_H_INCLUDED


#include <stdint.h>


/* Jobs in trouble before a spell begins: one or two may be at fault. */
#define CERTD_SPELL_JOBS  3

/*
 * Between two tries of a spell.  Not longer: a repair is to be noticed within
 * five seconds, and a try in four seconds costs nothing.
 */
#define CERTD_SPELL_MIN_MS  500
#define CERTD_SPELL_MAX_MS  4000

/* Between two tries of one job in trouble. */
#define CERTD_TROUBLE_MIN_MS  1000
#define CERTD_TROUBLE_MAX_MS  60000

typedef struct {
    unsigned  alive;        /* renderers */
    unsigned  busy;         /* ... of which at a job */
    uint64_t  mean_usec;    /* of one job of one renderer */
    unsigned  troubles;     /* jobs in a row */
    int64_t   pause_ms;
    int64_t   hold_ms;      /* nothing is begun before */
} certd_rate_t;


/* No renderer, no trouble, and a guess of how long a job takes. */
void certd_rate_init(certd_rate_t *rate);

/* A job took so long, whatever became of it. */
void certd_rate_job(certd_rate_t *rate, uint64_t usec);

/*
 * A job is in trouble, for the first time if "is_new": one that fails again
 * and again shall not stop the others.  True if a spell begins with it.
 */
int certd_rate_trouble(certd_rate_t *rate, int is_new, int64_t now_ms);

/* A copy was made and is in the store.  True if that ended a spell. */
int certd_rate_success(certd_rate_t *rate);

/* True if a job may be begun; "wait_ms" is how long to wait otherwise. */
int certd_rate_may(const certd_rate_t *rate, int64_t now_ms,
    int64_t *wait_ms);

/* How long one job pauses after so many troubles in a row, 1 or more. */
int64_t certd_rate_pause_ms(unsigned troubles);

/* Until the job at this position is made; at least 1. */
uint32_t certd_rate_seconds(const certd_rate_t *rate, uint64_t position,
    int64_t now_ms);


#endif /* CERTD_RATE_H_INCLUDED */
