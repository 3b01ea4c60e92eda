/*
 * Copyright (C) the ngx_cert authors
 *
 * The order of jobs, beside a model that is too simple to be wrong; and the
 * rate, by its numbers.
 */


#include <stdlib.h>

#include "certd_rate.h"
#include "certd_job_queue.h"
#include "tap.h"


#define KEYS    300
#define ROUNDS  20000

/* What each key is in the model; index is the order. */
typedef struct {
    int      is_there;
    int      is_busy;
    int64_t  due_ms;
} model_t;

static model_t        model[KEYS];
static certd_job_queue_t  queue;
static uint64_t       seed = 20260101;


static unsigned
draw(unsigned below)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;

    return (unsigned) (seed >> 33) % below;
}


/* Ten codes a second, so that times alone do not order them. */
static certd_job_key_t
key_of(unsigned i)
{
    certd_job_key_t  key;

    memset(&key, 0, sizeof(key));
    key.applied = 1000 + i / 10;
    key.code.bytes[5] = (uint8_t) (i % 10);

    return key;
}


static void
clear(void)
{
    certd_job_queue_wipe(&queue);
    memset(model, 0, sizeof(model));
}


/* How many of the answers for one key differ from the model's. */
static unsigned
differs(unsigned i)
{
    unsigned          j, position, bad;
    certd_job_key_t   key;
    certd_job_t      *job;

    key = key_of(i);
    job = certd_job_queue_find(&queue, &key);
    bad = ((job != NULL) != model[i].is_there);

    if (job == NULL) {
        return bad + (certd_job_queue_position(&queue, &key) != 0);
    }

    bad += (job->is_busy != model[i].is_busy);
    bad += (job->due_ms != model[i].due_ms);

    /* With none busy behind, a position is exact. */
    position = 1;
    for (j = 0; j < KEYS; j++) {
        if (model[j].is_there && model[j].is_busy && j > i) {
            return bad;
        }

        position += (model[j].is_there && !model[j].is_busy && j < i);
    }

    return bad + (certd_job_queue_position(&queue, &key)
                  != (model[i].is_busy ? 0 : position));
}


static unsigned
next_differs(int64_t now_ms)
{
    int64_t           due_ms, soonest;
    unsigned          i;
    certd_job_key_t   key;
    certd_job_t      *job;

    soonest = INT64_MAX;
    job = certd_job_queue_next(&queue, now_ms, &due_ms);

    for (i = 0; i < KEYS; i++) {

        if (!model[i].is_there || model[i].is_busy) {
            continue;
        }

        if (model[i].due_ms <= now_ms) {
            key = key_of(i);
            return job != certd_job_queue_find(&queue, &key);
        }

        soonest = model[i].due_ms < soonest ? model[i].due_ms : soonest;
    }

    return job != NULL || due_ms != soonest;
}


static void
step(void)
{
    unsigned          i, due;
    certd_job_key_t   key;
    certd_job_t      *job;

    i = draw(KEYS);
    due = draw(100);
    key = key_of(i);
    job = certd_job_queue_find(&queue, &key);

    switch (draw(4)) {

    case 0:
        if (job == NULL || model[i].due_ms > due) {
            model[i].due_ms = due;
        }

        model[i].is_there = 1;
        (void) certd_job_queue_add(&queue, &key, due);
        break;

    case 1:
        certd_job_queue_remove(&queue, &key);
        memset(&model[i], 0, sizeof(model_t));
        break;

    case 2:
        if (job != NULL && !job->is_busy) {
            certd_job_queue_take(&queue, job);
            model[i].is_busy = 1;
        }
        break;

    default:
        if (job != NULL && job->is_busy) {
            certd_job_queue_give(&queue, job, due);
            model[i].is_busy = 0;
            model[i].due_ms = due;
        }
        break;
    }
}


static void
test_model(void)
{
    unsigned  i, round, bad;

    clear();
    bad = 0;

    for (round = 0; round < ROUNDS; round++) {
        step();
        bad += differs(draw(KEYS));
        bad += next_differs(draw(100));
    }

    for (i = 0; i < KEYS; i++) {
        bad += differs(i);
    }

    is_int(bad, 0, "as the model in %d steps", ROUNDS);
}


