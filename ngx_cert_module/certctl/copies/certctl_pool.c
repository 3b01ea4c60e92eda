/*
 * Copyright (C) the ngx_cert authors
 *
 * The render workers and their parent.
 *
 * Each worker has a socket and up to CERTCTL_DEPTH jobs on it, so that it
 * renders on while the parent waits for the disk.
 *
 * A worker that dies may have died of the copy it was at, or of the machine:
 * the one that takes its place first makes a specimen.  If it does, the copy
 * has lost one of its attempts; if not, this copy waits until the machine is
 * repaired, as all would.  What the dead one had besides goes back into the
 * queue.
 *
 * Sockets of whole messages rather than a shared queue: a worker that dies can
 * leave nothing half taken, and the parent knows which job it was at.
 */


#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cert_read.h"
#include "certctl_home.h"
#include "certctl_output.h"
#include "certctl_pool.h"
#include "certrender_serve.h"


static __attribute__((noreturn)) void certctl_pool_worker(certctl_t *ctl,
    int fd);
static void certctl_pool_timeout(certctl_copies_t *copies);
static int certctl_pool_receive(certctl_copies_t *copies,
    certctl_worker_t *worker);
static int certctl_pool_died(certctl_copies_t *copies,
    certctl_worker_t *worker);
static void certctl_pool_proved(certctl_copies_t *copies,
    const certrender_answer_t *proof);
static void certctl_pool_gather(certctl_copies_t *copies,
    const certrender_answer_t *answer, int is_retry);


/*
 * A worker that replaces a dead one is forked while the parent has the store
 * open.  It never touches that handle, opens its own, and ends by _exit(), so
 * nothing of the parent's is closed or written twice.
 */
int
certctl_pool_fork(certctl_copies_t *copies, certctl_worker_t *worker)
{
    int     fds[2];
    size_t  i;
    pid_t   pid;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) {
        return certctl_error(copies->ctl, CERT_SYSTEM, "socketpair: %s",
                             strerror(errno));
    }

    pid = fork();

    if (pid == -1) {
        close(fds[0]);
        close(fds[1]);
        return certctl_error(copies->ctl, CERT_SYSTEM, "fork: %s",
                             strerror(errno));
    }

    if (pid == 0) {
        close(fds[0]);

        /* Or the others would not notice that the parent is gone. */

        for (i = 0; i < copies->workers_n; i++) {
            if (&copies->workers[i] != worker) {
                close(copies->workers[i].fd);
            }
        }

        certctl_pool_worker(copies->ctl, fds[1]);
    }

    close(fds[1]);

    worker->pid = pid;
    worker->fd = fds[0];
    worker->n = 0;
    worker->is_proving = 0;

    return 0;
}


/*
 * What a worker does until the other end of "fd" is closed; then it ends the
 * process.  Nothing that was inherited is closed: the parent's store is not
 * this process's to use, and exit() would write the parent's output twice.
 * The keys alone are wiped, as the renderer reads its own.
 */
static __attribute__((noreturn)) void
certctl_pool_worker(certctl_t *ctl, int fd)
{
    cert_err_t             err;
    certrender_t          *render;
    certrender_options_t   options;

    cert_keyring_destroy(ctl->ring);
    ctl->ring = NULL;

    options.home = ctl->home;
    options.templates = ctl->templates;

    err = certrender_open(&render, &options);

    if (err == CERT_OK) {
        err = certrender_serve(render, fd);
        certrender_close(render);
    }

    _exit(err == CERT_OK ? CERTCTL_YES : CERTCTL_SYSTEM);
}


/* The time is the parent's: with --at all copies are of that moment. */
void
certctl_pool_ask(certctl_copies_t *copies, certctl_worker_t *worker,
    uint64_t job, int is_specimen)
{
    certrender_ask_t  ask;

    if (worker->n == 0) {
        worker->since_ms = certctl_clock_ms();
    }

    memset(&ask, 0, sizeof(ask));
    ask.job = job;
    ask.code = copies->codes[job];
    ask.now = copies->ctl->at != NULL ? copies->ctl->now
                                      : certctl_home_clock();
    ask.kind = is_specimen ? CERTRENDER_ASK_SPECIMEN : CERTRENDER_ASK_COPY;

    worker->jobs[worker->n++] = job;

    /* A failure means that it died: the next poll() tells. */
    (void) send(worker->fd, &ask, sizeof(ask), MSG_NOSIGNAL);
}


/* Without room for the answers of a worker it is left for after the commit. */
int
certctl_pool_wait(certctl_copies_t *copies)
{
    int            n, status;
    size_t         i;
    struct pollfd  polls[CERTCTL_WORKERS_MAX];

    for (i = 0; i < copies->workers_n; i++) {
        polls[i].fd = copies->workers[i].fd;
        polls[i].events = POLLIN;
        polls[i].revents = 0;
    }

    n = poll(polls, copies->workers_n, copies->gathered_n > 0
                                       ? CERTCTL_GATHER_MS : 1000);

    if (n == -1 && errno != EINTR) {
        return certctl_error(copies->ctl, CERT_SYSTEM, "poll: %s",
                             strerror(errno));
    }

    for (i = 0; n > 0 && i < copies->workers_n; i++) {

        if (polls[i].revents != 0
            && copies->gathered_n < CERTCTL_GATHER - CERTCTL_DEPTH)
        {
            status = certctl_pool_receive(copies, &copies->workers[i]);
            if (status != 0) {
                return status;
            }
        }
    }

    certctl_pool_timeout(copies);

    return 0;
}


