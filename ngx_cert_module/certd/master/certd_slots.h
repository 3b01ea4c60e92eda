/*
 * Copyright (C) the ngx_cert authors
 *
 * The processes that the master forks; each renderer has a slot.
 *
 * A renderer that was ready and died is replaced at once: a copy that kills
 * renderers shall not keep the others waiting.  One that dies before it is
 * ready would do so again, so the pauses grow.
 */


#ifndef CERTD_SLOTS_H_INCLUDED
#define CERTD_SLOTS_H_INCLUDED


#include <sys/types.h>

#include "certd.h"


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
    pid_t                   master;     /* ours */
    int                     control;    /* of the service; -1: it has ended */
    int                     signals;    /* signalfd; -1: none */
    int                     is_stopping;
    size_t                  n;
    certd_slot_t           *list;
} certd_slots_t;


/* False: no memory.  free does not end the renderers. */
int certd_slots_create(certd_slots_t *slots, const certd_options_t *options);
void certd_slots_free(certd_slots_t *slots);

/*
 * Forks a process; in the child (0) the descriptors in "slots" are closed and
 * SIGCHLD is no longer blocked.  -1: it failed, which was logged.
 */
pid_t certd_slots_fork(certd_slots_t *slots, const char *name);

/*
 * Forks the renderers that are due and kills those that do not get ready.
 * Returns when the next one is due, at most "wait_ms".
 */
int64_t certd_slots_fill(certd_slots_t *slots, int64_t wait_ms);

/* A new renderer has sent something: its socket goes to the service. */
void certd_slots_ready(certd_slots_t *slots, certd_slot_t *slot);

/* A process ended that may be a renderer; "status" as of waitpid(). */
void certd_slots_ended(certd_slots_t *slots, pid_t pid, int status);

/* Kills the renderer that the service names.  False: the service has ended. */
int certd_slots_kill_named(certd_slots_t *slots);

/* How many live; sends "sig" to those that live. */
size_t certd_slots_alive(const certd_slots_t *slots);
void certd_slots_kill(certd_slots_t *slots, int sig);

/* Closes the sockets that were not handed over. */
void certd_slots_close(certd_slots_t *slots);


#endif /* CERTD_SLOTS_H_INCLUDED */
