/*
 * Copyright (C) the ngx_cert authors
 *
 * The numbers that a file has had so far, and on which line each came first:
 * 20 to 30 bytes each, and 50 for a moment when the set grows, for as long as
 * the import runs.
 */


#ifndef CERTCTL_SEEN_H_INCLUDED
#define CERTCTL_SEEN_H_INCLUDED


#include "cert.h"


typedef struct certctl_seen_s  certctl_seen_t;


/*
 * An empty set.  "key" is random and copied: without it nobody can choose
 * numbers that all fall into one place.  NULL without memory; destroy takes
 * NULL.
 */
certctl_seen_t *certctl_seen_create(const uint64_t key[2]);
void certctl_seen_destroy(certctl_seen_t *seen);

/*
 * Adds a number of at most CERT_NUMBER_MAX bytes, of which a digest is kept:
 * one of ten million is taken for another with a chance of 1 in 10^15.  "line"
 * counts from 1; of those beyond UINT32_MAX that number is kept.
 *
 *     CERT_OK         it was not there and is now, with "line"
 *     CERT_EXISTS     "first" is the line it came on
 *     CERT_NO_MEMORY  the set is as it was
 */
cert_err_t certctl_seen_add(certctl_seen_t *seen, cert_str_t number,
    uint64_t line, uint64_t *first);

/* True for one that was added. */
int certctl_seen_has(const certctl_seen_t *seen, cert_str_t number);


#endif /* CERTCTL_SEEN_H_INCLUDED */
