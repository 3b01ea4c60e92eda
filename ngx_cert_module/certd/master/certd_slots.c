/*
 * Copyright (C) the ngx_cert authors
 *
 * Slots: each has a renderer, or will soon have one.
 *
 * A renderer that was ready and died is replaced at once: a copy that kills
 * renderers shall not keep the others waiting.  One that dies before it is
 * ready would do so again, so the pauses grow.
 */


#include <errno.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "certd_master_int.h"
#include "certd_pass.h"
#include "certd_renderer.h"


#define CERTD_PAUSE_MIN_MS  50
#define CERTD_PAUSE_MAX_MS  2000

/* Fonts may have to be looked for first; longer than this they never are. */
#define CERTD_READY_MS      60000

/* Who was ready for so short a time and died gets a pause as well. */
#define CERTD_LIFE_MS       100


static void certd_slot_fork(certd_master_t *master, certd_slot_t *slot);
static void certd_slot_pause(certd_slot_t *slot);
static void certd_slot_close(certd_slot_t *slot);
static void certd_slot_tell(size_t i, const certd_slot_t *slot, int status);


int64_t
certd_slots_fill(certd_master_t *master, int64_t wait_ms)
{
    size_t         i;
    int64_t        now_ms;
    certd_slot_t  *slot;

    now_ms = certd_clock_ms();

    for (i = 0; i < master->slots_n; i++) {
        slot = &master->slots[i];

        if (slot->pid == 0 && slot->due_ms <= now_ms) {
            certd_slot_fork(master, slot);
        }

        if (slot->pid == 0 && slot->due_ms - now_ms < wait_ms) {
            wait_ms = slot->due_ms - now_ms;
        }

        if (slot->fd != -1 && now_ms - slot->since_ms > CERTD_READY_MS) {
            certd_log(CERTD_LOG_ERROR, "renderer %zu does not get ready", i);
            (void) kill(slot->pid, SIGKILL);
            certd_slot_close(slot);
        }
    }

    return wait_ms > 0 ? wait_ms : 0;
}


/* The child gets one end; the other is kept until the child is ready. */
static void
certd_slot_fork(certd_master_t *master, certd_slot_t *slot)
{
    int    fds[2];
    pid_t  pid;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET|SOCK_CLOEXEC, 0, fds) != 0) {
        certd_log(CERTD_LOG_ERROR, "socketpair: %s", strerror(errno));
        certd_slot_pause(slot);
        return;
    }

    pid = certd_master_fork(master, "certd: renderer");

    if (pid == 0) {
        close(fds[0]);
        _exit(certd_renderer(master->options,
                             (unsigned) (slot - master->slots), fds[1],
                             master->pid));
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


/* Its death may be all that has happened: waitpid() will tell. */
void
certd_slots_hello(certd_master_t *master, certd_slot_t *slot)
{
    char          hello[CERTD_HELLO_LEN];
    ssize_t       n;
    certd_news_t  news;

    n = recv(slot->fd, hello, sizeof(hello), MSG_DONTWAIT);

    if (n == -1 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }

    news.slot = (uint32_t) (slot - master->slots);
    news.life = slot->life;
    news.was_killed = (uint32_t) slot->was_killed;

    if (n == (ssize_t) CERTD_HELLO_LEN
        && certd_pass_send(master->control, &news, slot->fd))
    {
        slot->was_ready = 1;
        slot->since_ms = certd_clock_ms();
    }

    /* Without a copy of it anywhere the renderer ends. */
    certd_slot_close(slot);
}


int
certd_slots_ended(certd_master_t *master, pid_t pid, int status)
{
    size_t         i;
    certd_slot_t  *slot;

    for (i = 0; i < master->slots_n; i++) {
        slot = &master->slots[i];

        if (slot->pid != pid) {
            continue;
        }

        slot->pid = 0;
        certd_slot_close(slot);

        if (!master->is_stopping) {
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

        return 1;
    }

    return 0;
}


/* Nobody but the master sees how a renderer died. */
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
certd_slots_plea(certd_master_t *master)
{
    cert_err_t     err;
    certd_plea_t   plea;
    certd_slot_t  *slot;

    err = certd_pass_hear(master->control, &plea);

    if (err != CERT_OK || plea.slot >= master->slots_n) {
        return err != CERT_NOT_FOUND;
    }

    slot = &master->slots[plea.slot];

    if (slot->pid != 0 && slot->life == plea.life) {
        (void) kill(slot->pid, SIGKILL);
    }

    return 1;
}


size_t
certd_slots_alive(const certd_master_t *master)
{
    size_t  i, n;

    n = 0;

    for (i = 0; i < master->slots_n; i++) {
        n += (master->slots[i].pid != 0);
    }

    return n;
}


void
certd_slots_kill(certd_master_t *master, int sig)
{
    size_t  i;

    for (i = 0; i < master->slots_n; i++) {
        if (master->slots[i].pid != 0) {
            (void) kill(master->slots[i].pid, sig);
        }
    }
}


void
certd_slots_close(certd_master_t *master)
{
    size_t  i;

    for (i = 0; i < master->slots_n; i++) {
        certd_slot_close(&master->slots[i]);
    }
}
