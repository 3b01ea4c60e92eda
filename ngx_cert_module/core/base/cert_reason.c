/*
 * Copyright (C) the ngx_cert authors
 *
 * Reasons, among them why a file cannot be used: whose it is, and whose it has
 * to be.
 *
 * A reason has room of its own and is cut where it is too long: an error path
 * that could run out of memory would need an error path.
 *
 * "Permission denied" sends an operator to the mode of the file.  Mostly the
 * owner is wrong: a command that ran as root left the file behind.  So the
 * reason names the owner, and the user that the process runs as.
 */


#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cert_reason.h"
#include "cert_text.h"


/* Bytes for an entry of the system's database of accounts. */
#define CERT_REASON_ENTRY  2048
#define CERT_REASON_NAME   33


static int cert_reason_find(char *path, struct stat *st);
static void cert_reason_user(uid_t uid, char name[CERT_REASON_NAME]);
static void cert_reason_group(gid_t gid, char name[CERT_REASON_NAME]);


void
cert_reason_set(cert_reason_t *reason, const char *fmt, ...)
{
    int         n;
    char        text[sizeof(reason->text) + 4];
    va_list     args;
    cert_str_t  str;

    if (reason == NULL) {
        return;
    }

    va_start(args, fmt);
    n = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);

    /* A character that was cut here has no room there. */

    str.data = (const uint8_t *) text;
    str.len = n < 0 ? 0 : strlen(text);

    cert_text_escape(reason->text, sizeof(reason->text), str);
}


void
cert_reason_file(cert_reason_t *reason, const char *what, const char *file,
    int err)
{
    char         self[CERT_REASON_NAME], user[CERT_REASON_NAME];
    char         group[CERT_REASON_NAME];
    char         path[PATH_MAX];
    const char  *why;
    struct stat  st;

    why = strerror(err);

    if (err != EACCES && err != EPERM) {
        cert_reason_set(reason, "%s \"%s\": %s", what, file, why);
        return;
    }

    cert_reason_user(geteuid(), self);

    (void) snprintf(path, sizeof(path), "%s", file);

    if (!cert_reason_find(path, &st)) {
        cert_reason_set(reason, "%s \"%s\": %s to user %s", what, file, why,
                        self);
        return;
    }

    cert_reason_user(st.st_uid, user);
    cert_reason_group(st.st_gid, group);

    cert_reason_set(reason, "%s \"%s\": %s: it belongs to %s:%s, mode %04o, "
                    "and has to belong to user %s or a group of it", what,
                    path, why, user, group, (unsigned) st.st_mode & 07777,
                    self);
}


/* Cuts the path to the file, or to the folder above it that is closed. */
static int
cert_reason_find(char *path, struct stat *st)
{
    char  *slash;

    while (stat(path, st) == -1) {
        slash = strrchr(path, '/');

        if (errno != EACCES || slash == NULL || slash == path) {
            return 0;
        }

        *slash = '\0';
    }

    return 1;
}


/* A number if the account has no name. */
static void
cert_reason_user(uid_t uid, char name[CERT_REASON_NAME])
{
    char            entry[CERT_REASON_ENTRY];
    struct passwd   user, *found;

    if (getpwuid_r(uid, &user, entry, sizeof(entry), &found) != 0
        || found == NULL)
    {
        (void) snprintf(name, CERT_REASON_NAME, "%lu", (unsigned long) uid);
        return;
    }

    (void) snprintf(name, CERT_REASON_NAME, "%s", found->pw_name);
}


static void
cert_reason_group(gid_t gid, char name[CERT_REASON_NAME])
{
    char           entry[CERT_REASON_ENTRY];
    struct group   group, *found;

    if (getgrgid_r(gid, &group, entry, sizeof(entry), &found) != 0
        || found == NULL)
    {
        (void) snprintf(name, CERT_REASON_NAME, "%lu", (unsigned long) gid);
        return;
    }

    (void) snprintf(name, CERT_REASON_NAME, "%s", found->gr_name);
}
