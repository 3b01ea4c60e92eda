/*
 * Copyright (C) the ngx_cert authors
 *
 * A renderer process of the daemon.
 */


#ifndef CERTD_RENDERER_H_INCLUDED
#define CERTD_RENDERER_H_INCLUDED


#include "certd.h"


/* What a renderer sends first, to the master: it is ready to draw. */
#define CERTD_HELLO      "ready"
#define CERTD_HELLO_LEN  (sizeof(CERTD_HELLO) - 1)


/*
 * Gives up what it does not need, gets ready, says so on "fd" and answers
 * requests until "fd" is closed at the other end.  That of slot 0 sweeps
 * leftovers of crashes, too.  Returns the exit status; what failed was logged.
 */
int certd_renderer(const certd_options_t *options, unsigned slot, int fd,
    pid_t master);


#endif /* CERTD_RENDERER_H_INCLUDED */
