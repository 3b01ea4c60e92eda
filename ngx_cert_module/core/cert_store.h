/*
 * Copyright (C) the ngx_cert authors
 *
 * The store: one LMDB environment, many readers, one writer.
 *
 * A process opens a store once, after it forked; never twice, since closing
 * one handle would drop the locks of the other.  A cert_store_t is shared by
 * the threads of the process, a cert_reader_t belongs to one thread.  Every
 * call on a reader takes a snapshot and gives it up before it returns: none
 * survives into an event loop, where it would make the file grow.
 *
 * Nothing here ever creates, empties or repairs a store except
 * cert_store_create().
 */


#ifndef CERT_STORE_H_INCLUDED
#define CERT_STORE_H_INCLUDED


#include "cert_keyring.h"
#include "cert_policy.h"
#include "cert_record.h"


/* One set of limits for every program, or LMDB takes the first opener's. */
#define CERT_STORE_MAP_SIZE  (UINT64_C(64) << 30)
#define CERT_STORE_READERS   1024
#define CERT_STORE_SCHEMA    1

typedef struct cert_store_s   cert_store_t;
typedef struct cert_reader_s  cert_reader_t;

typedef enum {
    CERT_STORE_READ = 0,    /* needs no write permission on data.mdb */
    CERT_STORE_WRITE
} cert_store_mode_t;

typedef struct {
    uint64_t       map_size;        /* 0: the default */
    long           gid;             /* group of the files; -1: the default */
    int            is_demonstration;    /* times may be given by hand */
    cert_time_t    now;
    uint8_t        id[16];          /* random: tells stores apart */
    cert_policy_t  policy;
} cert_store_options_t;

typedef struct {
    uint64_t     map_size;          /* bytes */
    uint64_t     used;              /* bytes of pages up to the last one */
    uint64_t     certificates;
    uint64_t     annotations;
    uint64_t     queue;             /* applications that wait */
    cert_time_t  queue_oldest;      /* when the oldest applied; 0: none */
    uint32_t     readers;           /* slots in use */
    uint32_t     readers_max;
    uint64_t     journal;           /* sequence of the last entry */
    cert_time_t  highest;           /* highest time seen */
    uint8_t      id[16];
    int          is_demonstration;
} cert_store_stat_t;


/*
 * Makes PATH/data.mdb and PATH/lock.mdb with an empty store; the folder is
 * made if it is not there.  data.mdb gets mode 0640 and lock.mdb 0660, since
 * readers write the lock file.
 *
 *     CERT_OK
 *     CERT_EXISTS   there is a data.mdb or lock.mdb; untouched
 *     CERT_NO_KEY   "ring" lacks an active "record" key
 *     CERT_SYSTEM   the reason tells what failed
 */
cert_err_t cert_store_create(const char *path,
    const cert_store_options_t *options, cert_keyring_t *ring,
    cert_reason_t *reason);

/*
 * Looks whether PATH holds a store that this program and "ring" can read,
 * without the lock file and without changing anything; for "nginx -t".
 * Errors as cert_store_open().
 */
cert_err_t cert_store_probe(const char *path, cert_keyring_t *ring,
    cert_reason_t *reason);

/*
 * Opens a store.  "ring" is kept, not owned.
 *
 *     CERT_OK
 *     CERT_BAD_STORE  missing, empty, cut short, foreign, older or newer: the
 *                     reason says which
 *     CERT_NO_KEY     sealed under keys that "ring" does not hold
 *     CERT_CORRUPT    its head does not prove
 *     CERT_SYSTEM     no permission, or LMDB failed
 *
 * On failure "store" is NULL and the files are as they were.
 */
cert_err_t cert_store_open(cert_store_t **store, const char *path,
    cert_store_mode_t mode, cert_keyring_t *ring, cert_reason_t *reason);

/* Closes it; readers must be closed before.  NULL is allowed. */
void cert_store_close(cert_store_t *store);

/*
 * To be called at start and every 60 s or less: frees slots of dead readers
 * and looks whether the files are still those that were opened.
 * CERT_BAD_STORE: removed, replaced or cut; close it and open it again.
 */
cert_err_t cert_store_maintain(cert_store_t *store, cert_reason_t *reason);

