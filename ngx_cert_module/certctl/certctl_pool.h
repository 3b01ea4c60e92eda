/*
 * Copyright (C) the ngx_cert authors
 *
 * The pool of render workers: shared by the two files that make it up.
 */


#ifndef CERTCTL_POOL_H_INCLUDED
#define CERTCTL_POOL_H_INCLUDED


#include "certctl_copies.h"
#include "certctl_progress.h"


#define CERTCTL_DEPTH       4
#define CERTCTL_GATHER      64
#define CERTCTL_GATHER_MS   50
#define CERTCTL_ATTEMPTS    3
#define CERTCTL_RENDER_MS   60000

typedef struct {
    pid_t     pid;
    int       fd;
    size_t    n;
    uint64_t  jobs[CERTCTL_DEPTH];      /* the first is the one it is at */
    int64_t   since_ms;
} certctl_worker_t;

typedef struct {
    certctl_answer_t  answer;
    int               is_retry;
} certctl_gathered_t;

struct certctl_copies_s {
    certctl_t           *ctl;
    size_t               workers_n;
    certctl_worker_t     workers[CERTCTL_WORKERS_MAX];

    const cert_code_t   *codes;
    size_t               n;
    size_t               next;          /* not yet asked for */
    size_t               done;
    uint8_t             *attempts;
    size_t               again_n;
    uint64_t            *again;         /* jobs back in the line */
    int                  status;        /* worst so far */
    size_t               gathered_n;
    int64_t              gathered_ms;   /* since when the first waits */
    certctl_gathered_t   gathered[CERTCTL_GATHER];
    certctl_progress_t   progress;
};


/*
 * Writes what was gathered in one transaction, then prints it.  A job that is
 * to be tried again goes back into the line.
 */
int certctl_pool_commit(certctl_copies_t *copies);


#endif /* CERTCTL_POOL_H_INCLUDED */
