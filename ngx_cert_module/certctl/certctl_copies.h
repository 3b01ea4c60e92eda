/*
 * Copyright (C) the ngx_cert authors
 *
 * Rendering on all cores: worker processes that render and seal, and the
 * parent, which is the only one that writes into the store.
 *
 * Order of a command: keys, begin, store, run, end.  Questions and answers are
 * whole structs between processes of one binary; what cannot be understood
 * means that the other side is gone.
 */


#ifndef CERTCTL_COPIES_H_INCLUDED
#define CERTCTL_COPIES_H_INCLUDED


#include "certctl.h"


#define CERTCTL_WORKERS_MAX  64

/* What a worker is asked: a message of its own on a SOCK_SEQPACKET pair. */
typedef struct {
    uint64_t     job;       /* its place in "codes", comes back */
    cert_code_t  code;
    cert_time_t  now;       /* of making and signing */
} certctl_ask_t;

typedef enum {
    CERTCTL_MADE = 0,       /* sealed and published: sha256 and size */
    CERTCTL_AS_IS,          /* it is not waiting: nothing to do */
    CERTCTL_CANNOT,         /* this copy can never be made: the reason says */
    CERTCTL_TROUBLE         /* something around it is wrong; it waits on */
} certctl_made_t;

typedef struct {
    uint64_t        job;
    certctl_made_t  made;
    uint64_t        size;       /* bytes */
    uint8_t         sha256[CERT_SHA256_SIZE];
    cert_reason_t   reason;     /* names no person */
} certctl_answer_t;

typedef struct certctl_copies_s  certctl_copies_t;


/*
 * Starts "n" workers (0: one a core).  The keys are read, the store is not
 * open yet: a process must not carry an open store over a fork.  CERTCTL_SYSTEM
 * without memory or processes; certctl_copies_end() in any case.
 */
int certctl_copies_begin(certctl_t *ctl, certctl_copies_t **copies,
    uint64_t n);

/*
 * Makes the copies of "codes", with the store open for writing, and prints
 * each when it is committed.  "codes" is the caller's and lives until the end;
 * to be called once.
 *
 * Returns:
 *     0               all are made, or were not waiting
 *     CERTCTL_NO      some can never be made and are "failed"
 *     CERTCTL_SYSTEM  some still wait, or the store or the workers failed;
 *                     what was printed is made, the rest is in the queue
 */
int certctl_copies_run(certctl_copies_t *copies, const cert_code_t *codes,
    size_t n);

/* Ends the workers and waits for them; NULL is allowed. */
void certctl_copies_end(certctl_copies_t *copies);

/*
 * Prints a copy as the store has it; "reason" (may be NULL) is why it was not
 * made, and goes to standard error too.
 */
int certctl_copies_print(certctl_t *ctl, const cert_code_t *code,
    const char *reason);

/*
 * What a worker does until "fd", a SOCK_SEQPACKET, is closed at the other end;
 * then it ends the process.  Called in the child, right after the fork.
 */
void certctl_worker(certctl_t *ctl, int fd) __attribute__((noreturn));


#endif /* CERTCTL_COPIES_H_INCLUDED */
