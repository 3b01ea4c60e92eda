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
 *     died otherwise  of any copy (certd_hands.c)
 *
 * A change is posted and not waited for: the renderer is at the next job while
 * the disk is at this one.  The job stays in the queue, busy, until the change
 * is on disk; then it is over, whatever the store said to it: a copy that was
 * withdrawn meanwhile refuses to become ready.  If nothing could be committed,
 * the job is tried again, and the renderer finds its file and reports it anew.
 */


#include <stdlib.h>

#include "cert_read.h"
#include "certd_jobs_int.h"
#include "certd_store.h"
#include "certd_writer.h"


/* Whose changes these are, in the journal. */
#define CERTD_ACTOR  "certd"

/* A job that ended its renderer pauses, times the attempts it had. */
#define CERTD_AGAIN_MS  500

/* Trouble is told once in so long, and anew when it gets worse. */
#define CERTD_TELL_MS   60000

/* So many tries of one copy take seven seconds: somebody has to look. */
#define CERTD_ALERT_TRIES  4


static int certd_ends_was_trouble(certd_jobs_t *jobs, const certd_key_t *key);
static void certd_ends_attempt(certd_jobs_t *jobs, const certd_key_t *key);
static cert_err_t certd_ends_attempts(certd_jobs_t *jobs,
    const certd_key_t *key, unsigned *attempts);
static void certd_ends_post(certd_jobs_t *jobs, const certd_key_t *key,
    cert_change_type_t type, const certrender_result_t *result,
    unsigned attempts);
static void certd_ends_done(void *data, const certd_write_t *write);
static void certd_ends_one(certd_jobs_t *jobs, const certd_end_t *end);
static void certd_ends_success(certd_jobs_t *jobs, cert_change_type_t type);
static void certd_ends_over(certd_jobs_t *jobs, const certd_key_t *key);
static void certd_ends_again(certd_jobs_t *jobs, const certd_key_t *key,
    int64_t due_ms);
static void certd_ends_suspended(certd_jobs_t *jobs, const certd_key_t *key);


void
certd_ends_answer(certd_jobs_t *jobs, const certd_key_t *key,
    const certrender_result_t *result)
{
    char  text[CERTD_CODE_SIZE];

    switch (result->made) {

    case CERTRENDER_MADE:
        certd_ends_post(jobs, key, CERT_CHANGE_READY, result, 0);
        return;

    case CERTRENDER_AS_IS:
        certd_ends_over(jobs, key);
        return;

    case CERTRENDER_CANNOT:
        certd_code_short(&key->code, text);
        certd_log(CERTD_LOG_ERROR, "the copy %s cannot be made: %s", text,
                  result->reason.text);
        certd_ends_post(jobs, key, CERT_CHANGE_FAILED, result, 0);
        return;

    default:
        if (result->is_suspended) {
            certd_ends_suspended(jobs, key);
            return;
        }

        certd_ends_trouble(jobs, key, result->reason.text);
        return;
    }
}


void
certd_ends_specimen(certd_jobs_t *jobs, const certd_key_t *key,
    const certrender_result_t *result)
{
    switch (result->made) {

    case CERTRENDER_MADE:
        if (certd_ends_was_trouble(jobs, key)) {
            certd_ends_again(jobs, key, certd_clock_ms() + CERTD_AGAIN_MS);
            return;
        }

        certd_ends_attempt(jobs, key);
        return;

    case CERTRENDER_AS_IS:
        certd_ends_over(jobs, key);
        return;

    default:
        certd_ends_trouble(jobs, key, result->reason.text);
        return;
    }
}


/*
 * True if the try before this one met with trouble, too: then that may have
 * ended only between the death and the specimen, and one more try tells.
 */
static int
certd_ends_was_trouble(certd_jobs_t *jobs, const certd_key_t *key)
{
    int           was_trouble;
    certd_job_t  *job;

    (void) pthread_mutex_lock(&jobs->lock);
    job = certd_queue_find(&jobs->queue, key);
    was_trouble = (job != NULL && job->troubles > 0);
    (void) pthread_mutex_unlock(&jobs->lock);

    return was_trouble;
}


