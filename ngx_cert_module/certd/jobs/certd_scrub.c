/*
 * Copyright (C) the ngx_cert authors
 *
 * Looks at the files of all copies, again and again.
 *
 * A pass goes through all codes in their order and has the file of each looked
 * at (certd_look.h), at a bounded rate: after each file it rests for as long as
 * its bytes take at --scrub-rate.  What turns out to be bad is listed for nginx
 * (certd_bad.h).  A million copies of 150 KB take two days at 1 MiB/s.
 *
 * It has a thread of its own, since a disk in trouble may hold a read for
 * minutes, and nothing else may wait for that: not figures, not sessions.  It
 * has the lowest priority for the disk and for cores.
 */


#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "certd_bad.h"
#include "certd_scrub.h"
#include "certd_scrub_pass.h"
#include "certd_store.h"


/* Between two looks at what is listed. */
#define CERTD_SCRUB_TEND_MS    1000

/* After an error of the store, and after damage, which is logged each time. */
#define CERTD_SCRUB_RETRY_MS   5000
#define CERTD_SCRUB_DAMAGE_MS  60000

#define CERTD_SCRUB_NICE  19

/* Of ioprio_set(), for which the C library has no header: this thread, idle. */
#define CERTD_IOPRIO_PROCESS  1
#define CERTD_IOPRIO_IDLE     (3 << 13)

struct certd_scrub_s {
    certd_t             *certd;
    pthread_t            thread;
    pthread_mutex_t      lock;
    pthread_cond_t       change;
    int                  is_stopping;
    int                  is_over;       /* the thread is about to end */
    cert_scrub_t         seen;          /* for others: a copy of pass.state */
    uint64_t             bad_n;         /* ... of how many are listed */
    uint64_t             checked;

    /* The rest is the thread's. */
    int64_t              due_us;        /* the next look; monotonic */
    int64_t              tend_ms;
    certd_scrub_pass_t   pass;
    certd_bad_t          bad;
};


static void *certd_scrub_thread(void *data);
static void certd_scrub_background(void);
static int certd_scrub_open(certd_scrub_t *scrub);
static void certd_scrub_turn(certd_scrub_t *scrub);
static void certd_scrub_begin(certd_scrub_t *scrub);
static void certd_scrub_step(certd_scrub_t *scrub);
static void certd_scrub_failed(certd_scrub_t *scrub, cert_err_t err);
static void certd_scrub_end(certd_scrub_t *scrub);
static void certd_scrub_pay(certd_scrub_t *scrub, uint64_t cost);
static void certd_scrub_show(certd_scrub_t *scrub, int is_checked);
static int certd_scrub_rest(certd_scrub_t *scrub, int64_t until_ms);


certd_scrub_t *
certd_scrub_start(certd_t *certd)
{
    certd_scrub_t  *scrub;

    scrub = calloc(1, sizeof(certd_scrub_t));
    if (scrub == NULL) {
        return NULL;
    }

    scrub->certd = certd;

    (void) pthread_mutex_init(&scrub->lock, NULL);
    certd_clock_cond_init(&scrub->change);

    if (pthread_create(&scrub->thread, NULL, certd_scrub_thread, scrub) != 0) {
        certd_scrub_free(scrub);
        return NULL;
    }

    return scrub;
}


int
certd_scrub_stop(certd_scrub_t *scrub, int64_t wait_ms)
{
    int      is_over;
    int64_t  until_ms;

    if (scrub == NULL) {
        return 1;
    }

    until_ms = certd_clock_ms() + wait_ms;

    (void) pthread_mutex_lock(&scrub->lock);
    scrub->is_stopping = 1;
    (void) pthread_cond_broadcast(&scrub->change);

    /* Not a join until a time of day, which may be set meanwhile. */
    while (!scrub->is_over
           && certd_clock_wait(&scrub->change, &scrub->lock, until_ms))
    {
        /* void */
    }

    is_over = scrub->is_over;
    (void) pthread_mutex_unlock(&scrub->lock);

    if (!is_over) {
        certd_log(CERTD_LOG_WARNING, "the scrub of PDFs still waits for the "
                  "disk and is abandoned");
        return 0;
    }

    (void) pthread_join(scrub->thread, NULL);

    return 1;
}


