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

#include "cert_record_int.h"
#include "cert_reader.h"


#define CERT_STORE_DATA  "/data.mdb"
#define CERT_STORE_LOCK  "/lock.mdb"

/* Readers write the lock file and nothing else. */
#define CERT_DATA_MODE   0640
#define CERT_LOCK_MODE   0660
#define CERT_STORE_MODE  0750

/* Attempts of a queued application: one byte, sealed. */
#define CERT_QUEUE_MAX   (1 + CERT_SEAL_SIZE)

/* Format, four numbers, the hash of the chain; and its seal. */
#define CERT_HEAD_SIZE   (1 + 4 * 8 + CERT_SHA256_SIZE + CERT_SEAL_SIZE)

/*
 * A snapshot is begun so often before a head newer than its number is damage:
 * each try has to meet two commits within a moment off the core.
 */
#define CERT_HEAD_TRIES  32

/* Tries, of 2 ms each, to have a turn; fewer in an event loop. */
#define CERT_ENV_TRIES       1000
#define CERT_ENV_TRIES_LOOP  10

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

/*
 * Which file.  The number alone would not do: what is mounted over a folder, or
 * a snapshot of it, has files of the same numbers.
 */
typedef struct {
    dev_t  dev;
    ino_t  ino;
} cert_file_id_t;

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
    unsigned            tries;          /* for a turn */
    int                 is_shared;      /* env, map and path are another's */
    cert_file_id_t      data;
    cert_file_id_t      lock;
    char               *path;
    cert_map_t          own_map;        /* not of a shared handle */
    char               *mark;           /* the file; NULL: not moved */
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
 * Looks at PATH/data.mdb without LMDB: CERT_BAD_STORE and the reason when it
 * is missing, empty, no LMDB file, or shorter than its meta page says, which
 * would end the process by SIGBUS.  With "lock", a missing lock file counts.
 */
cert_err_t cert_store_look(const char *path, int lock, cert_reason_t *reason);

/* The size that the store says its map has, or the data needs. */
cert_err_t cert_look_map_size(int fd, uint64_t *size, cert_reason_t *reason);

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

/* Joins path and name; NULL without memory. */
char *cert_path_join(const char *path, const char *name);

/*
 * Makes the folder if it is not there; CERT_EXISTS if it holds either file of
 * a store.
 */
cert_err_t cert_file_folder(const char *path, cert_reason_t *reason);

/* Group and mode of PATH/name; all of a file or folder on disk. */
cert_err_t cert_file_mode(const char *path, const char *name, mode_t mode,
    long gid, cert_reason_t *reason);
cert_err_t cert_file_sync(const char *path, cert_reason_t *reason);

/* Removes what this very call made, so that the next one can try again. */
void cert_file_undo(const char *path);

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
