/*
 * Copyright (C) the ngx_cert authors
 *
 * What a process of the daemon can no longer do: tried in a child, one attempt
 * after the other.  Changes of user are tried when the test runs as root.
 */


#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "certd_sandbox.h"
#include "tap.h"


/* A user that every system has, which owns nothing. */
#define NOBODY  "nobody"

typedef int (*attempt_pt)(void);

typedef struct {
    const char  *name;
    attempt_pt   attempt;       /* -1 and errno, as a system call */
    int          err;           /* expected; 0: it works */
    int          is_strict;     /* not under a sanitizer */
} case_t;

static char  secret[] = "/tmp/certd-sandbox-XXXXXX";

/* Another process of the same user, which may be asked but not told. */
static pid_t  other;


static int
try_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0);
}


static int
try_unix(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0);
}


static int
try_pair(void)
{
    int  fds[2];

    return socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
}


static int
try_exec(void)
{
    char *argv[] = { NULL };

    return execve("/bin/true", argv, argv);
}


static int
try_fork(void)
{
    pid_t  pid;

    pid = fork();

    if (pid == 0) {
        _exit(0);
    }

    return pid;
}


static int
try_trace(void)
{
    return (int) ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}


static int
try_unshare(void)
{
    return unshare(CLONE_FS);
}


static int
try_secret(void)
{
    return open(secret, O_RDONLY);
}


static int
try_memory(void)
{
    void  *p;

    /* malloc() could be the sanitizer's. */
    p = mmap(NULL, UINT64_C(2) << 30, PROT_READ|PROT_WRITE,
             MAP_PRIVATE|MAP_ANONYMOUS, -1, 0);

    return p == MAP_FAILED ? -1 : 0;
}


/* As that of the store: shared, and larger than the memory allowed. */
static int
try_map(void)
{
    int    fd;
    void  *p;

    fd = open("/proc/self/exe", O_RDONLY);
    p = mmap(NULL, UINT64_C(64) << 30, PROT_READ, MAP_SHARED, fd, 0);

    return p == MAP_FAILED ? -1 : 0;
}


static int
try_file(void)
{
    int   rc, err;
    FILE *file;

    file = tmpfile();
    if (file == NULL) {
        return -1;
    }

    rc = ftruncate(fileno(file), 65 << 20);
    err = errno;
    (void) fclose(file);
    errno = err;

    return rc;
}


static void *
thread(void *data)
{
    return data;
}


static int
try_thread(void)
{
    pthread_t  id;

    errno = pthread_create(&id, NULL, thread, NULL);

    return errno == 0 ? pthread_join(id, NULL) : -1;
}


static int
try_core(void)
{
    struct rlimit  limit;

    (void) getrlimit(RLIMIT_CORE, &limit);
    errno = EPERM;

    return limit.rlim_max == 0 ? -1 : 0;
}


static int
try_mode(void)
{
    errno = EPERM;

    return umask(0) == 027 ? -1 : 0;
}


static int
try_privileges(void)
{
    errno = EPERM;

    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? -1 : 0;
}


static int
try_dump(void)
{
    errno = EPERM;

    return prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 ? -1 : 0;
}


static int
try_kill(void)
{
    return kill(other, 0);
}


static int
try_kill_all(void)
{
    return kill(-1, 0);
}


static int
try_kill_group(void)
{
    return kill(0, 0);
}


static int
try_kill_self(void)
{
    return kill(getpid(), 0);
}


/* The upper half of a register is not a part of the number of a process. */
static int
try_kill_wide(void)
{
    return (int) syscall(SYS_kill, (UINT64_C(1) << 32) | (uint64_t) other, 0);
}


static int
try_tgkill(void)
{
    return (int) syscall(SYS_tgkill, other, other, 0);
}


static int
try_tkill(void)
{
    return (int) syscall(SYS_tkill, other, 0);
}


