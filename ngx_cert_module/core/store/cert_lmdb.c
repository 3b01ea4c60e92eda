/*
 * Copyright (C) the ngx_cert authors
 *
 * What an error of LMDB means: one table for the whole library.
 */


#include <errno.h>

#include "cert_store_int.h"


/*
 * By what the caller can do about it.  EIO stays CERT_SYSTEM: whether the write
 * it ended is on disk is not known.
 */
cert_err_t
cert_lmdb_err(int rc)
{
    switch (rc) {

    case 0:
        return CERT_OK;

    case MDB_NOTFOUND:
        return CERT_NOT_FOUND;

    case MDB_READERS_FULL:
        return CERT_BUSY;

    case MDB_MAP_FULL:
    case MDB_MAP_RESIZED:
        return CERT_MAP_FULL;

    case ENOSPC:
    case EDQUOT:
        return CERT_FULL;

    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_CURSOR_FULL:
        return CERT_CORRUPT;

    case MDB_INVALID:
    case MDB_VERSION_MISMATCH:
        return CERT_BAD_STORE;

    case ENOMEM:
        return CERT_NO_MEMORY;

    default:
        return CERT_SYSTEM;
    }
}


cert_err_t
cert_lmdb_fail(int rc, const char *what, cert_reason_t *reason)
{
    cert_reason_set(reason, "%s failed: %s", what, mdb_strerror(rc));

    return cert_lmdb_err(rc);
}
