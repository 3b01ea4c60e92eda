/*
 * Copyright (C) the ngx_cert authors
 *
 * The control socket between master and service.
 *
 * Whole messages (SOCK_SEQPACKET), so neither side ever has half of one.
 * Nothing here waits: the master would leave its signals alone meanwhile, the
 * service its renderers.
 */


#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "certd_pass.h"


/* Room for one descriptor, aligned as the kernel wants it. */
typedef union {
    struct cmsghdr  align;
    char            bytes[CMSG_SPACE(sizeof(int))];
} certd_parcel_t;


static int certd_pass_unpack(struct msghdr *msg);


int
certd_pass_send(int control, const certd_news_t *news, int fd)
{
    ssize_t          n;
    certd_news_t     copy;
    struct iovec     iov;
    struct msghdr    msg;
    certd_parcel_t   parcel;
    struct cmsghdr  *cmsg;

    copy = *news;
    iov.iov_base = &copy;
    iov.iov_len = sizeof(copy);

    memset(&parcel, 0, sizeof(parcel));
    memset(&msg, 0, sizeof(msg));
    msg.msg_iov = &iov;
    msg.msg_iovlen = 1;
    msg.msg_control = parcel.bytes;
    msg.msg_controllen = sizeof(parcel.bytes);

    cmsg = CMSG_FIRSTHDR(&msg);
    cmsg->cmsg_level = SOL_SOCKET;
    cmsg->cmsg_type = SCM_RIGHTS;
    cmsg->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));

    do {
        n = sendmsg(control, &msg, MSG_DONTWAIT|MSG_NOSIGNAL);
    } while (n == -1 && errno == EINTR);

    return n == (ssize_t) sizeof(copy);
}


cert_err_t
certd_pass_receive(int control, certd_news_t *news, int *fd)
{
    ssize_t         n;
    struct iovec    iov;
    struct msghdr   msg;
    certd_parcel_t  parcel;

    iov.iov_base = news;
    iov.iov_len = sizeof(certd_news_t);

    memset(&msg, 0, sizeof(msg));
    msg.msg_iov = &iov;
    msg.msg_iovlen = 1;
    msg.msg_control = parcel.bytes;
    msg.msg_controllen = sizeof(parcel.bytes);

    do {
        n = recvmsg(control, &msg, MSG_DONTWAIT|MSG_CMSG_CLOEXEC);
    } while (n == -1 && errno == EINTR);

    if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        return CERT_BUSY;
    }

    if (n <= 0) {
        return CERT_NOT_FOUND;
    }

    *fd = certd_pass_unpack(&msg);

    if (n != (ssize_t) sizeof(certd_news_t) || *fd == -1) {
        if (*fd != -1) {
            close(*fd);
        }

        return CERT_INVALID;
    }

    return CERT_OK;
}


/* -1: there was none, this process had no room for it. */
static int
certd_pass_unpack(struct msghdr *msg)
{
    int              fd;
    struct cmsghdr  *cmsg;

    cmsg = CMSG_FIRSTHDR(msg);

    if (cmsg == NULL || cmsg->cmsg_level != SOL_SOCKET
        || cmsg->cmsg_type != SCM_RIGHTS
        || cmsg->cmsg_len != CMSG_LEN(sizeof(int)))
    {
        return -1;
    }

    memcpy(&fd, CMSG_DATA(cmsg), sizeof(int));

    return fd;
}


/* Whoever pleads for one that takes too long does so every second. */
void
certd_pass_plead(int control, const certd_plea_t *plea)
{
    (void) send(control, plea, sizeof(certd_plea_t),
                MSG_DONTWAIT|MSG_NOSIGNAL);
}


cert_err_t
certd_pass_hear(int control, certd_plea_t *plea)
{
    ssize_t  n;

    do {
        n = recv(control, plea, sizeof(certd_plea_t),
                 MSG_DONTWAIT|MSG_TRUNC);
    } while (n == -1 && errno == EINTR);

    if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        return CERT_BUSY;
    }

    if (n <= 0) {
        return CERT_NOT_FOUND;
    }

    return n == (ssize_t) sizeof(certd_plea_t) ? CERT_OK : CERT_INVALID;
}