/* The descriptor of data.mdb, for tests and diagnosis. */
int cert_store_fd(cert_store_t *store);

/* One a thread; CERT_BUSY: the reader table is full; CERT_SYSTEM. */
cert_err_t cert_reader_open(cert_reader_t **reader, cert_store_t *store,
    cert_reason_t *reason);
void cert_reader_close(cert_reader_t *reader);

/*
 * The getters below copy what they find, so it stays valid.  All return:
 *
 *     CERT_OK
 *     CERT_NOT_FOUND  no such record; the output is untouched
 *     CERT_BUSY       the reader table is full; try again
 *     CERT_NO_KEY     the record is sealed under a key not held here
 *     CERT_CORRUPT    the record is damaged; never repaired here
 *     CERT_SYSTEM     LMDB failed
 */

/* "person" is filled in if the ring holds its key: see has_person. */
cert_err_t cert_read_certificate(cert_reader_t *reader, cert_str_t number,
    cert_certificate_t *certificate);

/* The annotation and its certificate's facts; "certificate" owns both. */
cert_err_t cert_read_annotation(cert_reader_t *reader,
    const cert_code_t *code, cert_annotation_t *annotation,
    cert_certificate_t *certificate);

/* Needs the "personal" key.  "photo" has room for CERT_PHOTO_MAX bytes. */
cert_err_t cert_read_photo(cert_reader_t *reader, cert_str_t number,
    uint8_t *photo, size_t *len);

cert_err_t cert_read_qualification(cert_reader_t *reader, cert_str_t name,
    cert_qualification_t *qualification);

/* The policy in force. */
cert_err_t cert_read_policy(cert_reader_t *reader, cert_policy_t *policy);

cert_err_t cert_read_stat(cert_reader_t *reader, cert_store_stat_t *stat);

/*
 * max("clock", highest time seen): a clock that jumps back revives nothing.
 */
cert_err_t cert_read_now(cert_reader_t *reader, cert_time_t clock,
    cert_time_t *now);

/*
 * Listing.  Each call goes on after "*after" (empty: from the start) with a
 * new snapshot, calls "each" at most "limit" times and leaves the last key in
 * "*after"; it returns CERT_NOT_FOUND when there is nothing more.  "each"
 * returns CERT_OK to go on; anything else ends the call and is returned.  It
 * must not call into the same reader.
 */
typedef struct {
    size_t   len;
    uint8_t  data[256];
} cert_position_t;

typedef cert_err_t (*cert_each_certificate_pt)(void *data,
    const cert_certificate_t *certificate);
typedef cert_err_t (*cert_each_code_pt)(void *data, const cert_code_t *code,
    cert_time_t time);
typedef cert_err_t (*cert_each_qualification_pt)(void *data,
    const cert_qualification_t *qualification);

cert_err_t cert_list_certificates(cert_reader_t *reader,
    cert_position_t *after, size_t limit, cert_each_certificate_pt each,
    void *data);
cert_err_t cert_list_qualifications(cert_reader_t *reader,
    cert_position_t *after, size_t limit, cert_each_qualification_pt each,
    void *data);

/* Codes of a certificate, oldest first; "time" is when it was applied for. */
cert_err_t cert_list_annotations(cert_reader_t *reader, cert_str_t number,
    cert_position_t *after, size_t limit, cert_each_code_pt each, void *data);

/* Codes that wait, oldest first; "time" is when they were applied for. */
cert_err_t cert_list_queue(cert_reader_t *reader, cert_position_t *after,
    size_t limit, cert_each_code_pt each, void *data);

/* Codes that expire before "until", by expiry; "time" is the expiry. */
cert_err_t cert_list_expired(cert_reader_t *reader, cert_time_t until,
    cert_position_t *after, size_t limit, cert_each_code_pt each, void *data);

/*
 * Copies the store as of one moment into the folder "to", which must not hold
 * a store: a hot, consistent, compacted copy.  CERT_EXISTS, CERT_FULL,
 * CERT_SYSTEM.
 */
cert_err_t cert_store_backup(cert_store_t *store, const char *to,
    cert_reason_t *reason);


#endif /* CERT_STORE_H_INCLUDED */
