/*
 * Copyright (C) the ngx_cert authors
 *
 * The folders and keyrings of a new home, and whose they are.
 *
 * "pdf" is setgid, so that a copy belongs to the group of nginx's workers
 * whoever renders it.  Seals are their owner's alone: who can sign can forge.
 * With a renderer of its own, not even the daemon that writes can read them;
 * the renderer in turn gets at the keys of names as a member of the daemon's
 * group, which nginx's workers are not in.
 */


#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cert_keyring_file.h"
#include "certctl_keyring.h"
#include "certctl_lock.h"
#include "certctl_owners.h"


/* Who has a folder, in user and in group. */
typedef enum {
    CERTCTL_OF_USER = 0,    /* the user, and the user's group */
    CERTCTL_OF_KEYS,        /* the user, and who has to read the keys */
    CERTCTL_OF_SEALS,       /* who renders, and nobody */
    CERTCTL_OF_COPIES,      /* who renders, and nginx's workers */
    CERTCTL_OF_SOCKET       /* the user, and nginx's workers */
} certctl_whose_t;

typedef struct {
    const char       *name;
    mode_t            mode;
    certctl_whose_t   whose;
} certctl_folder_t;

static const certctl_folder_t  certctl_init_folders[] = {
    { "", 0755, CERTCTL_OF_USER },
    { "/keys", 0750, CERTCTL_OF_KEYS },
    { "/seals", 0700, CERTCTL_OF_SEALS },
    { "/pdf", 02750, CERTCTL_OF_COPIES },
    { "/run", 0750, CERTCTL_OF_SOCKET }
};


static int certctl_init_folder(certctl_t *ctl, const certctl_folder_t *folder,
    const certctl_owners_t *owners);
static int certctl_init_rights(certctl_t *ctl, const char *path,
    const certctl_folder_t *folder, const certctl_owners_t *owners);
static int certctl_init_keys(certctl_t *ctl, const certctl_owners_t *owners);
static int certctl_init_keys_of(certctl_t *ctl,
    const certctl_owners_t *owners, certctl_owners_t *of);
static int certctl_init_ring(certctl_t *ctl, const char *name, unsigned uses,
    unsigned mode, long uid, long gid);
static int certctl_init_fill(certctl_t *ctl, unsigned uses);


/* For "keys init" as well: what is there already stays as it is. */
int
certctl_init_home(certctl_t *ctl, const certctl_owners_t *owners)
{
    int     status;
    size_t  i;

    for (i = 0; i < sizeof(certctl_init_folders) / sizeof(certctl_folder_t);
         i++)
    {
        status = certctl_init_folder(ctl, &certctl_init_folders[i], owners);
        if (status != 0) {
            return status;
        }
    }

    /* Of two at once the second has to find the keys of the first. */

    status = certctl_lock(ctl, CERTCTL_LOCK_CHANGE);

    return status != 0 ? status : certctl_init_keys(ctl, owners);
}


/*
 * A folder that is there keeps its owner and mode: an operator may have set
 * them on purpose.
 */
static int
certctl_init_folder(certctl_t *ctl, const certctl_folder_t *folder,
    const certctl_owners_t *owners)
{
    int          n;
    char         path[CERTCTL_PATH_MAX];
    struct stat  st;

    n = snprintf(path, sizeof(path), "%s%s", ctl->home, folder->name);

    if (n >= CERTCTL_PATH_MAX) {
        return certctl_error(ctl, CERT_SYSTEM, "the path of the home is too "
                             "long");
    }

    if (mkdir(path, 0700) != 0) {

        if (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
            return 0;
        }

        return certctl_error(ctl, CERT_SYSTEM, "cannot make \"%s\": %s", path,
                             strerror(errno));
    }

    return certctl_init_rights(ctl, path, folder, owners);
}


/*
 * chown() clears setgid, so the mode comes after it.  nginx's workers only
 * need the folder of keys where the master is one of them, as without root.
 */
