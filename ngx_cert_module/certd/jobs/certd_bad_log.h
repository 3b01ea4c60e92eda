/*
 * Copyright (C) the ngx_cert authors
 *
 * What is logged of bad PDFs: so many lines a minute, so that a folder that is
 * gone does not fill the log.
 *
 * For the thread of the scrub.
 */


#ifndef CERTD_BAD_LOG_H_INCLUDED
#define CERTD_BAD_LOG_H_INCLUDED


#include "certd_look.h"


typedef struct {
    unsigned  alarms;       /* lines in this minute */
    unsigned  unsaid;       /* ... that were not written */
    unsigned  notices;      /* the same of other lines */
    unsigned  eased;        /* ... of files that are sound again */
    int64_t   minute_ms;    /* when it began */
    int64_t   trouble_ms;   /* when trouble was logged last */
} certd_bad_log_t;


/* Begins the first minute; "log" was zeroed. */
void certd_bad_log_open(certd_bad_log_t *log);

/* A file is bad. */
void certd_bad_log_alarm(certd_bad_log_t *log, const certd_t *certd,
    const cert_code_t *code, certd_look_result_t result);

/* A file is sound again, or its copy is no longer in force. */
void certd_bad_log_notice(certd_bad_log_t *log, const certd_t *certd,
    const cert_code_t *code, certd_look_result_t result);

/* Another program has changed the list at "path", the folder of the store. */
void certd_bad_log_changed(certd_bad_log_t *log, const char *path);

/* A file cannot be checked; the list cannot be written.  Once a minute. */
void certd_bad_log_trouble(certd_bad_log_t *log, const certd_t *certd,
    const cert_code_t *code);
void certd_bad_log_unwritten(certd_bad_log_t *log,
    const cert_reason_t *reason);

/* Once a second: logs how many lines were not logged in the last minute. */
void certd_bad_log_minute(certd_bad_log_t *log);


#endif /* CERTD_BAD_LOG_H_INCLUDED */
