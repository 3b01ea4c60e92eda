/*
 * Copyright (C) the ngx_cert authors
 *
 * What "init" and "keys init" have in common.
 */


#ifndef CMD_INIT_H_INCLUDED
#define CMD_INIT_H_INCLUDED


#include "certctl_owners.h"


/*
 * The folders and keyrings of a home that are missing.  The keys are then in
 * ctl->ring, and the lock is held alone.  Nothing that is there is changed.
 */
int cmd_init_home(certctl_t *ctl, const certctl_owners_t *owners);


#endif /* CMD_INIT_H_INCLUDED */
