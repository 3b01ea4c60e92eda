/*
 * Copyright (C) the ngx_cert authors
 *
 * Renderers, as the service sees them: a socket each, and the job it is at.
 * The renderer processes themselves are forked by the master (certd_slots.c)
 * and run certd_renderer.c.
 *
 * A renderer that dies at a copy says nothing of why.  It may be the copy (a
 * strange font) or the machine (memory, a library, the disk), and then all
 * copies would fail one after the other.  So its successor is first asked for a
 * specimen: the same face and seal, with a made-up person.  If that is made,
 * the copy was the cause and loses one of its attempts.  Rejected: to go by
 * what becomes of other copies, since there may be none; and a count of deaths
 * in all, since one copy that kills renderers looks the same.  A renderer that
 * was killed by SIGKILL, and not at our request, was short of memory, or an
 * operator did it: no program does that to itself.
 *
 * One job at a time: a renderer that dies takes an attempt from that one alone,
 * and the oldest that waits is begun first.  Rejected: a second job in the
 * socket of each, as certctl does.  Between an answer and the next request lie
 * some ten microseconds, of a job of ten milliseconds, since nothing here waits
 * for the disk.
 *
 * The sockets come from the master when their renderers are ready.  All this
 * is the thread's own; the lock is taken for the queue and the rate.
 */


#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "certd_control.h"
#include "certd_renderers.h"
#include "certd_results.h"
#include "certd_seals.h"


static void certd_renderers_specimens(certd_jobs_t *jobs);
static void certd_renderers_seals(certd_jobs_t *jobs);
static certd_renderer_t *certd_renderers_idle(certd_jobs_t *jobs);
static int certd_renderers_next_job(certd_jobs_t *jobs, certd_job_key_t *key,
    int64_t *wait_ms);
static int certd_renderers_ask(certd_jobs_t *jobs, certd_renderer_t *renderer,
    const certd_job_key_t *key, certrender_ask_kind_t kind);
static void certd_renderers_unask(certd_jobs_t *jobs,
    const certd_job_key_t *key);
static void certd_renderers_count(certd_jobs_t *jobs, int alive, int busy);
static void certd_renderers_clean(cert_reason_t *reason);
static void certd_renderers_gone(certd_jobs_t *jobs, certd_renderer_t *renderer,
    int is_ours);
static void certd_renderers_lost(certd_jobs_t *jobs, certd_renderer_t *renderer,
    int is_ours);


int64_t
certd_renderers_fill(certd_jobs_t *jobs, int64_t wait_ms)
{
    int64_t            due_ms;
    certd_job_key_t    key;
    certd_renderer_t  *renderer;

    certd_renderers_specimens(jobs);
    certd_renderers_seals(jobs);

    /* A renderer that is gone leaves its job to the next idle one. */
    for ( ;; ) {
        renderer = certd_renderers_idle(jobs);

        if (renderer == NULL) {
            return wait_ms;
        }

        if (!certd_renderers_next_job(jobs, &key, &due_ms)) {
            return due_ms < wait_ms ? due_ms : wait_ms;
        }

        if (!certd_renderers_ask(jobs, renderer, &key, CERTRENDER_ASK_COPY)) {
            certd_renderers_unask(jobs, &key);
            certd_renderers_gone(jobs, renderer, 0);
        }
    }
}


/* Before any copy: in a slot whose last renderer died at one, a specimen. */
static void
certd_renderers_specimens(certd_jobs_t *jobs)
{
    int                is_stopping;
    size_t             i;
    certd_renderer_t  *renderer;

    (void) pthread_mutex_lock(&jobs->lock);
    is_stopping = jobs->is_stopping;
    (void) pthread_mutex_unlock(&jobs->lock);

    for (i = 0; i < jobs->renderers_n && !is_stopping; i++) {
        renderer = &jobs->renderers[i];

        if (renderer->fd == -1 || renderer->is_busy || !renderer->has_suspect) {
            continue;
        }

        if (certd_renderers_ask(jobs, renderer, &renderer->suspect,
                                CERTRENDER_ASK_SPECIMEN))
        {
            renderer->has_suspect = 0;
            certd_renderers_count(jobs, 0, 1);

        } else {
            certd_renderers_gone(jobs, renderer, 0);
        }
    }
}


/* Whichever is idle; it opens them all, which takes some milliseconds. */
static void
certd_renderers_seals(certd_jobs_t *jobs)
{
    certd_job_key_t    none;
    certd_renderer_t  *renderer;

    renderer = certd_seals_are_due(jobs) ? certd_renderers_idle(jobs) : NULL;

    if (renderer == NULL) {
        return;
    }

    memset(&none, 0, sizeof(none));

    if (certd_renderers_ask(jobs, renderer, &none, CERTRENDER_ASK_SEALS)) {
        certd_seals_asked(jobs);
        certd_renderers_count(jobs, 0, 1);

    } else {
        certd_renderers_gone(jobs, renderer, 0);
    }
}


