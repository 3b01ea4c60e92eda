/*
 * Copyright (C) the ngx_cert authors
 *
 * The write queue: changes from many threads on their way to the disk.
 *
 *     certd_write_queue.c     changes, and the queue in which they wait
 *     certd_writer.c          the writer, the one thread that commits them, in
 *                             batches (certd_batch.c)
 *
 * A commit waits for the disk, whatever is in it.  So all changes share it
 * that wait when it begins or come before the last of them is applied, and
 * while it is on its way to the disk the next ones gather.  Nothing waits for
 * more to come: one change alone is committed at once.
 *
 * A change that is refused is a result and disturbs no other.  A failure of
 * LMDB undoes the batch, which is then tried change by change.
 *
 * The states of a change:
 *
 *                 create
 *                    |
 *                    v     put: no room, stuck or stopping: CERT_BUSY
 *       +---------> NEW ---------------------------------------> (free)
 *       |            |
 *       | remove     | put
 *       |            v
 *       +-------- WAITING
 *         (the       |
 *         sender     | take: the writer's alone from here on
 *         gave up)   v
 *                  TAKEN ---- applied, then committed or failed
 *                    |        (a sender that gives up now cannot know)
 *                    | end
 *                    v
 *                  ENDED      "err" and "outcome" tell
 *
 * The sender and the writer each hold a reference; the change is freed when
 * both have dropped theirs.
 */


#ifndef CERTD_WRITE_QUEUE_H_INCLUDED
#define CERTD_WRITE_QUEUE_H_INCLUDED


#include <pthread.h>

#include "certd.h"


/* Bytes of what a change points to. */
#define CERTD_WRITE_BYTES  1024

/* The longest that a sender waits for a commit. */
#define CERTD_WRITE_MS     4000

/* New ones are refused while the oldest has waited for so long. */
#define CERTD_STUCK_MS     2000

typedef enum {
    CERTD_WRITE_NEW = 0,
    CERTD_WRITE_WAITING,
    CERTD_WRITE_TAKEN,
    CERTD_WRITE_ENDED
} certd_write_state_t;

typedef struct certd_write_s  certd_write_t;

typedef void (*certd_written_pt)(void *data, const certd_write_t *write);
typedef void (*certd_observer_pt)(certd_t *certd, const certd_write_t *write);

/*
 * A change on its way.  It belongs to its creator until it is waited for or
 * posted; "err" and "outcome" are for after that, and only where it says so.
 */
struct certd_write_s {
    cert_change_t         change;
    cert_err_t            err;      /* of cert_change_execute(), or of the
                                       commit: then nothing is certain */
    cert_outcome_t        outcome;

    /* The rest is the queue's and the writer's. */
    certd_write_t        *next;
    certd_written_pt      done;
    void                 *data;
    pthread_cond_t        ended;    /* for the sender */
    int64_t               since_ms;
    certd_write_state_t   state;
    int                   refs;
    size_t                bytes_n;
    uint8_t               bytes[CERTD_WRITE_BYTES];
};

/* "lock" guards the queue and the states of all changes in it. */
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
 * Starts the writer's thread; NULL: no memory, no thread.  "observer" (may be
 * NULL) is called in that thread for each change that is on disk and has
 * changed something, before the sender of the change is told; it must not wait.
 */
certd_writer_t *certd_writer_start(certd_t *certd,
    certd_observer_pt observer);

/*
 * Refuses what comes from now on, commits what was accepted, ends the thread.
 * What could not be committed within "wait_ms" is dropped: no sender was told
 * that it was done.  False: it is stuck and goes on, so nothing that it uses
 * may be freed.  NULL is allowed.
 */
int certd_writer_stop(certd_writer_t *writer, int64_t wait_ms);

/*
 * A change of "type", of now, with a nonce; "actor" is for the journal.  NULL:
 * no memory.  What its fields point to has to be kept in it (certd_write_keep
 * and _holder, which cannot fail for what a change takes) or to live for ever.
 */
certd_write_t *certd_write_create(cert_change_type_t type,
    const char *actor);
cert_str_t certd_write_keep(certd_write_t *write, cert_str_t text);
const cert_holder_t *certd_write_holder(certd_write_t *write,
    const cert_holder_t *holder);
void certd_write_free(certd_write_t *write);

/*
 * Hands it to the writer and waits for the commit.
 *
 *     CERT_OK    write->err and write->outcome tell; what they call done is
 *                on disk
 *     CERT_BUSY  too many wait, or the commit takes longer than
 *                CERTD_WRITE_MS: answer 503.  It was not done, or may still
 *                be: to repeat it safely takes a key of its own (cert_change.h)
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
    certd_written_pt done, void *data);

/* How many wait, and for how many milliseconds the oldest has waited. */
void certd_write_queue_look(certd_writer_t *writer, uint64_t *waiting,
    uint64_t *waiting_ms);

/*
 * The rest is for the writer.
 *
 * take: what waits, the oldest first, linked by "next", at most "max"; NULL:
 * nothing waits.  end: tells the sender, and drops the writer's reference.
 */
certd_write_t *certd_write_queue_take(certd_writer_t *writer, unsigned max);
void certd_write_queue_end(certd_writer_t *writer, certd_write_t *write);


#endif /* CERTD_WRITE_QUEUE_H_INCLUDED */
