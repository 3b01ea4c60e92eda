/*
 * Copyright (C) the ngx_cert authors
 *
 * Renderers, as the service sees them.  For the thread of jobs.
 */


#ifndef CERTD_RENDERERS_H_INCLUDED
#define CERTD_RENDERERS_H_INCLUDED


#include "certd_jobs_int.h"


/*
 * Gives each idle renderer a job that can be begun; returns for how many
 * milliseconds nothing else will be due, at most "wait_ms".
 */
int64_t certd_renderers_fill(certd_jobs_t *jobs, int64_t wait_ms);

/* Takes a new renderer from the master; one that was in its slot is gone. */
void certd_renderers_ready(certd_jobs_t *jobs);

/* Something came from this one: an answer, or its end. */
void certd_renderers_read(certd_jobs_t *jobs, certd_renderer_t *renderer);

/* Asks the master to kill those that take too long. */
void certd_renderers_kill_late(certd_jobs_t *jobs);

/* Closes all sockets, by which renderers are told to end. */
void certd_renderers_close(certd_jobs_t *jobs);


#endif /* CERTD_RENDERERS_H_INCLUDED */
