/*
 * Copyright (C) the ngx_cert authors
 *
 * A child gives up all that root has, for good, before it looks at anything;
 * what it found comes back as JSON through a pipe, as text that is only
 * printed.  To change the effective user and back was rejected: a library that
 * is called meanwhile could keep what it opened, and threads would differ.
 */


#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

#include "certctl_doctor_child.h"


static void certctl_doctor_child_run(certctl_doctor_t *doctor,
    const struct passwd *account, int fd,
    void (*look)(certctl_doctor_t *doctor));
static int certctl_doctor_child_become(const struct passwd *account);
static void certctl_doctor_child_repeat(certctl_doctor_t *doctor,
    const json_t *found);


void
certctl_doctor_child(certctl_doctor_t *doctor, const struct passwd *account,
    const char *topic, void (*look)(certctl_doctor_t *doctor))
{
    int      fds[2];
    pid_t    pid;
    json_t  *found;

    found = NULL;
    (void) fflush(stdout);

    if (pipe2(fds, O_CLOEXEC) == 0) {
        pid = fork();

        if (pid == 0) {
            (void) close(fds[0]);
            certctl_doctor_child_run(doctor, account, fds[1], look);
            _exit(0);
        }

        (void) close(fds[1]);

        if (pid != -1) {
            found = json_loadfd(fds[0], 0, NULL);
            (void) waitpid(pid, NULL, 0);
        }

        (void) close(fds[0]);
    }

    if (found == NULL) {
        certctl_doctor_say(doctor, CERTCTL_FAULT, topic, "Try again; if it "
                           "stays, its log or core dump says more", "the look "
                           "as %s ended without an answer",
                           account != NULL ? account->pw_name : "this account");
        return;
    }

    certctl_doctor_child_repeat(doctor, found);
    json_decref(found);
}


/* Nothing is written where something went wrong, which the parent tells. */
static void
certctl_doctor_child_run(certctl_doctor_t *doctor,
    const struct passwd *account, int fd,
    void (*look)(certctl_doctor_t *doctor))
{
    json_decref(doctor->findings);
    doctor->findings = json_array();

    if (account != NULL && !certctl_doctor_child_become(account)) {
        return;
    }

    look(doctor);

    (void) json_dumpfd(doctor->findings, fd, JSON_COMPACT);
}


static int
certctl_doctor_child_become(const struct passwd *account)
{
    return initgroups(account->pw_name, account->pw_gid) == 0
           && setgid(account->pw_gid) == 0 && setuid(account->pw_uid) == 0;
}


static void
certctl_doctor_child_repeat(certctl_doctor_t *doctor, const json_t *found)
{
    size_t         i;
    const json_t  *one;

    json_array_foreach(found, i, one) {
        certctl_doctor_say(doctor,
            certctl_doctor_level(json_string_value(json_object_get(one,
                                                                   "level"))),
            json_string_value(json_object_get(one, "topic")),
            json_string_value(json_object_get(one, "remedy")), "%s",
            json_string_value(json_object_get(one, "text")));
    }
}
