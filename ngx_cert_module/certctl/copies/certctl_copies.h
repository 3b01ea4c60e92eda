/*
 * Copyright (C) the ngx_cert authors
 *
 * Rendering on all cores: worker processes that render and seal, and the
 * parent, which is the only one that writes into the store.
 *
 * Order of a command: keys, begin, store, run, end.
 */


#ifndef CERTCTL_COPIES_H_INCLUDED
#define CERTCTL_COPIES_H_INCLUDED


#include "certctl.h"
#include "certrender.h"


#define CERTCTL_WORKERS_MAX  64

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


#endif /* CERTCTL_COPIES_H_INCLUDED */
