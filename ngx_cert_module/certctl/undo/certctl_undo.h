/*
 * Copyright (C) the ngx_cert authors
 *
 * Takes back a whole import.
 */


#ifndef CERTCTL_UNDO_H_INCLUDED
#define CERTCTL_UNDO_H_INCLUDED


#include "certctl.h"


/*
 * Takes back the import with this number, as far as nothing was built on its
 * rows: removes what it made, and puts back what it corrected.  What has to
 * stay is printed with the reason.  Opens the store, for writing; needs the
 * private keys.
 *
 *     CERTCTL_NO      no import has the number, or rows stay
 *     CERTCTL_SYSTEM  what was committed before stays taken back; again goes on
 */
int certctl_undo(certctl_t *ctl, uint64_t run);


#endif /* CERTCTL_UNDO_H_INCLUDED */
