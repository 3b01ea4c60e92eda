/*
 * Copyright (C) the ngx_cert authors
 *
 * Turns: the estimate by its numbers; which callers are let into the queue,
 * which give up in it, and that a client that has left gets no turn.  Nothing
 * is measured: the test itself holds the turns, and what they take is given.
 */


#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "certd_turns.h"
#include "tap.h"


#define LONG_MS  600000

typedef struct {
    pthread_t       thread;
    certd_turns_t  *turns;
    certd_turn_t    turn;
    int             peer;       /* the client's end */
    cert_err_t      err;
    int             order;      /* of those that had a turn, from 1 */
} caller_t;

static int  turns_n;


static void *
call(void *data)
{
    caller_t  *caller = data;

    caller->err = certd_turn_begin(caller->turns, &caller->turn);

    if (caller->err == CERT_OK) {
        caller->order = __atomic_add_fetch(&turns_n, 1, __ATOMIC_SEQ_CST);
        certd_turn_end(caller->turns, &caller->turn);
    }

    return NULL;
}


static void
caller_begin(caller_t *caller, certd_turns_t *turns)
{
    int  fds[2];

    (void) socketpair(AF_UNIX, SOCK_STREAM, 0, fds);

    memset(caller, 0, sizeof(caller_t));
    caller->turns = turns;
    caller->turn.fd = fds[0];
    caller->peer = fds[1];

    (void) pthread_create(&caller->thread, NULL, call, caller);
}


/* It is in the queue when this returns. */
static void
caller_queue(caller_t *caller, certd_turns_t *turns)
{
    uint64_t  n;

    n = certd_turns_waiting(turns);
    caller_begin(caller, turns);

    while (certd_turns_waiting(turns) == n) {
        (void) sched_yield();
    }
}


static void
caller_leave(caller_t *caller)
{
    (void) close(caller->peer);
    caller->peer = -1;
}


static void
caller_end(caller_t *caller)
{
    (void) pthread_join(caller->thread, NULL);
    (void) close(caller->turn.fd);

    if (caller->peer != -1) {
        (void) close(caller->peer);
    }
}


static void
test_cost(void)
{
    int           i;
    certd_cost_t  cost;

    certd_cost_seed(&cost, 150);
    is_int(certd_cost_wait_ms(&cost, 2, 0, 0), 150, "the next: one round");
    is_int(certd_cost_wait_ms(&cost, 2, 1, 0), 150, "with it another");
    is_int(certd_cost_wait_ms(&cost, 2, 2, 0), 300, "then two rounds");
    is_int(certd_cost_wait_ms(&cost, 2, 65, 0), 4950, "the 66th");
    is_int(certd_cost_wait_ms(&cost, 2, 66, 0), 5100, "and the 67th");
    is_int(certd_cost_wait_ms(&cost, 1, 20, 0), 3150, "with one at a time");
    is_int(certd_cost_wait_ms(&cost, 64, 20, 0), 150, "with 64");

    is_int(certd_cost_wait_ms(&cost, 2, 2, 149), 300, "no turn of late");
    is_int(certd_cost_wait_ms(&cost, 2, 2, 4000), 8000,
           "none for longer than one takes: that is what one takes");

    for (i = 0; i < 40; i++) {
        certd_cost_add(&cost, 1200);
    }

    is_int(certd_cost_wait_ms(&cost, 1, 0, 0) / 100, 11,
           "turns that take longer are followed");

    for (i = 0; i < 60; i++) {
        certd_cost_add(&cost, 10);
    }

    is_int(certd_cost_wait_ms(&cost, 1, 0, 0), 10, "and shorter ones");

    certd_cost_add(&cost, 8000);
    is_int(certd_cost_wait_ms(&cost, 1, 0, 0), 1009, "one weighs an eighth");

    certd_cost_seed(&cost, -1);
    certd_cost_add(&cost, -5);
    is_int(certd_cost_wait_ms(&cost, 1, 9, 0), 0, "no time is none");

    certd_cost_seed(&cost, 86400000);
    ok(certd_cost_wait_ms(&cost, 1, 10000, 0) > 0, "nothing overflows");
}


static void
test_retry(void)
{
    size_t  i;

    static const struct {
        int64_t   wait_ms;
        unsigned  sec;
    } rows[] = {
        { 0, 1 }, { 1, 1 }, { 1000, 1 }, { 1001, 2 }, { 5001, 6 },
        { 8000, 8 }, { 899001, 900 }, { INT64_C(1) << 50, 900 }
    };

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        is_int(certd_cost_retry_sec(rows[i].wait_ms), rows[i].sec,
               "%lld ms: come back after %u s", (long long) rows[i].wait_ms,
               rows[i].sec);
    }
}


/* One turn takes 2 s as far as is known: the queue ends where 5 s do. */
static void
test_room(void)
{
    caller_t        callers[3];
    certd_turn_t    held = { .fd = -1 }, late = { .fd = -1 };
    certd_turns_t  *turns;

    turns = certd_turns_create(1, 100, 5000, LONG_MS, 2000);
    turns_n = 0;

    late.is_hasty = 1;
    is_int(certd_turn_begin(turns, &held), CERT_OK, "a turn that is free");
    is_int(certd_turn_begin(turns, &late), CERT_BUSY, "then a hasty one has "
           "none");
    late.is_hasty = 0;

    caller_queue(&callers[0], turns);
    caller_queue(&callers[1], turns);
    is_int(certd_turns_waiting(turns), 2, "two wait, for 2 s and for 4 s");

    is_int(certd_turn_begin(turns, &late), CERT_BUSY, "the third would for 6");
    ok(late.retry_sec >= 6 && late.retry_sec < 600 && !late.has_left,
       "and is told so (%u s)", late.retry_sec);

    caller_leave(&callers[0]);
    usleep(110000);
    caller_begin(&callers[2], turns);

    /* It is told by the one that takes its place. */
    caller_end(&callers[0]);
    is_int(certd_turns_waiting(turns), 2, "one leaves: the next takes over");
    ok(callers[0].err == CERT_BUSY && callers[0].turn.has_left,
       "and the one that left is out of the line");

    certd_turn_end(turns, &held);
    caller_end(&callers[1]);
    caller_end(&callers[2]);
    is_int(callers[1].order, 1, "first come");
    is_int(callers[2].order, 2, "first served");
    is_int(certd_turns_waiting(turns), 0, "none waits");

    certd_turns_destroy(turns);
    certd_turns_destroy(NULL);
}


