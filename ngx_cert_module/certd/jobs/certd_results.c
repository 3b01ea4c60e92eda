/*
 * Copyright (C) the ngx_cert authors
 *
 * What becomes of a job.
 *
 *     made            CERT_CHANGE_READY
 *     does not wait   nothing: it was withdrawn, or made by certctl
 *     cannot be made  CERT_CHANGE_FAILED at once: the same record would end
 *                     the same way, and its holder waits
 *     suspended       back into the queue: its certificate may be reinstated;
 *                     no attempt, and no trouble of others
 *     trouble         back into the queue, no attempt: it is not the copy's
 *     the renderer    CERT_CHANGE_RETRY, and CERT_CHANGE_FAILED instead of the
 *     died, and the   third; the attempts are the store's, so a restart of
 *     next one makes  this daemon gives a deadly job no more of them
 *     a specimen
 *     the renderer    trouble: it was the machine, and would have been the end
 *     died otherwise  of any copy (certd_renderers.c)
 *
 * A change is posted and not waited for: the renderer is at the next job while
 * the disk is at this one.  The job stays in the queue, busy, until the change
 * is on disk; then it is over, whatever the store said to it: a copy that was
 * withdrawn meanwhile refuses to become ready.  If nothing could be committed,
 * the job is tried again, and the renderer finds its file and reports it again.
 */


#include <stdlib.h>

#include "cert_read.h"
#include "certd_results.h"
#include "certd_store.h"
#include "certd_write_queue.h"


/* The actor of these changes, in the journal. */
#define CERTD_ACTOR  "certd"

/* A job that ended its renderer pauses, times the attempts it had. */
#define CERTD_AGAIN_MS  500

/* Trouble is logged once in so long, and again when it gets worse. */
#define CERTD_TELL_MS   60000

/* So many tries of one copy take seven seconds: an operator has to look. */
#define CERTD_ALERT_TRIES  4


static int certd_results_was_trouble(certd_jobs_t *jobs,
    const certd_job_key_t *key);
static void certd_results_attempt(certd_jobs_t *jobs,
    const certd_job_key_t *key);
static cert_err_t certd_results_attempts(certd_jobs_t *jobs,
    const certd_job_key_t *key, unsigned *attempts);
static void certd_results_post(certd_jobs_t *jobs, const certd_job_key_t *key,
    cert_change_type_t type, const certrender_result_t *result,
    unsigned attempts);
static void certd_results_done(void *data, const certd_write_t *write);
static void certd_results_committed(certd_jobs_t *jobs,
    const certd_posted_t *posted);
static void certd_results_success(certd_jobs_t *jobs, cert_change_type_t type);
static void certd_results_over(certd_jobs_t *jobs, const certd_job_key_t *key);
static void certd_results_again(certd_jobs_t *jobs, const certd_job_key_t *key,
    int64_t due_ms);
static void certd_results_suspended(certd_jobs_t *jobs,
    const certd_job_key_t *key);


void
certd_results_answer(certd_jobs_t *jobs, const certd_job_key_t *key,
    const certrender_result_t *result)
{
    char  text[CERTD_LOG_CODE_SIZE];

    switch (result->made) {

    case CERTRENDER_MADE:
        certd_results_post(jobs, key, CERT_CHANGE_READY, result, 0);
        return;

    case CERTRENDER_AS_IS:
        certd_results_over(jobs, key);
        return;

    case CERTRENDER_CANNOT:
        certd_log_code(&key->code, text);
        certd_log(CERTD_LOG_ERROR, "the copy %s cannot be made: %s", text,
                  result->reason.text);
        certd_results_post(jobs, key, CERT_CHANGE_FAILED, result, 0);
        return;

    default:
        if (result->is_suspended) {
            certd_results_suspended(jobs, key);
            return;
        }

        certd_results_trouble(jobs, key, result->reason.text);
        return;
    }
}


void
certd_results_specimen(certd_jobs_t *jobs, const certd_job_key_t *key,
    const certrender_result_t *result)
{
    switch (result->made) {

    case CERTRENDER_MADE:
        if (certd_results_was_trouble(jobs, key)) {
            certd_results_again(jobs, key, certd_clock_ms() + CERTD_AGAIN_MS);
            return;
        }

        certd_results_attempt(jobs, key);
        return;

    case CERTRENDER_AS_IS:
        certd_results_over(jobs, key);
        return;

    default:
        certd_results_trouble(jobs, key, result->reason.text);
        return;
    }
}


/*
 * True if the try before this one met with trouble, too: then that may have
 * ended only between the death and the specimen, and one more try tells.
 */
