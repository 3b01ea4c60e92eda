/*
 * Copyright (C) the ngx_cert authors
 *
 * The processes that the master forks.
 */


#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "certd_control.h"
#include "certd_renderer.h"
#include "certd_slots.h"


#define CERTD_PAUSE_MIN_MS  50
#define CERTD_PAUSE_MAX_MS  2000

/* Fonts may have to be looked for first; longer than this they never are. */
#define CERTD_READY_MS      60000

/* A renderer that died so soon after it was ready gets a pause as well. */
#define CERTD_LIFE_MS       100


static void certd_slot_fork(certd_slots_t *slots, certd_slot_t *slot);
static void certd_slot_pause(certd_slot_t *slot);
static void certd_slot_close(certd_slot_t *slot);
static void certd_slot_tell(size_t i, const certd_slot_t *slot, int status);


int
certd_slots_create(certd_slots_t *slots, const certd_options_t *options)
{
    slots->options = options;
    slots->master = getpid();
    slots->list = calloc(options->renderers, sizeof(certd_slot_t));

    if (slots->list == NULL) {
        return 0;
    }

    slots->n = options->renderers;

    for (size_t i = 0; i < slots->n; i++) {
        slots->list[i].fd = -1;
    }

    return 1;
}


void
certd_slots_free(certd_slots_t *slots)
{
    free(slots->list);
}


pid_t
certd_slots_fork(certd_slots_t *slots, const char *name)
{
    pid_t     pid;
    sigset_t  mask;

    pid = fork();

    if (pid == -1) {
        certd_log(CERTD_LOG_ERROR, "fork: %s", strerror(errno));
    }

    if (pid != 0) {
        return pid;
    }

    (void) prctl(PR_SET_NAME, name, 0, 0, 0);

    /* What only the master waits for; each child decides about the rest. */
    (void) sigemptyset(&mask);
    (void) sigaddset(&mask, SIGCHLD);
    (void) sigprocmask(SIG_UNBLOCK, &mask, NULL);

    certd_slots_close(slots);
    close(slots->signals);

    if (slots->control != -1) {
        close(slots->control);
    }

    return 0;
}


int64_t
certd_slots_fill(certd_slots_t *slots, int64_t wait_ms)
{
    size_t         i;
    int64_t        now_ms;
    certd_slot_t  *slot;

    now_ms = certd_clock_ms();

    for (i = 0; i < slots->n; i++) {
        slot = &slots->list[i];

        if (slot->pid == 0 && slot->due_ms <= now_ms) {
            certd_slot_fork(slots, slot);
        }

        if (slot->pid == 0 && slot->due_ms - now_ms < wait_ms) {
            wait_ms = slot->due_ms - now_ms;
        }

        if (slot->fd != -1 && now_ms - slot->since_ms > CERTD_READY_MS) {
            certd_log(CERTD_LOG_ERROR, "renderer %zu did not get ready in time "
                      "and is killed", i);
            (void) kill(slot->pid, SIGKILL);
            certd_slot_close(slot);
        }
    }

    return wait_ms > 0 ? wait_ms : 0;
}


/* The child gets one end; the other is kept until the child is ready. */
static void
certd_slot_fork(certd_slots_t *slots, certd_slot_t *slot)
{
    int    fds[2];
    pid_t  pid;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET|SOCK_CLOEXEC, 0, fds) != 0) {
        certd_log(CERTD_LOG_ERROR, "socketpair: %s", strerror(errno));
        certd_slot_pause(slot);
        return;
    }

    pid = certd_slots_fork(slots, "certd: renderer");

    if (pid == 0) {
        close(fds[0]);
        _exit(certd_renderer(slots->options,
                             (unsigned) (slot - slots->list), fds[1],
                             slots->master));
    }

    /* Or its end would not be noticed. */
    close(fds[1]);

    if (pid == -1) {
        close(fds[0]);
        certd_slot_pause(slot);
        return;
    }

    slot->pid = pid;
    slot->fd = fds[0];
    slot->life++;
    slot->was_ready = 0;
    slot->since_ms = certd_clock_ms();
}