void
certd_scrub_free(certd_scrub_t *scrub)
{
    if (scrub == NULL) {
        return;
    }

    (void) pthread_cond_destroy(&scrub->change);
    (void) pthread_mutex_destroy(&scrub->lock);
    free(scrub);
}


void
certd_scrub_figures(certd_scrub_t *scrub, cert_figures_t *figures)
{
    cert_time_t   now, since;
    cert_scrub_t  seen;

    now = certd_clock();

    (void) pthread_mutex_lock(&scrub->lock);
    seen = scrub->seen;
    figures->files_bad = scrub->bad_n;
    figures->files_checked = scrub->checked;
    (void) pthread_mutex_unlock(&scrub->lock);

    figures->files_passes = seen.passes;

    if (seen.is_under_way && now > seen.began) {
        figures->files_pass_sec = (uint64_t) (now - seen.began);
    }

    since = seen.finished != 0 ? seen.finished : seen.first;

    if (since != 0 && now > since) {
        figures->files_finished_sec = (uint64_t) (now - since);
    }
}


static void *
certd_scrub_thread(void *data)
{
    certd_scrub_t *scrub = data;

    int      is_open;
    int64_t  until_ms;

    certd_scrub_background();

    is_open = certd_scrub_open(scrub);

    while (is_open) {
        certd_scrub_turn(scrub);

        until_ms = scrub->due_us / 1000 + 1;

        if (!certd_scrub_rest(scrub, until_ms < scrub->tend_ms
                                     ? until_ms : scrub->tend_ms))
        {
            certd_scrub_pass_save(&scrub->pass);
            break;
        }
    }

    (void) pthread_mutex_lock(&scrub->lock);
    scrub->is_over = 1;
    (void) pthread_cond_broadcast(&scrub->change);
    (void) pthread_mutex_unlock(&scrub->lock);

    return NULL;
}


/* Both are per thread in Linux.  Where they fail it only gives way less. */
static void
certd_scrub_background(void)
{
    (void) setpriority(PRIO_PROCESS, (id_t) syscall(SYS_gettid),
                       CERTD_SCRUB_NICE);
    (void) syscall(SYS_ioprio_set, CERTD_IOPRIO_PROCESS, 0,
                   CERTD_IOPRIO_IDLE);
}


/* 0: certd ends before the store could be asked. */
static int
certd_scrub_open(certd_scrub_t *scrub)
{
    cert_err_t  err;

    while ((err = certd_bad_open(scrub->certd, &scrub->bad)) == CERT_BUSY) {
        if (!certd_scrub_rest(scrub, certd_clock_ms() + CERTD_SCRUB_TEND_MS)) {
            return 0;
        }
    }

    certd_scrub_pass_open(&scrub->pass, scrub->certd);

    if (err != CERT_OK) {
        certd_scrub_pass_restart(&scrub->pass);
    }

    certd_scrub_show(scrub, 0);

    return 1;
}


/* One look at most, so that the end is never far. */
static void
certd_scrub_turn(certd_scrub_t *scrub)
{
    int64_t  now_ms;

    now_ms = certd_clock_ms();

    if (now_ms >= scrub->tend_ms) {
        certd_scrub_pay(scrub, certd_bad_tend(scrub->certd, &scrub->bad));
        scrub->tend_ms = now_ms + CERTD_SCRUB_TEND_MS;
        certd_scrub_show(scrub, 0);
    }

    if (scrub->certd->options->scrub_rate == 0) {
        scrub->due_us = INT64_MAX;
        return;
    }

    if (now_ms * 1000 < scrub->due_us) {
        return;
    }

    if (!scrub->pass.state.is_under_way) {
        certd_scrub_begin(scrub);

    } else {
        certd_scrub_step(scrub);
    }

    certd_scrub_pass_save_due(&scrub->pass, now_ms);
}


