/*
 * Copyright (C) the ngx_cert authors
 *
 * The lock of a home's keys.
 *
 * LMDB lets one writer at a time into the store, so changes of records cannot
 * be lost.  The keyrings are files beside it, read as a whole and written as
 * a whole: two "keys rotate" at once would each write back what they had read,
 * and the later one would drop the key of the earlier.  Worse, an import that
 * read its keys before "keys retire" would go on sealing under a key that
 * nobody accepts any more.  So whoever writes records holds the lock together
 * with others, and whoever writes a keyring holds it alone.
 *
 * It is a flock() on the folder of keys: the kernel drops it when its holder
 * dies, and there is no lock file whose owner or mode could be wrong.  The
 * home itself was rejected, since anyone on the machine may open it and hold
 * everybody up; so was a lock on the keyring, which is replaced by a rename.
 *
 * The wait has an end: an import may take an hour, and an operator should be
 * told so rather than watch a command that says nothing.
 */


#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "certctl_lock.h"
#include "certctl_progress.h"


#define CERTCTL_LOCK_WAIT_MS   10000
#define CERTCTL_LOCK_PAUSE_MS  20


static int certctl_lock_open(certctl_t *ctl);
static int certctl_lock_wait(int fd, int operation);


int
certctl_lock(certctl_t *ctl, certctl_lock_t kind)
{
    int  status;

    if (ctl->lock == 0) {
        status = certctl_lock_open(ctl);
        if (status != 0) {
            return status;
        }
    }

    if (certctl_lock_wait(ctl->lock - 1, kind == CERTCTL_LOCK_CHANGE
                                         ? LOCK_EX : LOCK_SH) == 0)
    {
        return 0;
    }

    if (errno != EWOULDBLOCK) {
        return certctl_error(ctl, CERT_SYSTEM, "cannot lock \"%s/keys\": %s",
                             ctl->home, strerror(errno));
    }

    return certctl_error(ctl, CERT_BUSY, kind == CERTCTL_LOCK_CHANGE
                         ? "another certctl is changing or using the keys of "
                           "\"%s\"; try again when it is done"
                         : "another certctl is changing the keys of \"%s\"; "
                           "try again when it is done", ctl->home);
}


void
certctl_unlock(certctl_t *ctl)
{
    if (ctl->lock != 0) {
        close(ctl->lock - 1);
        ctl->lock = 0;
    }
}


/*
 * No folder is told as a keyring that is not there: that is what a mistyped
 * home looks like with any command.
 */
static int
certctl_lock_open(certctl_t *ctl)
{
    int            fd, status;
    char           path[CERTCTL_PATH_MAX];
    cert_reason_t  reason;

    status = certctl_path(ctl, path, "keys");
    if (status != 0) {
        return status;
    }

    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd == -1) {
        cert_reason_file(&reason, "cannot open the folder", path, errno);
        return certctl_error(ctl, CERT_SYSTEM, "%s/public.keys: %s", path,
                             reason.text);
    }

    ctl->lock = fd + 1;

    return 0;
}


/*
 * Asks again and again instead of sleeping in flock(): an alarm to end that
 * would reach whatever else of the process is in a system call.
 */
static int
certctl_lock_wait(int fd, int operation)
{
    int64_t                until_ms;
    const struct timespec  pause = { 0, CERTCTL_LOCK_PAUSE_MS * 1000000L };

    until_ms = certctl_clock_ms() + CERTCTL_LOCK_WAIT_MS;

    while (flock(fd, operation | LOCK_NB) != 0) {

        if (errno == EINTR) {
            continue;
        }

        if (errno != EWOULDBLOCK || certctl_clock_ms() >= until_ms) {
            return -1;
        }

        (void) nanosleep(&pause, NULL);
        errno = EWOULDBLOCK;
    }

    return 0;
}