static int
try_queue(void)
{
    siginfo_t  info;

    memset(&info, 0, sizeof(info));
    info.si_code = SI_QUEUE;

    return (int) syscall(SYS_rt_sigqueueinfo, other, 0, &info);
}


static int
try_thread_queue(void)
{
    siginfo_t  info;

    memset(&info, 0, sizeof(info));
    info.si_code = SI_QUEUE;

    return (int) syscall(SYS_rt_tgsigqueueinfo, other, other, 0, &info);
}


static int
try_owner(void)
{
    return fcntl(STDERR_FILENO, F_SETOWN, other);
}


static int
try_limit(void)
{
    struct rlimit  limit;

    return prlimit(other, RLIMIT_CORE, NULL, &limit);
}


static int
try_own_limit(void)
{
    struct rlimit  limit;

    return getrlimit(RLIMIT_NOFILE, &limit) == 0
           ? setrlimit(RLIMIT_NOFILE, &limit) : -1;
}


static int
try_priority(void)
{
    return setpriority(PRIO_PROCESS, (id_t) other, 19);
}


static int
try_priorities(void)
{
    return setpriority(PRIO_USER, 0, 19);
}


static int
try_own_priority(void)
{
    return setpriority(PRIO_PROCESS, 0, 19);
}


static int
try_cores(void)
{
    cpu_set_t  set;

    CPU_ZERO(&set);
    CPU_SET(0, &set);

    return sched_setaffinity(other, sizeof(set), &set);
}


static int
try_scheduler(void)
{
    struct sched_param  param;

    memset(&param, 0, sizeof(param));

    return sched_setscheduler(other, SCHED_BATCH, &param);
}


/* The exit status of a process has to be what it was. */
static int
try_abort(void)
{
    abort();
}


static const case_t  cases[] = {
    { "makes no internet socket", try_socket, EPERM, 0 },
    { "makes no unix socket", try_unix, EPERM, 0 },
    { "makes no pair of sockets", try_pair, EPERM, 0 },
    { "starts no program", try_exec, EPERM, 0 },
    { "leaves no namespace", try_unshare, EPERM, 0 },
    { "writes no large file", try_file, EFBIG, 0 },
    { "leaves no core", try_core, EPERM, 0 },
    { "makes no file for all", try_mode, EPERM, 0 },
    { "gains no privileges", try_privileges, EPERM, 0 },
    { "starts no process", try_fork, EPERM, 1 },
    { "traces nothing", try_trace, EPERM, 1 },
    { "takes no more than its memory", try_memory, ENOMEM, 1 },
    { "cannot be traced", try_dump, EPERM, 1 },
    { "signals no other", try_kill, EPERM, 1 },
    { "signals not all", try_kill_all, EPERM, 1 },
    { "signals no group", try_kill_group, EPERM, 1 },
    { "signals no other by a wide number", try_kill_wide, EPERM, 1 },
    { "signals no thread of another", try_tgkill, EPERM, 1 },
    { "signals no thread", try_tkill, EPERM, 1 },
    { "queues no signal", try_queue, EPERM, 1 },
    { "queues no signal of a thread", try_thread_queue, EPERM, 1 },
    { "has no signals sent", try_owner, EPERM, 1 },
    { "reads no limits of another", try_limit, EPERM, 0 },
    { "slows no other", try_priority, EPERM, 0 },
    { "slows not all of its user", try_priorities, EPERM, 0 },
    { "moves no other", try_cores, EPERM, 0 },
    { "has no other wait", try_scheduler, EPERM, 0 },
    { "signals itself", try_kill_self, 0, 0 },
    { "has limits of its own", try_own_limit, 0, 0 },
    { "slows itself", try_own_priority, 0, 0 },
    { "aborts", try_abort, 1000 + SIGABRT, 1 },
    { "maps a large store", try_map, 0, 0 },
    { "starts a thread", try_thread, 0, 0 }
};

#define CASES  (sizeof(cases) / sizeof(cases[0]))


