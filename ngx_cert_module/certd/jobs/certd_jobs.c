/*
 * Copyright (C) the ngx_cert authors
 *
 * Jobs: what other threads call, and the life of the thread.
 *
 * Threads.  One thread has the sockets, the rescan of the store's queue and the
 * decisions; it waits in poll() and nowhere else for long.  The writer's thread
 * adds jobs and notes results, those of requests ask where a job stands: both
 * under "lock", which is held for a few microseconds, never over a system call,
 * and never together with another lock, so no order of locks has to be kept.
 * A reader of the store is given back before the lock is taken.
 *
 * The array in memory is a copy: the store's queue is the one that counts.  The
 * rescan finds what is missing here; a job that is here and not in the store is
 * answered by the renderer with "does not wait any more".  So nothing here has
 * to survive, and a lack of memory costs time, not jobs.
 *
 * A job that the rescan finds waits five seconds, since certctl makes what it
 * has applied for itself.  Were it made twice all the same, there is one file
 * of that name: the second renderer finds it and checks it.
 */


#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "certd_renderers.h"
#include "certd_rescan.h"
#include "certd_results.h"


/* The store's queue and late renderers are looked at once in so long. */
#define CERTD_TEND_MS     1000

/* Pages of each look: 10,000 jobs, some milliseconds. */
#define CERTD_TEND_PAGES  10

/* How long a job that the rescan found is left to others. */
#define CERTD_FOREIGN_MS  5000

/* In "polls" before those of the renderers. */
#define CERTD_POLL_WAKE     0
#define CERTD_POLL_CONTROL  1
#define CERTD_POLL_RENDERERS    2


static certd_jobs_t *certd_jobs_create(certd_t *certd, int control);
static int certd_jobs_load(certd_jobs_t *jobs);
static void certd_jobs_add(certd_jobs_t *jobs, const cert_code_t *code,
    cert_time_t applied);
static void *certd_jobs_thread(void *data);
static int certd_jobs_is_over(certd_jobs_t *jobs);
static void certd_jobs_poll(certd_jobs_t *jobs, int64_t wait_ms);
static void certd_jobs_tend(certd_jobs_t *jobs);


certd_jobs_t *
certd_jobs_start(certd_t *certd, int control)
{
    certd_jobs_t  *jobs;

    jobs = certd_jobs_create(certd, control);

    if (jobs == NULL) {
        certd_log(CERTD_LOG_ERROR, "cannot start the jobs: %s",
                  strerror(errno));
        return NULL;
    }

    if (!certd_jobs_load(jobs)) {
        goto failed;
    }

    errno = pthread_create(&jobs->thread, NULL, certd_jobs_thread, jobs);

    if (errno != 0) {
        certd_log(CERTD_LOG_ERROR, "cannot start the thread of jobs: %s",
                  strerror(errno));
        goto failed;
    }

    return jobs;

failed:

    certd_jobs_free(jobs);

    return NULL;
}


/* NULL, see errno. */
static certd_jobs_t *
certd_jobs_create(certd_t *certd, int control)
{
    size_t         i, n;
    certd_jobs_t  *jobs;

    jobs = calloc(1, sizeof(certd_jobs_t));
    if (jobs == NULL) {
        return NULL;
    }

    n = certd->options->renderers;

    jobs->certd = certd;
    jobs->control = control;
    jobs->renderers_n = n;
    jobs->renderers = calloc(n, sizeof(certd_renderer_t));
    jobs->polls = calloc(CERTD_POLL_RENDERERS + n, sizeof(struct pollfd));
    certd_wakeup_open(&jobs->wakeup);
    jobs->told_level = CERTD_LOG_INFO;

    certd_rate_init(&jobs->rate);
    (void) pthread_mutex_init(&jobs->lock, NULL);

    if (jobs->renderers == NULL || jobs->polls == NULL
        || jobs->wakeup.fd == -1)
    {
        jobs->renderers_n = 0;
        certd_jobs_free(jobs);
        return NULL;
    }

    for (i = 0; i < n; i++) {
        jobs->renderers[i].fd = -1;
    }

    return jobs;
}


