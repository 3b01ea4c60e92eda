/*
 * Copyright (C) the ngx_cert authors
 *
 * The master process: who forks, and what becomes of those who end.
 *
 * Each renderer has a SOCK_SEQPACKET pair of its own (certrender.h says what
 * is spoken).  Once it is ready to draw, which it tells the master by the first
 * message, the service gets the other end over "control", a socket as well,
 * with a certd_news_t and the descriptor as SCM_RIGHTS; so one that cannot
 * even start costs no job an attempt.  A renderer that died is told by the end
 * of its socket, and its successor comes over "control".  The service kills no
 * process: it asks the master to, by a certd_plea_t.
 *
 * If the master dies, all others do (PR_SET_PDEATHSIG).  If the service dies,
 * the master ends everything and leaves with CERTD_SYSTEM: whoever started it
 * starts it again, and the store has lost nothing.
 */


#ifndef CERTD_MASTER_H_INCLUDED
#define CERTD_MASTER_H_INCLUDED


#include "certd.h"


/* Master to service, with the service's end of the socket. */
typedef struct {
    uint32_t  slot;         /* below options.renderers */
    uint32_t  life;         /* counts the renderers of a slot */
    uint32_t  was_killed;   /* the last one that was ready: by SIGKILL */
} certd_news_t;

/* Service to master: kill this renderer, unless another has its slot by now. */
typedef struct {
    uint32_t  slot;
    uint32_t  life;
} certd_plea_t;


/*
 * Forks service and renderers, waits for their end and for signals: SIGTERM
 * and SIGINT end all in order, SIGHUP goes to the service.  Returns the exit
 * status of the whole.
 */
int certd_master(const certd_options_t *options);


#endif /* CERTD_MASTER_H_INCLUDED */
