/*
 * Copyright (C) the ngx_cert authors
 *
 * A home folder and what a command opens in it:
 *
 *     store/data.mdb, lock.mdb     the store
 *     store.mark                   how far it has been
 *     keys/public.keys             token, record, match
 *     keys/private.keys            personal, lookup, session
 *     seals/NAME.pem or NAME.p12   signing key and chain of a seal
 *     seals/ca.pem                 authorities that "verify" trusts
 *     pdf/ab/cd/CODE.pdf           sealed copies
 *     templates/                   faces, if the authority has its own
 *
 * A process opens the store at most once, and never before it forks; the keys
 * come first, since the head of the store is verified with them.
 *
 * Public keys lie apart from private ones because nginx reads them: a file that
 * it may read must not hold a name's key.
 *
 * The lock of a home's keys.
 *
 * LMDB lets one writer at a time into the store, so changes of records cannot
 * be lost.  The keyrings are files beside it, read as a whole and written as a
 * whole: two "keys rotate" at once would each write back what they had read,
 * and the later one would drop the key of the earlier.  Worse, an import that
 * read its keys before "keys retire" would go on sealing under a key that is no
 * longer accepted.  So a command that writes records holds the lock together
 * with others, and one that writes a keyring holds it alone.
 *
 * It is a flock() on the folder of keys: the kernel drops it when its holder
 * dies, and there is no lock file whose owner or mode could be wrong.  The home
 * itself was rejected, since any account of the machine may open it and make
 * every command wait; so was a lock on the keyring, which is replaced by a
 * rename.
 *
 * The wait has an end: an import may take an hour, and an operator should be
 * told so rather than watch a command that says nothing.
 */


#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "cert_keyring_file.h"
#include "cert_read.h"
#include "certctl_home.h"
#include "certctl_output.h"
#include "certctl_progress.h"


#define CERTCTL_LOCK_WAIT_MS   10000
#define CERTCTL_LOCK_PAUSE_MS  20

/* "/" and the digits of a number. */
#define CERTCTL_HOME_RUN_SIZE  22


static void certctl_home_actor(certctl_t *ctl);
static void certctl_home_mask_actor(char *text);
static int certctl_home_ring(certctl_t *ctl, const char *name, int is_needed);
static int certctl_home_handles(certctl_t *ctl, cert_store_mode_t mode);
static int certctl_home_policy(certctl_t *ctl);
static int certctl_home_now(certctl_t *ctl);
static int certctl_home_check_at(certctl_t *ctl,
    const cert_store_stat_t *stat);
static void certctl_home_unlock(certctl_t *ctl);
static int certctl_home_lock_open(certctl_t *ctl);
static int certctl_home_lock_wait(int fd, int operation);


/* The only place where certctl asks for the time of day. */
cert_time_t
certctl_home_clock(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_REALTIME, &ts);

    return ts.tv_sec;
}


/*
 * Fills in the actor of journal entries: certctl:USER, printable ASCII.  By the
 * real uid: what the environment says of the user could be anything.
 */
static void
certctl_home_actor(certctl_t *ctl)
{
    struct passwd  *pw;

    pw = getpwuid(getuid());

    if (pw != NULL) {
        (void) snprintf(ctl->actor, sizeof(ctl->actor), "certctl:%s",
                        pw->pw_name);

    } else {
        (void) snprintf(ctl->actor, sizeof(ctl->actor), "certctl:%lu",
                        (unsigned long) getuid());
    }

    certctl_home_mask_actor(ctl->actor);
}


/* In place of the one before; a long name is cut for it. */
uint64_t
certctl_home_run(certctl_t *ctl)
{
    char               run[CERTCTL_HOME_RUN_SIZE];
    size_t             len, max;
    cert_store_stat_t  stat;

    if (cert_read_stat(ctl->reader, &stat) != CERT_OK) {
        return 0;
    }

    (void) snprintf(run, sizeof(run), "/%llu",
                    (unsigned long long) stat.journal + 1);

    certctl_home_actor(ctl);
    len = strlen(ctl->actor);
    max = CERT_ACTOR_MAX - strlen(run);
    strcpy(ctl->actor + (len < max ? len : max), run);

    return stat.journal + 1;
}


