/*
 * Copyright (C) the ngx_cert authors
 *
 * The store: one LMDB environment, many readers, one writer.
 *
 * A process opens a store once, after it forked; never twice, since closing
 * one handle would drop the locks of the other, and live readers vanish from
 * the table.  A cert_store_t is used by one thread at a time, as its keyring
 * is, with all its readers (cert_reader.h); each further thread gets a handle
 * by cert_store_share().  A cert_txn_t (cert_txn.h) is ended by the thread
 * that began it.  A child must not use what it inherited: it opens the store
 * itself.  Local file systems only.
 *
 * Nothing here ever creates, empties or repairs a store: only cert_create.h
 * makes one.
 */


#ifndef CERT_STORE_H_INCLUDED
#define CERT_STORE_H_INCLUDED


#include "cert_keyring.h"
#include "cert_policy.h"
#include "cert_record.h"


/*
 * One set of limits for every program, or LMDB takes the first opener's: the
 * 126 slots it has by default are gone after as many killed workers.  The map
 * is address space, not memory or disk; the file grows as it is filled.  This
 * is where it starts: cert_store_grow() makes it larger.
 */
#define CERT_STORE_MAP_SIZE  (UINT64_C(64) << 30)
#define CERT_STORE_READERS   1024
#define CERT_STORE_SCHEMA    2

/* The one before, which "certctl upgrade" turns into this one. */
#define CERT_STORE_SCHEMA_BEFORE  1

typedef struct cert_store_s  cert_store_t;

/*
 * Reading in any order is how the store is used, and what the kernel is told:
 * it would else read 128 KB around each page, and of a store larger than memory
 * throw out what is needed.  SCAN is for programs that read the whole store.
 */
typedef enum {
    CERT_STORE_READ = 0,    /* needs no write permission on data.mdb */
    CERT_STORE_SCAN,        /* the same, with the kernel reading ahead */
    CERT_STORE_LOOP,        /* as READ, in an event loop that must not wait */
    CERT_STORE_WRITE,
    CERT_STORE_ACCEPT,      /* the same, whatever its mark says; not moved */
    CERT_STORE_UPGRADE      /* as WRITE, of the schema before as well */
} cert_store_mode_t;


/*
 * Looks whether PATH holds a store that this program and "ring" can read, for
 * "nginx -t": opens it for reading and closes it.  As with cert_store_open(),
 * the process must not have the store open.  Errors as cert_store_open().
 */
cert_err_t cert_store_probe(const char *path, cert_keyring_t *ring,
    cert_reason_t *reason);

/*
 * Opens a store.  "ring" is kept, not owned: it must outlive the store, and
 * keys added to it later are seen.  Looks at the files before LMDB maps them,
 * since of a file that was cut LMDB would read on until SIGBUS.
 *
 *     CERT_OK
 *     CERT_BAD_STORE  missing, empty, cut short, foreign, older or newer,
 *                     behind its mark (cert_mark.h), or on a file system where
 *                     LMDB does not work (cert_place.c): the reason says which
 *     CERT_NO_KEY     sealed under keys that "ring" does not hold
 *     CERT_CORRUPT    its head does not verify, or not under this keyring, or
 *                     its mark does not
 *     CERT_BUSY       the reader table is full; try again
 *     CERT_MAP_FULL   it grew just now: no address space for its map
 *     CERT_NO_MEMORY  ... or none when it was opened
 *     CERT_SYSTEM     no permission (readers need to write lock.mdb), a mount
 *                     that is read only, a process of another PID namespace
 *                     with this one's id, or LMDB failed
 *
 * Programs open and close a store in turn (cert_env.c): either may take two
 * seconds where a program that has its turn hangs, and opening as long again
 * where LMDB has lost its mutexes; with CERT_STORE_LOOP it is 20 ms.
 *
 * On failure "store" is NULL and the files are as they were.  A worker goes on
 * without a store, answers 503 and tries again by timer: refusing to start
 * would end every worker for good.
 */
cert_err_t cert_store_open(cert_store_t **store, const char *path,
    cert_store_mode_t mode, cert_keyring_t *ring, cert_reason_t *reason);

