/*
 * Copyright (C) the ngx_cert authors
 *
 * Wakes a thread that waits in poll(): an eventfd.
 */


#ifndef CERTD_WAKEUP_H_INCLUDED
#define CERTD_WAKEUP_H_INCLUDED


/* "fd" is for poll(); -1: it could not be opened, see errno. */
typedef struct {
    int  fd;
} certd_wakeup_t;


void certd_wakeup_open(certd_wakeup_t *wakeup);
void certd_wakeup_close(certd_wakeup_t *wakeup);

/* From any thread; never waits. */
void certd_wakeup_signal(certd_wakeup_t *wakeup);

/* By the thread that polls, before it looks for what is new. */
void certd_wakeup_clear(certd_wakeup_t *wakeup);


#endif /* CERTD_WAKEUP_H_INCLUDED */
