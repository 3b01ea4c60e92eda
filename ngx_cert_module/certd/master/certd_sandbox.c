/*
 * Copyright (C) the ngx_cert authors
 *
 * What the processes give up before they begin.
 *
 * In this order: the network namespace, which takes root; the user; the signal
 * at the master's end, which a change of user would clear; limits; system
 * calls at last, since they could forbid the rest.
 *
 * Rejected limits of a renderer:
 *
 *     RLIMIT_CPU    counts the whole life of a process, and a good renderer
 *                   lives for months; a job that takes too long is killed by
 *                   the clock of the service
 *     RLIMIT_AS     the map of the store is 64 GiB of addresses
 *     RLIMIT_NPROC  counts threads, too, and librsvg starts some for filters;
 *                   new processes are forbidden as system calls instead
 */


#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certd_sandbox.h"
#include "certd_syscalls.h"


#define CERTD_DATA_MAX   (UINT64_C(1) << 30)    /* bytes of memory */
#define CERTD_FILE_MAX   (UINT64_C(64) << 20)   /* bytes of one file */
#define CERTD_FILES_MAX  256

/* Descriptors of the service besides those of connections and renderers. */
#define CERTD_FILES_MORE  128

#define CERTD_NICE_SERVICE   5
#define CERTD_NICE_RENDERER  10


static int certd_sandbox_has_user(const char *name);
static rlim_t certd_sandbox_files_n(const certd_options_t *options);
static int certd_sandbox_has_files(const certd_options_t *options);
static int certd_sandbox_failed(const char *what);
static int certd_sandbox_user(const char *name);
static int certd_sandbox_end(pid_t master);
static int certd_sandbox_common(int nice);
static int certd_sandbox_files(const certd_options_t *options);
static int certd_sandbox_limits(void);
static uint64_t certd_sandbox_file_max(void);
static int certd_sandbox_limit(int resource, uint64_t value);


int
certd_sandbox_check(const certd_options_t *options)
{
    if (geteuid() == 0 && options->user == NULL) {
        certd_log(CERTD_LOG_WARNING, "certd runs as root: name a user with "
                  "--user");
    }

    return certd_sandbox_has_user(options->user)
           && certd_sandbox_has_user(options->renderer_user)
           && certd_sandbox_has_files(options);
}


/*
 * Looked up again in the child: getpwnam() keeps its result in static memory.
 */
static int
certd_sandbox_has_user(const char *name)
{
    struct passwd  *user;

    if (name == NULL) {
        return 1;
    }

    errno = 0;
    user = getpwnam(name);

    if (user == NULL) {
        certd_log(CERTD_LOG_ERROR, "user \"%s\": %s", name,
                  errno != 0 ? strerror(errno) : "no such user");
        return 0;
    }

    if (geteuid() != 0 && user->pw_uid != geteuid()) {
        certd_log(CERTD_LOG_ERROR, "only root can run as \"%s\"", name);
        return 0;
    }

    return 1;
}


static rlim_t
certd_sandbox_files_n(const certd_options_t *options)
{
    return (rlim_t) options->connections + options->renderers
           + CERTD_FILES_MORE;
}


/* Checked at the start: later, connections would fail one by one. */
static int
certd_sandbox_has_files(const certd_options_t *options)
{
    rlim_t         needed;
    struct rlimit  limit;

    needed = certd_sandbox_files_n(options);

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return certd_sandbox_failed("getrlimit");
    }

    if (limit.rlim_max < needed) {
        certd_log(CERTD_LOG_ERROR, "--connections %u takes %llu descriptors, "
                  "and the hard limit is %llu: raise it (ulimit -Hn, "
                  "LimitNOFILE=) or allow fewer", options->connections,
                  (unsigned long long) needed,
                  (unsigned long long) limit.rlim_max);
        return 0;
    }

    return 1;
}


int
certd_sandbox_service(const certd_options_t *options, pid_t master)
{
    return certd_sandbox_user(options->user)
           && certd_sandbox_end(master)
           && certd_sandbox_common(CERTD_NICE_SERVICE)
           && certd_sandbox_files(options);
}


