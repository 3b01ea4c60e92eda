/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl fsck: is everything in the store as it was written?
 *
 * LMDB trusts its pages, so a damaged one can crash it or send it into a loop.
 * A child does the reading (certctl_fsck_child.c) and reports what it finds; if
 * it dies or falls silent, that is a finding as well.
 *
 * A handler for SIGSEGV and SIGBUS in this process was rejected: after one of
 * them nothing in memory can be trusted to print a report, and a loop raises no
 * signal at all.  The child is silent for long only if it is in a loop: it
 * reports its progress as it goes.
 *
 * It takes no lock of its own and opens the store for reading only: the store
 * may be in use, and a check must not change a damaged one.
 */


#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "certctl_commands.h"
#include "certctl_fsck_child.h"
#include "certctl_home.h"
#include "certctl_json.h"
#include "certctl_options.h"
#include "certctl_output.h"
#include "certctl_progress.h"


/* Without a word for so long, the child is in a loop. */
#define CMD_FSCK_SILENCE_MS  300000

typedef struct {
    certctl_t               *ctl;
    int                      fd;            /* to the child */
    pid_t                    pid;
    int                      is_done;       /* the child came to its end */
    int                      is_silent;     /* it said nothing for too long */
    uint64_t                 findings;
    json_t                  *list;          /* of findings, with --json */
    certctl_fsck_message_t   message;
    certctl_progress_t       progress;
} cmd_fsck_t;


static int cmd_fsck_fork(cmd_fsck_t *fsck, int is_with_files);
static int cmd_fsck_listen(cmd_fsck_t *fsck);
static void cmd_fsck_hear(cmd_fsck_t *fsck);
static int cmd_fsck_wait(cmd_fsck_t *fsck);
static void cmd_fsck_finding(cmd_fsck_t *fsck, const char *where,
    const char *what);
static int cmd_fsck_say(cmd_fsck_t *fsck, int status);
static json_t *cmd_fsck_json(cmd_fsck_t *fsck);


int
cmd_fsck(certctl_t *ctl, int argc, char **argv)
{
    int             status, is_with_files;
    certctl_args_t  args;
    cmd_fsck_t      fsck;

    memset(&fsck, 0, sizeof(fsck));
    fsck.ctl = ctl;
    is_with_files = 0;

    certctl_option_t  list[] = {
        { "files", CERTCTL_FLAG, &is_with_files },
        { NULL, CERTCTL_FLAG, NULL }
    };

    status = certctl_options(ctl, argc, argv, list, 0, 0, &args);

    if (status == 0) {
        status = certctl_home_open_keys(ctl);
    }

    if (status == 0) {
        status = cmd_fsck_fork(&fsck, is_with_files);
    }

    if (status != 0) {
        return status;
    }

    fsck.list = json_array();
    certctl_progress_begin(&fsck.progress, "steps");

    status = cmd_fsck_listen(&fsck);

    certctl_progress_end(&fsck.progress);
    close(fsck.fd);

    /* Silent or lost: to wait for its end could take forever. */

    if (status != 0) {
        (void) kill(fsck.pid, SIGKILL);
    }

    return cmd_fsck_say(&fsck, cmd_fsck_wait(&fsck));
}


/* Nothing is printed yet, so no buffer is written twice. */
static int
cmd_fsck_fork(cmd_fsck_t *fsck, int is_with_files)
{
    int  fds[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) {
        return certctl_error(fsck->ctl, CERT_SYSTEM, "socketpair: %s",
                             strerror(errno));
    }

    fsck->pid = fork();

    if (fsck->pid == -1) {
        close(fds[0]);
        close(fds[1]);
        return certctl_error(fsck->ctl, CERT_SYSTEM, "fork: %s",
                             strerror(errno));
    }

    if (fsck->pid == 0) {
        close(fds[0]);
        certctl_fsck_child(fsck->ctl, fds[1], is_with_files);
    }

    close(fds[1]);
    fsck->fd = fds[0];

    return 0;
}


