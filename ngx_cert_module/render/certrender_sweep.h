/*
 * Copyright (C) the ngx_cert authors
 *
 * What a crash left of publishing, and how it is removed.
 */


#ifndef CERTRENDER_SWEEP_H_INCLUDED
#define CERTRENDER_SWEEP_H_INCLUDED


#include "cert.h"


/*
 * Removes from HOME/pdf the temporary files of publishing that a crash left:
 * those that no process has locked, and that are "older_sec" old by "now", the
 * clock of the machine (0: of any age).  Files of renderers at work stay,
 * however long they take.  "removed" counts them.  Needs no certrender_t, but
 * the right to write HOME/pdf.
 *
 *     CERT_OK         also when another one removed them first
 *     CERT_INVALID    the path is too long
 *     CERT_SYSTEM     the folder cannot be read, a file cannot be removed
 */
cert_err_t certrender_sweep(const char *home, cert_time_t now,
    cert_time_t older_sec, uint64_t *removed, cert_reason_t *reason);

/*
 * The age in seconds of ROOT/NAME if it is such a file; 0 as well for one that
 * is gone meanwhile or lies in the future.  -1: it is none, by name or kind.
 */
cert_time_t certrender_sweep_age(const char *root, const char *name,
    cert_time_t now);


#endif /* CERTRENDER_SWEEP_H_INCLUDED */