static int
certctl_init_rights(certctl_t *ctl, const char *path,
    const certctl_folder_t *folder, const certctl_owners_t *owners)
{
    int   status;
    long  uid, gid;

    switch (folder->whose) {

    case CERTCTL_OF_USER:
        uid = owners->user;
        gid = owners->user_gid;
        break;

    case CERTCTL_OF_KEYS:
        uid = owners->user;
        gid = owners->renderer != -1 ? owners->user_gid : owners->group;
        break;

    case CERTCTL_OF_SOCKET:
        uid = owners->user;
        gid = owners->group;
        break;

    default:
        uid = owners->renderer != -1 ? owners->renderer : owners->user;
        gid = folder->whose == CERTCTL_OF_COPIES ? owners->group : -1;
        break;
    }

    status = certctl_owners_give(ctl, path, uid, gid);
    if (status != 0) {
        return status;
    }

    if (chmod(path, folder->mode) != 0) {
        return certctl_error(ctl, CERT_SYSTEM, "cannot set the mode of "
                             "\"%s\": %s", path, strerror(errno));
    }

    return 0;
}


/* Both rings are in one keyring in memory, as in every command. */
static int
certctl_init_keys(certctl_t *ctl, const certctl_owners_t *owners)
{
    int               status, is_shared;
    certctl_owners_t  of;

    ctl->ring = cert_keyring_create();
    if (ctl->ring == NULL) {
        return certctl_error(ctl, CERT_NO_MEMORY, "out of memory");
    }

    status = certctl_init_keys_of(ctl, owners, &of);
    if (status != 0) {
        return status;
    }

    /* Private keys first: a server must not start with half of a pair. */

    is_shared = of.renderer != -1;

    status = certctl_init_ring(ctl, "keys/private.keys", CERT_KEYS_PRIVATE,
                               is_shared ? 0640 : 0600, of.user,
                               is_shared ? of.user_gid : -1);
    if (status == 0) {
        status = certctl_init_ring(ctl, "keys/public.keys", CERT_KEYS_PUBLIC,
                                   0, of.user,
                                   is_shared ? of.user_gid : of.group);
    }

    return status;
}


/*
 * Where no user is named, root's keys are for the owner of the folder: he is
 * the one who will look for them.  Its group is not taken over for the private
 * ones, as it may be that of nginx's workers.
 */
static int
certctl_init_keys_of(certctl_t *ctl, const certctl_owners_t *owners,
    certctl_owners_t *of)
{
    int          status;
    char         path[CERTCTL_PATH_MAX];
    struct stat  st;

    *of = *owners;

    if (owners->user != -1 || geteuid() != 0) {
        return 0;
    }

    status = certctl_path(ctl, path, "keys");
    if (status != 0) {
        return status;
    }

    if (stat(path, &st) != 0) {
        return certctl_error(ctl, CERT_SYSTEM, "cannot look at \"%s\": %s",
                             path, strerror(errno));
    }

    of->user = (long) st.st_uid;

    if (owners->group == -1) {
        of->group = (long) st.st_gid;
    }

    return 0;
}


/* Keys that are there are kept: they may belong to a store being restored. */
static int
certctl_init_ring(certctl_t *ctl, const char *name, unsigned uses,
    unsigned mode, long uid, long gid)
{
    int            status;
    char           path[CERTCTL_PATH_MAX];
    cert_err_t     err;
    cert_reason_t  reason;

    status = certctl_path(ctl, path, name);
    if (status != 0) {
        return status;
    }

    err = cert_keyring_read(ctl->ring, path, &reason);

    if (err == CERT_OK) {
        return 0;
    }

    if (err != CERT_NOT_FOUND) {
        return certctl_error(ctl, err, "%s: %s", path, reason.text);
    }

    status = certctl_init_fill(ctl, uses);

    return status != 0 ? status
                       : certctl_keyring_write(ctl, uses, path, mode, uid,
                                               gid);
}


/* Active at once: nobody has been started yet who would have to learn them. */
static int
certctl_init_fill(certctl_t *ctl, unsigned uses)
{
    int       status;
    uint8_t   id;
    unsigned  use;

    for (use = 0; use < CERT_KEY_USES; use++) {
        if ((uses & CERT_KEY_BIT(use)) == 0) {
            continue;
        }

        status = certctl_keyring_add(ctl, (cert_key_use_t) use,
                                     CERT_KEY_ACTIVE, &id);
        if (status != 0) {
            return status;
        }
    }

    return 0;
}
