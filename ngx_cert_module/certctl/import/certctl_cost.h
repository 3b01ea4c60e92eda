/*
 * Copyright (C) the ngx_cert authors
 *
 * What a crypt(3) hash costs to verify.
 */


#ifndef CERTCTL_COST_H_INCLUDED
#define CERTCTL_COST_H_INCLUDED


/*
 * True if to verify a password by this hash, whose form is right, would take
 * more than a GiB or some seconds.
 */
int certctl_cost_is_dear(const char *hash);


#endif /* CERTCTL_COST_H_INCLUDED */
