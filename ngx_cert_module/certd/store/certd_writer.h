/*
 * Copyright (C) the ngx_cert authors
 *
 * The one writer: changes from many threads, committed together.
 *
 * A commit waits for the disk, whatever is in it.  So all changes share it
 * that wait when it begins or come before the last of them is applied, and
 * while it is on its way to the disk the next ones gather.  Nothing waits for
 * more to come: one change alone is committed at once.
 *
 * A change that is refused is a result and disturbs nobody.  A failure of LMDB
 * undoes the batch, which is then tried change by change.
 */


#ifndef CERTD_WRITER_H_INCLUDED
#define CERTD_WRITER_H_INCLUDED


#include <pthread.h>

#include "certd.h"


/* Bytes of what a change points to. */
#define CERTD_WRITE_BYTES  1024

/* Nobody waits longer than that for a commit. */
#define CERTD_WRITE_MS     4000

typedef struct certd_write_s  certd_write_t;

typedef void (*certd_write_pt)(void *data, const certd_write_t *write);

/*
 * A change on its way.  It belongs to whoever created it until it is waited
 * for or posted; "err" and "outcome" are for after that, and only where it
 * says so.
 */
struct certd_write_s {
    cert_change_t    change;
    cert_err_t       err;           /* of cert_change_execute(), or of the
                                       commit: then nothing is certain */
    cert_outcome_t   outcome;

    /* The writer's own. */
    certd_write_t   *next;
    certd_write_pt   done;
    void            *data;
    pthread_cond_t   ended;         /* for who waits */
    int64_t          since_ms;
    int              state;
    int              refs;
    size_t           bytes_n;
    uint8_t          bytes[CERTD_WRITE_BYTES];
};


/* Starts its thread; NULL: no memory, no thread. */
certd_writer_t *certd_writer_start(certd_t *certd);

/*
 * Refuses what comes from now on, commits what was accepted, ends the thread.
 * What could not be committed within "wait_ms" is dropped: nobody was told
 * that it was done.  False: it is stuck and goes on, so nothing that it uses
 * may be freed.  NULL is allowed.
 */
int certd_writer_stop(certd_writer_t *writer, int64_t wait_ms);

/*
 * A change of "type", of now, with a nonce; "actor" is for the journal.  NULL:
 * no memory.  What its fields point to has to be kept in it (certd_write_keep,
 * which cannot fail for what a change takes) or to live for ever.
 */
certd_write_t *certd_write_create(cert_change_type_t type,
    const char *actor);
cert_str_t certd_write_keep(certd_write_t *write, cert_str_t text);
void certd_write_free(certd_write_t *write);

/*
 * Hands it to the writer and waits for the commit.
 *
 *     CERT_OK    write->err and write->outcome tell; what they call done is
 *                on disk
 *     CERT_BUSY  too many wait, or the commit takes longer than
 *                CERTD_WRITE_MS: answer 503.  It was not done, or may still
 *                be: whoever repeats it needs a key of his own for it
 *
 * In both cases it is still to be freed.
 */
cert_err_t certd_write_wait(certd_writer_t *writer, certd_write_t *write);

/* The same for at most "wait_ms", of something that can be left out. */
cert_err_t certd_write_try(certd_writer_t *writer, certd_write_t *write,
    int64_t wait_ms);

/*
 * Hands it to the writer, which frees it; "done" (may be NULL) is called in
 * the writer's thread when it is on disk or was given up, and must not wait.
 * Never refused for want of room: for the few changes of the daemon itself.
 */
void certd_write_post(certd_writer_t *writer, certd_write_t *write,
    certd_write_pt done, void *data);

/* How many wait, since when in milliseconds the oldest does. */
void certd_writer_look(certd_writer_t *writer, uint64_t *waiting,
    uint64_t *waiting_ms);


#endif /* CERTD_WRITER_H_INCLUDED */
