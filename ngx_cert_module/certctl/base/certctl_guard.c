/*
 * Copyright (C) the ngx_cert authors
 *
 * Reading a store that may be damaged, where a crash harms nobody.
 *
 * LMDB trusts its pages: of one in which bits have flipped it follows a number
 * to anywhere, and the process ends by a signal, without a word and with half
 * of a file left behind.  So what reads a store does it in a child, and its
 * parent tells what happened.  "certctl fsck" has a child of its own, which
 * tells more (certctl_fsck_child.c).
 *
 * A handler for the signal was rejected for the reason given there: after a
 * crash nothing in memory can be trusted.
 *
 * There is no limit of time.  Damage can make LMDB go round in circles, but an
 * export of millions on a slow disk is as silent, and to end that would be
 * worse.  An operator who has waited enough interrupts the command, which ends
 * the child too.
 */


#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "certctl_guard.h"
#include "certctl_home.h"
#include "certctl_output.h"


static void certctl_guard_child(certctl_t *ctl, certctl_guard_pt run,
    void *data, pid_t parent) __attribute__((noreturn));
static int certctl_guard_status(certctl_t *ctl, int rc);
static int certctl_guard_is_crash(int rc);


int
certctl_guard(certctl_t *ctl, certctl_guard_pt run, void *data)
{
    int    rc;
    pid_t  pid, parent;

    parent = getpid();
    pid = fork();

    if (pid == -1) {
        return certctl_error(ctl, CERT_SYSTEM, "fork: %s", strerror(errno));
    }

    if (pid == 0) {
        certctl_guard_child(ctl, run, data, parent);
    }

    while (waitpid(pid, &rc, 0) == -1) {
        if (errno != EINTR) {
            return certctl_error(ctl, CERT_SYSTEM, "waitpid: %s",
                                 strerror(errno));
        }
    }

    return certctl_guard_status(ctl, rc);
}


/* A parent that is stopped stops its child: nobody waits for it any more. */
static void
certctl_guard_child(certctl_t *ctl, certctl_guard_pt run, void *data,
    pid_t parent)
{
    int            rc, status;
    struct rlimit  none;

    (void) prctl(PR_SET_PDEATHSIG, SIGTERM);

    if (getppid() != parent) {
        _exit(CERTCTL_SYSTEM);
    }

    /* A crash is expected here, and a core dump would hold the keys. */
    none.rlim_cur = 0;
    none.rlim_max = 0;
    (void) setrlimit(RLIMIT_CORE, &none);

    status = run(ctl, data);

    certctl_home_close(ctl);
    rc = certctl_flush(ctl);

    _exit(rc != 0 ? rc : status);
}


static int
certctl_guard_status(certctl_t *ctl, int rc)
{
    if (certctl_guard_is_crash(rc)) {
        return certctl_error(ctl, CERT_CORRUPT, "the store is damaged: reading "
                             "it fails; \"certctl fsck\" tells where");
    }

    if (WIFSIGNALED(rc)) {
        (void) signal(WTERMSIG(rc), SIG_DFL);
        (void) raise(WTERMSIG(rc));
        return CERTCTL_SYSTEM;
    }

    return WEXITSTATUS(rc);
}


/* A sanitizer or a hardened libc turns a crash into an exit. */
static int
certctl_guard_is_crash(int rc)
{
    if (!WIFSIGNALED(rc)) {
        return WEXITSTATUS(rc) > CERTCTL_SYSTEM;
    }

    switch (WTERMSIG(rc)) {

    case SIGSEGV:
    case SIGBUS:
    case SIGABRT:
    case SIGFPE:
    case SIGILL:
        return 1;

    default:
        return 0;
    }
}
