/*
 * Copyright (C) the ngx_cert authors
 *
 * The bad files that are known, and the list of them that nginx reads.
 *
 * For the thread of the scrub.
 */


#ifndef CERTD_BAD_H_INCLUDED
#define CERTD_BAD_H_INCLUDED


#include "certd_bad_log.h"


typedef struct {
    certd_look_result_t  result;
    int                  is_due;    /* to be looked at in any case */
    cert_bad_version_t   version;
} certd_bad_file_t;

typedef struct {
    char                path[CERTD_PATH_MAX];   /* of the store */
    cert_bad_t          list;
    certd_bad_file_t    files[CERT_BAD_MAX];    /* as list.codes */
    size_t              next;           /* to be looked at again */
    int                 is_crowded;     /* in this pass some did not fit */
    int                 is_dirty;       /* the file is not the list */
    int64_t             written_ms;
    cert_bad_version_t  version;        /* of what was written */
    certd_bad_log_t     log;
} certd_bad_t;


/*
 * Reads what an earlier daemon left.  CERT_BUSY: not now, try again; any other
 * error, which is logged: the file cannot be used, so what it listed has to be
 * found again.
 */
cert_err_t certd_bad_open(certd_t *certd, certd_bad_t *bad);

/*
 * Takes in what a look found: alarms for what is newly bad, a notice for what
 * is right again.
 */
void certd_bad_note(certd_t *certd, certd_bad_t *bad, const cert_code_t *code,
    const certd_look_t *look);

/*
 * Once a second: looks again at those listed whose files were touched, and has
 * the file say what the list does.  Returns the cost, as of certd_look().
 */
uint64_t certd_bad_tend(certd_t *certd, certd_bad_t *bad);

/* A pass has ended, and each file was looked at. */
void certd_bad_pass(certd_bad_t *bad);


#endif /* CERTD_BAD_H_INCLUDED */
