/*
 * Copyright (C) the ngx_cert authors
 *
 * The order of jobs in memory.
 *
 * The jobs are jobs[first .. first + n): room at the front lets the oldest
 * leave without moving the others.  Whatever leaves or comes elsewhere moves
 * the shorter side.  Times of application never go back by much, since the
 * store orders them, so that side is short.
 *
 * Rejected: a tree.  Ranks would need counts in its nodes, and half a million
 * of them are more memory and more misses than 32 bytes a job in a row.
 */


#include <stdlib.h>
#include <string.h>

#include "certd_job_queue.h"


#define CERTD_JOB_QUEUE_MIN  256


static int certd_key_cmp(const certd_job_key_t *a, const certd_job_key_t *b);
static size_t certd_job_queue_bound(const certd_job_queue_t *queue,
    const certd_job_key_t *key);
static int certd_job_queue_room(certd_job_queue_t *queue);
static size_t certd_job_queue_sift(certd_job_queue_t *queue, size_t from,
    size_t to);


void
certd_job_queue_wipe(certd_job_queue_t *queue)
{
    free(queue->jobs);
    memset(queue, 0, sizeof(certd_job_queue_t));
}


static int
certd_key_cmp(const certd_job_key_t *a, const certd_job_key_t *b)
{
    if (a->applied != b->applied) {
        return a->applied < b->applied ? -1 : 1;
    }

    return memcmp(a->code.bytes, b->code.bytes, CERT_CODE_SIZE);
}


/* The index of the first job that is not before "key", in [first .. end]. */
static size_t
certd_job_queue_bound(const certd_job_queue_t *queue,
    const certd_job_key_t *key)
{
    size_t  low, high, middle;

    low = queue->first;
    high = queue->first + queue->n;

    while (low < high) {
        middle = low + (high - low) / 2;

        if (certd_key_cmp(&queue->jobs[middle].key, key) < 0) {
            low = middle + 1;

        } else {
            high = middle;
        }
    }

    return low;
}


certd_job_t *
certd_job_queue_find(const certd_job_queue_t *queue, const certd_job_key_t *key)
{
    size_t  i;

    i = certd_job_queue_bound(queue, key);

    return i < queue->first + queue->n
           && certd_key_cmp(&queue->jobs[i].key, key) == 0
           ? &queue->jobs[i] : NULL;
}


/* Where its key belongs: mostly at the end, so nothing is moved. */
certd_job_t *
certd_job_queue_add(certd_job_queue_t *queue, const certd_job_key_t *key,
    int64_t due_ms)
{
    size_t        i;
    certd_job_t  *job;

    job = certd_job_queue_find(queue, key);

    if (job != NULL) {
        /* Listed before it was announced; one in trouble keeps its pause. */
        if (job->troubles == 0 && job->due_ms > due_ms) {
            job->due_ms = due_ms;
        }

        return job;
    }

    if (!certd_job_queue_room(queue)) {
        return NULL;
    }

    i = certd_job_queue_bound(queue, key);
    job = &queue->jobs[i];

    memmove(job + 1, job, (queue->first + queue->n - i)
                          * sizeof(certd_job_t));
    queue->n++;

    memset(job, 0, sizeof(certd_job_t));
    job->key = *key;
    job->round = queue->round;
    job->due_ms = due_ms;

    return job;
}


/* Makes room for one more at the end. */
static int
certd_job_queue_room(certd_job_queue_t *queue)
{
    size_t        size;
    certd_job_t  *jobs;

    if (queue->first + queue->n < queue->size) {
        return 1;
    }

    /* What is free at the front is used first, if it is worth the moving. */
    if (queue->first > queue->size / 2) {
        memmove(queue->jobs, queue->jobs + queue->first,
                queue->n * sizeof(certd_job_t));
        queue->first = 0;
        return 1;
    }

    size = queue->size == 0 ? CERTD_JOB_QUEUE_MIN : 2 * queue->size;

    jobs = reallocarray(queue->jobs, size, sizeof(certd_job_t));
    if (jobs == NULL) {
        return 0;
    }

    queue->jobs = jobs;
    queue->size = size;

    return 1;
}


