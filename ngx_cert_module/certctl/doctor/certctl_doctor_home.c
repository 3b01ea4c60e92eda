/*
 * Copyright (C) the ngx_cert authors
 *
 * Folders, owners and modes.
 *
 * What an account may do is asked of the kernel, by a child that becomes that
 * account: modes alone do not tell of a parent folder, an ACL or a mount that
 * is read only.
 */


#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "certctl_doctor_home.h"
#include "certctl_home.h"


/* Accounts that nginx's packages have for its workers. */
static const char *const  certctl_doctor_workers[] = { "www-data", "nginx" };

typedef struct {
    const char  *name;          /* below the home */
    mode_t       closed;        /* bits that nobody may have */
    int          is_folder;
    int          is_needed;
} certctl_doctor_file_t;

static const certctl_doctor_file_t  certctl_doctor_files[] = {
    { "keys", S_IRWXO, 1, 1 },
    { "keys/private.keys", S_IRWXO|S_IWGRP, 0, 1 },
    { "keys/public.keys", S_IRWXO|S_IWGRP, 0, 1 },
    { "seals", S_IRWXG|S_IRWXO, 1, 1 },
    { "seals/ca.pem", S_IWGRP|S_IWOTH, 0, 1 },
    { "pdf", S_IRWXO|S_IWGRP, 1, 1 },
    { "store", S_IRWXO, 1, 1 },
    { "store/data.mdb", S_IRWXO|S_IWGRP, 0, 1 },
    { "store/lock.mdb", S_IRWXO, 0, 1 },
    { "run", S_IRWXO|S_IWGRP, 1, 0 },
    { "store.mark", S_IWGRP|S_IWOTH, 0, 0 }
};

/* What the account of each is for. */
typedef enum {
    CERTCTL_DOCTOR_WORKERS = 1,
    CERTCTL_DOCTOR_CERTD = 2,
    CERTCTL_DOCTOR_RENDERERS = 4
} certctl_doctor_role_t;

/* Roles that must be able to, and roles that must not. */
typedef struct {
    const char  *name;
    int          mode;
    const char  *what;
    unsigned     need;
    unsigned     forbid;
} certctl_doctor_right_t;

static const certctl_doctor_right_t  certctl_doctor_rights[] = {
    { "store/data.mdb", R_OK, "read",
      CERTCTL_DOCTOR_WORKERS|CERTCTL_DOCTOR_CERTD|CERTCTL_DOCTOR_RENDERERS, 0 },
    { "store/data.mdb", W_OK, "write",
      CERTCTL_DOCTOR_CERTD, CERTCTL_DOCTOR_WORKERS|CERTCTL_DOCTOR_RENDERERS },
    { "store/lock.mdb", R_OK|W_OK, "write",
      CERTCTL_DOCTOR_WORKERS|CERTCTL_DOCTOR_CERTD|CERTCTL_DOCTOR_RENDERERS, 0 },
    { "keys/private.keys", R_OK, "read",
      CERTCTL_DOCTOR_CERTD|CERTCTL_DOCTOR_RENDERERS, CERTCTL_DOCTOR_WORKERS },
    { "seals", X_OK, "look into",
      CERTCTL_DOCTOR_RENDERERS, CERTCTL_DOCTOR_WORKERS|CERTCTL_DOCTOR_CERTD },
    { "pdf", X_OK, "look into",
      CERTCTL_DOCTOR_WORKERS|CERTCTL_DOCTOR_RENDERERS, 0 },
    { "pdf", W_OK, "write",
      CERTCTL_DOCTOR_RENDERERS, CERTCTL_DOCTOR_WORKERS },
    { "run", X_OK, "look into", CERTCTL_DOCTOR_WORKERS|CERTCTL_DOCTOR_CERTD, 0 }
};

#define CERTCTL_DOCTOR_RIGHTS                                                 \
    (sizeof(certctl_doctor_rights) / sizeof(certctl_doctor_rights[0]))


static int certctl_doctor_file(certctl_doctor_t *doctor,
    const certctl_doctor_file_t *file);
static void certctl_doctor_accounts(certctl_doctor_t *doctor, uid_t certd,
    uid_t renderer);
static const struct passwd *certctl_doctor_worker(certctl_doctor_t *doctor);
static void certctl_doctor_account(certctl_doctor_t *doctor,
    const struct passwd *account, const char *name, unsigned role,
    unsigned also);
static int certctl_doctor_may(const certctl_t *ctl,
    const struct passwd *account, char may[CERTCTL_DOCTOR_RIGHTS]);
static void certctl_doctor_become(const certctl_t *ctl,
    const struct passwd *account, int fd);


