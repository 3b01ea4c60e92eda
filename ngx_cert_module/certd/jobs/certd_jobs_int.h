/*
 * Copyright (C) the ngx_cert authors
 *
 * The inside of the jobs: shared by
 *
 *     certd_jobs.c        what other threads call, and the life of the thread
 *     certd_renderers.c   what renderers are asked and answer
 *     certd_results.c     what becomes of a job
 *     certd_seals.c       until when seals may sign
 *     certd_rescan.c      the queue of the store
 */


#ifndef CERTD_JOBS_INT_H_INCLUDED
#define CERTD_JOBS_INT_H_INCLUDED


#include <poll.h>
#include <pthread.h>

#include "cert_reader.h"
#include "certd_job_queue.h"
#include "certd_jobs.h"
#include "certd_rate.h"
#include "certd_wakeup.h"
#include "certrender_serve.h"


/* Results on their way to the disk; more, and no job is begun. */
#define CERTD_POSTED_MAX  1024

/* A page of the store's queue: one snapshot, and one turn of the lock. */
#define CERTD_RESCAN_PAGE   1000

/* A renderer, and the job that it is at. */
typedef struct {
    int              fd;        /* -1: there is none in this slot */
    uint32_t         life;      /* of certd_ready_t */
    int              is_busy;
    int              is_late;   /* the master was asked to kill it */
    uint64_t         job;       /* of the ask */
    certrender_ask_kind_t  kind;
    certd_job_key_t  key;       /* of a copy, or of one that is suspect */
    int64_t          since_ms;

    /* The copy at which the last one in this slot died: was it the copy? */
    int              has_suspect;
    int              was_requested; /* the master was asked to kill it */
    certd_job_key_t  suspect;
} certd_renderer_t;

/* A change that ends a job, or an attempt: back when it is on disk. */
typedef struct certd_posted_s  certd_posted_t;

struct certd_posted_s {
    certd_jobs_t        *jobs;
    certd_job_key_t      key;
    cert_change_type_t   type;
    unsigned             attempts;      /* RETRY: with this one */
    cert_err_t           err;
    certd_posted_t      *next;
};

/* How far the queue of the store was compared with ours. */
typedef struct {
    cert_position_t  after;
    certd_job_key_t  last;      /* of "after"; applied 0: from the start */
    size_t           n;
    certd_job_key_t  page[CERTD_RESCAN_PAGE];
} certd_rescan_t;

struct certd_jobs_s {
    certd_t            *certd;
    pthread_t           thread;
    int                 control;
    certd_wakeup_t      wakeup;         /* called without the lock: the thread
                                           would wake up to wait for it */

    /* Of the thread. */
    size_t              renderers_n;
    certd_renderer_t   *renderers;
    struct pollfd      *polls;          /* wake, control, renderers */
    uint64_t            asked;          /* number of the last request */
    int64_t             tended_ms;
    int64_t             told_ms;        /* trouble was last logged */
    int                 told_level;     /* ... so */
    int64_t             seals_due_ms;   /* a renderer is asked for them */
    int64_t             seals_told_ms;  /* one that ends soon was logged; 0:
                                           it never was */
    certd_rescan_t      rescan;

    /* "lock" guards the rest. */
    pthread_mutex_t     lock;
    certd_job_queue_t   queue;
    certd_rate_t        rate;
    certd_posted_t     *committed;      /* on disk, or given up */
    unsigned            posted_n;       /* results that are on their way */
    int                 is_idle;        /* a renderer waits for a job */
    int                 is_stopping;
    int64_t             stop_ms;
    uint64_t            made;
    uint64_t            retried;
    uint64_t            failed;
    uint64_t            died;
    cert_time_t         seals_expire;   /* the first of them; 0: not known */
};


#endif /* CERTD_JOBS_INT_H_INCLUDED */
