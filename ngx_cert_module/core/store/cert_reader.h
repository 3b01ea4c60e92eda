/*
 * Copyright (C) the ngx_cert authors
 *
 * Reading a store: getters that copy, and lists that go on where they were.
 *
 * A reader holds one slot of the reader table from open to close, and a
 * snapshot only while a call runs: each call begins one and gives it up before
 * it returns, since a snapshot that is kept pins every page freed after it
 * (one held through 20,000 overwrites made a file of 0.5 MB one of 347 MB).
 * So two calls may see two states of the store, each whole.
 *
 * A reader belongs to one thread at a time and to the process that opened it;
 * a process has as many as it has threads that read.  No call waits for a
 * lock: all are safe on an event loop, where the worst is a page fault.
 */


#ifndef CERT_READER_H_INCLUDED
#define CERT_READER_H_INCLUDED


#include "cert_store.h"


typedef struct cert_reader_s  cert_reader_t;

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
 * Opens a reader; slots of processes that died are freed first if the table
 * is full.  "store" must outlive the reader.  close allows NULL.
 *
 *     CERT_OK
 *     CERT_BUSY       the reader table is full: answer 503 and try again
 *     CERT_MAP_FULL   as below
 *     CERT_NO_MEMORY
 *     CERT_SYSTEM     LMDB failed
 *
 * On an error "reader" is NULL.
 */
cert_err_t cert_reader_open(cert_reader_t **reader, cert_store_t *store,
    cert_reason_t *reason);
void cert_reader_close(cert_reader_t *reader);

/*
 * The getters below copy what they find, so it stays valid after the call
 * and after later ones; they write nothing.  All return:
 *
 *     CERT_OK
 *     CERT_NOT_FOUND  no such record; the output is untouched
 *     CERT_BUSY       the reader table is full; try again
 *     CERT_MAP_FULL   the store outgrew the map of this process, and handles
 *                     are shared, or a reader's callback asked: the owner of
 *                     the store calls cert_store_adopt()
 *     CERT_BAD_STORE  the store outgrew the map, and its file is cut or damaged
 *     CERT_NO_KEY     the record, or the head of the store, is sealed under
 *                     a key not held here: the keyring is older than it
 *     CERT_NO_MEMORY  of lists, sizes and some misses, which open a cursor
 *     CERT_CORRUPT    a record is damaged: raise an alarm; never repaired here
 *     CERT_SYSTEM     LMDB failed; close the store and open it again
 *
 * After the last four the output is unspecified.  Alone on its store and
 * outside of callbacks, a reader returns CERT_MAP_FULL only where there is no
 * address space for a larger map.
 */

/*
 * "person" is filled in if the ring has an active "personal" key, which
 * has_person tells; keep it no longer than it is needed.
 */
cert_err_t cert_read_certificate(cert_reader_t *reader, cert_str_t number,
    cert_certificate_t *certificate);

/*
 * The annotation and its certificate's facts, in one look-up.  "certificate"
 * backs the strings of both and has no person: keep the two together.
 */
cert_err_t cert_read_annotation(cert_reader_t *reader,
    const cert_code_t *code, cert_annotation_t *annotation,
    cert_certificate_t *certificate);

/*
 * Needs the "personal" key; CERT_NO_KEY is the answer in a public worker.
 * "photo" has room for CERT_PHOTO_MAX bytes.
 */
cert_err_t cert_read_photo(cert_reader_t *reader, cert_str_t number,
    uint8_t *photo, size_t *len);

/*
 * How often an application that waits was tried in vain.  CERT_NOT_FOUND: no
 * such code, or it does not wait.
 */
cert_err_t cert_read_attempts(cert_reader_t *reader, const cert_code_t *code,
    unsigned *attempts);

/* A row of the catalogue, by its whole name. */
cert_err_t cert_read_qualification(cert_reader_t *reader, cert_str_t name,
    cert_qualification_t *qualification);

/* The policy in force; kept by the reader, so it costs no look-up. */
cert_err_t cert_read_policy(cert_reader_t *reader, cert_policy_t *policy);

/*
 * Sizes and counts.  "used" and "readers" are of this moment, the rest is of
 * one snapshot.  Counts every slot of the reader table: not for each request.
 */
cert_err_t cert_read_stat(cert_reader_t *reader, cert_store_stat_t *stat);

/*
 * max("clock", highest time seen): a clock that jumps back revives nothing.
 * Whoever compares with an expiry takes this, never the clock.
 */
cert_err_t cert_read_now(cert_reader_t *reader, cert_time_t clock,
    cert_time_t *now);

/*
 * Listing, in pages.  Each call goes on after "*after" (len 0: from the start)
 * with a new snapshot, calls "each" at most "limit" times (1 or more) and
 * leaves the last key in "*after".  What is written between two pages shows
 * if it lies behind that key.  A long list so neither pins old pages nor
 * keeps the writer waiting.
 *
 * "each" returns CERT_OK to go on; anything else ends the call, is returned,
 * and leaves "*after" before the record it was about.  It must not call into
 * the same reader, nor return CERT_NOT_FOUND or CERT_EXISTS, which mean the
 * end of the list and of the page here.  What it is given is valid until it
 * returns.
 *
 *     CERT_OK         the page is full; call again
 *     CERT_NOT_FOUND  there is nothing more
 *
 * and the errors of the getters.
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

/* By number and by name, in the order of bytes.  "person" as above. */
cert_err_t cert_list_certificates(cert_reader_t *reader,
    cert_position_t *after, size_t limit, cert_each_certificate_pt each,
    void *data);
cert_err_t cert_list_qualifications(cert_reader_t *reader,
    cert_position_t *after, size_t limit, cert_each_qualification_pt each,
    void *data);

/*
 * Codes of a certificate, oldest first; "time" is when it was applied for.
 * Of a certificate that is not there the list is empty.
 */
cert_err_t cert_list_annotations(cert_reader_t *reader, cert_str_t number,
    cert_position_t *after, size_t limit, cert_each_code_pt each, void *data);

/* Codes that wait, oldest first; "time" is when they were applied for. */
cert_err_t cert_list_queue(cert_reader_t *reader, cert_position_t *after,
    size_t limit, cert_each_code_pt each, void *data);

/* All codes there are, in their order; "time" is 0. */
cert_err_t cert_list_codes(cert_reader_t *reader, cert_position_t *after,
    size_t limit, cert_each_code_pt each, void *data);

/* Codes that expire before "until", by expiry; "time" is the expiry. */
cert_err_t cert_list_expired(cert_reader_t *reader, cert_time_t until,
    cert_position_t *after, size_t limit, cert_each_code_pt each, void *data);


#endif /* CERT_READER_H_INCLUDED */