int
certctl_doctor_home(certctl_doctor_t *doctor, uid_t *renderer)
{
    int          is_whole;
    char         path[CERTCTL_PATH_MAX];
    size_t       i;
    uid_t        certd;
    struct stat  st;

    if (stat(doctor->ctl->home, &st) == -1 || !S_ISDIR(st.st_mode)) {
        certctl_doctor_say(doctor, CERTCTL_FAULT, "home", "Name another with "
                           "--home, or make it: certctl init", "\"%s\": %s",
                           doctor->ctl->home, strerror(errno));
        return 0;
    }

    is_whole = 1;

    for (i = 0; i < sizeof(certctl_doctor_files)
                    / sizeof(certctl_doctor_files[0]); i++)
    {
        is_whole &= certctl_doctor_file(doctor, &certctl_doctor_files[i]);
    }

    if (is_whole) {
        certctl_doctor_say(doctor, CERTCTL_SOUND, "home", NULL, "\"%s\" has "
                           "all its folders, with safe modes",
                           doctor->ctl->home);
    }

    certd = st.st_uid;

    if (certctl_home_path(doctor->ctl, path, "keys") == 0
        && stat(path, &st) == 0)
    {
        certd = st.st_uid;
    }

    *renderer = certd;

    if (certctl_home_path(doctor->ctl, path, "seals") == 0
        && stat(path, &st) == 0)
    {
        *renderer = st.st_uid;
    }

    certctl_doctor_accounts(doctor, certd, *renderer);

    return 1;
}


/* Of whom the files of the store are shows by what the accounts may do. */
static int
certctl_doctor_file(certctl_doctor_t *doctor,
    const certctl_doctor_file_t *file)
{
    char         path[CERTCTL_PATH_MAX];
    struct stat  st;

    if (certctl_home_path(doctor->ctl, path, file->name) != 0) {
        return 0;
    }

    if (stat(path, &st) == -1) {

        if (errno == EACCES) {
            certctl_doctor_say(doctor, CERTCTL_WARNING, "home", "Run it as "
                               "root", "\"%s\" cannot be looked at by this "
                               "account", path);
            return 0;
        }

        if (!file->is_needed) {
            return 1;
        }

        certctl_doctor_say(doctor, CERTCTL_FAULT, "home",
                           strncmp(file->name, "store", 5) == 0
                           ? "Restore it from a backup, with certd and nginx "
                             "stopped"
                           : strncmp(file->name, "seals", 5) == 0
                           ? "Install the seals and the roots that vouch for "
                             "them (docs/seals.md)"
                           : "Restore it from a backup; certctl init makes "
                             "it for a new home",
                           "\"%s\": %s", path, strerror(errno));
        return 0;
    }

    if ((S_ISDIR(st.st_mode) != 0) != file->is_folder) {
        certctl_doctor_say(doctor, CERTCTL_FAULT, "home", "Move it away",
                           "\"%s\" is not a %s", path,
                           file->is_folder ? "folder" : "file");
        return 0;
    }

    if (st.st_mode & file->closed) {
        certctl_doctor_say(doctor, CERTCTL_FAULT, "home", "Take these rights "
                           "away with chmod", "\"%s\" has mode %03o: open to "
                           "accounts that need it not", path,
                           (unsigned) (st.st_mode & 0777));
        return 0;
    }

    return 1;
}


static void
certctl_doctor_accounts(certctl_doctor_t *doctor, uid_t certd, uid_t renderer)
{
    const struct passwd  *account;

    if (geteuid() != 0) {
        certctl_doctor_say(doctor, CERTCTL_WARNING, "accounts", "Run it as "
                           "root", "only root can see what nginx, certd and "
                           "the renderers may use");
        return;
    }

    account = certctl_doctor_worker(doctor);

    if (account != NULL) {
        certctl_doctor_account(doctor, account, "nginx's workers",
                               CERTCTL_DOCTOR_WORKERS, 0);
    }

    account = getpwuid(certd);

    if (account != NULL) {
        certctl_doctor_account(doctor, account, "certd", CERTCTL_DOCTOR_CERTD,
                               certd == renderer ? CERTCTL_DOCTOR_RENDERERS
                                                 : 0);
    }

    account = certd != renderer ? getpwuid(renderer) : NULL;

    if (account != NULL) {
        certctl_doctor_account(doctor, account, "the renderers",
                               CERTCTL_DOCTOR_RENDERERS, 0);
    }
}


