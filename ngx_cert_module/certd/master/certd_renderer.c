/*
 * Copyright (C) the ngx_cert authors
 *
 * A renderer process of the daemon.
 *
 * It ends when its socket is closed and not by a signal: SIGINT of a terminal
 * and SIGTERM of systemd reach all processes of the daemon, but the service
 * lets the jobs in hand come to their end.
 *
 * What is wrong around it (no seal, no disk) does not end it: the answer to
 * each job says so, and the next one may find it repaired.
 */


#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "certd_renderer.h"
#include "certd_sandbox.h"
#include "certrender.h"
#include "certrender_serve.h"
#include "certrender_sweep.h"


/* Between two looks for leftovers. */
#define CERTD_LEFTOVERS_SEC  10


static int certd_renderer_run(const certd_options_t *options, unsigned slot,
    int fd, certrender_t *render);
static void *certd_renderer_sweep(void *data);


int
certd_renderer(const certd_options_t *options, unsigned slot, int fd,
    pid_t master)
{
    int                    status;
    certrender_t          *render;
    certrender_options_t   folders;

    (void) signal(SIGTERM, SIG_IGN);
    (void) signal(SIGINT, SIG_IGN);
    (void) signal(SIGHUP, SIG_IGN);

    if (!certd_sandbox_renderer(options, master)) {
        return CERTD_SYSTEM;
    }

    folders.home = options->home;
    folders.templates = options->templates;

    if (certrender_open(&render, &folders) != CERT_OK) {
        certd_log(CERTD_LOG_ERROR, "a renderer cannot start: out of memory, "
                  "or the path of the home is too long");
        return CERTD_SYSTEM;
    }

    /* Its reasons go into our log, where nothing personal may be. */
    certrender_hide(render);

    status = certd_renderer_run(options, slot, fd, render);

    certrender_close(render);

    return status;
}


static int
certd_renderer_run(const certd_options_t *options, unsigned slot, int fd,
    certrender_t *render)
{
    pthread_t       thread;
    cert_reason_t   reason;

    /* All renderers find the same: one line is enough. */
    if (certrender_prepare(render, &reason) != CERT_OK && slot == 0) {
        certd_log(CERTD_LOG_ALERT, "no copy can be made yet: %s",
                  reason.text);
    }

    if (slot == 0) {
        /* Without it leftovers stay for a while longer. */
        (void) pthread_create(&thread, NULL, certd_renderer_sweep,
                              (void *) (uintptr_t) options);
    }

    if (send(fd, CERTD_HELLO, CERTD_HELLO_LEN, MSG_NOSIGNAL)
        != (ssize_t) CERTD_HELLO_LEN)
    {
        return CERTD_SYSTEM;
    }

    switch (certrender_serve(render, fd)) {

    case CERT_OK:
        return CERTD_YES;

    case CERT_INVALID:
        certd_log(CERTD_LOG_ERROR, "a renderer received a malformed request");
        return CERTD_SYSTEM;

    default:
        certd_log(CERTD_LOG_ERROR, "the socket of a renderer failed: %s",
                  strerror(errno));
        return CERTD_SYSTEM;
    }
}


/*
 * At once, and again and again: other renderers may die.  The folder it reads
 * has some hundred entries.  Their age does not matter: a file that is being
 * written is locked.
 */
static void *
certd_renderer_sweep(void *data)
{
    const certd_options_t *options = data;

    int            is_told;
    uint64_t       removed;
    cert_err_t     err;
    cert_reason_t  reason;

    is_told = 0;

    for ( ;; ) {
        err = certrender_sweep(options->home, certd_clock(), 0, &removed,
                               &reason);

        if (err == CERT_OK && removed > 0) {
            certd_log(CERTD_LOG_NOTICE, "%llu leftovers of crashes removed",
                      (unsigned long long) removed);
        }

        if (err != CERT_OK && !is_told) {
            is_told = 1;
            certd_log(CERTD_LOG_ERROR, "leftovers cannot be removed: %s",
                      reason.text);
        }

        (void) sleep(CERTD_LEFTOVERS_SEC);
    }

    return NULL;
}
