/*
 * Copyright (C) the ngx_cert authors
 *
 * What becomes of a job.  For the thread of jobs.
 */


#ifndef CERTD_RESULTS_H_INCLUDED
#define CERTD_RESULTS_H_INCLUDED


#include "certd_jobs_int.h"


/* The answer of a renderer. */
void certd_results_answer(certd_jobs_t *jobs, const certd_job_key_t *key,
    const certrender_result_t *result);

/* What the next renderer made of a specimen, when one died at this copy. */
void certd_results_specimen(certd_jobs_t *jobs, const certd_job_key_t *key,
    const certrender_result_t *result);

/* It is tried again later and loses no attempt: the copy is not the cause. */
void certd_results_trouble(certd_jobs_t *jobs, const certd_job_key_t *key,
    const char *why);

/* Takes what the writer has put on disk, or has given up. */
void certd_results_take(certd_jobs_t *jobs);


#endif /* CERTD_RESULTS_H_INCLUDED */
