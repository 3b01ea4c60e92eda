/*
 * Copyright (C) the ngx_cert authors
 *
 * The system calls a renderer may not make: those it could reach the network,
 * other processes or other parts of the kernel with.
 *
 * All others are allowed.  Rejected: a list of those that are needed.  It would
 * depend on the versions of a dozen libraries, and an update of one of them
 * would break renderers in the field.
 *
 * They fail with EPERM and do not kill: a library that tries one of them for
 * its convenience goes on without.
 */


#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "certd.h"
#include "certd_syscalls.h"


/* Of ioprio_set(), for which the C library has no header. */
#define CERTD_IOPRIO_PROCESS  1

/* Every argument but this; an argument that only the lower half counts of. */
#define certd_syscalls_not(n, value)                                          \
    { n, SCMP_CMP_NE, value, 0 }
#define certd_syscalls_half(n, value)                                         \
    { n, SCMP_CMP_MASKED_EQ, UINT32_MAX, value }

/* A call that is refused where one of its arguments is, or is not, a value. */
typedef struct {
    int                  call;
    struct scmp_arg_cmp  arg;
} certd_syscalls_rule_t;


static int certd_syscalls_refuse(scmp_filter_ctx filter, const int *calls,
    size_t n);
static int certd_syscalls_processes(scmp_filter_ctx filter);
static int certd_syscalls_signals(scmp_filter_ctx filter);
static int certd_syscalls_limits(scmp_filter_ctx filter);
static int certd_syscalls_rules(scmp_filter_ctx filter,
    const certd_syscalls_rule_t *rules, size_t n);


/* The descriptor a renderer has is all it needs. */
static const int  certd_syscalls_network[] = {
    SCMP_SYS(socket), SCMP_SYS(socketpair), SCMP_SYS(connect),
    SCMP_SYS(bind), SCMP_SYS(listen), SCMP_SYS(accept), SCMP_SYS(accept4),
    /* Does all of those without a system call of its own. */
    SCMP_SYS(io_uring_setup), SCMP_SYS(io_uring_enter),
    SCMP_SYS(io_uring_register)
};

/* clone() and clone3() have rules of their own, for threads. */
static const int  certd_syscalls_programs[] = {
    SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(fork), SCMP_SYS(vfork)
};

/* Other renderers have the same user, and the keys of the seals. */
static const int  certd_syscalls_others[] = {
    SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
    SCMP_SYS(process_madvise), SCMP_SYS(pidfd_open), SCMP_SYS(pidfd_getfd),
    SCMP_SYS(process_mrelease), SCMP_SYS(kcmp), SCMP_SYS(open_by_handle_at)
};

/* kill() and tgkill() have rules of their own, for abort(). */
static const int  certd_syscalls_signalling[] = {
    SCMP_SYS(tkill), SCMP_SYS(rt_sigqueueinfo), SCMP_SYS(rt_tgsigqueueinfo),
    SCMP_SYS(pidfd_send_signal)
};

/* Most need root, which a renderer is where no user is named. */
static const int  certd_syscalls_kernel[] = {
    SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root),
    SCMP_SYS(chroot), SCMP_SYS(open_tree), SCMP_SYS(move_mount),
    SCMP_SYS(fsopen), SCMP_SYS(fsconfig), SCMP_SYS(fsmount),
    SCMP_SYS(fspick), SCMP_SYS(mount_setattr), SCMP_SYS(unshare),
    SCMP_SYS(setns), SCMP_SYS(bpf), SCMP_SYS(perf_event_open),
    SCMP_SYS(userfaultfd), SCMP_SYS(add_key), SCMP_SYS(request_key),
    SCMP_SYS(keyctl), SCMP_SYS(init_module), SCMP_SYS(finit_module),
    SCMP_SYS(delete_module), SCMP_SYS(kexec_load),
    SCMP_SYS(kexec_file_load), SCMP_SYS(reboot), SCMP_SYS(swapon),
    SCMP_SYS(swapoff), SCMP_SYS(acct), SCMP_SYS(quotactl),
    SCMP_SYS(settimeofday), SCMP_SYS(clock_settime), SCMP_SYS(adjtimex),
    SCMP_SYS(clock_adjtime), SCMP_SYS(sethostname),
    SCMP_SYS(setdomainname), SCMP_SYS(iopl), SCMP_SYS(ioperm),
    SCMP_SYS(modify_ldt), SCMP_SYS(personality)
};

/* A search for leaks stops the threads of its own process by these. */
static const int  certd_syscalls_tracing[] = {
    SCMP_SYS(ptrace)
};

#define certd_syscalls(filter, calls)                                         \
    certd_syscalls_refuse(filter, calls, sizeof(calls) / sizeof(calls[0]))


