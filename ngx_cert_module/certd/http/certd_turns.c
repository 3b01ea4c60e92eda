/*
 * Copyright (C) the ngx_cert authors
 *
 * Turns.
 *
 * The queue is a list of the callers' own turns, each with a condition, so that
 * one that gives up leaves it from any place and one that is called is woken
 * alone.  A turn that ends calls the next: as long as a caller waits, all
 * places are taken.
 *
 * The estimate is the mean of what turns took by the clock, waits for a core
 * included, times the rounds until the caller's turn.  That mean says nothing
 * of a machine that has just come to a halt; so if no turn has begun for
 * longer than the mean, that time is taken instead.  The one that began last
 * counts: a single long one must not keep all callers out while others are
 * served.
 *
 * A turn that is free is given whatever the estimate says.  Otherwise one bad
 * measurement would be the last.
 *
 * A client that has left is found when it comes, when its turn comes, and when
 * another would be refused because of it.  libmicrohttpd does not tell: the
 * thread of that connection is the one that waits.
 *
 * Rejected: to refuse only by a time-out in the queue.  A caller that waited
 * for nothing has to come back and wait again.
 */


#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "certd_turns.h"


/* Between two looks through the queue for clients that have left. */
#define CERTD_TURN_SWEEP_MS  100

enum {
    CERTD_TURN_WAITS = 0,
    CERTD_TURN_CALLED,
    CERTD_TURN_LEFT
};

struct certd_turns_s {
    pthread_mutex_t   lock;
    unsigned          at_once;
    unsigned          most;         /* that may wait */
    int64_t           wait_ms;
    int64_t           bound_ms;

    unsigned          running;
    unsigned          waiting;
    certd_turn_t     *first;        /* of the queue */
    certd_turn_t    **last;
    int64_t           begun_ms;     /* the last turn */
    int64_t           swept_ms;
    certd_cost_t      cost;
};


static void certd_turn_run(certd_turns_t *turns, certd_turn_t *turn,
    int64_t now_ms);
static int64_t certd_turns_wait_ms(const certd_turns_t *turns,
    int64_t now_ms);
static int certd_turns_have_room(certd_turns_t *turns, int64_t now_ms);
static int certd_turns_fit(const certd_turns_t *turns, int64_t now_ms);
static cert_err_t certd_turn_wait(certd_turns_t *turns, certd_turn_t *turn,
    int64_t now_ms);
static void certd_turn_remove(certd_turns_t *turns, certd_turn_t **place);
static void certd_turns_sweep(certd_turns_t *turns);
static void certd_turns_call(certd_turns_t *turns, int64_t now_ms);
static int certd_turn_is_left(int fd);


certd_turns_t *
certd_turns_create(unsigned at_once, unsigned waiting, int64_t wait_ms,
    int64_t bound_ms, int64_t seed_ms)
{
    certd_turns_t  *turns;

    turns = calloc(1, sizeof(certd_turns_t));
    if (turns == NULL) {
        return NULL;
    }

    turns->at_once = at_once > 0 ? at_once : 1;
    turns->most = waiting;
    turns->wait_ms = wait_ms;
    turns->bound_ms = bound_ms;
    turns->last = &turns->first;

    certd_cost_seed(&turns->cost, seed_ms);
    (void) pthread_mutex_init(&turns->lock, NULL);

    return turns;
}


void
certd_turns_destroy(certd_turns_t *turns)
{
    if (turns != NULL) {
        (void) pthread_mutex_destroy(&turns->lock);
        free(turns);
    }
}


cert_err_t
certd_turn_begin(certd_turns_t *turns, certd_turn_t *turn)
{
    int64_t     now_ms;
    cert_err_t  err;

    turn->retry_sec = 1;
    turn->has_left = 0;
    err = CERT_OK;

    (void) pthread_mutex_lock(&turns->lock);

    now_ms = certd_clock_ms();

    if (certd_turn_is_left(turn->fd)) {
        turn->has_left = 1;
        err = CERT_BUSY;

    } else if (turns->running < turns->at_once) {
        certd_turn_run(turns, turn, now_ms);

    } else if (turn->is_hasty || !certd_turns_have_room(turns, now_ms)) {
        err = CERT_BUSY;

    } else {
        err = certd_turn_wait(turns, turn, now_ms);
        now_ms = certd_clock_ms();
    }

    if (err != CERT_OK) {
        turn->retry_sec = certd_cost_retry_sec(certd_turns_wait_ms(turns,
                                                                   now_ms));
    }

    (void) pthread_mutex_unlock(&turns->lock);

    return err;
}


void
certd_turn_end(certd_turns_t *turns, certd_turn_t *turn)
{
    int64_t  now_ms;

    (void) pthread_mutex_lock(&turns->lock);

    now_ms = certd_clock_ms();

    certd_cost_add(&turns->cost, now_ms - turn->begun_ms);
    turns->running--;
    certd_turns_call(turns, now_ms);

    (void) pthread_mutex_unlock(&turns->lock);
}


uint64_t
certd_turns_waiting(certd_turns_t *turns)
{
    uint64_t  n;

    (void) pthread_mutex_lock(&turns->lock);
    n = turns->waiting;
    (void) pthread_mutex_unlock(&turns->lock);

    return n;
}


