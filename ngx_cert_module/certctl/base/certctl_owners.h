/*
 * Copyright (C) the ngx_cert authors
 *
 * The owners of what "init" makes.
 *
 *     user        writes the store and holds the keys: certd
 *     renderer    signs and publishes: alone may read the seals
 *     group       nginx's workers: read the store and the copies
 *
 * What root makes of a home later goes to the owner of what is there, so that
 * no command leaves a file that the others cannot use.
 */


#ifndef CERTCTL_OWNERS_H_INCLUDED
#define CERTCTL_OWNERS_H_INCLUDED


#include "certctl.h"


/* Ids; -1: as it comes, which is the user that runs the command. */
typedef struct {
    long  user;
    long  user_gid;         /* the primary group of "user" */
    long  renderer;         /* -1: no other than "user" */
    long  group;
} certctl_owners_t;


/*
 * Looks up the names, each of which may be NULL.  A user that lacks a group
 * that it needs is only reported, since it may be added later.
 *
 *     CERTCTL_USAGE   no such user or group; a renderer without another user
 *     CERTCTL_SYSTEM  only root may give files to these users
 */
int certctl_owners_find(certctl_t *ctl, certctl_owners_t *owners,
    const char *user, const char *renderer, const char *group);

/* Gives a file away, -1: no change; CERTCTL_SYSTEM: cannot. */
int certctl_owners_give(certctl_t *ctl, const char *path, long uid, long gid);


#endif /* CERTCTL_OWNERS_H_INCLUDED */
