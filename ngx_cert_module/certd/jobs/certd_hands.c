/*
 * Copyright (C) the ngx_cert authors
 *
 * Renderers, as the service sees them: a socket each, and the job in hand.
 *
 * A renderer that dies at a copy says nothing of why.  It may be the copy (a
 * strange font) or the machine (memory, a library, the disk), and then all
 * copies would die one after the other.  So its successor is first asked for a
 * specimen, with the same face and seal, of nobody.  Only where that is made
 * was it the copy, which then loses one of its attempts.  Rejected: to go by
 * what becomes of other copies, since there may be none; and a count of deaths
 * in all, since one copy that kills renderers looks the same.  One that was
 * killed by SIGKILL, and not at our request, was short of memory, or an
 * operator did it: no program does that to itself.
 *
 * One job at a time: whoever dies takes an attempt from that one alone, and
 * the oldest that waits is begun first.  Rejected: a second job in the socket
 * of each, as certctl does.  Between an answer and the next ask lie some ten
 * microseconds, of a job of ten milliseconds, since nothing here waits for
 * the disk.
 *
 * The sockets come from the master when their renderers are ready.  All this
 * is the thread's own; the lock is taken for the queue and the pace.
 */


#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "certd_jobs_int.h"
#include "certd_pass.h"
#include "certrender_serve.h"


static void certd_hands_specimens(certd_jobs_t *jobs);
static certd_hand_t *certd_hands_free(certd_jobs_t *jobs);
static int certd_hands_next(certd_jobs_t *jobs, certd_key_t *key,
    int64_t *wait_ms);
static int certd_hands_ask(certd_jobs_t *jobs, certd_hand_t *hand,
    const certd_key_t *key, int is_specimen);
static void certd_hands_unask(certd_jobs_t *jobs, const certd_key_t *key);
static void certd_hands_begun(certd_jobs_t *jobs, int alive, int busy);
static void certd_hands_clean(cert_reason_t *reason);
static void certd_hands_gone(certd_jobs_t *jobs, certd_hand_t *hand,
    int is_ours);
static void certd_hands_lost(certd_jobs_t *jobs, certd_hand_t *hand,
    int is_ours);


int64_t
certd_hands_fill(certd_jobs_t *jobs, int64_t wait_ms)
{
    int64_t        due_ms;
    certd_key_t    key;
    certd_hand_t  *hand;

    certd_hands_specimens(jobs);

    /* A renderer that is gone leaves its job to the next free one. */
    for ( ;; ) {
        hand = certd_hands_free(jobs);

        if (hand == NULL) {
            return wait_ms;
        }

        if (!certd_hands_next(jobs, &key, &due_ms)) {
            return due_ms < wait_ms ? due_ms : wait_ms;
        }

        if (!certd_hands_ask(jobs, hand, &key, 0)) {
            certd_hands_unask(jobs, &key);
            certd_hands_gone(jobs, hand, 0);
        }
    }
}


/* Before any copy: a slot whose last renderer died at one proves itself. */
static void
certd_hands_specimens(certd_jobs_t *jobs)
{
    int            is_stopping;
    size_t         i;
    certd_hand_t  *hand;

    (void) pthread_mutex_lock(&jobs->lock);
    is_stopping = jobs->is_stopping;
    (void) pthread_mutex_unlock(&jobs->lock);

    for (i = 0; i < jobs->hands_n && !is_stopping; i++) {
        hand = &jobs->hands[i];

        if (hand->fd == -1 || hand->is_busy || !hand->is_open) {
            continue;
        }

        if (certd_hands_ask(jobs, hand, &hand->victim, 1)) {
            hand->is_open = 0;
            certd_hands_begun(jobs, 0, 1);

        } else {
            certd_hands_gone(jobs, hand, 0);
        }
    }
}


/* The first of them: those behind stay cold while there is little to do. */
static certd_hand_t *
certd_hands_free(certd_jobs_t *jobs)
{
    size_t  i;

    for (i = 0; i < jobs->hands_n; i++) {
        if (jobs->hands[i].fd != -1 && !jobs->hands[i].is_busy
            && !jobs->hands[i].is_open)
        {
            return &jobs->hands[i];
        }
    }

    return NULL;
}


/*
 * The next job, taken.  False: nothing is due for "wait_ms", and who adds one
 * is to wake us.
 */
