/*
 * Copyright (C) the ngx_cert authors
 *
 * The service process.
 */


#ifndef CERTD_SERVICE_H_INCLUDED
#define CERTD_SERVICE_H_INCLUDED


#include "certd.h"


/*
 * Opens the store, starts the threads, serves until SIGTERM.  "control" is the
 * service's end of the control socket (certd_master.h).  Returns the exit
 * status; what failed was logged.
 */
int certd_service(const certd_options_t *options, int control);


#endif /* CERTD_SERVICE_H_INCLUDED */
