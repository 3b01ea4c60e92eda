/*
 * Copyright (C) the ngx_cert authors
 *
 * Keys, the store, the machine around it, and the daemon.
 */


#ifndef CERTCTL_DOCTOR_STORE_H_INCLUDED
#define CERTCTL_DOCTOR_STORE_H_INCLUDED


#include "certctl_doctor.h"


/*
 * Opens keys and store into doctor->ctl and looks at them, at the disk, the
 * clock, the policy and certd.  False: the store cannot be used.
 */
int certctl_doctor_store(certctl_doctor_t *doctor);


#endif /* CERTCTL_DOCTOR_STORE_H_INCLUDED */
