/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl init: makes a home.
 *
 * Order: folders, keyrings, store.  A run cut short leaves keys without a
 * store; the next run takes those keys.  An existing store is never touched,
 * and neither are keys that exist.
 *
 * Making it all in a folder of another name and renaming that one was
 * rejected: the home is often a mount point or made beforehand by a package,
 * with an owner and a mode that must not be lost.
 *
 * "pdf" is setgid, so that a copy belongs to the group of nginx's workers,
 * whichever user renders it.  Seals are their owner's alone: a process that
 * can sign can forge.  With a renderer of its own, not even the daemon that
 * writes can read them; the renderer in turn gets at the keys of names as a
 * member of the daemon's group, which nginx's workers are not in.
 */


#include <errno.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cert_create.h"
#include "cert_keyring_file.h"
#include "certctl_commands.h"
#include "certctl_home.h"
#include "certctl_json.h"
#include "certctl_keyring.h"
#include "certctl_options.h"
#include "certctl_output.h"
#include "certctl_owners.h"
#include "cmd_init.h"


/* The user and the group of a folder. */
typedef enum {
    CERTCTL_OF_USER = 0,    /* the user, and the user's group */
    CERTCTL_OF_KEYS,        /* the user, and the readers of the keys */
    CERTCTL_OF_SEALS,       /* the renderer alone */
    CERTCTL_OF_COPIES,      /* the renderer, and nginx's workers */
    CERTCTL_OF_SOCKET       /* the user, and nginx's workers */
} certctl_whose_t;

typedef struct {
    const char       *name;
    mode_t            mode;
    certctl_whose_t   whose;
} certctl_folder_t;

static const certctl_folder_t  cmd_init_folders[] = {
    { "", 0755, CERTCTL_OF_USER },
    { "/keys", 0750, CERTCTL_OF_KEYS },
    { "/seals", 0700, CERTCTL_OF_SEALS },
    { "/pdf", 02750, CERTCTL_OF_COPIES },
    { "/run", 0750, CERTCTL_OF_SOCKET }
};


static int cmd_init_options(certctl_t *ctl, cert_store_options_t *options,
    const char *url);
static int cmd_init_now(certctl_t *ctl, cert_store_options_t *options);
static int cmd_init_check(certctl_t *ctl);
static int cmd_init_folder(certctl_t *ctl, const certctl_folder_t *folder,
    const certctl_owners_t *owners);
static int cmd_init_rights(certctl_t *ctl, const char *path,
    const certctl_folder_t *folder, const certctl_owners_t *owners);
static int cmd_init_keys(certctl_t *ctl, const certctl_owners_t *owners);
static int cmd_init_keys_of(certctl_t *ctl, const certctl_owners_t *owners,
    certctl_owners_t *of);
static int cmd_init_store(certctl_t *ctl, const cert_store_options_t *given,
    const certctl_owners_t *owners);
static int cmd_init_store_give(certctl_t *ctl, long uid);


int
cmd_init(certctl_t *ctl, int argc, char **argv)
{
    int                    status, is_demonstration;
    const char            *group, *url, *user, *renderer;
    certctl_args_t         args;
    certctl_owners_t       owners;
    cert_store_options_t   options;

    memset(&options, 0, sizeof(options));
    group = NULL;
    url = NULL;
    user = NULL;
    renderer = NULL;
    is_demonstration = 0;

    certctl_option_t  list[] = {
        { "map-size", CERTCTL_BYTES, &options.map_size },
        { "demonstration", CERTCTL_FLAG, &is_demonstration },
        { "user", CERTCTL_TEXT, &user },
        { "renderer-user", CERTCTL_TEXT, &renderer },
        { "group", CERTCTL_TEXT, &group },
        { "public-url", CERTCTL_TEXT, &url },
        { NULL, CERTCTL_FLAG, NULL }
    };

    status = certctl_options(ctl, argc, argv, list, 0, 0, &args);
    if (status != 0) {
        return status;
    }

    options.is_demonstration = is_demonstration;

    status = cmd_init_options(ctl, &options, url);

    if (status == 0) {
        status = certctl_owners_find(ctl, &owners, user, renderer, group);
    }

    if (status == 0) {
        status = cmd_init_check(ctl);
    }

    if (status == 0) {
        status = cmd_init_home(ctl, &owners);
    }

    if (status == 0) {
        options.gid = owners.group;
        status = cmd_init_store(ctl, &options, &owners);
    }

    return status;
}


/*
 * All that can be wrong with the command line is found before the first
 * folder is made.
 */
static int
cmd_init_options(certctl_t *ctl, cert_store_options_t *options,
    const char *url)
{
    cert_err_t     err;
    cert_reason_t  reason;

    cert_policy_init(&options->policy);

    if (url != NULL) {
        err = cmd_policy_value(&options->policy, cert_str("public_url"),
                               cert_strz(url), &reason);
        if (err != CERT_OK) {
            return certctl_usage(ctl, "%s", reason.text);
        }
    }

    return cmd_init_now(ctl, options);
}


/* As in certctl_home_check_at(): a time by hand is for demonstrations only. */
static int
cmd_init_now(certctl_t *ctl, cert_store_options_t *options)
{
    options->now = certctl_home_clock();

    if (ctl->at == NULL) {
        return 0;
    }

    if (!options->is_demonstration) {
        return certctl_usage(ctl, "\"--at\" needs \"--demonstration\"");
    }

    return certctl_home_at(ctl, options->policy.utc_offset_sec, &options->now);
}