/*
 * Closes it, in turn with others as above; end readers and transactions before.
 * NULL is allowed.
 */
void cert_store_close(cert_store_t *store);

/*
 * Another handle on a store that is open, for another thread: the file is not
 * opened again.  "ring" is kept as by cert_store_open() and is that thread's
 * own.  Readers are opened on it and belong to that thread; write transactions
 * cannot be begun on it (CERT_INVALID), for the one writer has the handle that
 * was opened.  Close it with cert_store_close() before "store", which may be
 * in use by its own thread meanwhile, but not growing.
 *
 *     CERT_OK
 *     CERT_NO_MEMORY  "shared" is NULL
 */
cert_err_t cert_store_share(cert_store_t **shared, cert_store_t *store,
    cert_keyring_t *ring);

/*
 * The map of a process, which is address space, has a size.  A writer that
 * fills it gets CERT_MAP_FULL from cert_change_execute() or cert_txn_commit():
 * nothing was changed; abort, grow, and apply all of the transaction again.
 * The new size is in the file with the next commit, and every program that
 * opens the store from then on takes it.
 *
 * A process that has the store open meets it when the data passes its own
 * size: at the begin of a read or of a transaction.  With one handle it takes
 * the new size by itself there, unnoticed.  With shared handles it cannot, as
 * another thread may be in a snapshot, whose memory would be gone: every
 * begin fails with CERT_MAP_FULL until the owner, with its threads at rest,
 * grows it, or closes the store and opens it again.
 *
 * Called on the handle that was opened, with no transaction, no call into a
 * reader and no cert_store_share() on the way in any thread of the process;
 * readers and shared handles stay open and go on afterwards.
 *
 * Takes the size that another process gave the store, if that is more than
 * this process has, or else doubles it.
 *
 *     CERT_OK
 *     CERT_INVALID    on a shared handle, or within a transaction or a
 *                     reader's callback of this handle, or opened for reading
 *     CERT_FULL       no address space for it; all is as it was
 *     CERT_BAD_STORE  the file is cut or damaged; all is as it was
 *     CERT_SYSTEM     it could not be mapped again, and every later call
 *                     fails so: close the store and open it
 */
cert_err_t cert_store_grow(cert_store_t *store, cert_reason_t *reason);

/*
 * To be called at start and every 60 s or less: frees slots of dead readers
 * and looks whether the files are still those that were opened.  May run
 * beside open readers; costs a few system calls.  On any handle, by its own
 * thread, while no thread of the process changes the map.
 *
 *     CERT_OK
 *     CERT_BAD_STORE  removed, replaced or cut, or its map was lost when it
 *                     grew: close it and open it again
 *     CERT_MAP_FULL   another process made the map larger, and handles are
 *                     shared: cert_store_grow(), before reads fail so
 *     CERT_NO_MEMORY  ... or no descriptor, to look: nothing is wrong with
 *                     the store, keep it open and look later
 *     CERT_SYSTEM     the reader table or a file cannot be looked at
 */
cert_err_t cert_store_maintain(cert_store_t *store, cert_reason_t *reason);

/* The descriptor of data.mdb, for tests and diagnosis; do not close it. */
int cert_store_fd(cert_store_t *store);

/*
 * Copies the store as of one moment into the folder "to", which must not hold
 * a store: a hot, consistent, compacted copy, on disk when this returns.
 * Holds one snapshot as long as it takes, in a slot of its own; writers go on,
 * and what they free meanwhile is not used again until it ended.  On any
 * handle, by its own thread, while no thread of the process changes the map.
 *
 *     CERT_OK
 *     CERT_EXISTS     "to" holds a data.mdb or lock.mdb; untouched
 *     CERT_FULL       no room for the copy
 *     CERT_BUSY       the reader table is full; try again
 *     CERT_MAP_FULL   as a reader's, where handles are shared
 *     CERT_CORRUPT    a page cannot be read
 *     CERT_NO_MEMORY
 *     CERT_SYSTEM     the reason tells what failed
 *
 * On an error what was made of the copy is removed, the folder stays.
 */
cert_err_t cert_store_backup(cert_store_t *store, const char *to,
    cert_reason_t *reason);


#endif /* CERT_STORE_H_INCLUDED */
