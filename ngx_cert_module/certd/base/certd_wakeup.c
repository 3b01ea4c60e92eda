/*
 * Copyright (C) the ngx_cert authors
 *
 * Wakes a thread that waits in poll().
 */


#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "certd_wakeup.h"


void
certd_wakeup_open(certd_wakeup_t *wakeup)
{
    wakeup->fd = eventfd(0, EFD_CLOEXEC|EFD_NONBLOCK);
}


void
certd_wakeup_close(certd_wakeup_t *wakeup)
{
    if (wakeup->fd != -1) {
        close(wakeup->fd);
    }
}


void
certd_wakeup_signal(certd_wakeup_t *wakeup)
{
    uint64_t  one;

    one = 1;

    /* It fails only if 2^64 signals were not cleared. */
    if (write(wakeup->fd, &one, sizeof(one)) == -1) {
        return;
    }
}


void
certd_wakeup_clear(certd_wakeup_t *wakeup)
{
    uint64_t  count;

    /* It fails only if there was no signal. */
    if (read(wakeup->fd, &count, sizeof(count)) == -1) {
        return;
    }
}
