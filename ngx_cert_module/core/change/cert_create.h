/*
 * Copyright (C) the ngx_cert authors
 *
 * Making a store.
 */


#ifndef CERT_CREATE_H_INCLUDED
#define CERT_CREATE_H_INCLUDED


#include "cert_store.h"


typedef struct {
    uint64_t       map_size;        /* bytes; 0: CERT_STORE_MAP_SIZE */
    long           gid;             /* group of the files; -1: the default */
    int            is_demonstration;    /* times may be given by hand */
    cert_time_t    now;             /* first highest time seen */
    uint8_t        id[16];          /* random: tells stores apart */
    cert_policy_t  policy;
} cert_store_options_t;


/*
 * Makes PATH/data.mdb and PATH/lock.mdb with an empty store; the folder is
 * made if it is not there.  data.mdb gets mode 0640 and lock.mdb 0660, since
 * readers write the lock file.  It is closed again: open it to use it.  Two
 * processes must not make the same store at the same time.
 *
 *     CERT_OK         on disk
 *     CERT_EXISTS     there is a data.mdb or lock.mdb, or the mark of a store
 *                     that was there (cert_mark.h); untouched
 *     CERT_NO_KEY     "ring" lacks an active "record" key
 *     CERT_INVALID    the policy does not hold
 *     CERT_MAP_FULL   "map_size" is too small
 *     CERT_FULL       the disk is full
 *     CERT_NO_MEMORY
 *     CERT_SYSTEM     the reason tells what failed
 *
 * On an error what was made of the files is removed, the folder stays.
 */
cert_err_t cert_store_create(const char *path,
    const cert_store_options_t *options, cert_keyring_t *ring,
    cert_reason_t *reason);


#endif /* CERT_CREATE_H_INCLUDED */