static int
certd_results_was_trouble(certd_jobs_t *jobs, const certd_job_key_t *key)
{
    int           was_trouble;
    certd_job_t  *job;

    (void) pthread_mutex_lock(&jobs->lock);
    job = certd_job_queue_find(&jobs->queue, key);
    was_trouble = (job != NULL && job->troubles > 0);
    (void) pthread_mutex_unlock(&jobs->lock);

    return was_trouble;
}


/* The copy ended its renderer: that was one of its attempts. */
static void
certd_results_attempt(certd_jobs_t *jobs, const certd_job_key_t *key)
{
    char        text[CERTD_LOG_CODE_SIZE];
    unsigned    attempts;
    cert_err_t  err;

    certd_log_code(&key->code, text);

    err = certd_results_attempts(jobs, key, &attempts);

    if (err == CERT_NOT_FOUND) {
        certd_results_over(jobs, key);
        return;
    }

    if (err != CERT_OK) {
        certd_results_trouble(jobs, key, "the count of its attempts cannot be "
                              "read");
        return;
    }

    attempts++;

    certd_log(CERTD_LOG_ERROR, "the copy %s ended its renderer, and a specimen "
              "could be made: attempt %u of %d", text, attempts,
              CERTD_ATTEMPTS);

    certd_results_post(jobs, key,
                       attempts < CERTD_ATTEMPTS ? CERT_CHANGE_RETRY
                                                 : CERT_CHANGE_FAILED,
                       NULL, attempts);
}


/* Read when they are needed: deaths are rare, and the store has the count. */
static cert_err_t
certd_results_attempts(certd_jobs_t *jobs, const certd_job_key_t *key,
    unsigned *attempts)
{
    cert_err_t       err;
    certd_reader_t  *reader;

    reader = certd_reader_take(jobs->certd->store);
    if (reader == NULL) {
        return CERT_BUSY;
    }

    err = cert_read_attempts(reader->handle, &key->code, attempts);
    certd_reader_give(jobs->certd->store, reader);

    return err;
}


/* Counted before it is handed over: the writer may be done at once. */
static void
certd_results_post(certd_jobs_t *jobs, const certd_job_key_t *key,
    cert_change_type_t type, const certrender_result_t *result,
    unsigned attempts)
{
    certd_posted_t  *posted;
    certd_write_t   *write;

    posted = calloc(1, sizeof(certd_posted_t));
    write = certd_write_create(type, CERTD_ACTOR);

    if (posted == NULL || write == NULL) {
        free(posted);
        certd_write_free(write);
        certd_results_trouble(jobs, key, "out of memory");
        return;
    }

    posted->jobs = jobs;
    posted->key = *key;
    posted->type = type;
    posted->attempts = attempts;

    write->change.u.copy.code = key->code;

    if (type == CERT_CHANGE_READY) {
        write->change.u.copy.size = result->size;
        memcpy(write->change.u.copy.sha256, result->sha256,
               CERT_SHA256_SIZE);
    }

    (void) pthread_mutex_lock(&jobs->lock);
    jobs->posted_n++;
    (void) pthread_mutex_unlock(&jobs->lock);

    certd_write_post(jobs->certd->writer, write, certd_results_done, posted);
}


/* In the writer's thread, which has others to tell: it is only noted. */
static void
certd_results_done(void *data, const certd_write_t *write)
{
    certd_posted_t  *posted = data;

    int            is_first;
    certd_jobs_t  *jobs;

    jobs = posted->jobs;
    posted->err = write->err;

    (void) pthread_mutex_lock(&jobs->lock);

    is_first = (jobs->committed == NULL);
    posted->next = jobs->committed;
    jobs->committed = posted;
    jobs->posted_n--;

    (void) pthread_mutex_unlock(&jobs->lock);

    if (is_first) {
        certd_wakeup_signal(&jobs->wakeup);
    }
}


void
certd_results_take(certd_jobs_t *jobs)
{
    certd_posted_t  *posted, *next;

    (void) pthread_mutex_lock(&jobs->lock);
    posted = jobs->committed;
    jobs->committed = NULL;
    (void) pthread_mutex_unlock(&jobs->lock);

    for ( /* void */ ; posted != NULL; posted = next) {
        next = posted->next;
        certd_results_committed(jobs, posted);
        free(posted);
    }
}