/* Looks before anything is made: a refusal leaves no trace. */
static int
cmd_init_check(certctl_t *ctl)
{
    int          status;
    char         path[CERTCTL_PATH_MAX];
    size_t       i;
    struct stat  st;

    static const char  *files[] = { "store/data.mdb", "store/lock.mdb" };

    for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        status = certctl_home_path(ctl, path, files[i]);
        if (status != 0) {
            return status;
        }

        if (lstat(path, &st) == 0) {
            return certctl_error(ctl, CERT_EXISTS, "a store exists already: "
                                 "\"%s\"; nothing was changed",
                                 path);
        }
    }

    return 0;
}


/* For "keys init" as well: what is there already stays as it is. */
int
cmd_init_home(certctl_t *ctl, const certctl_owners_t *owners)
{
    int     status;
    size_t  i;

    for (i = 0; i < sizeof(cmd_init_folders) / sizeof(certctl_folder_t);
         i++)
    {
        status = cmd_init_folder(ctl, &cmd_init_folders[i], owners);
        if (status != 0) {
            return status;
        }
    }

    /* Of two at once the second has to find the keys of the first. */

    status = certctl_home_lock(ctl, CERTCTL_LOCK_CHANGE);

    return status != 0 ? status : cmd_init_keys(ctl, owners);
}


/*
 * A folder that is there keeps its owner and mode: an operator may have set
 * them on purpose.
 */
static int
cmd_init_folder(certctl_t *ctl, const certctl_folder_t *folder,
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

        return certctl_error(ctl, CERT_SYSTEM, "cannot create \"%s\": "
                             "%s", path,
                             strerror(errno));
    }

    return cmd_init_rights(ctl, path, folder, owners);
}


/*
 * chown() clears setgid, so the mode comes after it.  nginx's workers only
 * need the folder of keys where the master is one of them, as without root.
 */
static int
cmd_init_rights(certctl_t *ctl, const char *path,
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
cmd_init_keys(certctl_t *ctl, const certctl_owners_t *owners)
{
    int               status, is_shared;
    certctl_owners_t  of;

    ctl->ring = cert_keyring_create();
    if (ctl->ring == NULL) {
        return certctl_error(ctl, CERT_NO_MEMORY, "out of memory");
    }

    status = cmd_init_keys_of(ctl, owners, &of);
    if (status != 0) {
        return status;
    }

    /* Private keys first: a server must not start with half of a pair. */

    is_shared = of.renderer != -1;

    status = certctl_keyring_ensure(ctl, "keys/private.keys",
                                    CERT_KEYS_PRIVATE,
                                    is_shared ? 0640 : 0600, of.user,
                                    is_shared ? of.user_gid : -1);
    if (status == 0) {
        status = certctl_keyring_ensure(ctl, "keys/public.keys",
                                        CERT_KEYS_PUBLIC, 0, of.user,
                                        is_shared ? of.user_gid : of.group);
    }

    return status;
}


/*
 * Where no user is named, root's keys are for the owner of the folder, which
 * will look for them.  Its group is not taken over for the private ones, as it
 * may be that of nginx's workers.
 */
static int
cmd_init_keys_of(certctl_t *ctl, const certctl_owners_t *owners,
    certctl_owners_t *of)
{
    int          status;
    char         path[CERTCTL_PATH_MAX];
    struct stat  st;

    *of = *owners;

    if (owners->user != -1 || geteuid() != 0) {
        return 0;
    }

    status = certctl_home_path(ctl, path, "keys");
    if (status != 0) {
        return status;
    }

    if (stat(path, &st) != 0) {
        return certctl_error(ctl, CERT_SYSTEM, "cannot stat \"%s\": %s",
                             path, strerror(errno));
    }

    of->user = (long) st.st_uid;

    if (owners->group == -1) {
        of->group = (long) st.st_gid;
    }

    return 0;
}


/*
 * The last step: a home without a store can be made again, no program could
 * open a store without the rest.
 */
static int
cmd_init_store(certctl_t *ctl, const cert_store_options_t *given,
    const certctl_owners_t *owners)
{
    int                    status;
    char                   path[CERTCTL_PATH_MAX];
    cert_err_t             err;
    cert_reason_t          reason;
    cert_store_options_t   options;

    status = certctl_home_path(ctl, path, "store");
    if (status != 0) {
        return status;
    }

    options = *given;

    if (RAND_bytes(options.id, sizeof(options.id)) != 1) {
        return certctl_error_openssl(ctl, "no random numbers");
    }

    err = cert_store_create(path, &options, ctl->ring, &reason);
    if (err != CERT_OK) {
        return certctl_error(ctl, err, "%s: %s", path, reason.text);
    }

    status = cmd_init_store_give(ctl, owners->user);
    if (status != 0) {
        return status;
    }

    if (ctl->is_json) {
        return certctl_print(json_pack("{sososb}", "home",
                                 certctl_json_path(ctl->home), "id",
                                 certjson_hex(options.id,
                                              sizeof(options.id)),
                                 "demonstration", options.is_demonstration));
    }

    printf("made \"%s\"; next: \"certctl catalog import\", then \"certctl "
           "import\"\n", ctl->home);

    return 0;
}


/* The files before their folder, in which only then another may make some. */
static int
cmd_init_store_give(certctl_t *ctl, long uid)
{
    int     status;
    char    path[CERTCTL_PATH_MAX];
    size_t  i;

    static const char  *names[] = {
        "store/data.mdb", "store/lock.mdb", "store", "store.mark"
    };

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        status = certctl_home_path(ctl, path, names[i]);

        if (status == 0) {
            status = certctl_owners_give(ctl, path, uid, -1);
        }

        if (status != 0) {
            return status;
        }
    }

    return 0;
}
