/*
 * Copyright (C) the ngx_cert authors
 *
 * The line of changes that wait for the writer: shared by
 *
 *     certd_write.c       who waits
 *     certd_writer.c      who serves, in batches (certd_batch.c)
 *
 * "lock" guards the line and the states of all changes in it.  A change is the
 * writer's alone from taken to ended.
 */


#ifndef CERTD_LINE_H_INCLUDED
#define CERTD_LINE_H_INCLUDED


#include <pthread.h>

#include "certd_writer.h"


/* New ones are refused while the oldest has waited for so long. */
#define CERTD_STUCK_MS  2000

enum {
    CERTD_WRITE_NEW = 0,
    CERTD_WRITE_WAITS,
    CERTD_WRITE_TAKEN,
    CERTD_WRITE_ENDED
};

struct certd_writer_s {
    certd_t             *certd;
    certd_observer_pt    observer;
    pthread_t            thread;
    pthread_mutex_t      lock;
    pthread_cond_t       work;      /* something waits, or it is to stop */
    pthread_cond_t       over;      /* the thread is about to end */
    certd_write_t       *first;
    certd_write_t      **last;
    unsigned             waiting;
    int                  is_stopping;
    int                  is_over;
    int64_t              tended_ms; /* the writer's own */
};


/*
 * Puts it at the end, with a share of it for the writer.  CERT_BUSY: bounded,
 * and there is no room, or the line does not move, or it is to stop.
 */
cert_err_t certd_line_put(certd_writer_t *writer, certd_write_t *write,
    int is_bounded);

/* What waits, the oldest first, at most "max"; NULL: nothing does. */
certd_write_t *certd_line_take(certd_writer_t *writer, unsigned max);

/* Gives up what nobody has taken yet; "lock" is held. */
void certd_line_remove(certd_writer_t *writer, certd_write_t *write);

/* It has ended: tells who waits, and drops the writer's share. */
void certd_line_end(certd_writer_t *writer, certd_write_t *write);

/* Drops a share. */
void certd_write_unref(certd_write_t *write);


#endif /* CERTD_LINE_H_INCLUDED */
