/*
 * Copyright (C) the ngx_cert authors
 *
 * The order of jobs in memory: by the time of application, then by code, as
 * the store has them.
 *
 * A sorted array: a new job goes to the end or near it, one that is done leaves
 * at the front or near it, and a position is a binary search.  A job stays in
 * it while a renderer is at it, until its result is in the store, so it can
 * neither be taken twice nor be found again by the rescan.
 *
 * No locks, no clock and no store in here: the lock in certd_jobs_int.h guards
 * it.  A pointer to a job is good until the next add, remove or merge.
 */


#ifndef CERTD_JOB_QUEUE_H_INCLUDED
#define CERTD_JOB_QUEUE_H_INCLUDED


#include <stddef.h>
#include <stdint.h>

#include "cert_code.h"


typedef struct {
    cert_time_t  applied;
    cert_code_t  code;
} certd_job_key_t;

typedef struct {
    certd_job_key_t  key;
    uint8_t          is_busy;   /* a renderer or the writer is at it */
    uint8_t          troubles;  /* in a row; none of them is an attempt */
    uint32_t         round;     /* of the last listing that could see it */
    int64_t          due_ms;    /* not before, by the monotonic clock */
} certd_job_t;

typedef struct {
    certd_job_t  *jobs;
    size_t        first;        /* index of the oldest */
    size_t        n;
    size_t        size;         /* of "jobs" */
    size_t        busy;         /* how many of "n" */
    uint32_t      round;
} certd_job_queue_t;


/* An empty queue is all zero. */
void certd_job_queue_wipe(certd_job_queue_t *queue);

/*
 * Adds a job that is to wait until "due_ms".  One that is there waits no
 * longer than that.  NULL: no memory, the queue is as it was.
 */
certd_job_t *certd_job_queue_add(certd_job_queue_t *queue,
    const certd_job_key_t *key, int64_t due_ms);

/* NULL: it is not there. */
certd_job_t *certd_job_queue_find(const certd_job_queue_t *queue,
    const certd_job_key_t *key);

/* Leaves the queue as it is if the job is not there. */
void certd_job_queue_remove(certd_job_queue_t *queue,
    const certd_job_key_t *key);

/*
 * The oldest that is due and not busy.  NULL: none; "due_ms" is when the next
 * one will be, INT64_MAX if none waits for its time.
 */
certd_job_t *certd_job_queue_next(const certd_job_queue_t *queue,
    int64_t now_ms, int64_t *due_ms);

/* Pairs: busy until it is given back, to be taken again at "due_ms". */
void certd_job_queue_take(certd_job_queue_t *queue, certd_job_t *job);
void certd_job_queue_give(certd_job_queue_t *queue, certd_job_t *job,
    int64_t due_ms);

/* All that have been in trouble wait no longer. */
void certd_job_queue_relieve(certd_job_queue_t *queue);

/* 1: it is the next; 0: it does not wait. */
uint64_t certd_job_queue_position(const certd_job_queue_t *queue,
    const certd_job_key_t *key);

/* When the oldest applied; 0: there is none. */
cert_time_t certd_job_queue_oldest(const certd_job_queue_t *queue);

/*
 * Makes the queue agree with a page of the store's.  certd_job_queue_round()
 * comes before the page is read: whatever is added after it may be too new to
 * be in the page, and is left alone.
 *
 * The page holds all keys behind "after" (NULL: from the start) up to its last
 * one, or to the end if "is_last".  What is new waits until "due_ms"; what is
 * not in the page and not busy has ended and goes.  Returns 0 if there was no
 * memory for all that is new; the next listing brings the rest.
 */
void certd_job_queue_round(certd_job_queue_t *queue);
int certd_job_queue_merge(certd_job_queue_t *queue,
    const certd_job_key_t *after,
    const certd_job_key_t *page, size_t n, int is_last, int64_t due_ms);


#endif /* CERTD_JOB_QUEUE_H_INCLUDED */