static const struct passwd *
certctl_doctor_worker(certctl_doctor_t *doctor)
{
    size_t                i;
    const struct passwd  *account;

    if (doctor->workers != NULL) {
        account = getpwnam(doctor->workers);

    } else {
        account = NULL;

        for (i = 0; account == NULL && i < sizeof(certctl_doctor_workers)
                                           / sizeof(char *); i++)
        {
            account = getpwnam(certctl_doctor_workers[i]);
        }
    }

    if (account == NULL) {
        certctl_doctor_say(doctor, CERTCTL_WARNING, "accounts", "Name the "
                           "\"user\" of nginx.conf with --worker-user",
                           "the account of nginx's workers, \"%s\", is not "
                           "there", doctor->workers != NULL
                           ? doctor->workers : "www-data");
    }

    return account;
}


/* Root may all: an account that is root is not separated from the others. */
static void
certctl_doctor_account(certctl_doctor_t *doctor,
    const struct passwd *account, const char *name, unsigned role,
    unsigned also)
{
    int                            is_sound;
    char                           may[CERTCTL_DOCTOR_RIGHTS], who[64];
    size_t                         i;
    const certctl_doctor_right_t  *right;

    (void) snprintf(who, sizeof(who), "%s", account->pw_name);

    if (account->pw_uid == 0) {
        certctl_doctor_say(doctor, CERTCTL_WARNING, "accounts", "Make the "
                           "home with --user and --renderer-user, or give it "
                           "to accounts of their own", "the account of %s is "
                           "root", name);
        return;
    }

    if (!certctl_doctor_may(doctor->ctl, account, may)) {
        certctl_doctor_say(doctor, CERTCTL_WARNING, "accounts", "Try again",
                           "what %s (%s) may use could not be asked", name,
                           who);
        return;
    }

    is_sound = 1;

    for (i = 0; i < CERTCTL_DOCTOR_RIGHTS; i++) {
        right = &certctl_doctor_rights[i];

        if ((right->need & role) && may[i] == 'n') {
            is_sound = 0;
            certctl_doctor_say(doctor, CERTCTL_FAULT, "accounts", "Give it "
                               "the owner and group of \"Users and "
                               "permissions\" in docs/operating.md", "%s (%s) "
                               "cannot %s \"%s/%s\"", name, who, right->what,
                               doctor->ctl->home, right->name);

        } else if ((right->forbid & role) && !(right->need & also)
                   && may[i] == 'y')
        {
            is_sound = 0;
            certctl_doctor_say(doctor, CERTCTL_FAULT, "accounts", "Take its "
                               "rights away, or the account out of that group",
                               "%s (%s) can %s \"%s/%s\", and must not", name,
                               who, right->what, doctor->ctl->home,
                               right->name);
        }
    }

    if (is_sound) {
        certctl_doctor_say(doctor, CERTCTL_SOUND, "accounts", NULL, "%s (%s) "
                           "can use what is needed, and no more", name, who);
    }
}


/* 'y', 'n', or '-' where there is no such file. */
static int
certctl_doctor_may(const certctl_t *ctl, const struct passwd *account,
    char may[CERTCTL_DOCTOR_RIGHTS])
{
    int      fds[2], status;
    pid_t    pid;
    ssize_t  n;

    if (pipe2(fds, O_CLOEXEC) == -1) {
        return 0;
    }

    (void) fflush(stdout);
    pid = fork();

    if (pid == 0) {
        (void) close(fds[0]);
        certctl_doctor_become(ctl, account, fds[1]);
        _exit(0);
    }

    (void) close(fds[1]);
    n = 0;

    if (pid != -1) {
        n = read(fds[0], may, CERTCTL_DOCTOR_RIGHTS);
        (void) waitpid(pid, &status, 0);
    }

    (void) close(fds[0]);

    return n == (ssize_t) CERTCTL_DOCTOR_RIGHTS;
}


static void
certctl_doctor_become(const certctl_t *ctl, const struct passwd *account,
    int fd)
{
    int     n;
    char    path[CERTCTL_PATH_MAX], may[CERTCTL_DOCTOR_RIGHTS];
    size_t  i;

    if (initgroups(account->pw_name, account->pw_gid) == -1
        || setgid(account->pw_gid) == -1 || setuid(account->pw_uid) == -1)
    {
        return;
    }

    for (i = 0; i < CERTCTL_DOCTOR_RIGHTS; i++) {
        n = snprintf(path, sizeof(path), "%s/%s", ctl->home,
                     certctl_doctor_rights[i].name);

        may[i] = n >= (int) sizeof(path) ? '-'
                 : faccessat(AT_FDCWD, path, certctl_doctor_rights[i].mode,
                             AT_EACCESS) == 0 ? 'y'
                 : errno == ENOENT ? '-' : 'n';
    }

    (void) !write(fd, may, sizeof(may));
}