/* Also after a fork that failed: the system may be short of something. */
static void
certd_slot_pause(certd_slot_t *slot)
{
    slot->pause_ms = slot->pause_ms == 0 ? CERTD_PAUSE_MIN_MS
                                         : 2 * slot->pause_ms;

    if (slot->pause_ms > CERTD_PAUSE_MAX_MS) {
        slot->pause_ms = CERTD_PAUSE_MAX_MS;
    }

    slot->due_ms = certd_clock_ms() + slot->pause_ms;
}


static void
certd_slot_close(certd_slot_t *slot)
{
    if (slot->fd != -1) {
        close(slot->fd);
        slot->fd = -1;
    }
}


/* It may only have died: waitpid() will tell. */
void
certd_slots_ready(certd_slots_t *slots, certd_slot_t *slot)
{
    char           hello[CERTD_HELLO_LEN];
    ssize_t        n;
    certd_ready_t  ready;

    n = recv(slot->fd, hello, sizeof(hello), MSG_DONTWAIT);

    if (n == -1 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }

    ready.slot = (uint32_t) (slot - slots->list);
    ready.life = slot->life;
    ready.was_killed = (uint32_t) slot->was_killed;

    if (n == (ssize_t) CERTD_HELLO_LEN
        && certd_control_send_ready(slots->control, &ready, slot->fd))
    {
        slot->was_ready = 1;
        slot->since_ms = certd_clock_ms();
    }

    /* Without a copy of it anywhere the renderer ends. */
    certd_slot_close(slot);
}


void
certd_slots_ended(certd_slots_t *slots, pid_t pid, int status)
{
    size_t         i;
    certd_slot_t  *slot;

    for (i = 0; i < slots->n; i++) {
        slot = &slots->list[i];

        if (slot->pid != pid) {
            continue;
        }

        slot->pid = 0;
        certd_slot_close(slot);

        if (!slots->is_stopping) {
            certd_slot_tell(i, slot, status);
        }

        if (slot->was_ready) {
            slot->pause_ms = 0;
            slot->due_ms = 0;
            slot->was_killed = WIFSIGNALED(status)
                               && WTERMSIG(status) == SIGKILL;
        }

        if (!slot->was_ready
            || certd_clock_ms() - slot->since_ms < CERTD_LIFE_MS)
        {
            certd_slot_pause(slot);
        }

        return;
    }
}


/* Only the master sees how a renderer died. */
static void
certd_slot_tell(size_t i, const certd_slot_t *slot, int status)
{
    const char  *when;

    when = slot->was_ready ? "" : " before it was ready";

    if (WIFSIGNALED(status)) {
        certd_log(CERTD_LOG_ERROR, "renderer %zu was killed by signal %d "
                  "(%s)%s; another takes its place", i, WTERMSIG(status),
                  strsignal(WTERMSIG(status)), when);
        return;
    }

    /* 0: its socket was closed, which the service does for a reason. */
    certd_log(WEXITSTATUS(status) == CERTD_YES ? CERTD_LOG_INFO
                                               : CERTD_LOG_ERROR,
              "renderer %zu ended with status %d%s; another takes its place",
              i, WEXITSTATUS(status), when);
}


int
certd_slots_kill_named(certd_slots_t *slots)
{
    cert_err_t     err;
    certd_kill_t   request;
    certd_slot_t  *slot;

    err = certd_control_read_kill(slots->control, &request);

    if (err != CERT_OK || request.slot >= slots->n) {
        return err != CERT_NOT_FOUND;
    }

    slot = &slots->list[request.slot];

    if (slot->pid != 0 && slot->life == request.life) {
        (void) kill(slot->pid, SIGKILL);
    }

    return 1;
}


size_t
certd_slots_alive(const certd_slots_t *slots)
{
    size_t  i, n;

    n = 0;

    for (i = 0; i < slots->n; i++) {
        n += (slots->list[i].pid != 0);
    }

    return n;
}


void
certd_slots_kill(certd_slots_t *slots, int sig)
{
    size_t  i;

    for (i = 0; i < slots->n; i++) {
        if (slots->list[i].pid != 0) {
            (void) kill(slots->list[i].pid, sig);
        }
    }
}


void
certd_slots_close(certd_slots_t *slots)
{
    size_t  i;

    for (i = 0; i < slots->n; i++) {
        certd_slot_close(&slots->list[i]);
    }
}
