/*
 * Copyright (C) the ngx_cert authors
 *
 * Where a store lies: whether LMDB can work there.  Private to core/.
 */


#ifndef CERT_PLACE_INT_H_INCLUDED
#define CERT_PLACE_INT_H_INCLUDED


#include "cert.h"


/*
 * Refuses the folder of a store for its file system, unless the file
 * "filesystem" in it has that one's name, or the word "any".
 *
 *     CERT_OK         or the folder cannot be looked at, which its opening says
 *     CERT_BAD_STORE  on a file system that copies files up, is shared by
 *                     machines, or leaves maps and locks to a program
 */
cert_err_t cert_place_check(const char *path, cert_reason_t *reason);

/*
 * Opens PATH/lock.mdb for writing and closes it: LMDB reads without any lock
 * where that fails for a mount that is read only.  To be called before LMDB has
 * the file open: closing a descriptor drops this process's locks.
 *
 *     CERT_OK
 *     CERT_BAD_STORE  the file system has no locks
 *     CERT_SYSTEM     it cannot be opened so
 */
cert_err_t cert_place_lock(const char *path, cert_reason_t *reason);


#endif /* CERT_PLACE_INT_H_INCLUDED */
