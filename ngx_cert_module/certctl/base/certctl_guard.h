/*
 * Copyright (C) the ngx_cert authors
 *
 * Reading a store that may be damaged, where a crash harms nobody.
 */


#ifndef CERTCTL_GUARD_H_INCLUDED
#define CERTCTL_GUARD_H_INCLUDED


#include "certctl.h"


typedef int (*certctl_guard_pt)(certctl_t *ctl, void *data);

/*
 * Calls "run" in a child process and returns the exit status that it returned.
 * The child opens the home, and closes it and standard output behind "run"; the
 * caller has nothing open, and nothing waits in its buffers.
 *
 * CERTCTL_SYSTEM, reported, when the child crashes: the store is damaged.  A
 * child that is stopped by another signal stops this process in the same way.
 */
int certctl_guard(certctl_t *ctl, certctl_guard_pt run, void *data);


#endif /* CERTCTL_GUARD_H_INCLUDED */