/* All that waits, before the first request: an estimate is true from then. */
static int
certd_jobs_load(certd_jobs_t *jobs)
{
    cert_err_t  err;

    do {
        err = certd_rescan_page(jobs, 0);
    } while (err == CERT_OK);

    if (err != CERT_NOT_FOUND) {
        certd_log(CERTD_LOG_ALERT, "the queue of the store cannot be read: %s",
                  cert_err_name(err));
        return 0;
    }

    if (jobs->queue.n > 0) {
        certd_log(CERTD_LOG_NOTICE, "%zu copies wait to be made",
                  jobs->queue.n);
    }

    return 1;
}


void
certd_jobs_stop(certd_jobs_t *jobs, int64_t wait_ms)
{
    if (jobs == NULL) {
        return;
    }

    (void) pthread_mutex_lock(&jobs->lock);
    jobs->is_stopping = 1;
    jobs->stop_ms = certd_clock_ms() + wait_ms;
    (void) pthread_mutex_unlock(&jobs->lock);

    certd_wakeup_signal(&jobs->wakeup);
    (void) pthread_join(jobs->thread, NULL);
}


/* Results that the writer gave back after the thread had ended are here. */
void
certd_jobs_free(certd_jobs_t *jobs)
{
    certd_posted_t  *posted, *next;

    if (jobs == NULL) {
        return;
    }

    for (posted = jobs->committed; posted != NULL; posted = next) {
        next = posted->next;
        free(posted);
    }

    certd_renderers_close(jobs);
    certd_job_queue_wipe(&jobs->queue);

    certd_wakeup_close(&jobs->wakeup);
    (void) pthread_mutex_destroy(&jobs->lock);
    free(jobs->renderers);
    free(jobs->polls);
    free(jobs);
}


void
certd_jobs_committed(certd_t *certd, const certd_write_t *write)
{
    if (write->change.type == CERT_CHANGE_APPLY
        || write->change.type == CERT_CHANGE_ORIGINAL)
    {
        certd_jobs_add(certd->jobs, &write->outcome.code,
                       write->outcome.applied);
    }
}


/* If there is no memory for it, the rescan will find it. */
static void
certd_jobs_add(certd_jobs_t *jobs, const cert_code_t *code,
    cert_time_t applied)
{
    int              is_idle;
    certd_job_key_t  key;

    key.code = *code;
    key.applied = applied;

    (void) pthread_mutex_lock(&jobs->lock);

    (void) certd_job_queue_add(&jobs->queue, &key, 0);

    is_idle = jobs->is_idle;
    jobs->is_idle = 0;

    (void) pthread_mutex_unlock(&jobs->lock);

    if (is_idle) {
        certd_wakeup_signal(&jobs->wakeup);
    }
}


/* Asked by each look at a copy that waits: one binary search. */
void
certd_jobs_estimate(certd_jobs_t *jobs, const cert_code_t *code,
    cert_time_t applied, certd_estimate_t *estimate)
{
    int64_t          now_ms;
    certd_job_key_t  key;

    key.code = *code;
    key.applied = applied;

    now_ms = certd_clock_ms();

    (void) pthread_mutex_lock(&jobs->lock);

    estimate->position = certd_job_queue_position(&jobs->queue, &key);
    estimate->seconds = certd_rate_seconds(&jobs->rate, estimate->position,
                                           now_ms);

    (void) pthread_mutex_unlock(&jobs->lock);
}