/* Through the array again and again: the room at the front is used. */
static void
test_flow(void)
{
    size_t            i, bad;
    int64_t           due_ms;
    certd_job_key_t   key;
    certd_job_t      *job;

    clear();
    memset(&key, 0, sizeof(key));
    bad = 0;

    for (i = 0; i < 100000; i++) {
        key.applied = (cert_time_t) i + 1;
        (void) certd_job_queue_add(&queue, &key, 0);

        if (i < 100) {
            continue;
        }

        job = certd_job_queue_next(&queue, 0, &due_ms);
        bad += (job == NULL || job->key.applied != (cert_time_t) i - 99);

        if (job != NULL) {
            key = job->key;
            certd_job_queue_remove(&queue, &key);
        }
    }

    is_int(bad, 0, "first come, first served");
    is_int(queue.n, 100, "those that wait");
    ok(queue.size <= 1024, "in little room: %zu", queue.size);
    is_int(certd_job_queue_oldest(&queue), 99901, "the oldest of them");
}


/* A page of the store's queue with these of our keys. */
static int
merge(int after, const char *list, int is_last)
{
    size_t           n;
    certd_job_key_t  from, page[10];

    for (n = 0; list[n] != '\0'; n++) {
        page[n] = key_of((unsigned) (list[n] - 'a'));
    }

    if (after != 0) {
        from = key_of((unsigned) (after - 'a'));
    }

    return certd_job_queue_merge(&queue, after != 0 ? &from : NULL, page, n,
                                 is_last, 5000);
}


static const char *
listed(void)
{
    static char  list[KEYS + 1];

    char             *p;
    certd_job_key_t   key;

    p = list;

    for (unsigned i = 0; i < 26; i++) {
        key = key_of(i);

        if (certd_job_queue_find(&queue, &key) != NULL) {
            *p++ = (char) ('a' + i);
        }
    }

    *p = '\0';

    return list;
}


static void
add(const char *list)
{
    certd_job_key_t  key;

    for ( /* void */ ; *list != '\0'; list++) {
        key = key_of((unsigned) (*list - 'a'));
        (void) certd_job_queue_add(&queue, &key, 0);
    }
}


static void
test_merge(void)
{
    int64_t          due_ms;
    certd_job_key_t  key;

    clear();
    certd_job_queue_round(&queue);
    ok(merge(0, "bcd", 1), "what is in the store");
    is_str(listed(), "bcd", "is here");
    ok(certd_job_queue_next(&queue, 4999, &due_ms) == NULL && due_ms == 5000,
       "and left to others for a while");

    add("b");
    ok(certd_job_queue_next(&queue, 0, &due_ms) != NULL,
       "unless the writer tells of it");

    add("amz");
    certd_job_queue_round(&queue);
    (void) merge(0, "bd", 0);
    is_str(listed(), "bdmz", "what has ended goes, up to the last of a page");

    certd_job_queue_round(&queue);
    (void) merge('d', "op", 0);
    is_str(listed(), "bdopz", "a page goes on behind the one before");

    certd_job_queue_round(&queue);
    (void) merge('p', "", 1);
    is_str(listed(), "bdop", "behind the last page there is nothing");

    certd_job_queue_round(&queue);
    add("cq");
    (void) merge(0, "bdo", 1);
    is_str(listed(), "bcdoq", "what is newer than the page stays");

    key = key_of(3);
    certd_job_queue_take(&queue, certd_job_queue_find(&queue, &key));
    certd_job_queue_round(&queue);
    (void) merge(0, "", 1);
    is_str(listed(), "d", "what a renderer is at stays");

    is_int(certd_job_queue_position(&queue, &key), 0, "and does not wait");
    certd_job_queue_remove(&queue, &key);
    is_int(queue.busy, 0, "none is busy at the end");
}