static void
test_number(void)
{
    caller_t        caller;
    certd_turn_t    held = { .fd = -1 }, late = { .fd = -1 };
    certd_turns_t  *turns;

    turns = certd_turns_create(0, 1, 5000, LONG_MS, 0);

    is_int(certd_turn_begin(turns, &held), CERT_OK, "at least one at once");
    caller_queue(&caller, turns);
    is_int(certd_turn_begin(turns, &late), CERT_BUSY,
           "no more wait than may, however short it is");
    ok(late.retry_sec >= 1, "for a second at least");

    certd_turn_end(turns, &held);
    caller_end(&caller);
    is_int(caller.err, CERT_OK, "the one that waits has its turn");

    certd_turns_destroy(turns);
}


/* Turns taken are counted: of five that wait, two are still there. */
static void
test_left(void)
{
    int             i;
    caller_t        callers[5];
    certd_turn_t    held = { .fd = -1 };
    certd_turns_t  *turns;

    turns = certd_turns_create(1, 100, LONG_MS, LONG_MS, 0);
    turns_n = 0;

    (void) certd_turn_begin(turns, &held);

    for (i = 0; i < 5; i++) {
        caller_queue(&callers[i], turns);
    }

    caller_leave(&callers[0]);

    /* It has sent more, which is not read before its turn. */
    (void) !write(callers[1].peer, "GET / HTTP/1.1\r\n", 16);

    (void) !write(callers[2].peer, "GET / HTTP/1.1\r\n", 16);
    caller_leave(&callers[2]);

    /* It sends no more, and waits for its answer. */
    (void) shutdown(callers[3].peer, SHUT_WR);

    caller_leave(&callers[4]);

    certd_turn_end(turns, &held);

    for (i = 0; i < 5; i++) {
        caller_end(&callers[i]);
    }

    is_int(turns_n, 2, "as many turns as clients that stay");

    for (i = 0; i < 5; i++) {
        is_int(callers[i].order, i == 1 ? 1 : i == 3 ? 2 : 0, "client %d", i);
        is_int(callers[i].turn.has_left, i != 1 && i != 3, "client %d: left",
               i);
    }

    caller_begin(&callers[0], turns);
    caller_end(&callers[0]);
    is_int(callers[0].order, 3, "the turn is free again");

    (void) certd_turn_begin(turns, &held);
    caller_queue(&callers[0], turns);
    caller_leave(&callers[0]);
    certd_turn_end(turns, &held);
    (void) pthread_join(callers[0].thread, NULL);

    is_int(certd_turn_begin(turns, &callers[0].turn), CERT_BUSY,
           "but not for one that has left before");
    ok(callers[0].turn.has_left, "and that is told");

    certd_turns_destroy(turns);
}


/* The estimate is wrong: nothing ends. */
static void
test_bounded(void)
{
    caller_t        caller;
    certd_turn_t    held = { .fd = -1 }, late = { .fd = -1 };
    certd_turns_t  *turns;

    turns = certd_turns_create(1, 100, 5000, 50, 0);

    (void) certd_turn_begin(turns, &held);
    is_int(certd_turn_begin(turns, &late), CERT_BUSY,
           "no turn within the bound");
    ok(!late.has_left && late.retry_sec == 1, "it is told to come back");
    is_int(certd_turns_waiting(turns), 0, "and is out of the line");

    certd_turn_end(turns, &held);
    is_int(certd_turn_begin(turns, &late), CERT_OK, "the next has its turn");

    caller_begin(&caller, turns);
    caller_end(&caller);
    is_int(caller.err, CERT_BUSY, "one behind it waits as long");
    certd_turn_end(turns, &late);

    certd_turns_destroy(turns);
}


/* A machine that stood still: the next free turn is given, and corrects it. */
static void
test_recovers(void)
{
    int             i;
    certd_turn_t    turn = { .fd = -1 }, late = { .fd = -1 };
    certd_turns_t  *turns;

    turns = certd_turns_create(1, 100, 5000, 1, 60000);

    (void) certd_turn_begin(turns, &turn);
    (void) certd_turn_begin(turns, &late);
    is_int(late.retry_sec, 60, "a turn took a minute");
    certd_turn_end(turns, &turn);

    for (i = 0; i < 40; i++) {
        is_int(certd_turn_begin(turns, &turn), CERT_OK, "a free turn");
        certd_turn_end(turns, &turn);
    }

    (void) certd_turn_begin(turns, &turn);
    (void) certd_turn_begin(turns, &late);
    ok(late.retry_sec < 60, "later ones did not");
    certd_turn_end(turns, &turn);

    certd_turns_destroy(turns);
}


int
main(void)
{
    test_cost();
    test_retry();
    test_room();
    test_number();
    test_left();
    test_bounded();
    test_recovers();

    return done_testing();
}
