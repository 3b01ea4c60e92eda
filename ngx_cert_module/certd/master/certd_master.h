/*
 * Copyright (C) the ngx_cert authors
 *
 * The master process: forks the service and the renderers, and replaces the
 * renderers that end.
 *
 * Each renderer has a SOCK_SEQPACKET pair of its own (certrender.h has the
 * protocol).  Its first message tells the master that it is ready to draw; only
 * then the service gets the other end, over the control socket
 * (certd_control.h), so a renderer that cannot even start costs no job an
 * attempt.  The service sees the end of a renderer by the end of its socket.
 * It kills no process itself: it asks the master to.
 *
 * If the master dies, all others do (PR_SET_PDEATHSIG).  If the service dies,
 * the master ends everything and exits with CERTD_SYSTEM: systemd starts it
 * again, and the store has lost nothing.
 */


#ifndef CERTD_MASTER_H_INCLUDED
#define CERTD_MASTER_H_INCLUDED


#include "certd.h"


/*
 * Forks service and renderers, waits for their end and for signals: SIGTERM and
 * SIGINT end every process in turn, SIGHUP goes to the service.  Returns the
 * exit status of the whole.
 */
int certd_master(const certd_options_t *options);


#endif /* CERTD_MASTER_H_INCLUDED */