/* Until the child closes its end, by exit or by death. */
static int
cmd_fsck_listen(cmd_fsck_t *fsck)
{
    int            n;
    ssize_t        len;
    struct pollfd  pfd;

    pfd.fd = fsck->fd;
    pfd.events = POLLIN;

    for ( ;; ) {
        n = poll(&pfd, 1, CMD_FSCK_SILENCE_MS);

        if (n == -1 && errno == EINTR) {
            continue;
        }

        if (n == -1) {
            return certctl_error(fsck->ctl, CERT_SYSTEM, "poll: %s",
                                 strerror(errno));
        }

        if (n == 0) {
            fsck->is_silent = 1;
            return CERTCTL_NO;
        }

        len = recv(fsck->fd, &fsck->message, sizeof(fsck->message), 0);

        if (len == -1 && errno == EINTR) {
            continue;
        }

        if (len != (ssize_t) sizeof(fsck->message)) {
            return 0;
        }

        cmd_fsck_hear(fsck);
    }
}


static void
cmd_fsck_hear(cmd_fsck_t *fsck)
{
    switch (fsck->message.kind) {

    case CERTCTL_FSCK_FINDING:
        cmd_fsck_finding(fsck, fsck->message.where, fsck->message.what);
        break;

    case CERTCTL_FSCK_PROGRESS:
        certctl_progress_update(&fsck->progress, fsck->message.done,
                                fsck->message.done, fsck->message.all);
        break;

    case CERTCTL_FSCK_DONE:
        fsck->is_done = 1;
        break;
    }
}


/* 0: it came to its end; else what the program ends with. */
static int
cmd_fsck_wait(cmd_fsck_t *fsck)
{
    int  rc;

    while (waitpid(fsck->pid, &rc, 0) == -1 && errno == EINTR) { /* void */ }

    if (fsck->is_silent) {
        cmd_fsck_finding(fsck, "store", "it is damaged: reading it does not "
                         "end");
        return CERTCTL_NO;
    }

    /* A sanitizer or a hardened libc turns a crash into an exit. */

    if (WIFSIGNALED(rc)
        || (WEXITSTATUS(rc) == CERTCTL_NO && fsck->findings == 0))
    {
        cmd_fsck_finding(fsck, "store", "it is damaged: reading it fails");
        return CERTCTL_NO;
    }

    if (WEXITSTATUS(rc) != 0) {
        return WEXITSTATUS(rc);
    }

    return fsck->is_done ? 0 : CERTCTL_SYSTEM;
}


/* Printed at once: a walk of an hour may be watched, or end in a crash. */
static void
cmd_fsck_finding(cmd_fsck_t *fsck, const char *where,
    const char *what)
{
    fsck->findings++;

    if (fsck->ctl->is_json) {
        certjson_add(&fsck->list, json_pack("{ssss}", "where", where, "what",
                                            what));

    } else {
        printf("%s: %s\n", where, what);
    }
}


/*
 * Counts come with the last message: a walk that was not completed has none,
 * and says "not complete" rather than something too small.
 */
static int
cmd_fsck_say(cmd_fsck_t *fsck, int status)
{
    int                        rc;
    const cert_fsck_totals_t  *totals;

    /* The last message has the totals only when it came to its end. */

    if (!fsck->is_done) {
        memset(&fsck->message, 0, sizeof(fsck->message));
    }

    totals = &fsck->message.totals;

    if (status == 0 && fsck->findings > 0) {
        status = CERTCTL_NO;
    }

    if (fsck->ctl->is_json) {
        rc = certctl_print(cmd_fsck_json(fsck));
        return rc != 0 ? rc : status;
    }

    json_decref(fsck->list);

    printf("%s: %llu records, %llu index entries, %llu journal entries, "
           "%llu files; %llu findings\n",
           fsck->is_done ? "complete" : "not complete",
           (unsigned long long) totals->records,
           (unsigned long long) totals->entries,
           (unsigned long long) totals->journal,
           (unsigned long long) fsck->message.files,
           (unsigned long long) fsck->findings);

    return status;
}


/* "complete" comes first: without it the counts are 0 and mean nothing. */
static json_t *
cmd_fsck_json(cmd_fsck_t *fsck)
{
    const cert_fsck_totals_t  *totals;

    totals = &fsck->message.totals;

    return json_pack("{sbsIsIsIsIsIso}",
                     "complete", fsck->is_done,
                     "records", (json_int_t) totals->records,
                     "entries", (json_int_t) totals->entries,
                     "journal", (json_int_t) totals->journal,
                     "files", (json_int_t) fsck->message.files,
                     "findings", (json_int_t) fsck->findings,
                     "list", fsck->list);
}