/* A worker that has been at one copy for a minute will not come back. */
static void
certctl_pool_timeout(certctl_copies_t *copies)
{
    size_t             i;
    int64_t            now_ms;
    certctl_worker_t  *worker;

    now_ms = certctl_clock_ms();

    for (i = 0; i < copies->workers_n; i++) {
        worker = &copies->workers[i];

        if (worker->n > 0 && now_ms - worker->since_ms > CERTCTL_RENDER_MS) {
            (void) kill(worker->pid, SIGKILL);
            worker->since_ms = now_ms;
        }
    }
}


/*
 * Answers come in the order of the questions: anything else means that the
 * worker is broken, and it is treated as dead.
 */
static int
certctl_pool_receive(certctl_copies_t *copies, certctl_worker_t *worker)
{
    ssize_t              n;
    certrender_answer_t  answer;

    n = recv(worker->fd, &answer, sizeof(answer), 0);

    if (n == -1 && errno == EINTR) {
        return 0;
    }

    if (n != (ssize_t) sizeof(answer) || worker->n == 0
        || answer.job != worker->jobs[0])
    {
        return certctl_pool_died(copies, worker);
    }

    worker->n--;
    memmove(worker->jobs, worker->jobs + 1, worker->n * sizeof(uint64_t));
    worker->since_ms = certctl_clock_ms();

    if (worker->is_proving) {
        worker->is_proving = 0;
        certctl_pool_proved(copies, &answer);

    } else {
        certctl_pool_gather(copies, &answer, 0);
    }

    return 0;
}


/*
 * A worker that dies without a job cannot even start, and neither will the
 * next: that ends the command rather than a circle of forks.
 */
static int
certctl_pool_died(certctl_copies_t *copies, certctl_worker_t *worker)
{
    int                  status, was_proving;
    size_t               i;
    certrender_answer_t  answer;

    (void) kill(worker->pid, SIGKILL);
    (void) waitpid(worker->pid, NULL, 0);
    close(worker->fd);
    worker->fd = -1;

    if (worker->n == 0) {
        return certctl_error(copies->ctl, CERT_SYSTEM,
                             "a render worker ended right after its start: "
                             "look into the log of the kernel for a process "
                             "that was killed, such as for want of memory");
    }

    /* Only the first job can have killed it; the others were not begun. */

    for (i = 1; i < worker->n; i++) {
        copies->again[copies->again_n++] = worker->jobs[i];
    }

    memset(&answer, 0, sizeof(answer));
    answer.job = worker->jobs[0];
    was_proving = worker->is_proving;

    status = certctl_pool_fork(copies, worker);
    if (status != 0) {
        return status;
    }

    if (!was_proving) {
        certctl_pool_ask(copies, worker, answer.job, 1);
        worker->is_proving = 1;
        return 0;
    }

    answer.result.made = CERTRENDER_TROUBLE;
    cert_reason_set(&answer.result.reason, "the renderer dies or hangs at a "
                    "specimen, too: check memory, disk, fonts and libraries "
                    "of this machine");

    certctl_pool_gather(copies, &answer, 0);

    return 0;
}


/* A worker died at this copy: by its own doing only if a specimen was made. */
static void
certctl_pool_proved(certctl_copies_t *copies,
    const certrender_answer_t *proof)
{
    int                  is_retry;
    certrender_answer_t  answer;

    answer = *proof;
    is_retry = 0;

    if (proof->result.made == CERTRENDER_MADE) {
        answer.result.made = CERTRENDER_CANNOT;
        cert_reason_set(&answer.result.reason, "the renderer died %d times at "
                        "this copy, and at no other", CERTCTL_ATTEMPTS);

        is_retry = ++copies->attempts[answer.job] < CERTCTL_ATTEMPTS;
    }

    certctl_pool_gather(copies, &answer, is_retry);
}


/* Room is sure: no more is received than fits (certctl_pool_wait). */
static void
certctl_pool_gather(certctl_copies_t *copies,
    const certrender_answer_t *answer, int is_retry)
{
    if (copies->gathered_n == 0) {
        copies->gathered_ms = certctl_clock_ms();
    }

    copies->gathered[copies->gathered_n].answer = *answer;
    copies->gathered[copies->gathered_n].is_retry = is_retry;
    copies->gathered_n++;
}


void
certctl_pool_end(certctl_copies_t *copies)
{
    size_t             i;
    certctl_worker_t  *worker;

    /*
     * A closed socket tells a worker to end; one that is busy is not waited
     * for longer than its render takes.
     */

    for (i = 0; i < copies->workers_n; i++) {
        worker = &copies->workers[i];

        if (worker->fd != -1) {
            close(worker->fd);
        }
    }

    for (i = 0; i < copies->workers_n; i++) {
        (void) waitpid(copies->workers[i].pid, NULL, 0);
    }
}