void
certd_jobs_figures(certd_jobs_t *jobs, cert_figures_t *figures)
{
    cert_time_t  oldest, now;

    now = certd_clock();

    (void) pthread_mutex_lock(&jobs->lock);

    oldest = certd_job_queue_oldest(&jobs->queue);

    figures->jobs_waiting = jobs->queue.n;
    figures->jobs_oldest_sec = oldest != 0 && now > oldest
                               ? (uint64_t) (now - oldest) : 0;
    figures->jobs_done = jobs->made;
    figures->jobs_retried = jobs->retried;
    figures->jobs_failed = jobs->failed;
    figures->renderers = jobs->rate.alive;
    figures->renderers_busy = jobs->rate.busy;
    figures->renderers_died = jobs->died;
    figures->seals_expire = (uint64_t) jobs->seals_expire;

    (void) pthread_mutex_unlock(&jobs->lock);
}


/*
 * Renderers get jobs before the wait, and results are taken after it, so none
 * of them is idle for longer than one turn takes.
 */
static void *
certd_jobs_thread(void *data)
{
    certd_jobs_t *jobs = data;

    int64_t  now_ms, wait_ms;

    (void) prctl(PR_SET_NAME, "certd: jobs", 0, 0, 0);

    while (!certd_jobs_is_over(jobs)) {

        now_ms = certd_clock_ms();

        if (now_ms - jobs->tended_ms >= CERTD_TEND_MS) {
            jobs->tended_ms = now_ms;
            certd_jobs_tend(jobs);
        }

        wait_ms = certd_renderers_fill(jobs, jobs->tended_ms + CERTD_TEND_MS
                                             - now_ms);

        certd_jobs_poll(jobs, wait_ms);
        certd_results_take(jobs);
    }

    certd_renderers_close(jobs);

    return NULL;
}


/* What was begun is brought to its end, if that comes in time. */
static int
certd_jobs_is_over(certd_jobs_t *jobs)
{
    int  is_over;

    (void) pthread_mutex_lock(&jobs->lock);

    is_over = jobs->is_stopping
              && ((jobs->rate.busy == 0 && jobs->posted_n == 0
                   && jobs->committed == NULL)
                  || certd_clock_ms() >= jobs->stop_ms);

    (void) pthread_mutex_unlock(&jobs->lock);

    return is_over;
}


static void
certd_jobs_poll(certd_jobs_t *jobs, int64_t wait_ms)
{
    size_t          i;
    struct pollfd  *polls;

    polls = jobs->polls;

    for (i = 0; i < CERTD_POLL_RENDERERS + jobs->renderers_n; i++) {
        polls[i].fd = i == CERTD_POLL_WAKE ? jobs->wakeup.fd
                      : i == CERTD_POLL_CONTROL ? jobs->control
                      : jobs->renderers[i - CERTD_POLL_RENDERERS].fd;
        polls[i].events = POLLIN;
        polls[i].revents = 0;
    }

    if (poll(polls, CERTD_POLL_RENDERERS + jobs->renderers_n,
             wait_ms > 0 ? (int) wait_ms : 0) <= 0)
    {
        return;
    }

    if (polls[CERTD_POLL_WAKE].revents != 0) {
        certd_wakeup_clear(&jobs->wakeup);
    }

    /* Before new ones: a socket that is replaced is then read to its end. */
    for (i = 0; i < jobs->renderers_n; i++) {
        if (polls[CERTD_POLL_RENDERERS + i].revents != 0) {
            certd_renderers_read(jobs, &jobs->renderers[i]);
        }
    }

    if (polls[CERTD_POLL_CONTROL].revents != 0) {
        certd_renderers_ready(jobs);
    }
}


/* The writer logs that the store cannot be read, and mends it. */
static void
certd_jobs_tend(certd_jobs_t *jobs)
{
    int         i;
    int64_t     due_ms;
    cert_err_t  err;

    certd_renderers_kill_late(jobs);

    due_ms = certd_clock_ms() + CERTD_FOREIGN_MS;
    err = CERT_OK;

    for (i = 0; i < CERTD_TEND_PAGES && err == CERT_OK; i++) {
        err = certd_rescan_page(jobs, due_ms);
    }
}
