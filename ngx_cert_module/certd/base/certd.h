/*
 * Copyright (C) the ngx_cert authors
 *
 * certd: the daemon that writes.
 *
 *     master      forks the others, replaces renderers that died; has no key,
 *                 no store and no thread; root if it was started as root
 *     service     HTTP, the one writer, the queue of jobs; as --user
 *     renderers   one a core, a job at a time; as --renderer-user, the only
 *                 user that can read the keys of the seals
 *
 * What follows is the service, whose threads share one certd_t.  Every member
 * but "options" is made before the first thread that uses it and lives until
 * the last has ended; the header of each part says which lock guards what.
 */


#ifndef CERTD_H_INCLUDED
#define CERTD_H_INCLUDED


#include <stdio.h>
#include <string.h>

#include "cert_change.h"
#include "cert_figures.h"
#include "certd_clock.h"
#include "certd_log.h"
#include "certd_options.h"
#include "certd_random.h"


typedef struct certd_store_s     certd_store_t;
typedef struct certd_writer_s    certd_writer_t;
typedef struct certd_jobs_s      certd_jobs_t;
typedef struct certd_counters_s  certd_counters_t;
typedef struct certd_hashes_s    certd_hashes_t;
typedef struct certd_throttle_s  certd_throttle_t;
typedef struct certd_scrub_s     certd_scrub_t;

typedef struct {
    const certd_options_t  *options;
    certd_store_t          *store;
    certd_writer_t         *writer;
    certd_jobs_t           *jobs;
    certd_counters_t       *counters;
    certd_hashes_t         *hashes;
    certd_throttle_t       *throttle;
    certd_scrub_t          *scrub;
} certd_t;


#endif /* CERTD_H_INCLUDED */
