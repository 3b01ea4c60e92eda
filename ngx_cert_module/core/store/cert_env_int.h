/*
 * Copyright (C) the ngx_cert authors
 *
 * LMDB's environment, and what its errors mean.  Private to core/.
 */


#ifndef CERT_ENV_INT_H_INCLUDED
#define CERT_ENV_INT_H_INCLUDED


#include <lmdb.h>

#include "cert.h"


/* Tries, of 2 ms each, to have a turn; fewer in an event loop. */
#define CERT_ENV_TRIES       1000
#define CERT_ENV_TRIES_LOOP  10


/*
 * LMDB's environment with the common limits: "map_size" 0 takes that of the
 * file.  Opened and closed in turn with other processes (cert_env.c), which is
 * waited for "tries" times, and without it then; opening meets mutexes that are
 * lost with as many tries more.  A first transaction was begun when open
 * returns.
 *
 *     CERT_OK
 *     CERT_SYSTEM  no permission, mutexes that cannot be used, or LMDB failed
 *
 * and other errors of cert_lmdb_err(), all with a reason and no environment.
 */
cert_err_t cert_env_open(MDB_env **env, const char *path, unsigned flags,
    size_t map_size, unsigned tries, cert_reason_t *reason);
void cert_env_close(MDB_env *env, unsigned tries);

/* The descriptor of data.mdb, which stays LMDB's; -1 if it has none. */
int cert_env_fd(MDB_env *env);

/* The library's error for one of LMDB or errno. */
cert_err_t cert_lmdb_err(int rc);

/* The same, with a reason: "WHAT failed: TEXT". */
cert_err_t cert_lmdb_fail(int rc, const char *what, cert_reason_t *reason);


#endif /* CERT_ENV_INT_H_INCLUDED */
