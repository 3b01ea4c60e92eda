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
#include "cert_patterns.h"
#include "cert_reader.h"
#include "cert_record_int.h"
#include "cert_seal_int.h"


/* Attempts of a queued application: one byte, sealed. */
#define CERT_QUEUE_MAX   (1 + CERT_SEAL_SIZE)

/* Format, four numbers, the hash of the chain; and its seal. */
#define CERT_HEAD_SIZE   (1 + 4 * 8 + CERT_SHA256_SIZE + CERT_SEAL_SIZE)

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
    _Atomic(uintptr_t)  start;          /* 0: the next begin finds it */
    size_t              size;
    atomic_uint         shares;         /* handles by cert_store_share() */
    int                 is_lost;        /* not mapped: nothing may be read */
} cert_map_t;

struct cert_store_s {
    MDB_env            *env;
    cert_keyring_t     *ring;
    cert_store_mode_t   mode;
    cert_schema_t       schema;
    int                 is_upgrading;   /* may be of the schema before */
    MDB_dbi             dbi[CERT_DBS];  /* "match": 0 until that made it */
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
    cert_patterns_t    *patterns;   /* of the policy; NULL: not needed yet */
};


/*
 * True of what lies in the map.  What a transaction wrote is on the heap, at
 * any other address.
 */
static inline int
cert_map_holds(const cert_store_t *store, const void *data)
{
    uintptr_t  start;

    start = atomic_load_explicit(&store->map->start, memory_order_relaxed);

    return (uintptr_t) data - start < store->map->size;
}


extern const char *const  cert_db_names[CERT_DBS];

/* CERT_BAD_STORE: the path leads to other files by now than those open. */
cert_err_t cert_store_is_same(cert_store_t *store, cert_reason_t *reason);

/* A snapshot with fresh "head" and "policy", and its end. */
cert_err_t cert_reader_begin(cert_reader_t *reader);
void cert_reader_end(cert_reader_t *reader);

/*
 * The patterns of "policy", made when they are first asked for; valid until the
 * next begin.  NULL: no memory.
 */
cert_patterns_t *cert_reader_patterns(cert_reader_t *reader);


#endif /* CERT_STORE_INT_H_INCLUDED */
