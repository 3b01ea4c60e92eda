/*
 * Copyright (C) the ngx_cert authors
 *
 * The public addresses that this authority has had.
 */


#ifndef CERTCTL_ADDRESS_H_INCLUDED
#define CERTCTL_ADDRESS_H_INCLUDED


#include "certctl.h"


/*
 * Says in "is_ours" whether "url" is the public_url of the policy in force or
 * of one before.  The store is open.  An address that is not that of today
 * costs a walk through the whole journal.  CERTCTL_SYSTEM: it cannot be read.
 */
int certctl_address_is_ours(certctl_t *ctl, const char *url, int *is_ours);


#endif /* CERTCTL_ADDRESS_H_INCLUDED */
