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
 * "pdf" is setgid, so that a copy belongs to the group of nginx's workers
 * whoever renders it.  Seals are their owner's alone: who can sign can forge.
 */


#include <errno.h>
#include <grp.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certctl_commands.h"
#include "certctl_json.h"
#include "certctl_keyring.h"
#include "certctl_lock.h"
#include "certctl_options.h"


typedef struct {
    const char  *name;
    mode_t       mode;
    int          is_shared;     /* the group of nginx's workers may look in */
} certctl_folder_t;

static const certctl_folder_t  certctl_init_folders[] = {
    { "", 0755, 0 },
    { "/keys", 0750, 1 },
    { "/seals", 0700, 0 },
    { "/pdf", 02750, 1 }
};


static int certctl_init_options(certctl_t *ctl,
    cert_store_options_t *options, const char *url);
static int certctl_init_now(certctl_t *ctl, cert_store_options_t *options);
static int certctl_init_group(certctl_t *ctl, cert_store_options_t *options,
    const char *name);
static int certctl_init_check(certctl_t *ctl);
static int certctl_init_folder(certctl_t *ctl, const certctl_folder_t *folder,
    long gid);
static int certctl_init_rights(certctl_t *ctl, const char *path,
    const certctl_folder_t *folder, long gid);
static int certctl_init_keys(certctl_t *ctl, long gid);
static int certctl_init_ring(certctl_t *ctl, const char *name, unsigned uses,
    unsigned mode, long gid);
static int certctl_init_fill(certctl_t *ctl, unsigned uses);
static int certctl_init_store(certctl_t *ctl,
    const cert_store_options_t *options);


int
certctl_init(certctl_t *ctl, int argc, char **argv)
{
    int                    status, is_demonstration;
    const char            *group, *url;
    certctl_args_t         args;
    cert_store_options_t   options;

    memset(&options, 0, sizeof(options));
    group = NULL;
    url = NULL;
    is_demonstration = 0;

    certctl_option_t  list[] = {
        { "map-size", CERTCTL_BYTES, &options.map_size },
        { "demonstration", CERTCTL_FLAG, &is_demonstration },
        { "group", CERTCTL_TEXT, &group },
        { "public-url", CERTCTL_TEXT, &url },
        { NULL, CERTCTL_FLAG, NULL }
    };

    status = certctl_options(ctl, argc, argv, list, 0, 0, &args);
    if (status != 0) {
        return status;
    }

    options.is_demonstration = is_demonstration;

    status = certctl_init_group(ctl, &options, group);

    if (status == 0) {
        status = certctl_init_options(ctl, &options, url);
    }

    if (status == 0) {
        status = certctl_init_check(ctl);
    }

    if (status == 0) {
        status = certctl_init_home(ctl, options.gid);
    }

    if (status == 0) {
        status = certctl_init_store(ctl, &options);
    }

    return status;
}


/*
 * All that can be wrong with the command line is found before the first
 * folder is made.
 */

static int
certctl_init_options(certctl_t *ctl, cert_store_options_t *options,
    const char *url)
{
    cert_err_t     err;
    cert_reason_t  reason;

    cert_policy_init(&options->policy);

    if (url != NULL) {
        err = cert_policy_set(&options->policy, cert_str("public_url"),
                              cert_strz(url), &reason);
        if (err != CERT_OK) {
            return certctl_usage(ctl, "%s", reason.text);
        }
    }

    return certctl_init_now(ctl, options);
}


/* As in certctl_home_at(): a time by hand is for demonstrations only. */

static int
certctl_init_now(certctl_t *ctl, cert_store_options_t *options)
{
    options->now = certctl_clock();

    if (ctl->at == NULL) {
        return 0;
    }

    if (!options->is_demonstration) {
        return certctl_usage(ctl, "\"--at\" needs \"--demonstration\"");
    }

    return certctl_at(ctl, options->policy.utc_offset_sec, &options->now);
}


/* Looked up before anything is made: a mistyped group is the usual mistake. */

static int
certctl_init_group(certctl_t *ctl, cert_store_options_t *options,
    const char *name)
{
    struct group  *gr;

    options->gid = -1;

    if (name == NULL) {
        return 0;
    }

    gr = getgrnam(name);
    if (gr == NULL) {
        return certctl_usage(ctl, "no group \"%s\"", name);
    }

    options->gid = (long) gr->gr_gid;

    return 0;
}


