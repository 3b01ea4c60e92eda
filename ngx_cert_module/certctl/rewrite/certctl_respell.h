/*
 * Copyright (C) the ngx_cert authors
 *
 * Certificates whose document number is stored as no program stores it now.
 */


#ifndef CERTCTL_RESPELL_H_INCLUDED
#define CERTCTL_RESPELL_H_INCLUDED


#include "certctl.h"


typedef struct {
    uint64_t  found;
    uint64_t  moved;        /* the others are named on standard error */
} certctl_respelled_t;

/*
 * Stores these document numbers in their match form, in short transactions,
 * which moves each certificate to the holder who types the number today.  An
 * account that the holder has under the old spelling is linked to the new one.
 * May be cut short and run again.  The store is open for writing and of this
 * schema; needs the private keys.
 */
int certctl_respell(certctl_t *ctl, certctl_respelled_t *respelled);


#endif /* CERTCTL_RESPELL_H_INCLUDED */
