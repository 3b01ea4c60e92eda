/*
 * Copyright (C) the ngx_cert authors
 *
 * Turns at work that keeps a core busy: so many run at once, the others wait
 * in a queue, first come, first served.
 *
 * The queue is bounded in number and in time.  How long a newcomer would wait
 * is estimated from what the last turns took: beyond CERTD_TURN_WAIT_MS it is
 * refused at once, with the time to come back.  One that was let in and waits
 * for longer than CERTD_TURN_BOUND_MS, since the machine has become slower, is
 * refused then.  A client that has left gets no turn.
 */


#ifndef CERTD_TURNS_H_INCLUDED
#define CERTD_TURNS_H_INCLUDED


#include <pthread.h>

#include "certd.h"


/* The longest estimate with which a caller is let into the queue. */
#define CERTD_TURN_WAIT_MS   5000

/*
 * The longest wait there is.  What follows it (the work, a commit of at most
 * 5 s) still ends before the 15 s that nginx waits for an answer.
 */
#define CERTD_TURN_BOUND_MS  10000

/* The longest wait that a refused caller is told. */
#define CERTD_TURN_RETRY_SEC  900

typedef struct certd_turns_s  certd_turns_t;
typedef struct certd_turn_s   certd_turn_t;

/* Of the thread that takes it, which fills in the first two members. */
struct certd_turn_s {
    int              fd;            /* the client's socket; -1: it has none */
    int              is_hasty;      /* takes a turn that is free, or none */

    unsigned         retry_sec;     /* after CERT_BUSY, at least 1 */
    int              has_left;      /* after CERT_BUSY: the client has closed */

    /* Of certd_turns.c. */
    certd_turn_t    *next;
    pthread_cond_t   called;
    int              state;
    int64_t          begun_ms;
};

/* What turns take: a mean that follows the last eight or so. */
typedef struct {
    uint64_t  eight_ms;             /* eight times the mean */
} certd_cost_t;


/*
 * "wait_ms" and "bound_ms" are the two bounds above, "seed_ms" is what a turn
 * takes as far as is known.  NULL: no memory.  destroy: when no thread uses
 * them; NULL is allowed.
 */
certd_turns_t *certd_turns_create(unsigned at_once, unsigned waiting,
    int64_t wait_ms, int64_t bound_ms, int64_t seed_ms);
void certd_turns_destroy(certd_turns_t *turns);

/*
 * Waits for a turn.  end: after CERT_OK, by the same thread.
 *
 *     CERT_OK
 *     CERT_BUSY  the queue is too long, or was too slow, or the client has
 *                left; "retry_sec" and "has_left" are filled in
 */
cert_err_t certd_turn_begin(certd_turns_t *turns, certd_turn_t *turn);
void certd_turn_end(certd_turns_t *turns, certd_turn_t *turn);

/* How many are in the queue. */
uint64_t certd_turns_waiting(certd_turns_t *turns);

/*
 * The estimate, as arithmetic.  seed: what a turn takes to begin with; add: a
 * turn took so long.
 */
void certd_cost_seed(certd_cost_t *cost, int64_t ms);
void certd_cost_add(certd_cost_t *cost, int64_t ms);

/*
 * How long it takes until it is the turn of one with "ahead" others before it
 * in the queue, when all "at_once" are busy and none has begun for "quiet_ms".
 */
int64_t certd_cost_wait_ms(const certd_cost_t *cost, unsigned at_once,
    uint64_t ahead, int64_t quiet_ms);

/* The same for a Retry-After: rounded up, 1 to CERTD_TURN_RETRY_SEC. */
unsigned certd_cost_retry_sec(int64_t wait_ms);


#endif /* CERTD_TURNS_H_INCLUDED */
