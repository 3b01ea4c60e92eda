/*
 * Copyright (C) the ngx_cert authors
 *
 * Until when the seals of the catalogue may sign.
 *
 * Seals are closed to the service: a renderer looks, at the start and once an
 * hour, in which a seal that was renewed shows as well.  An authority needs
 * weeks to get a new certificate, so the log tells of one that ends from a
 * month before on, once a day.
 */


#include "certd_seals.h"


#define CERTD_SEALS_MS        (3600 * 1000)
#define CERTD_SEALS_AGAIN_MS  (60 * 1000)       /* where it was not learnt */
#define CERTD_SEALS_TELL_MS   (86400 * 1000)
#define CERTD_SEALS_DAYS      30


static void certd_seals_tell(const certrender_answer_t *answer,
    cert_time_t now);


int
certd_seals_are_due(certd_jobs_t *jobs)
{
    int  is_stopping;

    if (certd_clock_ms() < jobs->seals_due_ms) {
        return 0;
    }

    (void) pthread_mutex_lock(&jobs->lock);
    is_stopping = jobs->is_stopping;
    (void) pthread_mutex_unlock(&jobs->lock);

    return !is_stopping;
}


/* Soon again, unless an answer comes. */
void
certd_seals_asked(certd_jobs_t *jobs)
{
    jobs->seals_due_ms = certd_clock_ms() + CERTD_SEALS_AGAIN_MS;
}


/* What was known stays where nothing is learnt. */
void
certd_seals_answer(certd_jobs_t *jobs, const certrender_answer_t *answer)
{
    int64_t      now_ms;
    cert_time_t  now;

    if (answer->result.err != CERT_OK) {
        return;
    }

    now = certd_clock();
    now_ms = certd_clock_ms();
    jobs->seals_due_ms = now_ms + CERTD_SEALS_MS;

    (void) pthread_mutex_lock(&jobs->lock);
    jobs->seals_expire = answer->expires;
    (void) pthread_mutex_unlock(&jobs->lock);

    if (answer->expires == 0
        || answer->expires - now > CERTD_SEALS_DAYS * CERT_DAY_SEC)
    {
        jobs->seals_told_ms = 0;
        return;
    }

    if (jobs->seals_told_ms == 0
        || now_ms - jobs->seals_told_ms >= CERTD_SEALS_TELL_MS)
    {
        jobs->seals_told_ms = now_ms;
        certd_seals_tell(answer, now);
    }
}


static void
certd_seals_tell(const certrender_answer_t *answer, cert_time_t now)
{
    if (answer->expires <= now) {
        certd_log(CERTD_LOG_ALERT, "%s; its copies wait until it is replaced",
                  answer->result.reason.text);
        return;
    }

    certd_log(CERTD_LOG_WARNING, "%s in %lld days: ask the authority for its "
              "successor now, without it copies wait",
              answer->result.reason.text,
              (long long) ((answer->expires - now) / CERT_DAY_SEC));
}
