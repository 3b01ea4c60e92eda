/*
 * Copyright (C) the ngx_cert authors
 *
 * The control socket between master and service.
 *
 * Nothing here waits: meanwhile the master would not see its signals, nor the
 * service its renderers.
 */


#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "certd_control.h"


/* Room for one descriptor, aligned as the kernel wants it. */
typedef union {
    struct cmsghdr  align;
    char            bytes[CMSG_SPACE(sizeof(int))];
} certd_control_fd_t;


static int certd_control_unpack(struct msghdr *msg);


int
certd_control_send_ready(int control, const certd_ready_t *ready, int fd)
{
    ssize_t              n;
    certd_ready_t        copy;
    struct iovec         iov;
    struct msghdr        msg;
    certd_control_fd_t   ancillary;
    struct cmsghdr      *cmsg;

    copy = *ready;
    iov.iov_base = &copy;
    iov.iov_len = sizeof(copy);

    memset(&ancillary, 0, sizeof(ancillary));
    memset(&msg, 0, sizeof(msg));
    msg.msg_iov = &iov;
    msg.msg_iovlen = 1;
    msg.msg_control = ancillary.bytes;
    msg.msg_controllen = sizeof(ancillary.bytes);

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
certd_control_read_ready(int control, certd_ready_t *ready, int *fd)
{
    ssize_t             n;
    struct iovec        iov;
    struct msghdr       msg;
    certd_control_fd_t  ancillary;

    iov.iov_base = ready;
    iov.iov_len = sizeof(certd_ready_t);

    memset(&msg, 0, sizeof(msg));
    msg.msg_iov = &iov;
    msg.msg_iovlen = 1;
    msg.msg_control = ancillary.bytes;
    msg.msg_controllen = sizeof(ancillary.bytes);

    do {
        n = recvmsg(control, &msg, MSG_DONTWAIT|MSG_CMSG_CLOEXEC);
    } while (n == -1 && errno == EINTR);

    if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        return CERT_BUSY;
    }

    if (n <= 0) {
        return CERT_NOT_FOUND;
    }

    *fd = certd_control_unpack(&msg);

    if (n != (ssize_t) sizeof(certd_ready_t) || *fd == -1) {
        if (*fd != -1) {
            close(*fd);
        }

        return CERT_INVALID;
    }

    return CERT_OK;
}


/* -1: there was none, as no descriptor was free in this process. */
static int
certd_control_unpack(struct msghdr *msg)
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


/* What is lost is sent again within a second. */
void
certd_control_send_kill(int control, const certd_kill_t *request)
{
    (void) send(control, request, sizeof(certd_kill_t),
                MSG_DONTWAIT|MSG_NOSIGNAL);
}


cert_err_t
certd_control_read_kill(int control, certd_kill_t *request)
{
    ssize_t  n;

    do {
        n = recv(control, request, sizeof(certd_kill_t),
                 MSG_DONTWAIT|MSG_TRUNC);
    } while (n == -1 && errno == EINTR);

    if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        return CERT_BUSY;
    }

    if (n <= 0) {
        return CERT_NOT_FOUND;
    }

    return n == (ssize_t) sizeof(certd_kill_t) ? CERT_OK : CERT_INVALID;
}