static void
certd_results_committed(certd_jobs_t *jobs, const certd_posted_t *posted)
{
    switch (posted->err) {

    case CERT_OK:
        certd_results_success(jobs, posted->type);

        if (posted->type == CERT_CHANGE_RETRY) {
            certd_results_again(jobs, &posted->key, certd_clock_ms()
                                + CERTD_AGAIN_MS * (int64_t) posted->attempts);
            return;
        }

        certd_results_over(jobs, &posted->key);
        return;

    case CERT_REFUSED:
        /* Its holder, or certctl, was faster. */
        certd_results_over(jobs, &posted->key);
        return;

    default:
        certd_results_trouble(jobs, &posted->key, cert_err_name(posted->err));
        return;
    }
}


static void
certd_results_success(certd_jobs_t *jobs, cert_change_type_t type)
{
    int  is_end;

    is_end = 0;

    (void) pthread_mutex_lock(&jobs->lock);

    if (type == CERT_CHANGE_READY) {
        jobs->made++;
        is_end = certd_rate_success(&jobs->rate);

    } else if (type == CERT_CHANGE_RETRY) {
        jobs->retried++;

    } else {
        jobs->failed++;
    }

    if (is_end) {
        certd_job_queue_relieve(&jobs->queue);
    }

    (void) pthread_mutex_unlock(&jobs->lock);

    if (is_end) {
        jobs->told_level = CERTD_LOG_INFO;
        certd_log(CERTD_LOG_NOTICE, "copies are made again");
    }
}


/* The one way out of the queue, so a job ends once. */
static void
certd_results_over(certd_jobs_t *jobs, const certd_job_key_t *key)
{
    (void) pthread_mutex_lock(&jobs->lock);
    certd_job_queue_remove(&jobs->queue, key);
    (void) pthread_mutex_unlock(&jobs->lock);
}


/* Without trouble: what had stopped it before is over. */
static void
certd_results_again(certd_jobs_t *jobs, const certd_job_key_t *key,
    int64_t due_ms)
{
    certd_job_t  *job;

    (void) pthread_mutex_lock(&jobs->lock);

    job = certd_job_queue_find(&jobs->queue, key);

    if (job != NULL) {
        job->troubles = 0;
        certd_job_queue_give(&jobs->queue, job, due_ms);
    }

    (void) pthread_mutex_unlock(&jobs->lock);
}


/*
 * Asked for again after pauses that grow to a minute.  It does not count as
 * trouble: a spell would hold up all other copies, and this says nothing of
 * them.
 */
static void
certd_results_suspended(certd_jobs_t *jobs, const certd_job_key_t *key)
{
    int           is_first;
    char          text[CERTD_LOG_CODE_SIZE];
    certd_job_t  *job;

    is_first = 0;

    (void) pthread_mutex_lock(&jobs->lock);

    job = certd_job_queue_find(&jobs->queue, key);

    if (job != NULL) {
        is_first = (job->troubles == 0);
        job->troubles += (job->troubles < UINT8_MAX);
        certd_job_queue_give(&jobs->queue, job, certd_clock_ms()
                             + certd_rate_pause_ms(job->troubles));
    }

    (void) pthread_mutex_unlock(&jobs->lock);

    if (is_first) {
        certd_log_code(&key->code, text);
        certd_log(CERTD_LOG_INFO, "the copy %s waits: its certificate is "
                  "suspended", text);
    }
}


void
certd_results_trouble(certd_jobs_t *jobs, const certd_job_key_t *key,
    const char *why)
{
    int           is_spell, level;
    int64_t       now_ms;
    certd_job_t  *job;

    level = CERTD_LOG_WARNING;
    now_ms = certd_clock_ms();

    (void) pthread_mutex_lock(&jobs->lock);

    job = certd_job_queue_find(&jobs->queue, key);

    if (job != NULL) {
        (void) certd_rate_trouble(&jobs->rate, job->troubles == 0, now_ms);

        job->troubles += (job->troubles < UINT8_MAX);
        certd_job_queue_give(&jobs->queue, job,
                             now_ms + certd_rate_pause_ms(job->troubles));
    }

    is_spell = (jobs->rate.pause_ms > 0);

    if (is_spell || (job != NULL && job->troubles >= CERTD_ALERT_TRIES)) {
        level = CERTD_LOG_ALERT;
    }

    (void) pthread_mutex_unlock(&jobs->lock);

    if (level < jobs->told_level || now_ms - jobs->told_ms >= CERTD_TELL_MS) {
        jobs->told_ms = now_ms;
        jobs->told_level = level;
        certd_log(level, "%s cannot be made at the moment: %s; certd tries "
                  "again by itself, and no copy fails because of it",
                  is_spell ? "copies" : "a copy", why);
    }
}
