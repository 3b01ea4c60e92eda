/*
 * Copyright (C) the ngx_cert authors
 *
 * The control socket between master and service.
 *
 * A SOCK_SEQPACKET pair, so neither side ever has half of a message.  When a
 * renderer is ready, the master sends a certd_ready_t with the service's end
 * of the renderer's socket.  When a renderer takes too long, or sent something
 * else than an answer, the service sends a certd_kill_t.  No function here
 * waits.
 */


#ifndef CERTD_CONTROL_H_INCLUDED
#define CERTD_CONTROL_H_INCLUDED


#include <stdint.h>

#include "cert.h"


/* Master to service: this renderer is ready. */
typedef struct {
    uint32_t  slot;         /* below options.renderers */
    uint32_t  life;         /* counts the renderers of a slot */
    uint32_t  was_killed;   /* the last one that was ready: by SIGKILL */
} certd_ready_t;

/* Service to master: kill this renderer, unless another has its slot by now. */
typedef struct {
    uint32_t  slot;
    uint32_t  life;
} certd_kill_t;


/*
 * Sends "ready" and, with it, "fd", which stays the caller's.  False: the
 * socket is full or closed.
 */
int certd_control_send_ready(int control, const certd_ready_t *ready, int fd);

/*
 * Receives "ready"; "fd" is then the caller's.
 *
 *     CERT_OK
 *     CERT_BUSY       there is no message
 *     CERT_NOT_FOUND  the master has ended
 *     CERT_INVALID    a malformed message, or no descriptor was free; nothing
 *                     is to be closed
 */
cert_err_t certd_control_read_ready(int control, certd_ready_t *ready,
    int *fd);

/*
 * The same for a request to kill.  One that is lost is sent again: the service
 * asks every second as long as the renderer takes too long.
 */
void certd_control_send_kill(int control, const certd_kill_t *request);
cert_err_t certd_control_read_kill(int control, certd_kill_t *request);


#endif /* CERTD_CONTROL_H_INCLUDED */