/* One of its attempts is gone, by its own doing. */
static void
certd_ends_attempt(certd_jobs_t *jobs, const certd_key_t *key)
{
    char        text[CERTD_CODE_SIZE];
    unsigned    attempts;
    cert_err_t  err;

    certd_code_short(&key->code, text);

    err = certd_ends_attempts(jobs, key, &attempts);

    if (err == CERT_NOT_FOUND) {
        certd_ends_over(jobs, key);
        return;
    }

    if (err != CERT_OK) {
        certd_ends_trouble(jobs, key, "its attempts cannot be read");
        return;
    }

    attempts++;

    certd_log(CERTD_LOG_ERROR, "the copy %s ended its renderer, which makes "
              "others: attempt %u of %d", text, attempts, CERTD_ATTEMPTS);

    certd_ends_post(jobs, key, attempts < CERTD_ATTEMPTS ? CERT_CHANGE_RETRY
                                                         : CERT_CHANGE_FAILED,
                    NULL, attempts);
}


/* Read when they are needed: deaths are rare, and the store has the count. */
static cert_err_t
certd_ends_attempts(certd_jobs_t *jobs, const certd_key_t *key,
    unsigned *attempts)
{
    cert_err_t     err;
    certd_view_t  *view;

    view = certd_view_take(jobs->certd->store);
    if (view == NULL) {
        return CERT_BUSY;
    }

    err = cert_read_attempts(view->reader, &key->code, attempts);
    certd_view_give(jobs->certd->store, view);

    return err;
}


/* Counted before it is handed over: the writer may be done at once. */
static void
certd_ends_post(certd_jobs_t *jobs, const certd_key_t *key,
    cert_change_type_t type, const certrender_result_t *result,
    unsigned attempts)
{
    certd_end_t    *end;
    certd_write_t  *write;

    end = calloc(1, sizeof(certd_end_t));
    write = certd_write_create(type, CERTD_ACTOR);

    if (end == NULL || write == NULL) {
        free(end);
        certd_write_free(write);
        certd_ends_trouble(jobs, key, "out of memory");
        return;
    }

    end->jobs = jobs;
    end->key = *key;
    end->type = type;
    end->attempts = attempts;

    write->change.u.copy.code = key->code;

    if (type == CERT_CHANGE_READY) {
        write->change.u.copy.size = result->size;
        memcpy(write->change.u.copy.sha256, result->sha256,
               CERT_SHA256_SIZE);
    }

    (void) pthread_mutex_lock(&jobs->lock);
    jobs->posted++;
    (void) pthread_mutex_unlock(&jobs->lock);

    certd_write_post(jobs->certd->writer, write, certd_ends_done, end);
}


/* In the writer's thread, which has others to tell: no more than noted. */
static void
certd_ends_done(void *data, const certd_write_t *write)
{
    certd_end_t *end = data;

    int            is_first;
    certd_jobs_t  *jobs;

    jobs = end->jobs;
    end->err = write->err;

    (void) pthread_mutex_lock(&jobs->lock);

    is_first = (jobs->ends == NULL);
    end->next = jobs->ends;
    jobs->ends = end;
    jobs->posted--;

    (void) pthread_mutex_unlock(&jobs->lock);

    if (is_first) {
        certd_jobs_wake(jobs);
    }
}


void
certd_ends_take(certd_jobs_t *jobs)
{
    certd_end_t  *end, *next;

    (void) pthread_mutex_lock(&jobs->lock);
    end = jobs->ends;
    jobs->ends = NULL;
    (void) pthread_mutex_unlock(&jobs->lock);

    for ( /* void */ ; end != NULL; end = next) {
        next = end->next;
        certd_ends_one(jobs, end);
        free(end);
    }
}


static void
certd_ends_one(certd_jobs_t *jobs, const certd_end_t *end)
{
    switch (end->err) {

    case CERT_OK:
        certd_ends_success(jobs, end->type);

        if (end->type == CERT_CHANGE_RETRY) {
            certd_ends_again(jobs, &end->key, certd_clock_ms()
                             + CERTD_AGAIN_MS * (int64_t) end->attempts);
            return;
        }

        certd_ends_over(jobs, &end->key);
        return;

    case CERT_REFUSED:
        /* Its holder, or certctl, was faster. */
        certd_ends_over(jobs, &end->key);
        return;

    default:
        certd_ends_trouble(jobs, &end->key, cert_err_name(end->err));
        return;
    }
}