int
certd_syscalls_forbid(int is_sanitized)
{
    int              rc;
    scmp_filter_ctx  filter;

    filter = seccomp_init(SCMP_ACT_ALLOW);
    if (filter == NULL) {
        certd_log(CERTD_LOG_ERROR, "sandbox: cannot create the filter of "
                  "system calls");
        return 0;
    }

    rc = certd_syscalls(filter, certd_syscalls_network);

    if (rc == 0) {
        rc = certd_syscalls(filter, certd_syscalls_programs);
    }

    if (rc == 0) {
        rc = certd_syscalls(filter, certd_syscalls_others);
    }

    if (rc == 0) {
        rc = certd_syscalls(filter, certd_syscalls_kernel);
    }

    if (rc == 0 && !is_sanitized) {
        rc = certd_syscalls(filter, certd_syscalls_tracing);
    }

    if (rc == 0 && !is_sanitized) {
        rc = certd_syscalls_processes(filter);
    }

    if (rc == 0 && !is_sanitized) {
        rc = certd_syscalls_signals(filter);
    }

    if (rc == 0) {
        rc = certd_syscalls_limits(filter);
    }

    if (rc == 0) {
        rc = seccomp_load(filter);
    }

    seccomp_release(filter);

    if (rc != 0) {
        certd_log(CERTD_LOG_ERROR, "sandbox: system calls cannot be "
                  "forbidden: %s", strerror(-rc));
    }

    return rc == 0;
}


/* A call that this processor does not have needs no rule. */
static int
certd_syscalls_refuse(scmp_filter_ctx filter, const int *calls, size_t n)
{
    int     rc;
    size_t  i;

    for (i = 0; i < n; i++) {
        rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), calls[i], 0);
        if (rc != 0 && rc != -EDOM) {
            return rc;
        }
    }

    return 0;
}


/*
 * Threads are allowed, processes are not.  What clone3() would do lies in
 * memory, where a filter cannot look; as if the kernel were too old for it, the
 * C library takes clone() instead.
 */
static int
certd_syscalls_processes(scmp_filter_ctx filter)
{
    int  rc;

    rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
                          SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
    if (rc != 0) {
        return rc;
    }

    return seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3),
                            0);
}


/*
 * To no process but itself: other renderers run as the same user, the service
 * does where there is one user only, and the group would reach them all.  A
 * file that tells its owner when it can be read sends signals, too.
 *
 * The number is compared in full width: what differs in the upper half, which
 * the kernel does not look at, is refused as well.
 */
static int
certd_syscalls_signals(scmp_filter_ctx filter)
{
    int     rc;
    pid_t   pid;

    pid = getpid();

    const certd_syscalls_rule_t  rules[] = {
        { SCMP_SYS(kill), certd_syscalls_not(0, (scmp_datum_t) pid) },
        { SCMP_SYS(tgkill), certd_syscalls_not(0, (scmp_datum_t) pid) },
        { SCMP_SYS(fcntl), certd_syscalls_half(1, F_SETOWN) },
        { SCMP_SYS(fcntl), certd_syscalls_half(1, F_SETOWN_EX) },
        { SCMP_SYS(ioctl), certd_syscalls_half(1, FIOSETOWN) },
        { SCMP_SYS(ioctl), certd_syscalls_half(1, SIOCSPGRP) }
    };

    rc = certd_syscalls(filter, certd_syscalls_signalling);

    return rc == 0 ? certd_syscalls_rules(filter, rules,
                                          sizeof(rules) / sizeof(rules[0]))
                   : rc;
}


/* Limits, cores and priority: its own only, which is 0. */
static int
certd_syscalls_limits(scmp_filter_ctx filter)
{
    static const certd_syscalls_rule_t  rules[] = {
        { SCMP_SYS(prlimit64), certd_syscalls_not(0, 0) },
        { SCMP_SYS(setpriority), certd_syscalls_not(0, PRIO_PROCESS) },
        { SCMP_SYS(setpriority), certd_syscalls_not(1, 0) },
        { SCMP_SYS(ioprio_set),
          certd_syscalls_not(0, CERTD_IOPRIO_PROCESS) },
        { SCMP_SYS(ioprio_set), certd_syscalls_not(1, 0) },
        { SCMP_SYS(sched_setaffinity), certd_syscalls_not(0, 0) },
        { SCMP_SYS(sched_setscheduler), certd_syscalls_not(0, 0) },
        { SCMP_SYS(sched_setparam), certd_syscalls_not(0, 0) },
        { SCMP_SYS(sched_setattr), certd_syscalls_not(0, 0) },
        { SCMP_SYS(migrate_pages), certd_syscalls_not(0, 0) },
        { SCMP_SYS(move_pages), certd_syscalls_not(0, 0) }
    };

    return certd_syscalls_rules(filter, rules,
                                sizeof(rules) / sizeof(rules[0]));
}


static int
certd_syscalls_rules(scmp_filter_ctx filter,
    const certd_syscalls_rule_t *rules, size_t n)
{
    int     rc;
    size_t  i;

    for (i = 0; i < n; i++) {
        rc = seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM),
                                    rules[i].call, 1, &rules[i].arg);
        if (rc != 0 && rc != -EDOM) {
            return rc;
        }
    }

    return 0;
}
