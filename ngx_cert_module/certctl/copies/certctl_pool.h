/*
 * Copyright (C) the ngx_cert authors
 *
 * The processes that render, for certctl_copies.c: questions go out, answers
 * are gathered.
 */


#ifndef CERTCTL_POOL_H_INCLUDED
#define CERTCTL_POOL_H_INCLUDED


#include "certctl_copies.h"
#include "certctl_progress.h"
#include "certrender_serve.h"


/* Jobs a worker has at once: it renders on while the parent commits. */
#define CERTCTL_DEPTH       4

/* Answers of one commit, and how long the first of them waits for more. */
#define CERTCTL_GATHER      64
#define CERTCTL_GATHER_MS   50

/* Workers that one copy may cost before it is called impossible. */
#define CERTCTL_ATTEMPTS    3

/* A copy takes well under a second; a worker at it for so long is killed. */
#define CERTCTL_RENDER_MS   60000

typedef struct {
    pid_t     pid;
    int       fd;                       /* -1: dead, not replaced yet */
    size_t    n;                        /* of the jobs it has */
    uint64_t  jobs[CERTCTL_DEPTH];      /* the first is the one it is at */
    int64_t   since_ms;                 /* at the first of them */
    int       is_proving;               /* at a specimen in place of it */
} certctl_worker_t;

typedef struct {
    certrender_answer_t  answer;
    int                  is_retry;      /* the worker died: once more */
} certctl_gathered_t;

struct certctl_copies_s {
    certctl_t           *ctl;
    size_t               workers_n;
    certctl_worker_t     workers[CERTCTL_WORKERS_MAX];

    const cert_code_t   *codes;         /* not owned */
    size_t               n;
    size_t               next;          /* not yet asked for */
    size_t               done;          /* printed */
    uint8_t             *attempts;      /* of each job */
    size_t               again_n;
    uint64_t            *again;         /* jobs back in the queue */
    int                  status;        /* worst so far */
    size_t               gathered_n;
    int64_t              gathered_ms;   /* since when the first waits */
    certctl_gathered_t   gathered[CERTCTL_GATHER];
    certctl_progress_t   progress;
};


/*
 * Starts a worker, or one in the place of another that died.  CERTCTL_SYSTEM:
 * no process or no socket.
 */
int certctl_pool_fork(certctl_copies_t *copies, certctl_worker_t *worker);

/*
 * Asks a worker, which has room, for a job; or for a specimen, which shows
 * whether the machine is at fault when a worker dies.
 */
void certctl_pool_ask(certctl_copies_t *copies, certctl_worker_t *worker,
    uint64_t job, int is_specimen);

/*
 * Waits for answers and gathers them; replaces workers that died, and kills
 * those that have been at one copy for too long.  CERTCTL_SYSTEM: workers can
 * no longer be started.
 */
int certctl_pool_wait(certctl_copies_t *copies);

/* Ends the workers and waits for them. */
void certctl_pool_end(certctl_copies_t *copies);


#endif /* CERTCTL_POOL_H_INCLUDED */
