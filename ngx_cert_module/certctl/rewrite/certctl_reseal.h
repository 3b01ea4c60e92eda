/*
 * Copyright (C) the ngx_cert authors
 *
 * Re-sealing: every record under the active keys.
 */


#ifndef CERTCTL_RESEAL_H_INCLUDED
#define CERTCTL_RESEAL_H_INCLUDED


#include "certctl.h"


/*
 * Re-seals what is not under the active keys, in short transactions; may be
 * cut short and run again.  "changed" counts what was not.  The store is open
 * for writing.
 */
int certctl_reseal(certctl_t *ctl, uint64_t *changed);


#endif /* CERTCTL_RESEAL_H_INCLUDED */
