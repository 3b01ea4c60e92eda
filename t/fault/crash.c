/*
 * Copyright (C) the ngx_cert authors
 *
 * A store whose pages are damaged (LD_PRELOAD): the CRASH_AT-th read of LMDB
 * ends the process by the signal CRASH_SIGNAL, as a wild pointer in it does.
 */


#include <dlfcn.h>
#include <lmdb.h>
#include <signal.h>
#include <stdlib.h>


#define NEXT(name)  ((__typeof__(&name)) dlsym(RTLD_NEXT, #name))


static void
crash_count(void)
{
    const char  *at, *number;

    static int  n;

    at = getenv("CRASH_AT");
    number = getenv("CRASH_SIGNAL");

    if (at != NULL && ++n == atoi(at)) {
        (void) raise(number != NULL ? atoi(number) : SIGSEGV);
    }
}


int
mdb_get(MDB_txn *txn, MDB_dbi dbi, MDB_val *key, MDB_val *data)
{
    crash_count();

    return NEXT(mdb_get)(txn, dbi, key, data);
}


int
mdb_cursor_get(MDB_cursor *cursor, MDB_val *key, MDB_val *data,
    MDB_cursor_op op)
{
    crash_count();

    return NEXT(mdb_cursor_get)(cursor, key, data, op);
}