/* The first that is idle: the others sleep while there is little to do. */
static certd_renderer_t *
certd_renderers_idle(certd_jobs_t *jobs)
{
    size_t  i;

    for (i = 0; i < jobs->renderers_n; i++) {
        if (jobs->renderers[i].fd != -1 && !jobs->renderers[i].is_busy
            && !jobs->renderers[i].has_suspect)
        {
            return &jobs->renderers[i];
        }
    }

    return NULL;
}


/*
 * The next job, taken.  False: nothing is due for "wait_ms", and a thread that
 * adds a job has to wake this one.
 */
static int
certd_renderers_next_job(certd_jobs_t *jobs, certd_job_key_t *key,
    int64_t *wait_ms)
{
    int64_t       now_ms, due_ms;
    certd_job_t  *job;

    job = NULL;
    now_ms = certd_clock_ms();

    (void) pthread_mutex_lock(&jobs->lock);

    if (jobs->is_stopping || jobs->posted_n >= CERTD_POSTED_MAX) {
        *wait_ms = INT64_MAX;

    } else if (certd_rate_may(&jobs->rate, now_ms, wait_ms)) {
        job = certd_job_queue_next(&jobs->queue, now_ms, &due_ms);
        *wait_ms = due_ms == INT64_MAX ? INT64_MAX : due_ms - now_ms;
    }

    if (job != NULL) {
        *key = job->key;
        certd_job_queue_take(&jobs->queue, job);
        jobs->rate.busy++;
    }

    jobs->is_idle = (job == NULL);

    (void) pthread_mutex_unlock(&jobs->lock);

    return job != NULL;
}


/* False: the renderer is gone, and did not get the job. */
static int
certd_renderers_ask(certd_jobs_t *jobs, certd_renderer_t *renderer,
    const certd_job_key_t *key, certrender_ask_kind_t kind)
{
    ssize_t           n;
    certrender_ask_t  ask;

    memset(&ask, 0, sizeof(ask));
    ask.job = ++jobs->asked;
    ask.code = key->code;
    ask.now = certd_clock();
    ask.kind = kind;

    do {
        n = send(renderer->fd, &ask, sizeof(ask), MSG_DONTWAIT|MSG_NOSIGNAL);
    } while (n == -1 && errno == EINTR);

    if (n != (ssize_t) sizeof(ask)) {
        return 0;
    }

    renderer->is_busy = 1;
    renderer->is_late = 0;
    renderer->kind = kind;
    renderer->job = ask.job;
    renderer->key = *key;
    renderer->since_ms = certd_clock_ms();

    return 1;
}


static void
certd_renderers_unask(certd_jobs_t *jobs, const certd_job_key_t *key)
{
    certd_job_t  *job;

    (void) pthread_mutex_lock(&jobs->lock);

    job = certd_job_queue_find(&jobs->queue, key);

    if (job != NULL) {
        certd_job_queue_give(&jobs->queue, job, 0);
    }

    jobs->rate.busy--;

    (void) pthread_mutex_unlock(&jobs->lock);
}


/* Adds to the counts of renderers and of those at a job. */
static void
certd_renderers_count(certd_jobs_t *jobs, int alive, int busy)
{
    (void) pthread_mutex_lock(&jobs->lock);

    jobs->rate.alive += (unsigned) alive;
    jobs->rate.busy += (unsigned) busy;

    (void) pthread_mutex_unlock(&jobs->lock);
}


void
certd_renderers_ready(certd_jobs_t *jobs)
{
    int                fd;
    cert_err_t         err;
    certd_renderer_t  *renderer;
    certd_ready_t      ready;

    err = certd_control_read_ready(jobs->control, &ready, &fd);

    if (err == CERT_NOT_FOUND) {
        /* Without a master we are about to be killed. */
        jobs->control = -1;
        return;
    }

    if (err == CERT_INVALID) {
        certd_log(CERTD_LOG_ERROR, "cannot receive the socket of a renderer: "
                  "no descriptor is free");
    }

    if (err != CERT_OK) {
        return;
    }

    if (ready.slot >= jobs->renderers_n) {
        close(fd);
        return;
    }

    renderer = &jobs->renderers[ready.slot];

    /* Its end may not have been read yet. */
    if (renderer->fd != -1) {
        certd_renderers_gone(jobs, renderer, 0);
    }

    renderer->fd = fd;
    renderer->life = ready.life;

    certd_renderers_count(jobs, 1, 0);

    if (renderer->has_suspect && ready.was_killed
        && !renderer->was_requested)
    {
        renderer->has_suspect = 0;
        certd_results_trouble(jobs, &renderer->suspect, "its renderer was "
                              "killed by SIGKILL: if the log of the kernel "
                              "says out of memory, give certd more memory or "
                              "fewer --renderers");
    }
}