/* Mostly one of the first: then those before it move by one. */
void
certd_job_queue_remove(certd_job_queue_t *queue, const certd_job_key_t *key)
{
    size_t        before, behind;
    certd_job_t  *job;

    job = certd_job_queue_find(queue, key);
    if (job == NULL) {
        return;
    }

    queue->busy -= job->is_busy;

    before = (size_t) (job - (queue->jobs + queue->first));
    behind = queue->n - before - 1;

    if (before < behind) {
        memmove(queue->jobs + queue->first + 1, queue->jobs + queue->first,
                before * sizeof(certd_job_t));
        queue->first++;

    } else {
        memmove(job, job + 1, behind * sizeof(certd_job_t));
    }

    queue->n--;
}


/* Those before it are busy or in trouble, so there are few. */
certd_job_t *
certd_job_queue_next(const certd_job_queue_t *queue, int64_t now_ms,
    int64_t *due_ms)
{
    certd_job_t  *job, *end;

    *due_ms = INT64_MAX;

    if (queue->n == queue->busy) {
        return NULL;
    }

    end = queue->jobs + queue->first + queue->n;

    for (job = queue->jobs + queue->first; job < end; job++) {

        if (job->is_busy) {
            continue;
        }

        if (job->due_ms <= now_ms) {
            return job;
        }

        if (job->due_ms < *due_ms) {
            *due_ms = job->due_ms;
        }
    }

    return NULL;
}


void
certd_job_queue_take(certd_job_queue_t *queue, certd_job_t *job)
{
    job->is_busy = 1;
    queue->busy++;
}


void
certd_job_queue_give(certd_job_queue_t *queue, certd_job_t *job, int64_t due_ms)
{
    job->is_busy = 0;
    job->due_ms = due_ms;
    queue->busy--;
}


/* Their count stays: one that fails again shall not begin another spell. */
void
certd_job_queue_relieve(certd_job_queue_t *queue)
{
    certd_job_t  *job, *end;

    if (queue->n == 0) {
        return;
    }

    end = queue->jobs + queue->first + queue->n;

    for (job = queue->jobs + queue->first; job < end; job++) {
        if (job->troubles > 0) {
            job->due_ms = 0;
        }
    }
}


/* The busy ones are the oldest but for a few: none waits for them. */
uint64_t
certd_job_queue_position(const certd_job_queue_t *queue,
    const certd_job_key_t *key)
{
    size_t              before;
    const certd_job_t  *job;

    job = certd_job_queue_find(queue, key);

    if (job == NULL || job->is_busy) {
        return 0;
    }

    before = (size_t) (job - (queue->jobs + queue->first));

    return before > queue->busy ? before - queue->busy + 1 : 1;
}


cert_time_t
certd_job_queue_oldest(const certd_job_queue_t *queue)
{
    return queue->n > 0 ? queue->jobs[queue->first].key.applied : 0;
}


void
certd_job_queue_round(certd_job_queue_t *queue)
{
    queue->round++;
}


int
certd_job_queue_merge(certd_job_queue_t *queue, const certd_job_key_t *after,
    const certd_job_key_t *page, size_t n, int is_last, int64_t due_ms)
{
    int           is_whole;
    size_t        i, from, to;
    certd_job_t  *job;

    is_whole = 1;

    for (i = 0; i < n; i++) {
        job = certd_job_queue_find(queue, &page[i]);

        if (job == NULL) {
            job = certd_job_queue_add(queue, &page[i], due_ms);
        }

        if (job == NULL) {
            is_whole = 0;
            continue;
        }

        job->round = queue->round;
    }

    from = queue->first;

    if (after != NULL) {
        from = certd_job_queue_bound(queue, after);
        from += (certd_job_queue_find(queue, after) != NULL);
    }

    if (is_last) {
        to = queue->first + queue->n;

    } else if (n > 0) {
        /* The last one itself is in the page and needs no look. */
        to = certd_job_queue_bound(queue, &page[n - 1]);

    } else {
        to = from;
    }

    queue->n -= certd_job_queue_sift(queue, from, to);

    return is_whole;
}


/* Drops what has ended from jobs[from .. to); returns how many. */
static size_t
certd_job_queue_sift(certd_job_queue_t *queue, size_t from, size_t to)
{
    size_t        i, kept, dropped;
    certd_job_t  *job;

    kept = from;

    for (i = from; i < to; i++) {
        job = &queue->jobs[i];

        if (job->is_busy || job->round == queue->round) {
            queue->jobs[kept++] = *job;
        }
    }

    dropped = to - kept;

    if (dropped > 0) {
        memmove(queue->jobs + kept, queue->jobs + to,
                (queue->first + queue->n - to) * sizeof(certd_job_t));
    }

    return dropped;
}
