/*
 * Copyright (C) the ngx_cert authors
 *
 * certctl backup: a hot, consistent copy of the store in a new folder.
 *
 * The keys are left out unless asked for: a store without its keys reveals no
 * name, and more people can usually read a backup.  It is useless without them,
 * though, so they have to be kept somewhere.
 *
 * LMDB copies its own snapshot, so no program has to stop and no page of a
 * later commit is in it.  Copying the file was rejected: between two reads a
 * page can be used again, and the copy would be damaged where nobody looks.
 */


#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

#include "certctl_commands.h"
#include "certctl_home.h"
#include "certctl_json.h"
#include "certctl_keyring.h"
#include "certctl_options.h"
#include "certctl_output.h"


static int cmd_backup_store(certctl_t *ctl, const char *folder,
    char path[CERTCTL_PATH_MAX]);
static int cmd_backup_folder(certctl_t *ctl, const char *folder,
    const char *name, char path[CERTCTL_PATH_MAX]);
static int cmd_backup_keys(certctl_t *ctl, const char *folder);
static int cmd_backup_ring(certctl_t *ctl, const char *folder,
    const char *name, unsigned uses, unsigned mode);
static int cmd_backup_path(certctl_t *ctl, const char *folder,
    const char *name, char path[CERTCTL_PATH_MAX]);


int
cmd_backup(certctl_t *ctl, int argc, char **argv)
{
    int             status, is_with_keys;
    char            path[CERTCTL_PATH_MAX];
    certctl_args_t  args;

    is_with_keys = 0;

    certctl_option_t  list[] = {
        { "with-keys", CERTCTL_FLAG, &is_with_keys },
        { NULL, CERTCTL_FILE, NULL }
    };

    status = certctl_options(ctl, argc, argv, list, 1, 1, &args);

    /* Of one moment: keys of before a rotation do not open what came after. */

    if (status == 0 && is_with_keys) {
        status = certctl_home_lock(ctl, CERTCTL_LOCK_USE);
    }

    if (status == 0) {
        status = certctl_home_open(ctl, CERT_STORE_SCAN);
    }

    if (status == 0 && is_with_keys) {
        status = certctl_home_need_private(ctl, "\"--with-keys\"");
    }

    if (status == 0) {
        status = cmd_backup_store(ctl, args.v[0], path);
    }

    if (status == 0 && is_with_keys) {
        status = cmd_backup_keys(ctl, args.v[0]);
    }

    if (status != 0) {
        return status;
    }

    if (ctl->is_json) {
        return certctl_print(json_pack("{sosb}", "store",
                                       certctl_json_path(path), "keys",
                                       is_with_keys));
    }

    printf("copied the store to \"%s\"%s\n", path,
           is_with_keys ? ", with its keys" : "; its keys are not in it");

    return 0;
}


/* Leaves in "path" where the store went. */
static int
cmd_backup_store(certctl_t *ctl, const char *folder,
    char path[CERTCTL_PATH_MAX])
{
    int            status;
    cert_err_t     err;
    cert_reason_t  reason;

    status = cmd_backup_folder(ctl, folder, "", path);

    if (status == 0) {
        status = cmd_backup_folder(ctl, folder, "/store", path);
    }

    if (status != 0) {
        return status;
    }

    err = cert_store_backup(ctl->store, path, &reason);
    if (err != CERT_OK) {
        return certctl_error(ctl, err, "%s: %s", path, reason.text);
    }

    return 0;
}


/* FOLDER/NAME, made if it is not there. */
static int
cmd_backup_folder(certctl_t *ctl, const char *folder, const char *name,
    char path[CERTCTL_PATH_MAX])
{
    int  status;

    status = cmd_backup_path(ctl, folder, name, path);
    if (status != 0) {
        return status;
    }

    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return certctl_error(ctl, CERT_SYSTEM, "cannot create \"%s\": "
                             "%s", path,
                             strerror(errno));
    }

    return 0;
}


/*
 * The keys are written from memory: what was checked when it was read, not what
 * may be there by now.
 */
static int
cmd_backup_keys(certctl_t *ctl, const char *folder)
{
    int   status;
    char  path[CERTCTL_PATH_MAX];

    status = cmd_backup_folder(ctl, folder, "/keys", path);

    if (status == 0) {
        status = cmd_backup_ring(ctl, folder, "/keys/public.keys",
                                 CERT_KEYS_PUBLIC, 0640);
    }

    if (status == 0) {
        status = cmd_backup_ring(ctl, folder, "/keys/private.keys",
                                 CERT_KEYS_PRIVATE, 0600);
    }

    return status;
}


/* Keys of another backup must not be lost under these. */
static int
cmd_backup_ring(certctl_t *ctl, const char *folder, const char *name,
    unsigned uses, unsigned mode)
{
    int          status;
    char         path[CERTCTL_PATH_MAX];
    struct stat  st;

    status = cmd_backup_path(ctl, folder, name, path);
    if (status != 0) {
        return status;
    }

    if (lstat(path, &st) == 0) {
        return certctl_error(ctl, CERT_EXISTS, "\"%s\" exists already",
                             path);
    }

    return certctl_keyring_write(ctl, uses, path, mode, -1, -1);
}


/* With a zero-length name it is the folder itself. */
static int
cmd_backup_path(certctl_t *ctl, const char *folder, const char *name,
    char path[CERTCTL_PATH_MAX])
{
    if (snprintf(path, CERTCTL_PATH_MAX, "%s%s", folder, name)
        >= CERTCTL_PATH_MAX)
    {
        return certctl_usage(ctl, "the path of the folder is too long");
    }

    return 0;
}
