/*
 * Copyright (C) the ngx_cert authors
 *
 * How far the daemon has got with checking the files of all copies: a small
 * sealed file beside the store, so that a restart goes on from there.
 */


#ifndef CERT_SCRUB_H_INCLUDED
#define CERT_SCRUB_H_INCLUDED


#include "cert_code.h"
#include "cert_keyring.h"
#include "cert_time.h"


typedef struct {
    uint64_t     passes;        /* over all files, that were finished */
    cert_time_t  first;         /* when the first one began; 0: none has */
    cert_time_t  began;         /* the one under way, or the last */
    cert_time_t  finished;      /* the last; 0: none was */
    int          is_under_way;
    int          is_behind;     /* "code" was looked at */
    cert_code_t  code;          /* the pass goes on behind it */
} cert_scrub_t;


/*
 * Writes PATH/certd.scrub, PATH being the folder of the store; errors as
 * cert_bad_write().  Does not wait for the disk.
 */
cert_err_t cert_scrub_write(const char *path, cert_keyring_t *ring,
    const cert_scrub_t *scrub, cert_reason_t *reason);

/*
 * Reads it.  CERT_NOT_FOUND: there is none; else the errors of
 * cert_bad_read().  On an error "scrub" is zero: the first pass is to begin.
 */
cert_err_t cert_scrub_read(const char *path, cert_keyring_t *ring,
    cert_scrub_t *scrub);


#endif /* CERT_SCRUB_H_INCLUDED */