void
certd_renderers_read(certd_jobs_t *jobs, certd_renderer_t *renderer)
{
    ssize_t              n;
    certrender_answer_t  answer;

    n = recv(renderer->fd, &answer, sizeof(answer), MSG_DONTWAIT|MSG_TRUNC);

    if (n == -1
        && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK))
    {
        return;
    }

    if (n <= 0) {
        certd_renderers_gone(jobs, renderer, 0);
        return;
    }

    if (n != (ssize_t) sizeof(answer) || !renderer->is_busy
        || answer.job != renderer->job)
    {
        certd_log(CERTD_LOG_ERROR, "renderer %zu sent a malformed answer",
                  (size_t) (renderer - jobs->renderers));
        certd_renderers_gone(jobs, renderer, 1);
        return;
    }

    renderer->is_busy = 0;
    certd_renderers_clean(&answer.result.reason);

    (void) pthread_mutex_lock(&jobs->lock);

    jobs->rate.busy--;

    if (renderer->kind != CERTRENDER_ASK_SEALS) {
        certd_rate_job(&jobs->rate, 1000 * (uint64_t) (certd_clock_ms()
                                                       - renderer->since_ms));
    }

    (void) pthread_mutex_unlock(&jobs->lock);

    switch (renderer->kind) {

    case CERTRENDER_ASK_SEALS:
        certd_seals_answer(jobs, &answer);
        return;

    case CERTRENDER_ASK_SPECIMEN:
        certd_results_specimen(jobs, &renderer->key, &answer.result);
        return;

    default:
        certd_results_answer(jobs, &renderer->key, &answer.result);
        return;
    }
}


/* A renderer that was taken over, by a font say, cannot forge log lines. */
static void
certd_renderers_clean(cert_reason_t *reason)
{
    cert_reason_t  said;

    said = *reason;
    said.text[sizeof(said.text) - 1] = '\0';

    cert_reason_set(reason, "%s", said.text);
}


/*
 * The master is asked to kill it, too: a renderer that misbehaves may not
 * notice that its socket is closed.
 */
static void
certd_renderers_gone(certd_jobs_t *jobs, certd_renderer_t *renderer,
    int is_ours)
{
    int           was_busy;
    certd_kill_t  request;

    request.slot = (uint32_t) (renderer - jobs->renderers);
    request.life = renderer->life;
    certd_control_send_kill(jobs->control, &request);

    close(renderer->fd);
    renderer->fd = -1;

    was_busy = renderer->is_busy;
    renderer->is_busy = 0;

    (void) pthread_mutex_lock(&jobs->lock);

    jobs->rate.alive--;
    jobs->rate.busy -= (unsigned) was_busy;
    jobs->died++;

    (void) pthread_mutex_unlock(&jobs->lock);

    if (was_busy) {
        certd_renderers_lost(jobs, renderer, is_ours || renderer->is_late);
    }
}


/* Its copy is decided when the next renderer in this slot is ready. */
static void
certd_renderers_lost(certd_jobs_t *jobs, certd_renderer_t *renderer,
    int is_ours)
{
    char  text[CERTD_LOG_CODE_SIZE];

    /* It is asked for again; a copy that waits tells of trouble. */

    if (renderer->kind == CERTRENDER_ASK_SEALS) {
        return;
    }

    if (renderer->kind == CERTRENDER_ASK_SPECIMEN) {
        certd_results_trouble(jobs, &renderer->key, "renderers die or hang at "
                              "a specimen, too: check memory, disk, fonts and "
                              "libraries of this machine, and the log lines of "
                              "renderers above");
        return;
    }

    renderer->has_suspect = 1;
    renderer->was_requested = is_ours;
    renderer->suspect = renderer->key;

    certd_log_code(&renderer->key.code, text);
    certd_log(CERTD_LOG_ERROR, "a renderer %s at the copy %s; the next one "
              "makes a specimen first, to tell whether the copy is the cause",
              renderer->is_late ? "hung" : "died", text);
}


/* Requested each time, since a request can be lost; logged once. */
void
certd_renderers_kill_late(certd_jobs_t *jobs)
{
    size_t             i;
    int64_t            now_ms;
    certd_renderer_t  *renderer;
    certd_kill_t       request;

    now_ms = certd_clock_ms();

    for (i = 0; i < jobs->renderers_n; i++) {
        renderer = &jobs->renderers[i];

        if (renderer->fd == -1 || !renderer->is_busy
            || now_ms - renderer->since_ms
               < 1000 * (int64_t) jobs->certd->options->render_sec)
        {
            continue;
        }

        if (!renderer->is_late) {
            renderer->is_late = 1;
            certd_log(CERTD_LOG_ERROR, "renderer %zu has taken more than %u s "
                      "and is killed", i,
                      jobs->certd->options->render_sec);
        }

        request.slot = (uint32_t) i;
        request.life = renderer->life;
        certd_control_send_kill(jobs->control, &request);
    }
}


/* The jobs they are at are lost, and begun again after a restart. */
void
certd_renderers_close(certd_jobs_t *jobs)
{
    size_t  i;

    for (i = 0; i < jobs->renderers_n; i++) {
        if (jobs->renderers[i].fd != -1) {
            close(jobs->renderers[i].fd);
            jobs->renderers[i].fd = -1;
        }
    }
}
