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
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certctl_doctor_child.h"
#include "certctl_doctor_home.h"
#include "certctl_home.h"


#define CERTCTL_DOCTOR_STORE_GONE                                             \
    "Restore the store from a backup, with certd and nginx stopped "          \
    "(docs/operating.md)"
#define CERTCTL_DOCTOR_KEYS_GONE                                              \
    "Restore keys/ from its backup; certctl init makes keys for a new home"
#define CERTCTL_DOCTOR_SEALS_GONE                                             \
    "Install the seals, and the roots that vouch for them (docs/seals.md)"
#define CERTCTL_DOCTOR_OPEN  "Take these rights away with chmod"

/* Groups that an account is asked for. */
#define CERTCTL_DOCTOR_GROUPS  256

typedef struct {
    const char  *name;          /* below the home; "": itself */
    mode_t       closed;        /* bits that nobody may have */
    int          is_folder;
    const char  *remedy;        /* where it is missing; NULL: it may be */
} certctl_doctor_file_t;

static const certctl_doctor_file_t  certctl_doctor_files[] = {
    { "", S_IWGRP|S_IWOTH, 1, NULL },
    { "/keys", S_IRWXO|S_IWGRP, 1, CERTCTL_DOCTOR_KEYS_GONE },
    { "/keys/private.keys", S_IRWXO|S_IWGRP, 0, CERTCTL_DOCTOR_KEYS_GONE },
    { "/keys/public.keys", S_IRWXO|S_IWGRP, 0, CERTCTL_DOCTOR_KEYS_GONE },
    { "/seals", S_IRWXG|S_IRWXO, 1, CERTCTL_DOCTOR_SEALS_GONE },
    { "/seals/ca.pem", S_IWGRP|S_IWOTH, 0, CERTCTL_DOCTOR_SEALS_GONE },
    { "/templates", S_IWGRP|S_IWOTH, 1, NULL },
    { "/pdf", S_IRWXO|S_IWGRP, 1, "Restore it from a backup" },
    { "/store", S_IRWXO|S_IWGRP, 1, CERTCTL_DOCTOR_STORE_GONE },
    { "/store/data.mdb", S_IRWXO|S_IWGRP, 0, CERTCTL_DOCTOR_STORE_GONE },
    { "/store/lock.mdb", S_IRWXO, 0, "End nginx, certd and every certctl, "
      "then make an empty one with the owner and group of data.mdb and mode "
      "660 (docs/operating.md); restore nothing for it" },
    { "/run", S_IRWXO|S_IWGRP, 1, NULL },
    { "/store.mark", S_IWGRP|S_IWOTH, 0, NULL }
};

/* What an account is for; it may be for two. */
#define CERTCTL_DOCTOR_WORKERS    1u
#define CERTCTL_DOCTOR_CERTD      2u
#define CERTCTL_DOCTOR_RENDERERS  4u

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
    { "store", W_OK, "write",
      CERTCTL_DOCTOR_CERTD, CERTCTL_DOCTOR_WORKERS|CERTCTL_DOCTOR_RENDERERS },
    { "keys", W_OK, "write",
      0, CERTCTL_DOCTOR_WORKERS|CERTCTL_DOCTOR_RENDERERS },
    { "keys/private.keys", R_OK, "read",
      CERTCTL_DOCTOR_CERTD|CERTCTL_DOCTOR_RENDERERS, CERTCTL_DOCTOR_WORKERS },
    { "seals", X_OK, "look into",
      CERTCTL_DOCTOR_RENDERERS, CERTCTL_DOCTOR_WORKERS|CERTCTL_DOCTOR_CERTD },
    { "pdf", R_OK|X_OK, "read",
      CERTCTL_DOCTOR_CERTD|CERTCTL_DOCTOR_RENDERERS, 0 },
    { "pdf", X_OK, "look into", CERTCTL_DOCTOR_WORKERS, 0 },
    { "pdf", W_OK, "write",
      CERTCTL_DOCTOR_RENDERERS, CERTCTL_DOCTOR_WORKERS|CERTCTL_DOCTOR_CERTD },
    { "run", X_OK, "look into", CERTCTL_DOCTOR_WORKERS|CERTCTL_DOCTOR_CERTD,
      0 },
    { "run", W_OK, "write", CERTCTL_DOCTOR_CERTD, CERTCTL_DOCTOR_WORKERS }
};

/* Accounts that nginx's packages have for its workers. */
static const char *const  certctl_doctor_workers[] = { "www-data", "nginx" };


