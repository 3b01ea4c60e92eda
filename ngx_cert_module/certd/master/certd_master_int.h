/*
 * Copyright (C) the ngx_cert authors
 *
 * The inside of the master: shared by
 *
 *     certd_master.c      signals, the service, the order of the end
 *     certd_slots.c       renderers: who is forked, handed over, replaced
 */


#ifndef CERTD_MASTER_INT_H_INCLUDED
#define CERTD_MASTER_INT_H_INCLUDED


#include <poll.h>
#include <signal.h>
#include <sys/types.h>

#include "certd_master.h"


typedef struct {
    pid_t     pid;          /* 0: none */
    int       fd;           /* the service's end, until it is ready; or -1 */
    uint32_t  life;
    int       was_ready;
    int       was_killed;   /* the last one that was ready: by SIGKILL */
    int64_t   since_ms;     /* forked, then ready */
    int64_t   due_ms;       /* not before another is forked */
    int64_t   pause_ms;
} certd_slot_t;

typedef struct {
    const certd_options_t  *options;
    pid_t                   pid;            /* ours */
    pid_t                   service;        /* 0: it has ended */
    int                     status;         /* of the whole */
    int                     has_failed;     /* the service ended unasked */
    int                     ended;          /* ... as waitpid() says it */
    int                     control;
    int                     signals;        /* signalfd */
    sigset_t                mask;           /* before ours */
    int                     is_stopping;
    int64_t                 stop_ms;        /* then the service is killed */
    size_t                  slots_n;
    certd_slot_t           *slots;
    struct pollfd          *polls;          /* signals, control, slots */
} certd_master_t;


/*
 * Forks; in the child (0) the descriptors of the master and its signal mask
 * are gone.  -1: it failed, which was logged.
 */
pid_t certd_master_fork(certd_master_t *master, const char *name);

/* Forks the renderers that are due; when the next one is, at most "wait_ms". */
int64_t certd_slots_fill(certd_master_t *master, int64_t wait_ms);

/* A new renderer has said something: its socket goes to the service. */
void certd_slots_hello(certd_master_t *master, certd_slot_t *slot);

/* True if this was the process of a slot; "status" as of waitpid(). */
int certd_slots_ended(certd_master_t *master, pid_t pid, int status);

/* Does what the service asks for.  False: the service is gone. */
int certd_slots_plea(certd_master_t *master);

/* How many live; ends those that live by "sig". */
size_t certd_slots_alive(const certd_master_t *master);
void certd_slots_kill(certd_master_t *master, int sig);

/* Closes what has not been handed over. */
void certd_slots_close(certd_master_t *master);


#endif /* CERTD_MASTER_INT_H_INCLUDED */
