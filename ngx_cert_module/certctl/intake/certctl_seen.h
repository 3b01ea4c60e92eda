/*
 * Copyright (C) the ngx_cert authors
 *
 * The numbers that a file has had so far, and on which line each came first:
 * 20 to 30 bytes each, for as long as the import runs.
 */


#ifndef CERTCTL_SEEN_H_INCLUDED
#define CERTCTL_SEEN_H_INCLUDED


#include "cert.h"


typedef struct certctl_seen_s  certctl_seen_t;


/*
 * An empty set; "seed" is random, so that nobody can choose numbers that all
 * fall into one place.  NULL without memory; destroy takes NULL.
 */
certctl_seen_t *certctl_seen_create(uint64_t seed);
void certctl_seen_destroy(certctl_seen_t *seen);

/*
 * Adds a number of at most CERT_NUMBER_MAX bytes, which is copied.
 *
 *     CERT_OK         it was not there and is now, with "line"
 *     CERT_EXISTS     "first" is the line it came on
 *     CERT_NO_MEMORY  the set is as it was
 */
cert_err_t certctl_seen_add(certctl_seen_t *seen, cert_str_t number,
    uint64_t line, uint64_t *first);

/* True for one that was added. */
int certctl_seen_has(certctl_seen_t *seen, cert_str_t number);


#endif /* CERTCTL_SEEN_H_INCLUDED */
