/*
 * Copyright (C) the ngx_cert authors
 *
 * Looks at the files of all copies, again and again.
 */


#ifndef CERTD_SCRUB_H_INCLUDED
#define CERTD_SCRUB_H_INCLUDED


#include "certd.h"


/*
 * Starts the thread.  NULL: there is no memory, or no thread.  With a rate of
 * 0 it only tends to what an earlier daemon found bad.
 */
certd_scrub_t *certd_scrub_start(certd_t *certd);

/*
 * Ends it; false if it waits for the disk for longer than "wait_ms", so that
 * nothing it uses may be freed.  free: after that.  NULL is allowed.
 */
int certd_scrub_stop(certd_scrub_t *scrub, int64_t wait_ms);
void certd_scrub_free(certd_scrub_t *scrub);

/* Fills in its part of the figures.  From any thread. */
void certd_scrub_figures(certd_scrub_t *scrub, cert_figures_t *figures);


#endif /* CERTD_SCRUB_H_INCLUDED */
