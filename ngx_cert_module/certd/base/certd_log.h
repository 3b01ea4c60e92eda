/*
 * Copyright (C) the ngx_cert authors
 *
 * Log lines.
 */


#ifndef CERTD_LOG_H_INCLUDED
#define CERTD_LOG_H_INCLUDED


#include "cert_code.h"


/*
 * One line to standard error in one write(2), so lines of processes and
 * threads do not mix; with "<N>" in front where journald listens.  No personal
 * data, no secret, no token and no username, at any level.
 */
typedef enum {
    CERTD_LOG_ALERT = 1,    /* an operator has to act: damage, lost keys */
    CERTD_LOG_ERROR = 3,    /* something was not done */
    CERTD_LOG_WARNING = 4,  /* it passes by itself */
    CERTD_LOG_NOTICE = 5,   /* start, stop, reload */
    CERTD_LOG_INFO = 6      /* each request and job: off by default */
} certd_log_level_t;

void certd_log(certd_log_level_t level, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Why the service ended.  share: by the master, before it forks; 0: no memory.
 * keep: by the service, whose last line at CERTD_LOG_ERROR or worse the master
 * then finds; NULL: there was none.
 */
int certd_log_share(void);
void certd_log_keep(void);
const char *certd_log_kept(void);

/* A code as it may be logged: it gives a right, so its middle is left out. */
#define CERTD_LOG_CODE_SIZE  13

void certd_log_code(const cert_code_t *code, char text[CERTD_LOG_CODE_SIZE]);

/* The most verbose level that is written (CERTD_LOG_NOTICE at first). */
void certd_log_level(certd_log_level_t level);
int certd_log_is_written(certd_log_level_t level);


#endif /* CERTD_LOG_H_INCLUDED */
