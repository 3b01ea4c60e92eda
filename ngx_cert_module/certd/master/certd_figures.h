/*
 * Copyright (C) the ngx_cert authors
 *
 * The thread that writes STORE/certd.figures once a second, with what the
 * parts of the service say of themselves, and now and then has removed what is
 * over (certd_sweep.h).
 */


#ifndef CERTD_FIGURES_H_INCLUDED
#define CERTD_FIGURES_H_INCLUDED


#include "certd.h"


typedef struct certd_figures_s  certd_figures_t;


/*
 * All parts of "certd" have to be there, and stay until stop.  NULL: there is
 * no memory, or no thread.  stop ends the thread and removes the file; NULL is
 * allowed.
 */
certd_figures_t *certd_figures_start(certd_t *certd);
void certd_figures_stop(certd_figures_t *self);


#endif /* CERTD_FIGURES_H_INCLUDED */