static int
certd_hands_next(certd_jobs_t *jobs, certd_key_t *key, int64_t *wait_ms)
{
    int64_t       now_ms, due_ms;
    certd_job_t  *job;

    job = NULL;
    now_ms = certd_clock_ms();

    (void) pthread_mutex_lock(&jobs->lock);

    if (jobs->is_stopping || jobs->posted >= CERTD_POSTED_MAX) {
        *wait_ms = INT64_MAX;

    } else if (certd_pace_may(&jobs->pace, now_ms, wait_ms)) {
        job = certd_queue_next(&jobs->queue, now_ms, &due_ms);
        *wait_ms = due_ms == INT64_MAX ? INT64_MAX : due_ms - now_ms;
    }

    if (job != NULL) {
        *key = job->key;
        certd_queue_take(&jobs->queue, job);
        jobs->pace.busy++;
    }

    jobs->is_idle = (job == NULL);

    (void) pthread_mutex_unlock(&jobs->lock);

    return job != NULL;
}


/* False: the renderer is gone, and has not heard of it. */
static int
certd_hands_ask(certd_jobs_t *jobs, certd_hand_t *hand,
    const certd_key_t *key, int is_specimen)
{
    ssize_t           n;
    certrender_ask_t  ask;

    memset(&ask, 0, sizeof(ask));
    ask.job = ++jobs->asked;
    ask.code = key->code;
    ask.now = certd_clock();
    ask.is_specimen = (uint32_t) is_specimen;

    do {
        n = send(hand->fd, &ask, sizeof(ask), MSG_DONTWAIT|MSG_NOSIGNAL);
    } while (n == -1 && errno == EINTR);

    if (n != (ssize_t) sizeof(ask)) {
        return 0;
    }

    hand->is_busy = 1;
    hand->is_late = 0;
    hand->is_specimen = is_specimen;
    hand->job = ask.job;
    hand->key = *key;
    hand->since_ms = certd_clock_ms();

    return 1;
}


static void
certd_hands_unask(certd_jobs_t *jobs, const certd_key_t *key)
{
    certd_job_t  *job;

    (void) pthread_mutex_lock(&jobs->lock);

    job = certd_queue_find(&jobs->queue, key);

    if (job != NULL) {
        certd_queue_give(&jobs->queue, job, 0);
    }

    jobs->pace.busy--;

    (void) pthread_mutex_unlock(&jobs->lock);
}


/* How many renderers there are more, or fewer, and at work. */
static void
certd_hands_begun(certd_jobs_t *jobs, int alive, int busy)
{
    (void) pthread_mutex_lock(&jobs->lock);

    jobs->pace.alive += (unsigned) alive;
    jobs->pace.busy += (unsigned) busy;

    (void) pthread_mutex_unlock(&jobs->lock);
}


void
certd_hands_news(certd_jobs_t *jobs)
{
    int            fd;
    cert_err_t     err;
    certd_hand_t  *hand;
    certd_news_t   news;

    err = certd_pass_receive(jobs->control, &news, &fd);

    if (err == CERT_NOT_FOUND) {
        /* Without a master we are about to be killed. */
        jobs->control = -1;
        return;
    }

    if (err == CERT_INVALID) {
        certd_log(CERTD_LOG_ERROR, "no room for the socket of a renderer");
    }

    if (err != CERT_OK) {
        return;
    }

    if (news.slot >= jobs->hands_n) {
        close(fd);
        return;
    }

    hand = &jobs->hands[news.slot];

    /* Its end may not have been read yet. */
    if (hand->fd != -1) {
        certd_hands_gone(jobs, hand, 0);
    }

    hand->fd = fd;
    hand->life = news.life;

    certd_hands_begun(jobs, 1, 0);

    if (hand->is_open && news.was_killed && !hand->was_ours) {
        hand->is_open = 0;
        certd_ends_trouble(jobs, &hand->victim, "its renderer was killed by "
                           "SIGKILL: if it was the kernel, which logs it, "
                           "give more memory or fewer --renderers");
    }
}