/* Runs in a child that ends with the errno, 0, or 255: no sandbox. */
static int
attempt_in(int (*enter)(const certd_options_t *, pid_t),
    const certd_options_t *options, attempt_pt attempt)
{
    int    status;
    pid_t  pid, parent;

    parent = getpid();
    pid = fork();

    if (pid == 0) {
        if (!enter(options, parent)) {
            _exit(255);
        }

        _exit(attempt() == -1 ? errno : 0);
    }

    (void) waitpid(pid, &status, 0);

    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}


/* Runs as "name", if this is root and there is one: a neighbour. */
static pid_t
neighbour(const char *name)
{
    pid_t           pid;
    struct passwd  *user;

    user = name != NULL ? getpwnam(name) : NULL;
    pid = fork();

    if (pid == 0) {
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);

        if (user == NULL || setuid(user->pw_uid) == 0) {
            (void) pause();
        }

        _exit(0);
    }

    return pid;
}


static void
test_renderer(const certd_options_t *options, const char *who)
{
    other = neighbour(options->renderer_user);

    for (size_t i = 0; i < CASES; i++) {

        if (CERTD_SANITIZED && cases[i].is_strict) {
            continue;
        }

        is_int(attempt_in(certd_sandbox_renderer, options, cases[i].attempt),
               cases[i].err, "%s: %s", who, cases[i].name);
    }

    (void) kill(other, SIGKILL);
    (void) waitpid(other, NULL, 0);
}


static void
test_users(void)
{
    int              fd;
    certd_options_t  options;

    memset(&options, 0, sizeof(options));
    options.user = "no-such-user-here";
    ok(!certd_sandbox_check(&options), "a user that is not there");

    options.user = NOBODY;
    options.renderer_user = "no-such-user-here";
    ok(!certd_sandbox_check(&options), "nor for the renderers");

    if (geteuid() != 0) {
        options.user = "root";
        options.renderer_user = NULL;
        ok(!certd_sandbox_check(&options), "only root becomes another");
        return;
    }

    options.renderer_user = NOBODY;

    ok(certd_sandbox_check(&options), "both are there");

    fd = mkstemp(secret);
    (void) close(fd);

    is_int(attempt_in(certd_sandbox_service, &options, try_secret), EACCES,
           "the service does not read what is root's");
    is_int(attempt_in(certd_sandbox_renderer, &options, try_secret), EACCES,
           "nor does a renderer");
    is_int(attempt_in(certd_sandbox_service, &options, try_unix), 0,
           "the service makes its socket");

    test_renderer(&options, "another user");

    options.user = NULL;
    is_int(attempt_in(certd_sandbox_service, &options, try_secret), 0,
           "root without a named user stays root");

    (void) unlink(secret);
}


/* The end of the parent is the end of the child, also after setuid(). */
static void
test_end(void)
{
    int              fds[2], child;
    char             byte;
    pid_t            pid, middle;
    certd_options_t  options;

    memset(&options, 0, sizeof(options));
    options.user = geteuid() == 0 ? NOBODY : NULL;

    if (pipe(fds) != 0) {
        return;
    }

    middle = fork();

    if (middle == 0) {
        pid = getpid();
        child = fork();

        if (child == 0) {
            /* Holds the pipe open as long as it lives. */
            byte = (char) certd_sandbox_service(&options, pid);
            (void) !write(fds[1], &byte, 1);
            (void) sleep(600);
            _exit(0);
        }

        (void) pause();
        _exit(0);
    }

    (void) close(fds[1]);

    byte = 0;
    is_int(read(fds[0], &byte, 1), 1, "a child is there");
    is_int(byte, 1, "in its sandbox");

    (void) kill(middle, SIGKILL);
    (void) waitpid(middle, NULL, 0);

    is_int(read(fds[0], &byte, 1), 0, "and ends with its master");
    (void) close(fds[0]);
}


int
main(void)
{
    certd_options_t  options;

    memset(&options, 0, sizeof(options));

    test_renderer(&options, "the same user");
    test_users();
    test_end();

    return done_testing();
}
