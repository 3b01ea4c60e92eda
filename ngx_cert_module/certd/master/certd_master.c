/*
 * Copyright (C) the ngx_cert authors
 *
 * The master process.
 *
 * It forks, and it waits in poll(): for signals, which come by a descriptor,
 * for new renderers to say that they are ready, and for the service to ask for
 * one to be killed.  It opens no file, so a child inherits nothing but the
 * sockets, which certd_slots_fork() closes.
 *
 * The end.  SIGTERM goes to the service, which answers what it has begun,
 * commits what it has accepted and lets the jobs in hand end.  By its end the
 * sockets of the renderers are closed, and they end.  A process that does not
 * end is killed after a while, which costs no more than a loss of power would:
 * nothing that was acknowledged.
 */


#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "certd_master.h"
#include "certd_sandbox.h"
#include "certd_service.h"
#include "certd_slots.h"


/*
 * More than the service gives its parts, one after the other: 8 s for requests
 * in hand, 5 s each for jobs, figures, the scrub and the writer.  systemd waits
 * longer still (TimeoutStopSec in certd.service).
 */
#define CERTD_STOP_MS      30000

/* A signal to the process and another to its group count as one. */
#define CERTD_TWICE_MS     1000

/* For the renderers, after the service has ended. */
#define CERTD_RENDERERS_MS  2000

/* The longest sleep: a renderer that does not get ready is looked for. */
#define CERTD_SLEEP_MS      1000

/* In "polls" before those of the slots. */
#define CERTD_POLL_SIGNALS  0
#define CERTD_POLL_CONTROL  1
#define CERTD_POLL_SLOTS    2

typedef struct {
    const certd_options_t  *options;
    pid_t                   service;        /* 0: it has ended */
    int                     status;         /* of the whole */
    int                     has_failed;     /* the service ended unasked */
    int                     ended;          /* ... as waitpid() says it */
    sigset_t                mask;           /* before ours */
    int64_t                 stop_ms;        /* then the service is killed */
    certd_slots_t           slots;
    struct pollfd          *polls;          /* signals, control, slots */
} certd_master_t;


static int certd_master_begin(certd_master_t *master,
    const certd_options_t *options);
static int certd_master_signals(certd_master_t *master);
static int certd_master_service(certd_master_t *master);
static void certd_master_turn(certd_master_t *master);
static void certd_master_poll(certd_master_t *master, int64_t wait_ms);
static void certd_master_signal(certd_master_t *master);
static void certd_master_stop(certd_master_t *master);
static void certd_master_reap(certd_master_t *master);
static void certd_master_ended(certd_master_t *master, int status);
static void certd_master_end(certd_master_t *master);
static void certd_master_explain(const certd_master_t *master);


int
certd_master(const certd_options_t *options)
{
    certd_master_t  master;

    memset(&master, 0, sizeof(master));
    master.slots.control = -1;
    master.slots.signals = -1;
    master.status = CERTD_SYSTEM;

    if (certd_sandbox_check(options)
        && certd_master_begin(&master, options))
    {
        while (master.service != 0) {
            certd_master_turn(&master);
        }
    }

    certd_master_end(&master);
    certd_master_explain(&master);

    return master.status;
}


/* False: the reason was logged. */
static int
certd_master_begin(certd_master_t *master, const certd_options_t *options)
{
    (void) prctl(PR_SET_NAME, "certd: master", 0, 0, 0);

    master->options = options;
    master->polls = calloc(CERTD_POLL_SLOTS + options->renderers,
                           sizeof(struct pollfd));

    if (master->polls == NULL
        || !certd_slots_create(&master->slots, options)
        || !certd_log_share())
    {
        certd_log(CERTD_LOG_ERROR, "out of memory");
        return 0;
    }

    return certd_master_signals(master) && certd_master_service(master);
}


/* They may have been ignored by the parent: that would be inherited. */
static int
certd_master_signals(certd_master_t *master)
{
    size_t            i;
    sigset_t          set;
    static const int  signals[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };

    (void) sigemptyset(&set);

    for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        (void) signal(signals[i], SIG_DFL);
        (void) sigaddset(&set, signals[i]);
    }

    /* A log that is no longer read must not end the master. */
    (void) signal(SIGPIPE, SIG_IGN);

    (void) sigprocmask(SIG_BLOCK, &set, &master->mask);

    master->slots.signals = signalfd(-1, &set, SFD_CLOEXEC|SFD_NONBLOCK);

    if (master->slots.signals == -1) {
        certd_log(CERTD_LOG_ERROR, "signalfd: %s", strerror(errno));
        return 0;
    }

    return 1;
}


/*
 * Its signals stay blocked: one that comes before it waits for them would kill
 * it, and is taken when it does.
 */
static int
certd_master_service(certd_master_t *master)
{
    int    fds[2], status;
    pid_t  pid;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET|SOCK_CLOEXEC, 0, fds) != 0) {
        certd_log(CERTD_LOG_ERROR, "socketpair: %s", strerror(errno));
        return 0;
    }

    pid = certd_slots_fork(&master->slots, "certd: service");

    if (pid == 0) {
        close(fds[0]);
        certd_log_keep();

        status = certd_sandbox_service(master->options, master->slots.master)
                 ? certd_service(master->options, fds[1]) : CERTD_SYSTEM;

        /* Not _exit(): a sanitizer looks for leaks at the end. */
        exit(status);
    }

    close(fds[1]);
    master->slots.control = fds[0];
    master->service = pid == -1 ? 0 : pid;

    return pid != -1;
}