/*
 * A name from a directory service could hold anything.  The journal separates
 * by blanks where it is printed, so a blank is masked as well.
 */
static void
certctl_home_mask_actor(char *text)
{
    for ( /* void */ ; *text != '\0'; text++) {
        if (*text <= ' ' || *text > '~') {
            *text = '?';
        }
    }
}


/* Too long is an error: a path that was cut would name something else. */
int
certctl_home_path(certctl_t *ctl, char path[CERTCTL_PATH_MAX],
    const char *name)
{
    int  n;

    n = snprintf(path, CERTCTL_PATH_MAX, "%s/%s", ctl->home, name);

    if (n < 0 || n >= CERTCTL_PATH_MAX) {
        return certctl_error(ctl, CERT_SYSTEM, "the path of \"%s\" is too "
                             "long", name);
    }

    return 0;
}


/* Without private keys much can still be asked: stat, fsck, a check. */
int
certctl_home_open_keys(certctl_t *ctl)
{
    int  status;

    ctl->ring = cert_keyring_create();
    if (ctl->ring == NULL) {
        return certctl_error(ctl, CERT_NO_MEMORY, "out of memory");
    }

    status = certctl_home_ring(ctl, "keys/public.keys", 1);

    return status != 0 ? status
                       : certctl_home_ring(ctl, "keys/private.keys", 0);
}


/* Whatever is wrong, the answer is not "no" but "could not look". */
static int
certctl_home_ring(certctl_t *ctl, const char *name, int is_needed)
{
    int            status;
    char           path[CERTCTL_PATH_MAX];
    cert_err_t     err;
    cert_reason_t  reason;

    status = certctl_home_path(ctl, path, name);
    if (status != 0) {
        return status;
    }

    err = cert_keyring_read(ctl->ring, path, &reason);

    if (err == CERT_OK || (err == CERT_NOT_FOUND && !is_needed)) {
        return 0;
    }

    (void) certctl_error(ctl, err, "%s: %s", path, reason.text);

    return CERTCTL_SYSTEM;
}


/*
 * A command that only reads takes no lock: a rotation need not wait for an
 * export.
 */
int
certctl_home_open(certctl_t *ctl, cert_store_mode_t mode)
{
    int  status;

    status = mode == CERT_STORE_WRITE || mode == CERT_STORE_ACCEPT
             ? certctl_home_lock(ctl, CERTCTL_LOCK_USE) : 0;

    if (status == 0) {
        status = certctl_home_open_keys(ctl);
    }

    if (status == 0) {
        status = certctl_home_open_store(ctl, mode);
    }

    return status;
}


/* The policy comes with the store: without its zone no time can be printed. */
int
certctl_home_open_store(certctl_t *ctl, cert_store_mode_t mode)
{
    int  status;

    status = certctl_home_handles(ctl, mode);
    if (status != 0) {
        return status;
    }

    certctl_home_actor(ctl);

    status = certctl_home_policy(ctl);

    if (status == 0) {
        status = certctl_home_now(ctl);
    }

    return status;
}


/* What is open when one of them fails is closed by certctl_home_close(). */
static int
certctl_home_handles(certctl_t *ctl, cert_store_mode_t mode)
{
    int            status;
    char           path[CERTCTL_PATH_MAX];
    cert_err_t     err;
    cert_reason_t  reason;

    status = certctl_home_path(ctl, path, "store");
    if (status != 0) {
        return status;
    }

    err = cert_store_open(&ctl->store, path, mode, ctl->ring, &reason);
    if (err != CERT_OK) {
        return certctl_error(ctl, err, "%s: %s", path, reason.text);
    }

    err = cert_reader_open(&ctl->reader, ctl->store, &reason);
    if (err != CERT_OK) {
        return certctl_error(ctl, err, "%s: %s", path, reason.text);
    }

    return 0;
}


