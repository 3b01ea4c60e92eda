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
 */


#include <openssl/rand.h>
#include <sys/stat.h>

#include "cert_create.h"
#include "certctl_commands.h"
#include "certctl_json.h"
#include "certctl_options.h"
#include "certctl_owners.h"


static int certctl_init_options(certctl_t *ctl,
    cert_store_options_t *options, const char *url);
static int certctl_init_now(certctl_t *ctl, cert_store_options_t *options);
static int certctl_init_check(certctl_t *ctl);
static int certctl_init_store(certctl_t *ctl,
    const cert_store_options_t *options, const certctl_owners_t *owners);
static int certctl_init_store_give(certctl_t *ctl, long uid);


int
certctl_init(certctl_t *ctl, int argc, char **argv)
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

    status = certctl_init_options(ctl, &options, url);

    if (status == 0) {
        status = certctl_owners_find(ctl, &owners, user, renderer, group);
    }

    if (status == 0) {
        status = certctl_init_check(ctl);
    }

    if (status == 0) {
        status = certctl_init_home(ctl, &owners);
    }

    if (status == 0) {
        options.gid = owners.group;
        status = certctl_init_store(ctl, &options, &owners);
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


/*
 * The last step: a home without a store can be made again, a store without
 * the rest could be opened by nobody.
 */
static int
certctl_init_store(certctl_t *ctl, const cert_store_options_t *given,
    const certctl_owners_t *owners)
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

    status = certctl_init_store_give(ctl, owners->user);
    if (status != 0) {
        return status;
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


/* The files before their folder, in which only then another may make some. */
static int
certctl_init_store_give(certctl_t *ctl, long uid)
{
    int     status;
    char    path[CERTCTL_PATH_MAX];
    size_t  i;

    static const char  *names[] = {
        "store/data.mdb", "store/lock.mdb", "store", "store.mark"
    };

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        status = certctl_path(ctl, path, names[i]);

        if (status == 0) {
            status = certctl_owners_give(ctl, path, uid, -1);
        }

        if (status != 0) {
            return status;
        }
    }

    return 0;
}