static void
certd_ends_success(certd_jobs_t *jobs, cert_change_type_t type)
{
    int  is_end;

    is_end = 0;

    (void) pthread_mutex_lock(&jobs->lock);

    if (type == CERT_CHANGE_READY) {
        jobs->made++;
        is_end = certd_pace_success(&jobs->pace);

    } else if (type == CERT_CHANGE_RETRY) {
        jobs->retried++;

    } else {
        jobs->failed++;
    }

    if (is_end) {
        certd_queue_relieve(&jobs->queue);
    }

    (void) pthread_mutex_unlock(&jobs->lock);

    if (is_end) {
        jobs->told_level = CERTD_LOG_INFO;
        certd_log(CERTD_LOG_NOTICE, "copies are made again");
    }
}


/* The one way out of the queue, so a job ends once. */
static void
certd_ends_over(certd_jobs_t *jobs, const certd_key_t *key)
{
    (void) pthread_mutex_lock(&jobs->lock);
    certd_queue_remove(&jobs->queue, key);
    (void) pthread_mutex_unlock(&jobs->lock);
}


/* No trouble: what had stopped it before is over. */
static void
certd_ends_again(certd_jobs_t *jobs, const certd_key_t *key, int64_t due_ms)
{
    certd_job_t  *job;

    (void) pthread_mutex_lock(&jobs->lock);

    job = certd_queue_find(&jobs->queue, key);

    if (job != NULL) {
        job->troubles = 0;
        certd_queue_give(&jobs->queue, job, due_ms);
    }

    (void) pthread_mutex_unlock(&jobs->lock);
}


/*
 * Asked for again after pauses that grow to a minute.  The pace is not told:
 * a spell of trouble would hold up all others, and this says nothing of them.
 */
static void
certd_ends_suspended(certd_jobs_t *jobs, const certd_key_t *key)
{
    int           is_first;
    char          text[CERTD_CODE_SIZE];
    certd_job_t  *job;

    is_first = 0;

    (void) pthread_mutex_lock(&jobs->lock);

    job = certd_queue_find(&jobs->queue, key);

    if (job != NULL) {
        is_first = (job->troubles == 0);
        job->troubles += (job->troubles < UINT8_MAX);
        certd_queue_give(&jobs->queue, job, certd_clock_ms()
                         + certd_pace_pause_ms(job->troubles));
    }

    (void) pthread_mutex_unlock(&jobs->lock);

    if (is_first) {
        certd_code_short(&key->code, text);
        certd_log(CERTD_LOG_INFO, "the copy %s waits: its certificate is "
                  "suspended", text);
    }
}


void
certd_ends_trouble(certd_jobs_t *jobs, const certd_key_t *key,
    const char *why)
{
    int           is_spell, level;
    int64_t       now_ms;
    certd_job_t  *job;

    level = CERTD_LOG_WARNING;
    now_ms = certd_clock_ms();

    (void) pthread_mutex_lock(&jobs->lock);

    job = certd_queue_find(&jobs->queue, key);

    if (job != NULL) {
        (void) certd_pace_trouble(&jobs->pace, job->troubles == 0, now_ms);

        job->troubles += (job->troubles < UINT8_MAX);
        certd_queue_give(&jobs->queue, job,
                         now_ms + certd_pace_pause_ms(job->troubles));
    }

    is_spell = (jobs->pace.pause_ms > 0);

    if (is_spell || (job != NULL && job->troubles >= CERTD_ALERT_TRIES)) {
        level = CERTD_LOG_ALERT;
    }

    (void) pthread_mutex_unlock(&jobs->lock);

    if (level < jobs->told_level || now_ms - jobs->told_ms >= CERTD_TELL_MS) {
        jobs->told_ms = now_ms;
        jobs->told_level = level;
        certd_log(level, "%s: %s; it is tried again by itself, and no copy "
                  "fails by it",
                  is_spell ? "copies cannot be made just now"
                           : "a copy waits for its trouble to end", why);
    }
}


/* The first group tells the hour, the last one finds it in the journal. */
void
certd_code_short(const cert_code_t *code, char text[CERTD_CODE_SIZE])
{
    char  whole[CERT_CODE_TEXT_SIZE];

    cert_code_format(code, whole);

    (void) snprintf(text, CERTD_CODE_SIZE, "%.4s-..-%s", whole, whole + 15);
}
