/*
 * Copyright (C) the ngx_cert authors
 *
 * The HTTP side of the service: a unix socket that only nginx can open, a
 * thread for each connection.
 */


#ifndef CERTD_HTTP_H_INCLUDED
#define CERTD_HTTP_H_INCLUDED


#include "certd_request.h"


typedef struct certd_http_s  certd_http_t;

/* Answers a request; "path" still has its escapes. */
typedef void (*certd_dispatch_pt)(certd_request_t *r, const char *method,
    const char *path);


/*
 * Binds the socket of the options and serves on it, in threads of its own,
 * each of which calls "dispatch" for a request; store, writer, jobs, counters,
 * hashes and throttle of "certd" are used from now on.  NULL: the reason tells
 * why.
 *
 * The path is taken over only if no process answers there.  The socket has mode
 * 0660 and the group of the options or of the store; its folder is made with
 * mode 0750 and that group if it is missing, and left as it is if not.
 */
certd_http_t *certd_http_start(certd_t *certd, certd_dispatch_pt dispatch,
    cert_reason_t *reason);

/*
 * Removes the socket, so that no new request comes, and waits for the requests
 * in hand to be answered, a few seconds at most; then ends the threads.  NULL
 * is allowed.
 */
void certd_http_stop(certd_http_t *http);


#endif /* CERTD_HTTP_H_INCLUDED */
