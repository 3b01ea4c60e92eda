/*
 * Copyright (C) the ngx_cert authors
 *
 * The inside of the store.  Private to core/.
 */


#ifndef CERT_STORE_INT_H_INCLUDED
#define CERT_STORE_INT_H_INCLUDED


#include <lmdb.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "cert_files_int.h"
#include "cert_record_int.h"
#include "cert_reader.h"
#include "cert_seal_int.h"


/* Attempts of a queued application: one byte, sealed. */
#define CERT_QUEUE_MAX   (1 + CERT_SEAL_SIZE)

/* Format, four numbers, the hash of the chain; and its seal. */
#define CERT_HEAD_SIZE   (1 + 4 * 8 + CERT_SHA256_SIZE + CERT_SEAL_SIZE)

/*
 * A snapshot is begun so often before a head newer than its number is damage:
 * each try has to meet two commits within a moment off the core.
 */
#define CERT_HEAD_TRIES  32

/* Applied or expiry time and code. */
#define CERT_TIMED_SIZE  (8 + CERT_CODE_SIZE)

/* What "meta" says of the whole: which store, and of what schema. */
typedef struct {
    uint32_t  schema;
    uint8_t   id[16];
    int       is_demonstration;
} cert_schema_t;

/* What moves with every transaction. */
typedef struct {
    uint64_t     txnid;             /* of LMDB, that wrote this head */
    uint64_t     journal;           /* sequence of the last entry */
    uint64_t     policy;            /* ... that changed the policy */
    cert_time_t  highest;           /* highest time seen */
    uint8_t      chain[CERT_SHA256_SIZE];
} cert_head_t;

/* Where the file lies in memory: one for all handles of the process. */
typedef struct {
    _Atomic(uintptr_t)  start;          /* 0: to be found by who begins next */
    size_t              size;
    atomic_uint         shares;         /* handles by cert_store_share() */
    int                 is_lost;        /* not mapped: nothing may be read */
} cert_map_t;

struct cert_store_s {
    MDB_env            *env;
    cert_keyring_t     *ring;
    cert_store_mode_t   mode;
    cert_schema_t       schema;
    MDB_dbi             dbi[CERT_DBS];
    size_t              page_size;      /* of the file, a power of two */
    cert_map_t         *map;
    unsigned            snapshots;      /* of this handle, that are open */
    int                 is_shared;      /* env, map and path are another's */
    ino_t               data_ino;
    ino_t               lock_ino;
    char               *path;
    cert_map_t          own_map;        /* not of a shared handle */
    char               *mark;           /* the file: see cert_mark.h */
    cert_time_t         accepted;       /* by that file */
    int                 mark_error;     /* an errno; 0: the mark was moved */
};

/* "head" and "policy" are what the head "proved" says, and comes with. */
struct cert_reader_s {
    cert_store_t       *store;
    MDB_txn            *txn;
    size_t              seen;       /* number of the last snapshot; 0: none */
    uint8_t             proved[CERT_HEAD_SIZE];
    cert_head_t         head;
    cert_policy_t       policy;
};


extern const char *const  cert_db_names[CERT_DBS];

/* The library's error for one of LMDB or errno. */
cert_err_t cert_lmdb_err(int rc);

/* The same, with a reason: "WHAT failed: TEXT". */
cert_err_t cert_lmdb_fail(int rc, const char *what, cert_reason_t *reason);

/*
 * Begins a transaction, or renews one that was reset, with what can be mended
 * mended: a full reader table, a map that another process made larger.  Errors
 * as of cert_txn_begin() and the getters; "txn" is then as it was.
 */
cert_err_t cert_map_begin(cert_store_t *store, unsigned flags, MDB_txn **txn,
    cert_reason_t *reason);
cert_err_t cert_map_renew(cert_store_t *store, MDB_txn *txn);

/* CERT_MAP_FULL: handles are shared, and the store has a larger map by now. */
cert_err_t cert_map_check(cert_store_t *store, cert_reason_t *reason);

/*
 * Finds where the map is, unless that is known; to be called in every
 * transaction before cert_map_holds(), which is true of what lies in it.
 */
cert_err_t cert_map_find(cert_store_t *store, MDB_txn *txn);
int cert_map_holds(const cert_store_t *store, const void *data);

/*
 * LMDB's environment with the common limits: "map_size" 0 takes that of the
 * file.  Opened and closed in turn with other processes (cert_env.c); a first
 * transaction was begun when open returns.
 *
 *     CERT_OK
 *     CERT_SYSTEM  no permission, mutexes that cannot be used, or LMDB failed
 *
 * and other errors of cert_lmdb_err(), all with a reason and no environment.
 */
cert_err_t cert_env_open(MDB_env **env, const char *path, unsigned flags,
    size_t map_size, cert_reason_t *reason);
void cert_env_close(MDB_env *env);

/* CERT_BAD_STORE: the path leads to other files by now than those open. */
cert_err_t cert_store_is_same(cert_store_t *store, cert_reason_t *reason);

/*
 * Opens all databases in "txn", and proves schema and head.  CERT_EXPIRED: see
 * cert_head_check().
 */
cert_err_t cert_store_bind(cert_store_t *store, MDB_txn *txn,
    cert_head_t *head, cert_reason_t *reason);

void cert_schema_encode(cert_writer_t *w, const cert_schema_t *schema);
cert_err_t cert_schema_read(cert_store_t *store, MDB_txn *txn,
    cert_reason_t *reason);

/*
 * The head of a snapshot: its stored bytes, which point into the map; what they
 * say, proved; and both in one.  CERT_CORRUPT: there is none, or it does not
 * prove.
 */
void cert_head_encode(cert_writer_t *w, const cert_head_t *head);
cert_err_t cert_head_get(cert_store_t *store, MDB_txn *txn,
    cert_str_t *value);
cert_err_t cert_head_prove(cert_store_t *store, cert_str_t value,
    cert_head_t *head);
cert_err_t cert_head_read(cert_store_t *store, MDB_txn *txn,
    cert_head_t *head);

/*
 * Holds a head against the number that LMDB gives its snapshot; why in
 * cert_meta.c.
 *
 *     CERT_OK
 *     CERT_EXPIRED  the number is: begin the snapshot again, CERT_HEAD_TRIES
 *                   times, before it is called CERT_CORRUPT
 *     CERT_CORRUPT  it is older: LMDB was led back to a commit before
 */
cert_err_t cert_head_check(const cert_head_t *head, size_t id);

cert_err_t cert_policy_read(cert_store_t *store, MDB_txn *txn,
    cert_policy_t *policy);

/* A snapshot with fresh "head" and "policy", and its end. */
cert_err_t cert_reader_begin(cert_reader_t *reader);
void cert_reader_end(cert_reader_t *reader);


#endif /* CERT_STORE_INT_H_INCLUDED */