/* Serves after any failure: what was not opened is NULL. */
void
certctl_home_close(certctl_t *ctl)
{
    cert_reader_close(ctl->reader);
    cert_store_close(ctl->store);
    cert_keyring_destroy(ctl->ring);
    certctl_home_unlock(ctl);

    ctl->reader = NULL;
    ctl->store = NULL;
    ctl->ring = NULL;
}


/* Said before anything is begun, not at the first name that cannot be read. */
int
certctl_home_need_private(certctl_t *ctl, const char *what)
{
    if (cert_keyring_has(ctl->ring, CERT_KEY_PERSONAL)
        && cert_keyring_has(ctl->ring, CERT_KEY_LOOKUP))
    {
        return 0;
    }

    return certctl_error(ctl, CERT_NO_KEY, "%s needs the private keys: "
                         "cannot use \"%s/keys/private.keys\"", what,
                         ctl->home);
}


/* Read again where it is changed (cmd_policy.c). */
static int
certctl_home_policy(certctl_t *ctl)
{
    cert_err_t  err;

    err = cert_read_policy(ctl->reader, &ctl->policy);

    if (err != CERT_OK) {
        return certctl_error(ctl, err, "cannot read the policy: %s",
                             cert_err_name(err));
    }

    return 0;
}


/* The clock, or the highest time seen if the clock was set back. */
static int
certctl_home_now(certctl_t *ctl)
{
    cert_err_t         err;
    cert_store_stat_t  stat;

    err = cert_read_now(ctl->reader, certctl_home_clock(), &ctl->now);
    if (err == CERT_OK) {
        err = cert_read_stat(ctl->reader, &stat);
    }

    if (err != CERT_OK) {
        return certctl_error(ctl, err, "cannot read the head of the store: "
                             "%s", cert_err_name(err));
    }

    return ctl->at == NULL ? 0 : certctl_home_check_at(ctl, &stat);
}


/*
 * Times by hand would let an operator date an application back, so they are
 * for stores that were made to show something and never for real ones.
 */
static int
certctl_home_check_at(certctl_t *ctl, const cert_store_stat_t *stat)
{
    int   status;
    char  text[CERT_TIME_TEXT_SIZE];

    if (!stat->is_demonstration) {
        return certctl_usage(ctl, "\"--at\" is only for stores made by "
                             "\"certctl init --demonstration\"");
    }

    status = certctl_home_at(ctl, ctl->policy.utc_offset_sec, &ctl->now);
    if (status != 0) {
        return status;
    }

    if (ctl->now < stat->highest) {
        cert_time_format(stat->highest, ctl->policy.utc_offset_sec, text);
        return certctl_usage(ctl, "\"--at\" is before the highest time that "
                             "this store has seen, %s", text);
    }

    return 0;
}


int
certctl_home_at(certctl_t *ctl, int utc_offset_sec, cert_time_t *now)
{
    if (cert_time_parse(now, cert_strz(ctl->at), utc_offset_sec) != CERT_OK) {
        return certctl_usage(ctl, "\"--at\" takes a time such as "
                             "2026-01-31T10:20:30+08:00, not \"%s\"",
                             ctl->at);
    }

    return 0;
}


int
certctl_home_lock(certctl_t *ctl, certctl_lock_t kind)
{
    int  status;

    if (ctl->lock == 0) {
        status = certctl_home_lock_open(ctl);
        if (status != 0) {
            return status;
        }
    }

    if (certctl_home_lock_wait(ctl->lock - 1, kind == CERTCTL_LOCK_CHANGE
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


/* Nothing held is allowed. */
static void
certctl_home_unlock(certctl_t *ctl)
{
    if (ctl->lock != 0) {
        close(ctl->lock - 1);
        ctl->lock = 0;
    }
}


/*
 * No folder is reported as a keyring that is not there: that is what a mistyped
 * home looks like with any command.
 */
static int
certctl_home_lock_open(certctl_t *ctl)
{
    int            fd, status;
    char           path[CERTCTL_PATH_MAX];
    cert_reason_t  reason;

    status = certctl_home_path(ctl, path, "keys");
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
 * Tries again and again instead of sleeping in flock(): an alarm to end that
 * would reach whatever else of the process is in a system call.
 */
static int
certctl_home_lock_wait(int fd, int operation)
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