/* Looks before anything is made: a refusal leaves no trace. */

static int
certctl_init_check(certctl_t *ctl)
{
    int          status;
    char         path[CERTCTL_PATH_MAX];
    size_t       i;
    struct stat  st;

    static const char  *files[] = { "store/data.mdb", "store/lock.mdb" };

    for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        status = certctl_path(ctl, path, files[i]);
        if (status != 0) {
            return status;
        }

        if (lstat(path, &st) == 0) {
            return certctl_error(ctl, CERT_EXISTS, "there is a store "
                                 "already: \"%s\"; nothing was touched",
                                 path);
        }
    }

    return 0;
}


/* For "keys init" as well: what is there already stays as it is. */

int
certctl_init_home(certctl_t *ctl, long gid)
{
    int     status;
    size_t  i;

    for (i = 0; i < sizeof(certctl_init_folders) / sizeof(certctl_folder_t);
         i++)
    {
        status = certctl_init_folder(ctl, &certctl_init_folders[i], gid);
        if (status != 0) {
            return status;
        }
    }

    /* Of two at once the second has to find the keys of the first. */

    status = certctl_lock(ctl, CERTCTL_LOCK_CHANGE);

    return status != 0 ? status : certctl_init_keys(ctl, gid);
}


/*
 * A folder that is there keeps its owner and mode: an operator may have set
 * them on purpose.
 */

static int
certctl_init_folder(certctl_t *ctl, const certctl_folder_t *folder, long gid)
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

    return certctl_init_rights(ctl, path, folder, gid);
}


/* chown() clears setgid, so the mode comes after it. */

static int
certctl_init_rights(certctl_t *ctl, const char *path,
    const certctl_folder_t *folder, long gid)
{
    if (folder->is_shared && gid >= 0
        && chown(path, (uid_t) -1, (gid_t) gid) != 0)
    {
        return certctl_error(ctl, CERT_SYSTEM, "cannot give \"%s\" to the "
                             "group: %s", path, strerror(errno));
    }

    if (chmod(path, folder->mode) != 0) {
        return certctl_error(ctl, CERT_SYSTEM, "cannot set the mode of "
                             "\"%s\": %s", path, strerror(errno));
    }

    return 0;
}


/* Both rings are in one keyring in memory, as in every command. */

static int
certctl_init_keys(certctl_t *ctl, long gid)
{
    int  status;

    ctl->ring = cert_keyring_create();
    if (ctl->ring == NULL) {
        return certctl_error(ctl, CERT_NO_MEMORY, "out of memory");
    }

    /* Private keys first: a server must not start with half of a pair. */

    status = certctl_init_ring(ctl, "keys/private.keys", CERT_KEYS_PRIVATE,
                               0600, -1);
    if (status == 0) {
        status = certctl_init_ring(ctl, "keys/public.keys", CERT_KEYS_PUBLIC,
                                   0, gid);
    }

    return status;
}


/* Keys that are there are kept: they may belong to a store being restored. */

static int
certctl_init_ring(certctl_t *ctl, const char *name, unsigned uses,
    unsigned mode, long gid)
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
                       : certctl_keyring_write(ctl, uses, path, mode, gid);
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


/*
 * The last step: a home without a store can be made again, a store without
 * the rest could be opened by nobody.
 */

static int
certctl_init_store(certctl_t *ctl, const cert_store_options_t *given)
{
    int                    status;
    char                   path[CERTCTL_PATH_MAX];
    cert_err_t             err;
    cert_reason_t          reason;
    cert_store_options_t   options;

    status = certctl_path(ctl, path, "store");
    if (status != 0) {
        return status;
    }

    options = *given;

    if (RAND_bytes(options.id, sizeof(options.id)) != 1) {
        return certctl_error(ctl, CERT_SYSTEM, "no random numbers");
    }

    err = cert_store_create(path, &options, ctl->ring, &reason);
    if (err != CERT_OK) {
        return certctl_error(ctl, err, "%s: %s", path, reason.text);
    }

    if (ctl->is_json) {
        return certctl_print(json_pack("{sssosb}", "home", ctl->home, "id",
                                 certctl_json_hex(options.id,
                                                  sizeof(options.id)),
                                 "demonstration", options.is_demonstration));
    }

    printf("made \"%s\"; next: \"certctl catalog import\", then \"certctl "
           "import\"\n", ctl->home);

    return 0;
}
