/*
 * Copyright (C) the ngx_cert authors
 *
 * The control socket between master and service (certd_master.h): news with a
 * descriptor one way, pleas the other.
 */


#ifndef CERTD_PASS_H_INCLUDED
#define CERTD_PASS_H_INCLUDED


#include "certd_master.h"


/*
 * Sends news and, with them, "fd", which stays the caller's.  Never waits:
 * false if the socket is full or closed.
 */
int certd_pass_send(int control, const certd_news_t *news, int fd);

/*
 * Receives news; "fd" is then the caller's.  Never waits.
 *
 *     CERT_OK
 *     CERT_BUSY       there are none
 *     CERT_NOT_FOUND  the master is gone
 *     CERT_INVALID    not what was agreed; nothing is to be closed
 */
cert_err_t certd_pass_receive(int control, certd_news_t *news, int *fd);

/* The same for pleas; a plea that is lost is made again. */
void certd_pass_plead(int control, const certd_plea_t *plea);
cert_err_t certd_pass_hear(int control, certd_plea_t *plea);


#endif /* CERTD_PASS_H_INCLUDED */
