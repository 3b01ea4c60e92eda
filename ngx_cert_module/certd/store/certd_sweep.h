/*
 * Copyright (C) the ngx_cert authors
 *
 * Removes what has expired: sessions, and keys of applications.
 */


#ifndef CERTD_SWEEP_H_INCLUDED
#define CERTD_SWEEP_H_INCLUDED


#include "cert_list.h"
#include "certd.h"


/* Between two turns, in seconds. */
#define CERTD_SWEEP_SEC  5

/* Where each of the two sweeps is; zeros at first. */
typedef struct {
    cert_position_t  sessions;
    cert_position_t  keys;
    int64_t          keys_ms;       /* not before */
} certd_sweep_t;


/*
 * One turn: a page of each, so that no commit of an application is kept
 * waiting by it.  Waits a second at most.  For one thread.
 */
void certd_sweep(certd_t *certd, certd_sweep_t *sweep);


#endif /* CERTD_SWEEP_H_INCLUDED */
