/*
 * Copyright (C) the ngx_cert authors
 *
 * Jobs: applications on their way to sealed copies.
 *
 * The queue is in the store, durable with each application; in memory are the
 * order of the jobs, and which renderer is at which job.  One thread talks to
 * the renderers: one job each at a time, the oldest first.  An answer becomes a
 * change (ready, one more attempt, failed), and the job is over when that is on
 * disk.  A copy at which a renderer died or took too long, while a specimen can
 * be made, loses an attempt; after three it has failed.  A copy that can never
 * be made has failed at once.  Trouble that is not the copy's (no disk, no
 * seal) costs no attempt: it waits and is tried again.
 */


#ifndef CERTD_JOBS_H_INCLUDED
#define CERTD_JOBS_H_INCLUDED


#include "certd_write_queue.h"


#define CERTD_ATTEMPTS  3

typedef struct {
    uint64_t  position;     /* 1: the next; 0: a renderer is at it, or it does
                               not wait */
    uint32_t  seconds;      /* until it is made, at the present rate; at
                               least 1 */
} certd_estimate_t;


/*
 * Reads the queue of the store and starts the thread; "control" is the
 * control socket (certd_control.h).  NULL: the reason was logged.
 */
certd_jobs_t *certd_jobs_start(certd_t *certd, int control);

/*
 * Lets renderers finish their jobs for up to "wait_ms"; jobs that wait stay in
 * the queue.  The writer still has results for the jobs, so free them after the
 * writer has ended, and not at all if it does not end.  Both allow NULL.
 */
void certd_jobs_stop(certd_jobs_t *jobs, int64_t wait_ms);
void certd_jobs_free(certd_jobs_t *jobs);

/* A certd_observer_pt: adds a job for an application that is on disk. */
void certd_jobs_committed(certd_t *certd, const certd_write_t *write);

/* Where an application stands that was applied for at "applied". */
void certd_jobs_estimate(certd_jobs_t *jobs, const cert_code_t *code,
    cert_time_t applied, certd_estimate_t *estimate);

/* Fills in its part of the figures. */
void certd_jobs_figures(certd_jobs_t *jobs, cert_figures_t *figures);


#endif /* CERTD_JOBS_H_INCLUDED */
