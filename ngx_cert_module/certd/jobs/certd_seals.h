/*
 * Copyright (C) the ngx_cert authors
 *
 * Until when the seals of the catalogue may sign.
 */


#ifndef CERTD_SEALS_H_INCLUDED
#define CERTD_SEALS_H_INCLUDED


#include "certd_jobs_int.h"


/* All of these on the thread of the jobs. */

/* Whether a renderer is to be asked now; and that one was. */
int certd_seals_are_due(certd_jobs_t *jobs);
void certd_seals_asked(certd_jobs_t *jobs);

/*
 * Keeps what a renderer has answered for the figures, and logs a seal that ends
 * soon or cannot sign.
 */
void certd_seals_answer(certd_jobs_t *jobs, const certrender_answer_t *answer);


#endif /* CERTD_SEALS_H_INCLUDED */
