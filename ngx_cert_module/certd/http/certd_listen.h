/*
 * Copyright (C) the ngx_cert authors
 *
 * The socket that nginx connects to.
 */


#ifndef CERTD_LISTEN_H_INCLUDED
#define CERTD_LISTEN_H_INCLUDED


#include <sys/types.h>

#include "certd.h"


typedef struct {
    int    fd;
    dev_t  dev;     /* of the file, to tell it from one that came after it */
    ino_t  ino;
} certd_listen_t;


/* Binds and listens; 0: the reason tells why not.  See certd_http_start(). */
int certd_listen(certd_listen_t *listener, const certd_options_t *options,
    cert_reason_t *reason);

/* Removes the file, if it is still this socket's; the descriptor stays. */
void certd_unlisten(const certd_listen_t *listener,
    const certd_options_t *options);


#endif /* CERTD_LISTEN_H_INCLUDED */