static void
certd_scrub_begin(certd_scrub_t *scrub)
{
    if (!certd_scrub_pass_begin(&scrub->pass)) {
        scrub->due_us = (certd_clock_ms() + CERTD_SCRUB_TEND_MS) * 1000;
        return;
    }

    certd_scrub_show(scrub, 0);
}


static void
certd_scrub_step(certd_scrub_t *scrub)
{
    cert_err_t    err;
    cert_code_t   code;
    certd_look_t  look;

    err = certd_scrub_pass_next(&scrub->pass, &code);

    if (err == CERT_NOT_FOUND) {
        certd_scrub_end(scrub);
        return;
    }

    if (err != CERT_OK) {
        certd_scrub_failed(scrub, err);
        return;
    }

    certd_look(scrub->certd, &code, &look);
    scrub->pass.is_partial |= (look.result == CERTD_LOOK_TROUBLE);
    certd_bad_note(scrub->certd, &scrub->bad, &code, &look);

    /* nginx gets the list at once. */
    if (scrub->bad.is_dirty) {
        scrub->tend_ms = 0;
    }

    certd_scrub_show(scrub, look.result == CERTD_LOOK_SOUND
                            || certd_look_is_bad(look.result));
    certd_scrub_pay(scrub, look.cost);
}


/* The pass stays where it is, and is tried again. */
static void
certd_scrub_failed(certd_scrub_t *scrub, cert_err_t err)
{
    int64_t  pause_ms;

    pause_ms = CERTD_SCRUB_RETRY_MS;

    if (err == CERT_CORRUPT) {
        pause_ms = CERTD_SCRUB_DAMAGE_MS;
        certd_log(CERTD_LOG_ALERT, "the scrub of PDFs cannot go on: the list "
                  "of copies in the store is damaged; \"certctl fsck\" tells "
                  "where");
    }

    scrub->due_us = (certd_clock_ms() + pause_ms) * 1000;
}


static void
certd_scrub_end(certd_scrub_t *scrub)
{
    if (certd_scrub_pass_end(&scrub->pass)) {
        certd_bad_pass(&scrub->bad);
    }

    scrub->tend_ms = 0;

    certd_scrub_show(scrub, 0);
}


static void
certd_scrub_pay(certd_scrub_t *scrub, uint64_t cost)
{
    int64_t   now_us;
    uint64_t  rate;

    rate = (uint64_t) scrub->certd->options->scrub_rate * 1024;
    now_us = certd_clock_ms() * 1000;

    if (rate == 0) {
        return;
    }

    if (scrub->due_us < now_us) {
        scrub->due_us = now_us;
    }

    scrub->due_us += (int64_t) (cost * 1000000 / rate);
}


/* For the figures. */
static void
certd_scrub_show(certd_scrub_t *scrub, int is_checked)
{
    (void) pthread_mutex_lock(&scrub->lock);
    scrub->seen = scrub->pass.state;
    scrub->bad_n = scrub->bad.list.n;
    scrub->checked += is_checked != 0;
    (void) pthread_mutex_unlock(&scrub->lock);
}


/* 0: certd ends. */
static int
certd_scrub_rest(certd_scrub_t *scrub, int64_t until_ms)
{
    int  is_stopping;

    (void) pthread_mutex_lock(&scrub->lock);

    while (!scrub->is_stopping
           && certd_clock_wait(&scrub->change, &scrub->lock, until_ms))
    {
        /* void */
    }

    is_stopping = scrub->is_stopping;

    (void) pthread_mutex_unlock(&scrub->lock);

    return !is_stopping;
}