void
certd_hands_read(certd_jobs_t *jobs, certd_hand_t *hand)
{
    ssize_t              n;
    certrender_answer_t  answer;

    n = recv(hand->fd, &answer, sizeof(answer), MSG_DONTWAIT|MSG_TRUNC);

    if (n == -1
        && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK))
    {
        return;
    }

    if (n <= 0) {
        certd_hands_gone(jobs, hand, 0);
        return;
    }

    if (n != (ssize_t) sizeof(answer) || !hand->is_busy
        || answer.job != hand->job)
    {
        certd_log(CERTD_LOG_ERROR, "renderer %zu says what is no answer",
                  (size_t) (hand - jobs->hands));
        certd_hands_gone(jobs, hand, 1);
        return;
    }

    hand->is_busy = 0;
    certd_hands_clean(&answer.result.reason);

    (void) pthread_mutex_lock(&jobs->lock);

    jobs->pace.busy--;
    certd_pace_job(&jobs->pace, 1000 * (uint64_t) (certd_clock_ms()
                                                   - hand->since_ms));

    (void) pthread_mutex_unlock(&jobs->lock);

    if (hand->is_specimen) {
        certd_ends_specimen(jobs, &hand->key, &answer.result);

    } else {
        certd_ends_answer(jobs, &hand->key, &answer.result);
    }
}


/* What a strange font may have taken over shall not write lines of our log. */
static void
certd_hands_clean(cert_reason_t *reason)
{
    char  *p;

    reason->text[sizeof(reason->text) - 1] = '\0';

    for (p = reason->text; *p != '\0'; p++) {
        if ((unsigned char) *p < ' ' || *p == 0x7f) {
            *p = '?';
        }
    }
}


/*
 * The master is asked to kill it, too: one that we do not believe any more may
 * not notice that its socket is closed.
 */
static void
certd_hands_gone(certd_jobs_t *jobs, certd_hand_t *hand, int is_ours)
{
    int           was_busy;
    certd_plea_t  plea;

    plea.slot = (uint32_t) (hand - jobs->hands);
    plea.life = hand->life;
    certd_pass_plead(jobs->control, &plea);

    close(hand->fd);
    hand->fd = -1;

    was_busy = hand->is_busy;
    hand->is_busy = 0;

    (void) pthread_mutex_lock(&jobs->lock);

    jobs->pace.alive--;
    jobs->pace.busy -= (unsigned) was_busy;
    jobs->died++;

    (void) pthread_mutex_unlock(&jobs->lock);

    if (was_busy) {
        certd_hands_lost(jobs, hand, is_ours || hand->is_late);
    }
}


/* Its copy stays in hand, so to speak, until the next in this slot is there. */
static void
certd_hands_lost(certd_jobs_t *jobs, certd_hand_t *hand, int is_ours)
{
    char  text[CERTD_CODE_SIZE];

    if (hand->is_specimen) {
        certd_ends_trouble(jobs, &hand->key, "renderers die or hang at a "
                           "specimen, too: look at memory, disk, fonts and "
                           "libraries of this machine, and at the lines of "
                           "renderers above");
        return;
    }

    hand->is_open = 1;
    hand->was_ours = is_ours;
    hand->victim = hand->key;

    certd_code_short(&hand->key.code, text);
    certd_log(CERTD_LOG_ERROR, "a renderer %s at the copy %s; the next one "
              "shows by a specimen whether it was the copy",
              hand->is_late ? "hung" : "died", text);
}


/* Again each time, since a plea can be lost; told once. */
void
certd_hands_late(certd_jobs_t *jobs)
{
    size_t         i;
    int64_t        now_ms;
    certd_hand_t  *hand;
    certd_plea_t   plea;

    now_ms = certd_clock_ms();

    for (i = 0; i < jobs->hands_n; i++) {
        hand = &jobs->hands[i];

        if (hand->fd == -1 || !hand->is_busy
            || now_ms - hand->since_ms
               < 1000 * (int64_t) jobs->certd->options->render_sec)
        {
            continue;
        }

        if (!hand->is_late) {
            hand->is_late = 1;
            certd_log(CERTD_LOG_ERROR, "renderer %zu takes more than %u s for "
                      "one copy", i, jobs->certd->options->render_sec);
        }

        plea.slot = (uint32_t) i;
        plea.life = hand->life;
        certd_pass_plead(jobs->control, &plea);
    }
}


/* What they are at is lost with them, and begun anew after a restart. */
void
certd_hands_close(certd_jobs_t *jobs)
{
    size_t  i;

    for (i = 0; i < jobs->hands_n; i++) {
        if (jobs->hands[i].fd != -1) {
            close(jobs->hands[i].fd);
            jobs->hands[i].fd = -1;
        }
    }
}