int
certd_sandbox_renderer(const certd_options_t *options, pid_t master)
{
    const char  *user;

    user = options->renderer_user != NULL ? options->renderer_user
                                          : options->user;

    /* Sockets are forbidden below as well: this is a second barrier. */
    if (geteuid() == 0 && unshare(CLONE_NEWNET) != 0) {
        certd_log(CERTD_LOG_INFO, "cannot make a network namespace for a "
                  "renderer: %s", strerror(errno));
    }

    /* A file that would grow too large is an error of its write(). */
    (void) signal(SIGXFSZ, SIG_IGN);

    return certd_sandbox_user(user)
           && certd_sandbox_end(master)
           && certd_sandbox_common(CERTD_NICE_RENDERER)
           && certd_sandbox_limits()
           && certd_syscalls_forbid(CERTD_SANITIZED);
}


static int
certd_sandbox_failed(const char *what)
{
    certd_log(CERTD_LOG_ERROR, "sandbox: %s: %s", what, strerror(errno));

    return 0;
}


/* Groups before the user: after it they can no longer be changed. */
static int
certd_sandbox_user(const char *name)
{
    struct passwd  *user;

    if (name == NULL || geteuid() != 0) {
        return 1;
    }

    user = getpwnam(name);

    if (user == NULL) {
        return certd_sandbox_failed("the user no longer exists");
    }

    if (initgroups(name, user->pw_gid) != 0) {
        return certd_sandbox_failed("initgroups");
    }

    if (setresgid(user->pw_gid, user->pw_gid, user->pw_gid) != 0) {
        return certd_sandbox_failed("setresgid");
    }

    if (setresuid(user->pw_uid, user->pw_uid, user->pw_uid) != 0) {
        return certd_sandbox_failed("setresuid");
    }

    return 1;
}


/* The master may have ended before the signal was set. */
static int
certd_sandbox_end(pid_t master)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) {
        return certd_sandbox_failed("PR_SET_PDEATHSIG");
    }

    return getppid() == master;
}


/*
 * No core dumps and no tracing: both show keys and persons.  And nginx first:
 * where cores are short, checks are not to wait for copies.
 */
static int
certd_sandbox_common(int nice)
{
    (void) umask(027);

    if (getpriority(PRIO_PROCESS, 0) < nice
        && setpriority(PRIO_PROCESS, 0, nice) != 0)
    {
        return certd_sandbox_failed("setpriority");
    }

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return certd_sandbox_failed("PR_SET_NO_NEW_PRIVS");
    }

    if (!CERTD_SANITIZED && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
        return certd_sandbox_failed("PR_SET_DUMPABLE");
    }

    return certd_sandbox_limit(RLIMIT_CORE, 0);
}


/* The soft limit is often 1024, for the sake of programs that select(). */
static int
certd_sandbox_files(const certd_options_t *options)
{
    rlim_t         needed;
    struct rlimit  limit;

    needed = certd_sandbox_files_n(options);

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return certd_sandbox_failed("getrlimit");
    }

    if (limit.rlim_cur >= needed) {
        return 1;
    }

    limit.rlim_cur = needed;

    return setrlimit(RLIMIT_NOFILE, &limit) == 0
           || certd_sandbox_failed("setrlimit");
}


static int
certd_sandbox_limits(void)
{
    return (CERTD_SANITIZED
            || certd_sandbox_limit(RLIMIT_DATA, CERTD_DATA_MAX))
           && certd_sandbox_limit(RLIMIT_FSIZE, certd_sandbox_file_max())
           && certd_sandbox_limit(RLIMIT_NOFILE, CERTD_FILES_MAX);
}


/*
 * A log that is a file falls under the bound as well, and its end may lie
 * beyond it: it may grow by as much as another file.  Rejected: the log by a
 * pipe through the master, which then has to read what renderers write; what
 * becomes of copies is told by the service, whose log has no bound.
 */
static uint64_t
certd_sandbox_file_max(void)
{
    struct stat  st;

    if (fstat(STDERR_FILENO, &st) != 0 || !S_ISREG(st.st_mode)) {
        return CERTD_FILE_MAX;
    }

    return CERTD_FILE_MAX + (uint64_t) st.st_size;
}


/* Lower than it is, never higher: systemd may have set less. */
static int
certd_sandbox_limit(int resource, uint64_t value)
{
    struct rlimit  limit;

    if (getrlimit(resource, &limit) != 0) {
        return certd_sandbox_failed("getrlimit");
    }

    if (limit.rlim_max > value) {
        limit.rlim_max = value;
    }

    if (limit.rlim_cur > limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
    }

    return setrlimit(resource, &limit) == 0
           || certd_sandbox_failed("setrlimit");
}
