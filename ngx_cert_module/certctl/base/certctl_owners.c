/*
 * Copyright (C) the ngx_cert authors
 *
 * Users and groups by name.
 *
 * Every name is looked up before anything is made: a mistyped name is the usual
 * mistake.  Names are turned into ids once; numbers are not taken for names,
 * since a number that is nobody yet will be somebody some day.
 */


#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "certctl_output.h"
#include "certctl_owners.h"


static int certctl_owners_group(certctl_t *ctl, certctl_owners_t *owners,
    const char *name);
static int certctl_owners_user(certctl_t *ctl, const char *name, long *uid,
    long *gid);
static void certctl_owners_check(const char *user, long gid);
static int certctl_owners_is_member(const char *user, gid_t gid);


int
certctl_owners_find(certctl_t *ctl, certctl_owners_t *owners,
    const char *user, const char *renderer, const char *group)
{
    int   status;
    long  gid;

    owners->user = -1;
    owners->user_gid = -1;
    owners->renderer = -1;

    if (renderer != NULL && user == NULL) {
        return certctl_usage(ctl, "\"--renderer-user\" needs \"--user\"");
    }

    status = certctl_owners_group(ctl, owners, group);

    if (status == 0 && user != NULL) {
        status = certctl_owners_user(ctl, user, &owners->user,
                                     &owners->user_gid);
    }

    if (status == 0 && renderer != NULL) {
        status = certctl_owners_user(ctl, renderer, &owners->renderer, &gid);
    }

    if (status != 0) {
        return status;
    }

    if (renderer != NULL && owners->renderer == owners->user) {
        return certctl_usage(ctl, "\"--renderer-user\" must differ from "
                             "\"--user\": it keeps the seals from that user");
    }

    /* The renderer reads the store as one of a group. */

    if (renderer != NULL && owners->group == -1) {
        owners->group = owners->user_gid;
    }

    if (user != NULL) {
        certctl_owners_check(user, owners->group);
    }

    if (renderer != NULL) {
        certctl_owners_check(renderer, owners->group);
        certctl_owners_check(renderer, owners->user_gid);
    }

    return 0;
}


static int
certctl_owners_group(certctl_t *ctl, certctl_owners_t *owners,
    const char *name)
{
    struct group  *gr;

    owners->group = -1;

    if (name == NULL) {
        return 0;
    }

    gr = getgrnam(name);
    if (gr == NULL) {
        return certctl_usage(ctl, "the group \"%s\" does not exist", name);
    }

    owners->group = (long) gr->gr_gid;

    return 0;
}


/* Refused before the first folder is made, not at the first chown(). */
static int
certctl_owners_user(certctl_t *ctl, const char *name, long *uid, long *gid)
{
    struct passwd  *pw;

    pw = getpwnam(name);
    if (pw == NULL) {
        return certctl_usage(ctl, "the user \"%s\" does not exist", name);
    }

    if (geteuid() != 0 && geteuid() != pw->pw_uid) {
        return certctl_error(ctl, CERT_SYSTEM, "only root can make a home "
                             "for \"%s\"", name);
    }

    *uid = (long) pw->pw_uid;
    *gid = (long) pw->pw_gid;

    return 0;
}


static void
certctl_owners_check(const char *user, long gid)
{
    struct group  *gr;

    if (gid == -1 || certctl_owners_is_member(user, (gid_t) gid)) {
        return;
    }

    gr = getgrgid((gid_t) gid);

    fprintf(stderr, "certctl: \"%s\" is not in the group \"%s\", which it "
            "needs: usermod -a -G %s %s\n", user,
            gr != NULL ? gr->gr_name : "?", gr != NULL ? gr->gr_name : "?",
            user);
}


/* A list that cannot be read says nothing against the user. */
static int
certctl_owners_is_member(const char *user, gid_t gid)
{
    int             i, n, is_member;
    gid_t          *list;
    struct passwd  *pw;

    pw = getpwnam(user);
    if (pw == NULL) {
        return 1;
    }

    n = 0;
    (void) getgrouplist(user, pw->pw_gid, NULL, &n);

    list = calloc((size_t) n + 1, sizeof(gid_t));
    if (list == NULL) {
        return 1;
    }

    is_member = getgrouplist(user, pw->pw_gid, list, &n) == -1;

    for (i = 0; i < n && !is_member; i++) {
        is_member = list[i] == gid;
    }

    free(list);

    return is_member;
}


int
certctl_owners_give(certctl_t *ctl, const char *path, long uid, long gid)
{
    if ((uid == -1 && gid == -1)
        || chown(path, (uid_t) uid, (gid_t) gid) == 0)
    {
        return 0;
    }

    return certctl_error(ctl, CERT_SYSTEM, "cannot give \"%s\" to its owner "
                         "and group: %s", path, strerror(errno));
}
