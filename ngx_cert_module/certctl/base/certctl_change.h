/*
 * Copyright (C) the ngx_cert authors
 *
 * Changes of the store as certctl makes them: with the time, the actor and
 * the randomness that the library asks its caller for, and refusals told in
 * words.  The store is open for writing.
 */


#ifndef CERTCTL_CHANGE_H_INCLUDED
#define CERTCTL_CHANGE_H_INCLUDED


#include "certctl_txn.h"


/* Random bytes, at most CERTCTL_RANDOM_SIZE; CERTCTL_SYSTEM: there are none. */
int certctl_change_random(certctl_t *ctl, void *bytes, size_t n);

/*
 * Prepares a change: type, time, actor, nonce; all else is zero and the
 * caller's to fill in.  CERTCTL_SYSTEM: no random numbers.
 */
int certctl_change_init(certctl_t *ctl, cert_change_t *change,
    cert_change_type_t type);

/*
 * Applies a change in a transaction of its own.  A refusal is reported with
 * "subject" in front, and CERTCTL_NO; nothing is changed by anything but 0.
 */
int certctl_change_run(certctl_t *ctl, const cert_change_t *change,
    cert_outcome_t *outcome, const char *subject);

/* Reports what cert_change_execute() returned; 0 for CERT_OK. */
int certctl_change_report(certctl_t *ctl, cert_err_t err,
    const cert_outcome_t *outcome, const char *subject);


#endif /* CERTCTL_CHANGE_H_INCLUDED */
