/*
 * Copyright (C) the ngx_cert authors
 *
 * The inside of the jobs: shared by
 *
 *     certd_jobs.c        what other threads call, and the thread's life
 *     certd_hands.c       renderers: what they are asked and answer
 *     certd_ends.c        what becomes of a job
 *     certd_walk.c        the queue of the store
 */


#ifndef CERTD_JOBS_INT_H_INCLUDED
#define CERTD_JOBS_INT_H_INCLUDED


#include <poll.h>
#include <pthread.h>

#include "certd_jobs.h"
#include "certd_pace.h"
#include "certd_queue.h"
#include "certrender.h"


/* Ends on their way to the disk; more, and no job is begun. */
#define CERTD_POSTED_MAX  1024

/* A page of the store's queue: one snapshot, and one turn of the lock. */
#define CERTD_WALK_PAGE   1000

/* A renderer, and what it has in hand. */
typedef struct {
    int          fd;            /* -1: there is none in this slot */
    uint32_t     life;          /* of certd_news_t */
    int          is_busy;
    int          is_late;       /* the master was asked to kill it */
    int          is_specimen;   /* what it is at, in place of "key" */
    uint64_t     job;           /* of the ask */
    certd_key_t  key;
    int64_t      since_ms;

    /* The copy that the last one in this slot died at, to be looked into. */
    int          is_open;
    int          was_ours;      /* we had asked the master to kill it */
    certd_key_t  victim;
} certd_hand_t;

/* A change that ends a job, or an attempt: back when it is on disk. */
typedef struct certd_end_s  certd_end_t;

struct certd_end_s {
    certd_jobs_t        *jobs;
    certd_key_t          key;
    cert_change_type_t   type;
    unsigned             attempts;      /* RETRY: with this one */
    cert_err_t           err;
    certd_end_t         *next;
};

/* How far the queue of the store was compared with ours. */
typedef struct {
    cert_position_t  after;
    certd_key_t      last;      /* of "after"; applied 0: from the start */
    size_t           n;
    certd_key_t      page[CERTD_WALK_PAGE];
} certd_walk_t;

struct certd_jobs_s {
    certd_t           *certd;
    pthread_t          thread;
    int                control;
    int                wake;            /* eventfd */

    /* Of the thread. */
    size_t             hands_n;
    certd_hand_t      *hands;
    struct pollfd     *polls;           /* wake, control, hands */
    uint64_t           asked;           /* number of the last ask */
    int64_t            tended_ms;
    int64_t            told_ms;         /* trouble was last logged */
    int                told_level;      /* ... so */
    certd_walk_t       walk;

    /* "lock" guards the rest. */
    pthread_mutex_t    lock;
    certd_queue_t      queue;
    certd_pace_t       pace;
    certd_end_t       *ends;            /* on disk, or given up */
    unsigned           posted;          /* ends that are on their way */
    int                is_idle;         /* a renderer waits for a job */
    int                is_stopping;
    int64_t            stop_ms;
    uint64_t           made;
    uint64_t           retried;
    uint64_t           failed;
    uint64_t           died;
};


/*
 * Has the thread look at what is new.  Called without the lock: the thread
 * would wake up only to wait for it.
 */
void certd_jobs_wake(certd_jobs_t *jobs);

/*
 * Hands out what can be begun; returns for how many milliseconds nothing else
 * will be due, at most "wait_ms".
 */
int64_t certd_hands_fill(certd_jobs_t *jobs, int64_t wait_ms);

/* A renderer that is new; one that was in its slot is gone. */
void certd_hands_news(certd_jobs_t *jobs);

/* Something came from this one: an answer, or its end. */
void certd_hands_read(certd_jobs_t *jobs, certd_hand_t *hand);

/* Asks the master to kill those who take too long. */
void certd_hands_late(certd_jobs_t *jobs);

/* Closes all, which is how renderers are told to end. */
void certd_hands_close(certd_jobs_t *jobs);

/* The answer of a renderer. */
void certd_ends_answer(certd_jobs_t *jobs, const certd_key_t *key,
    const certrender_result_t *result);

/* What the next renderer made of a specimen, when one died at this copy. */
void certd_ends_specimen(certd_jobs_t *jobs, const certd_key_t *key,
    const certrender_result_t *result);

/* It is tried again later, and loses no attempt: that was not its own doing. */
void certd_ends_trouble(certd_jobs_t *jobs, const certd_key_t *key,
    const char *why);

/* Takes what the writer has put on disk, or has given up. */
void certd_ends_take(certd_jobs_t *jobs);

/*
 * Compares the next page with ours; what is new waits until "due_ms".
 *
 *     CERT_OK         there are more
 *     CERT_NOT_FOUND  that was the last; the next page is the first again
 *     CERT_BUSY       no store just now
 *
 * and the errors of cert_list_queue().
 */
cert_err_t certd_walk_page(certd_jobs_t *jobs, int64_t due_ms);

/* A code as it may be logged: it gives a right, so its middle is left out. */
#define CERTD_CODE_SIZE  13

void certd_code_short(const cert_code_t *code, char text[CERTD_CODE_SIZE]);


#endif /* CERTD_JOBS_INT_H_INCLUDED */