static int certctl_doctor_file(certctl_doctor_t *doctor,
    const certctl_doctor_file_t *file);
static uid_t certctl_doctor_owner(certctl_doctor_t *doctor, const char *name);
static void certctl_doctor_accounts(certctl_doctor_t *doctor, uid_t certd,
    uid_t renderer);
static void certctl_doctor_worker(certctl_doctor_t *doctor);
static const struct passwd *certctl_doctor_usual(certctl_doctor_t *doctor);
static int certctl_doctor_is_member(const struct passwd *account, gid_t gid);
static void certctl_doctor_account(certctl_doctor_t *doctor, uid_t uid,
    const char *name, unsigned roles);
static void certctl_doctor_may(certctl_doctor_t *doctor);
static int certctl_doctor_right(certctl_doctor_t *doctor,
    const certctl_doctor_right_t *right);


int
certctl_doctor_home(certctl_doctor_t *doctor, uid_t *renderer)
{
    int          is_whole;
    size_t       i;
    uid_t        certd;
    struct stat  st;

    errno = ENOTDIR;

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

    certd = certctl_doctor_owner(doctor, "keys");
    *renderer = certctl_doctor_owner(doctor, "seals");

    certctl_doctor_accounts(doctor, certd, *renderer);

    return 1;
}


/* Whose the files are shows by what the accounts may do. */
static int
certctl_doctor_file(certctl_doctor_t *doctor,
    const certctl_doctor_file_t *file)
{
    int          n;
    char         path[CERTCTL_PATH_MAX];
    struct stat  st;

    n = snprintf(path, sizeof(path), "%s%s", doctor->ctl->home, file->name);

    if (n >= CERTCTL_PATH_MAX) {
        certctl_doctor_say(doctor, CERTCTL_FAULT, "home", "Move it to a "
                           "shorter path", "its path is too long");
        return 0;
    }

    if (stat(path, &st) == -1) {

        if (errno == EACCES) {
            certctl_doctor_say(doctor, CERTCTL_WARNING, "home", "Run it as "
                               "root", "\"%s\" cannot be looked at by this "
                               "account", path);
            return 0;
        }

        if (file->remedy == NULL) {
            return 1;
        }

        certctl_doctor_say(doctor, CERTCTL_FAULT, "home", file->remedy,
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
        certctl_doctor_say(doctor, CERTCTL_FAULT, "home", CERTCTL_DOCTOR_OPEN,
                           "\"%s\" has mode %03o: open to accounts that need "
                           "it not", path, (unsigned) (st.st_mode & 0777));
        return 0;
    }

    return 1;
}


/* Of a folder that is missing, the home's. */
static uid_t
certctl_doctor_owner(certctl_doctor_t *doctor, const char *name)
{
    char         path[CERTCTL_PATH_MAX];
    struct stat  st;

    if ((certctl_home_path(doctor->ctl, path, name) == 0
         && stat(path, &st) == 0)
        || stat(doctor->ctl->home, &st) == 0)
    {
        return st.st_uid;
    }

    return geteuid();
}


static void
certctl_doctor_accounts(certctl_doctor_t *doctor, uid_t certd, uid_t renderer)
{
    if (geteuid() != 0) {
        certctl_doctor_say(doctor, CERTCTL_WARNING, "accounts", "Run it as "
                           "root", "only root can see what nginx, certd and "
                           "the renderers may use");
        return;
    }

    certctl_doctor_worker(doctor);

    certctl_doctor_account(doctor, certd, "certd", certd == renderer
                           ? CERTCTL_DOCTOR_CERTD|CERTCTL_DOCTOR_RENDERERS
                           : CERTCTL_DOCTOR_CERTD);

    if (certd != renderer) {
        certctl_doctor_account(doctor, renderer, "the renderers",
                               CERTCTL_DOCTOR_RENDERERS);
    }
}


static void
certctl_doctor_worker(certctl_doctor_t *doctor)
{
    const struct passwd  *account;

    account = doctor->workers != NULL ? getpwnam(doctor->workers)
                                      : certctl_doctor_usual(doctor);

    if (account == NULL) {
        certctl_doctor_say(doctor, CERTCTL_WARNING, "accounts", "Name the "
                           "\"user\" of nginx.conf with --worker-user",
                           "the account of nginx's workers, \"%s\", is not "
                           "there", doctor->workers != NULL
                           ? doctor->workers : certctl_doctor_workers[0]);
        return;
    }

    certctl_doctor_account(doctor, account->pw_uid, "nginx's workers",
                           CERTCTL_DOCTOR_WORKERS);
}


/*
 * The one that is in the group of the store; Debian has www-data on every
 * machine, also where nginx runs as another account.
 */
static const struct passwd *
certctl_doctor_usual(certctl_doctor_t *doctor)
{
    char                  path[CERTCTL_PATH_MAX];
    size_t                i, n;
    struct stat           st;
    const struct passwd  *account;

    n = sizeof(certctl_doctor_workers) / sizeof(certctl_doctor_workers[0]);

    if (certctl_home_path(doctor->ctl, path, "store/data.mdb") == 0
        && stat(path, &st) == 0)
    {
        for (i = 0; i < n; i++) {
            account = getpwnam(certctl_doctor_workers[i]);

            if (account != NULL
                && certctl_doctor_is_member(account, st.st_gid))
            {
                return account;
            }
        }
    }

    account = NULL;

    for (i = 0; account == NULL && i < n; i++) {
        account = getpwnam(certctl_doctor_workers[i]);
    }

    return account;
}


static int
certctl_doctor_is_member(const struct passwd *account, gid_t gid)
{
    int    i, n;
    gid_t  groups[CERTCTL_DOCTOR_GROUPS];

    n = CERTCTL_DOCTOR_GROUPS;

    if (getgrouplist(account->pw_name, account->pw_gid, groups, &n) == -1) {
        return 0;
    }

    for (i = 0; i < n && groups[i] != gid; i++) { /* void */ }

    return i < n;
}


/* Root may all: an account that is root is not separated from the others. */
static void
certctl_doctor_account(certctl_doctor_t *doctor, uid_t uid, const char *name,
    unsigned roles)
{
    const struct passwd  *account;

    account = getpwuid(uid);

    if (account == NULL) {
        certctl_doctor_say(doctor, CERTCTL_FAULT, "accounts", "Give its files "
                           "to an account of this machine (\"Users and "
                           "permissions\" in docs/operating.md)", "%s would "
                           "be uid %lu, which is not an account of this "
                           "machine", name, (unsigned long) uid);
        return;
    }

    if (uid == 0) {
        certctl_doctor_say(doctor, CERTCTL_WARNING, "accounts", "Make the "
                           "home with --user and --renderer-user, or give it "
                           "to accounts of their own", "the account of %s is "
                           "root", name);
        return;
    }

    doctor->roles = roles;
    doctor->role_name = name;
    certctl_doctor_child(doctor, account, "accounts", certctl_doctor_may);
}


/* As that account. */
static void
certctl_doctor_may(certctl_doctor_t *doctor)
{
    int                   is_sound;
    size_t                i;
    const struct passwd  *account;

    is_sound = 1;

    for (i = 0; i < sizeof(certctl_doctor_rights)
                    / sizeof(certctl_doctor_rights[0]); i++)
    {
        is_sound &= certctl_doctor_right(doctor, &certctl_doctor_rights[i]);
    }

    account = getpwuid(geteuid());

    if (is_sound) {
        certctl_doctor_say(doctor, CERTCTL_SOUND, "accounts", NULL, "%s (%s) "
                           "can use what is needed, and no more",
                           doctor->role_name,
                           account != NULL ? account->pw_name : "?");
    }
}


/* What is missing has been said. */
static int
certctl_doctor_right(certctl_doctor_t *doctor,
    const certctl_doctor_right_t *right)
{
    int                   is_needed, is_forbidden, may;
    char                  path[CERTCTL_PATH_MAX];
    const struct passwd  *account;

    is_needed = (right->need & doctor->roles) != 0;
    is_forbidden = !is_needed && (right->forbid & doctor->roles) != 0;

    if ((!is_needed && !is_forbidden)
        || certctl_home_path(doctor->ctl, path, right->name) != 0)
    {
        return 1;
    }

    may = faccessat(AT_FDCWD, path, right->mode, AT_EACCESS) == 0;

    if ((!may && errno == ENOENT) || may == is_needed) {
        return 1;
    }

    account = getpwuid(geteuid());

    certctl_doctor_say(doctor, CERTCTL_FAULT, "accounts", is_needed
                       ? "Give it the owner and group of \"Users and "
                         "permissions\" in docs/operating.md"
                       : "Take its rights away, or the account out of that "
                         "group", "%s (%s) %s %s \"%s\"%s", doctor->role_name,
                       account != NULL ? account->pw_name : "?",
                       is_needed ? "cannot" : "can", right->what, path,
                       is_needed ? "" : ", and must not");

    return 0;
}
