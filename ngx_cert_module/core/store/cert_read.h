/*
 * Copyright (C) the ngx_cert authors
 *
 * Getters: they copy what they find, so it stays valid after the call and
 * after later ones; they write nothing.  Errors as told in cert_reader.h.
 */


#ifndef CERT_READ_H_INCLUDED
#define CERT_READ_H_INCLUDED


#include "cert_reader.h"


typedef struct {
    uint64_t     map_size;          /* bytes */
    uint64_t     used;              /* bytes of pages up to the last one */
    uint32_t     schema;            /* as of the opening */
    uint64_t     certificates;
    uint64_t     matches;           /* as many, once a store is upgraded */
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

/* All that is printed on a copy.  Wipe it when done. */
typedef struct {
    cert_policy_t         policy;
    cert_annotation_t     annotation;
    cert_certificate_t    copy;         /* backs the annotation */
    cert_certificate_t    certificate;  /* with the person */
    cert_qualification_t  qualification;
    size_t                photo_len;    /* bytes; 0: none */
} cert_printed_t;


/*
 * By any spelling of its number, as long as that means one certificate; the
 * number in its facts is the printed one.  "person" is filled in if the ring
 * has an active "personal" key, which has_person tells; keep it no longer than
 * it is needed.
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
 * What is printed on the copy of "code", as of one moment: an import may give
 * a certificate another person and photo between two calls.  "photo" has room
 * for CERT_PHOTO_MAX bytes.  CERT_NO_KEY: no active "personal" key.
 */
cert_err_t cert_read_printed(cert_reader_t *reader, const cert_code_t *code,
    cert_printed_t *printed, uint8_t *photo);

/*
 * How many attempts at a queued application failed.  CERT_NOT_FOUND: no such
 * code, or it does not wait.
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
 * Compare an expiry with this, never with the clock.
 */
cert_err_t cert_read_now(cert_reader_t *reader, cert_time_t clock,
    cert_time_t *now);


#endif /* CERT_READ_H_INCLUDED */