static void
certd_turn_run(certd_turns_t *turns, certd_turn_t *turn, int64_t now_ms)
{
    turn->begun_ms = now_ms;
    turns->begun_ms = now_ms;
    turns->running++;
}


/* Of a caller that comes now. */
static int64_t
certd_turns_wait_ms(const certd_turns_t *turns, int64_t now_ms)
{
    return certd_cost_wait_ms(&turns->cost, turns->at_once, turns->waiting,
                              now_ms - turns->begun_ms);
}


/* No client is refused because of others that have left. */
static int
certd_turns_have_room(certd_turns_t *turns, int64_t now_ms)
{
    if (certd_turns_fit(turns, now_ms)) {
        return 1;
    }

    if (now_ms - turns->swept_ms < CERTD_TURN_SWEEP_MS) {
        return 0;
    }

    turns->swept_ms = now_ms;
    certd_turns_sweep(turns);

    return certd_turns_fit(turns, now_ms);
}


static int
certd_turns_fit(const certd_turns_t *turns, int64_t now_ms)
{
    return turns->waiting < turns->most
           && certd_turns_wait_ms(turns, now_ms) <= turns->wait_ms;
}


static cert_err_t
certd_turn_wait(certd_turns_t *turns, certd_turn_t *turn, int64_t now_ms)
{
    int64_t         until_ms;
    certd_turn_t  **place;

    until_ms = now_ms + turns->bound_ms;

    turn->state = CERTD_TURN_WAITS;
    turn->next = NULL;
    certd_clock_cond_init(&turn->called);

    *turns->last = turn;
    turns->last = &turn->next;
    turns->waiting++;

    while (turn->state == CERTD_TURN_WAITS
           && certd_clock_wait(&turn->called, &turns->lock, until_ms))
    {
        /* void */
    }

    if (turn->state == CERTD_TURN_WAITS) {
        for (place = &turns->first; *place != turn; place = &(*place)->next) {
            /* void */
        }

        certd_turn_remove(turns, place);
    }

    (void) pthread_cond_destroy(&turn->called);
    turn->has_left = (turn->state == CERTD_TURN_LEFT);

    return turn->state == CERTD_TURN_CALLED ? CERT_OK : CERT_BUSY;
}


static void
certd_turn_remove(certd_turns_t *turns, certd_turn_t **place)
{
    if (turns->last == &(*place)->next) {
        turns->last = place;
    }

    *place = (*place)->next;
    turns->waiting--;
}


static void
certd_turns_sweep(certd_turns_t *turns)
{
    certd_turn_t  *turn, **place;

    place = &turns->first;

    while (*place != NULL) {
        turn = *place;

        if (!certd_turn_is_left(turn->fd)) {
            place = &turn->next;
            continue;
        }

        certd_turn_remove(turns, place);
        turn->state = CERTD_TURN_LEFT;
        (void) pthread_cond_signal(&turn->called);
    }
}


/* The next that is still there; those before it are told to go. */
static void
certd_turns_call(certd_turns_t *turns, int64_t now_ms)
{
    certd_turn_t  *turn;

    while (turns->first != NULL && turns->running < turns->at_once) {
        turn = turns->first;
        certd_turn_remove(turns, &turns->first);

        if (certd_turn_is_left(turn->fd)) {
            turn->state = CERTD_TURN_LEFT;

        } else {
            turn->state = CERTD_TURN_CALLED;
            certd_turn_run(turns, turn, now_ms);
        }

        (void) pthread_cond_signal(&turn->called);
    }
}


/*
 * True if the client has closed its socket; one that only has stopped sending
 * still wants its answer.  Not by reading: what a client sent ahead would lie
 * before the end.  poll() tells POLLHUP when both directions are closed, asked
 * for or not.
 */
static int
certd_turn_is_left(int fd)
{
    struct pollfd  look;

    if (fd == -1) {
        return 0;
    }

    look.fd = fd;
    look.events = 0;
    look.revents = 0;

    return poll(&look, 1, 0) == 1
           && (look.revents & (POLLHUP|POLLERR|POLLNVAL)) != 0;
}


void
certd_cost_seed(certd_cost_t *cost, int64_t ms)
{
    cost->eight_ms = ms > 0 ? 8 * (uint64_t) ms : 0;
}


void
certd_cost_add(certd_cost_t *cost, int64_t ms)
{
    cost->eight_ms -= cost->eight_ms / 8;
    cost->eight_ms += ms > 0 ? (uint64_t) ms : 0;
}


/*
 * Rounds are whole ones: those that run may have begun together, and then end
 * together.
 */
int64_t
certd_cost_wait_ms(const certd_cost_t *cost, unsigned at_once,
    uint64_t ahead, int64_t quiet_ms)
{
    int64_t  one_ms, rounds;

    one_ms = (int64_t) (cost->eight_ms / 8);

    if (one_ms < quiet_ms) {
        one_ms = quiet_ms;
    }

    rounds = (int64_t) (ahead / at_once) + 1;

    return one_ms * rounds;
}


unsigned
certd_cost_retry_sec(int64_t wait_ms)
{
    int64_t  sec;

    sec = (wait_ms + 999) / 1000;

    return sec < 1 ? 1
           : sec > CERTD_TURN_RETRY_SEC ? CERTD_TURN_RETRY_SEC
           : (unsigned) sec;
}
