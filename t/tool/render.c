/*
 * Copyright (C) the ngx_cert authors
 *
 * A renderer on the command line, for the tests t/60-*.t and for measuring.
 *
 *     render HOME [TEMPLATES]
 *
 * opens one renderer and does what it is told, a line at a time:
 *
 *     prepare
 *     make CODE TIME          with this renderer
 *     ask CODE TIME           with another one behind a socket
 *     bad                     sends that one a malformed request
 *     sweep TIME SECONDS
 *
 * and answers each with a line.  At the end it prints to standard error how
 * many copies it made and what each step took on average.
 */


#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "certrender.h"
#include "certrender_serve.h"
#include "certrender_sweep.h"


typedef struct {
    uint64_t  n;
    uint64_t  read;
    uint64_t  render;
    uint64_t  seal;
    uint64_t  publish;
} sums_t;

typedef struct {
    const char    *home;
    certrender_t  *render;
    int            fd;          /* of the other one; -1: not started */
    pid_t          pid;
    uint64_t       jobs;
    sums_t         sums;
} tool_t;


static const char *const  made_names[] = {
    "made", "as_is", "cannot", "trouble"
};


static void
report(cert_err_t err, const cert_reason_t *reason)
{
    printf("%s%s%s\n", cert_err_name(err), err == CERT_OK ? "" : ": ",
           err == CERT_OK ? "" : reason->text);
}


static void
report_result(tool_t *tool, const certrender_result_t *result)
{
    int  i;

    printf("%s %s %llu ", made_names[result->made],
           cert_err_name(result->err), (unsigned long long) result->size);

    for (i = 0; i < CERT_SHA256_SIZE; i++) {
        printf("%02x", result->sha256[i]);
    }

    printf(" %u %u %u %u: %s\n", result->read_usec, result->render_usec,
           result->seal_usec, result->publish_usec, result->reason.text);

    if (result->made == CERTRENDER_MADE) {
        tool->sums.n++;
        tool->sums.read += result->read_usec;
        tool->sums.render += result->render_usec;
        tool->sums.seal += result->seal_usec;
        tool->sums.publish += result->publish_usec;
    }
}


/* The other renderer, as certctl and certd have theirs. */
static int
start(tool_t *tool, const certrender_options_t *options)
{
    int         fds[2];
    cert_err_t  err;

    if (tool->fd != -1) {
        return 1;
    }

    if (socketpair(AF_UNIX, SOCK_SEQPACKET|SOCK_CLOEXEC, 0, fds) == -1) {
        return 0;
    }

    (void) fflush(stdout);
    tool->pid = fork();

    if (tool->pid == 0) {
        close(fds[0]);
        err = certrender_open(&tool->render, options);

        if (err == CERT_OK) {
            err = certrender_serve(tool->render, fds[1]);
            certrender_close(tool->render);
        }

        _exit(err);
    }

    close(fds[1]);
    tool->fd = fds[0];

    return tool->pid != -1;
}


/* Returns what certrender_serve() returned in the other process. */
static int
stop(tool_t *tool)
{
    int  status;

    if (tool->fd == -1) {
        return 0;
    }

    close(tool->fd);
    tool->fd = -1;

    return waitpid(tool->pid, &status, 0) == tool->pid && WIFEXITED(status)
           ? WEXITSTATUS(status) : -1;
}


static void
ask(tool_t *tool, const cert_code_t *code, cert_time_t now)
{
    certrender_ask_t     ask;
    certrender_answer_t  answer;

    memset(&ask, 0, sizeof(ask));
    ask.job = ++tool->jobs;
    ask.code = *code;
    ask.now = now;

    if (send(tool->fd, &ask, sizeof(ask), MSG_NOSIGNAL)
        != (ssize_t) sizeof(ask)
        || recv(tool->fd, &answer, sizeof(answer), 0)
           != (ssize_t) sizeof(answer)
        || answer.job != ask.job)
    {
        printf("no answer: %s\n", strerror(errno));
        return;
    }

    report_result(tool, &answer.result);
}


static void
bad(tool_t *tool)
{
    char     none[1];
    ssize_t  n;

    (void) send(tool->fd, "hello", 5, MSG_NOSIGNAL);
    n = recv(tool->fd, none, sizeof(none), 0);

    printf("answered %d, ended with %s\n", n > 0, cert_err_name(stop(tool)));
}


static void
sweep(tool_t *tool, cert_time_t now, cert_time_t older_sec)
{
    uint64_t       n;
    cert_err_t     err;
    cert_reason_t  reason;

    err = certrender_sweep(tool->home, now, older_sec, &n, &reason);

    printf("%llu ", (unsigned long long) n);
    report(err, &reason);
}


static void
obey(tool_t *tool, const certrender_options_t *options, char *line)
{
    char                 word[16], text[64];
    long long            a, b;
    cert_code_t          code;
    cert_reason_t        reason;
    certrender_result_t  result;

    a = b = 0;

    if (sscanf(line, "%15s %63s %lld", word, text, &a) == 3
        && (strcmp(word, "make") == 0 || strcmp(word, "ask") == 0))
    {
        if (cert_code_parse(&code, cert_strz(text)) != CERT_OK) {
            printf("no code\n");

        } else if (word[0] == 'm') {
            certrender_make(tool->render, &code, a, &result);
            report_result(tool, &result);

        } else if (start(tool, options)) {
            ask(tool, &code, a);
        }

    } else if (sscanf(line, "sweep %lld %lld", &a, &b) == 2) {
        sweep(tool, a, b);

    } else if (strncmp(line, "bad", 3) == 0 && start(tool, options)) {
        bad(tool);

    } else if (strncmp(line, "prepare", 7) == 0) {
        report(certrender_prepare(tool->render, &reason), &reason);

    } else {
        printf("not understood\n");
    }
}


int
main(int argc, char **argv)
{
    char                   line[256];
    tool_t                 tool;
    sums_t                *sums;
    cert_err_t             err;
    certrender_options_t   options;

    if (argc == 1) {
        fprintf(stderr, "usage: render HOME [TEMPLATES]\n");
        return 2;
    }

    memset(&tool, 0, sizeof(tool));
    tool.fd = -1;
    tool.home = argv[1];
    options.home = argv[1];
    options.templates = argc > 2 ? argv[2] : NULL;

    err = certrender_open(&tool.render, &options);
    if (err != CERT_OK) {
        printf("%s\n", cert_err_name(err));
        return 1;
    }

    while (fgets(line, sizeof(line), stdin) != NULL) {
        obey(&tool, &options, line);
        (void) fflush(stdout);
    }

    sums = &tool.sums;

    if (sums->n != 0) {
        fprintf(stderr, "%llu copies: read %llu, render %llu, seal %llu, "
                "publish %llu us\n", (unsigned long long) sums->n,
                (unsigned long long) (sums->read / sums->n),
                (unsigned long long) (sums->render / sums->n),
                (unsigned long long) (sums->seal / sums->n),
                (unsigned long long) (sums->publish / sums->n));
    }

    certrender_close(tool.render);

    return stop(&tool);
}
