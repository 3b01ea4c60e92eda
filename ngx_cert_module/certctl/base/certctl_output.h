/*
 * Copyright (C) the ngx_cert authors
 *
 * What certctl prints: results on standard output, errors on standard error.
 */


#ifndef CERTCTL_OUTPUT_H_INCLUDED
#define CERTCTL_OUTPUT_H_INCLUDED


#include "certctl.h"


/*
 * Reports on standard error, and as JSON if asked.  Returns the exit status
 * that "err" stands for: 1 for an answer, 3 for a failure of the system.
 */
int certctl_error(certctl_t *ctl, cert_err_t err, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* CERT_SYSTEM, and what OpenSSL says of it: "what: reason". */
int certctl_error_openssl(certctl_t *ctl, const char *what);

/*
 * Reports a wrong command line in the same way, and where help is.  Returns
 * CERTCTL_USAGE.
 */
int certctl_usage(certctl_t *ctl, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Prints a line of JSON and gives up the reference.  CERTCTL_SYSTEM: it is
 * NULL, which is a text that is not UTF-8 or no memory, or cannot be written.
 */
int certctl_print(json_t *json);

/*
 * The same when JSON is asked for or there is none; otherwise "name: value"
 * lines of the flat object, for people.  Gives up the reference, too.
 */
int certctl_print_object(certctl_t *ctl, json_t *json);

/* Has JSON that was refused memory noticed; to be called before any is made. */
void certctl_output_init(void);

/*
 * Standard output written in full; to be called once at the end, since only
 * then a full disk shows.  CERTCTL_SYSTEM: something is missing, for want of
 * room or of memory.
 */
int certctl_flush(certctl_t *ctl);


#endif /* CERTCTL_OUTPUT_H_INCLUDED */