static void
test_trouble(void)
{
    int64_t           due_ms;
    certd_job_key_t   key;
    certd_job_t      *job;

    clear();
    add("ab");
    key = key_of(0);
    job = certd_job_queue_find(&queue, &key);

    certd_job_queue_take(&queue, job);
    job->troubles = 1;
    certd_job_queue_give(&queue, job, 700);

    job = certd_job_queue_next(&queue, 0, &due_ms);
    ok(job != NULL && job->key.code.bytes[5] == 1, "the next one goes first");

    certd_job_queue_take(&queue, job);
    ok(certd_job_queue_next(&queue, 0, &due_ms) == NULL && due_ms == 700,
       "the one in trouble waits");

    add("a");
    ok(certd_job_queue_next(&queue, 0, &due_ms) == NULL, "told again or not");

    certd_job_queue_relieve(&queue);
    ok(certd_job_queue_next(&queue, 0, &due_ms) != NULL,
       "until it is relieved");

    clear();
}


static void
test_estimate(void)
{
    certd_rate_t  rate;

    certd_rate_init(&rate);
    rate.alive = 2;

    is_int(certd_rate_seconds(&rate, 1, 0), 1, "at least a second");
    is_int(certd_rate_seconds(&rate, 20, 0), 1, "before anything was made");
    is_int(certd_rate_seconds(&rate, 21, 0), 2, "it is rounded up");

    rate.mean_usec = 0;
    is_int(certd_rate_seconds(&rate, 1000, 0), 1, "a job that takes nothing");

    for (int i = 0; i < 200; i++) {
        certd_rate_job(&rate, 10000);
    }

    ok(rate.mean_usec > 9900 && rate.mean_usec <= 10000, "the mean follows");
    rate.mean_usec = 10000;

    is_int(certd_rate_seconds(&rate, 100000, 0), 500, "a day's rush");
    is_int(certd_rate_seconds(&rate, UINT64_MAX, 0), 100000000, "no overflow");

    rate.alive = 0;
    is_int(certd_rate_seconds(&rate, 100, 0), 3, "without a renderer");

    rate.alive = 1;
    rate.hold_ms = 5000;
    is_int(certd_rate_seconds(&rate, 100, 1000), 5, "a pause counts");
}


static void
test_spell(void)
{
    int64_t       wait_ms, now_ms, last_ms;
    certd_rate_t  rate;

    certd_rate_init(&rate);

    for (int i = 0; i < 50; i++) {
        (void) certd_rate_trouble(&rate, 0, 0);
    }

    ok(certd_rate_may(&rate, 0, &wait_ms), "one job in trouble stops no other");

    ok(!certd_rate_trouble(&rate, 1, 0), "one more is not a spell");
    ok(!certd_rate_trouble(&rate, 1, 0), "nor are two");
    ok(certd_rate_may(&rate, 0, &wait_ms), "all go on");
    ok(certd_rate_trouble(&rate, 1, 0), "but the last of them is a spell");
    ok(!certd_rate_trouble(&rate, 1, 0), "which begins once");

    ok(!certd_rate_may(&rate, 1, &wait_ms) && wait_ms == 499, "a pause");
    rate.busy = 1;
    ok(!certd_rate_may(&rate, 500, &wait_ms) && wait_ms == INT64_MAX,
       "and one try at a time after it");
    rate.busy = 0;
    ok(certd_rate_may(&rate, 500, &wait_ms), "but one");

    now_ms = 500;
    last_ms = 0;
    for (int i = 0; i < 20; i++) {
        (void) certd_rate_trouble(&rate, 0, now_ms);
        last_ms = rate.hold_ms - now_ms;
        now_ms = rate.hold_ms;
    }

    is_int(last_ms, CERTD_SPELL_MAX_MS, "pauses grow up to a bound");

    ok(certd_rate_success(&rate), "a copy ends it");
    ok(!certd_rate_success(&rate), "once");
    ok(certd_rate_may(&rate, now_ms, &wait_ms), "all go on again");

    is_int(certd_rate_pause_ms(1), 1000, "a job pauses for a second");
    is_int(certd_rate_pause_ms(2), 2000, "then for two");
    is_int(certd_rate_pause_ms(6), 32000, "for four, eight, ...");
    is_int(certd_rate_pause_ms(7), 60000, "for a minute at most");
    is_int(certd_rate_pause_ms(255), 60000, "however often");
}


int
main(void)
{
    test_model();
    test_flow();
    test_merge();
    test_trouble();
    test_estimate();
    test_spell();

    return done_testing();
}