static void
certd_master_turn(certd_master_t *master)
{
    int64_t  wait_ms;

    wait_ms = CERTD_SLEEP_MS;

    if (!master->slots.is_stopping) {
        wait_ms = certd_slots_fill(&master->slots, wait_ms);

    } else if (certd_clock_ms() >= master->stop_ms) {
        certd_log(CERTD_LOG_ERROR, "the service does not end and is killed");
        (void) kill(master->service, SIGKILL);
        master->stop_ms = INT64_MAX;
    }

    certd_master_poll(master, wait_ms);
}


static void
certd_master_poll(certd_master_t *master, int64_t wait_ms)
{
    size_t          i;
    struct pollfd  *polls;

    polls = master->polls;

    for (i = 0; i < CERTD_POLL_SLOTS + master->slots.n; i++) {
        polls[i].fd = i == CERTD_POLL_SIGNALS ? master->slots.signals
                      : i == CERTD_POLL_CONTROL ? master->slots.control
                      : master->slots.list[i - CERTD_POLL_SLOTS].fd;
        polls[i].events = POLLIN;
        polls[i].revents = 0;
    }

    if (poll(polls, CERTD_POLL_SLOTS + master->slots.n, (int) wait_ms) <= 0) {
        return;
    }

    for (i = 0; i < master->slots.n; i++) {
        if (polls[CERTD_POLL_SLOTS + i].revents != 0) {
            certd_slots_ready(&master->slots, &master->slots.list[i]);
        }
    }

    /* A signal tells its end: do not poll the socket until then. */
    if (polls[CERTD_POLL_CONTROL].revents != 0
        && !certd_slots_kill_named(&master->slots))
    {
        close(master->slots.control);
        master->slots.control = -1;
    }

    if (polls[CERTD_POLL_SIGNALS].revents != 0) {
        certd_master_signal(master);
    }
}


static void
certd_master_signal(certd_master_t *master)
{
    struct signalfd_siginfo  info;

    while (read(master->slots.signals, &info, sizeof(info))
           == (ssize_t) sizeof(info))
    {
        switch (info.ssi_signo) {

        case SIGCHLD:
            certd_master_reap(master);
            break;

        case SIGHUP:
            if (master->service != 0) {
                (void) kill(master->service, SIGHUP);
            }

            break;

        default:
            certd_master_stop(master);
            break;
        }
    }
}


/* Asked twice, it does not wait. */
static void
certd_master_stop(certd_master_t *master)
{
    int64_t  now_ms;

    if (master->service == 0) {
        return;
    }

    now_ms = certd_clock_ms();

    if (!master->slots.is_stopping) {
        master->slots.is_stopping = 1;
        master->stop_ms = now_ms + CERTD_STOP_MS;
        (void) kill(master->service, SIGTERM);
        return;
    }

    if (now_ms > master->stop_ms - CERTD_STOP_MS + CERTD_TWICE_MS) {
        certd_log(CERTD_LOG_NOTICE, "asked to end twice: the service is "
                  "killed");
        (void) kill(master->service, SIGKILL);
    }
}


static void
certd_master_reap(certd_master_t *master)
{
    int    status;
    pid_t  pid;

    for ( ;; ) {
        pid = waitpid(-1, &status, WNOHANG);

        if (pid == -1 && errno == EINTR) {
            continue;
        }

        if (pid <= 0) {
            return;
        }

        if (pid == master->service) {
            master->service = 0;
            certd_master_ended(master, status);

        } else {
            certd_slots_ended(&master->slots, pid, status);
        }
    }
}


/* An end that was not asked for is a failure, whatever its status says. */
static void
certd_master_ended(certd_master_t *master, int status)
{
    if (!WIFSIGNALED(status) && master->slots.is_stopping) {
        master->status = WEXITSTATUS(status);

    } else {
        master->has_failed = 1;
        master->ended = status;
    }

    /* Renderers end by it, and are not to be replaced. */
    master->slots.is_stopping = 1;
}


/* Their sockets are closed: they end by themselves, or are killed. */
static void
certd_master_end(certd_master_t *master)
{
    int64_t        until_ms, wait_ms;
    struct pollfd  signals;

    certd_slots_close(&master->slots);

    until_ms = certd_clock_ms() + CERTD_RENDERERS_MS;

    while (certd_slots_alive(&master->slots) > 0) {
        wait_ms = until_ms - certd_clock_ms();

        if (wait_ms <= 0) {
            certd_slots_kill(&master->slots, SIGKILL);
            wait_ms = CERTD_SLEEP_MS;
        }

        signals.fd = master->slots.signals;
        signals.events = POLLIN;

        if (poll(&signals, 1, (int) wait_ms) > 0) {
            certd_master_signal(master);
        }
    }

    if (master->slots.control != -1) {
        close(master->slots.control);
    }

    if (master->slots.signals != -1) {
        close(master->slots.signals);
        (void) sigprocmask(SIG_SETMASK, &master->mask, NULL);
    }

    certd_slots_free(&master->slots);
    free(master->polls);
}


/* The last line of the log: renderers may have logged after the reason. */
static void
certd_master_explain(const certd_master_t *master)
{
    const char  *reason;

    if (!master->has_failed) {
        return;
    }

    if (WIFSIGNALED(master->ended)) {
        certd_log(CERTD_LOG_ALERT, "certd ends: the service was killed by "
                  "signal %d (%s)", WTERMSIG(master->ended),
                  strsignal(WTERMSIG(master->ended)));
        return;
    }

    /* An error that it logged and survived is not the reason. */
    reason = WEXITSTATUS(master->ended) == CERTD_YES
             ? "the service was sent a signal to end" : certd_log_kept();

    certd_log(CERTD_LOG_ERROR, "certd ends: %s", reason != NULL ? reason
              : "the service ended and logged no error");
}
