/*
 * Copyright (C) the ngx_cert authors
 *
 * Keys made, looked for and written.
 *
 * A keyring file is always written whole from the ring in memory, to a new
 * file that is renamed over the old one, so a reader sees one or the other.
 * Editing lines in place was rejected: a crash could leave a file that is not
 * a keyring, and with it a store that nobody can open.
 *
 * The library has neither clock nor randomness, so both are put in here: what
 * it does with them can be tested to the byte.
 */


#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <sys/stat.h>

#include "cert_keyring_file.h"
#include "certctl_home.h"
#include "certctl_keyring.h"
#include "certctl_output.h"


static int certctl_keyring_fill(certctl_t *ctl, unsigned uses);


int
certctl_keyring_add(certctl_t *ctl, cert_key_use_t use,
    cert_key_state_t state, uint8_t *id)
{
    uint8_t     secret[CERT_KEY_SIZE];
    cert_err_t  err;

    if (RAND_bytes(secret, sizeof(secret)) != 1) {
        return certctl_error_openssl(ctl, "no random numbers");
    }

    err = cert_keyring_add(ctl->ring, use, state, certctl_home_clock(), secret,
                           id);

    OPENSSL_cleanse(secret, sizeof(secret));

    if (err != CERT_OK) {
        return certctl_error(ctl, err, "cannot add a %s key: %s",
                             cert_key_use_name(use), cert_err_name(err));
    }

    return 0;
}


int
certctl_keyring_write(certctl_t *ctl, unsigned uses, const char *path,
    unsigned mode, long uid, long gid)
{
    cert_err_t     err;
    cert_reason_t  reason;

    err = cert_keyring_write(ctl->ring, uses, path, mode, uid, gid, &reason);
    if (err != CERT_OK) {
        return certctl_error(ctl, err, "%s: %s", path, reason.text);
    }

    return 0;
}


/*
 * Owner, group and mode stay as they are: what could read it must still be
 * able to, also when root rotates the keys of another user.
 */
int
certctl_keyring_rewrite(certctl_t *ctl, cert_key_use_t use)
{
    int          status, is_public;
    char         path[CERTCTL_PATH_MAX];
    struct stat  st;

    is_public = (CERT_KEYS_PUBLIC & CERT_KEY_BIT(use)) != 0;

    status = certctl_home_path(ctl, path, is_public ? "keys/public.keys"
                                                    : "keys/private.keys");
    if (status != 0) {
        return status;
    }

    if (stat(path, &st) != 0) {
        return certctl_error(ctl, CERT_SYSTEM, "cannot find \"%s\"", path);
    }

    return certctl_keyring_write(ctl, is_public ? CERT_KEYS_PUBLIC
                                                : CERT_KEYS_PRIVATE,
                                 path, st.st_mode & 0777, (long) st.st_uid,
                                 (long) st.st_gid);
}


int
certctl_keyring_active(certctl_t *ctl, cert_key_use_t use,
    cert_key_info_t *found)
{
    size_t  n;

    for (n = 0; cert_keyring_info(ctl->ring, n, found) == CERT_OK; n++) {
        if (found->use == use && found->state == CERT_KEY_ACTIVE) {
            return 1;
        }
    }

    return 0;
}


/* Keys come by id: what verifies behind the active one was made after it. */
int
certctl_keyring_announced(certctl_t *ctl, cert_key_use_t use,
    cert_key_info_t *found)
{
    int              is_found;
    size_t           n;
    cert_key_info_t  info;

    is_found = 0;

    for (n = 0; cert_keyring_info(ctl->ring, n, &info) == CERT_OK; n++) {

        if (info.use != use) {
            continue;
        }

        if (info.state == CERT_KEY_ACTIVE) {
            is_found = 0;

        } else if (info.state == CERT_KEY_VERIFY) {
            *found = info;
            is_found = 1;
        }
    }

    return is_found;
}


/* Keys that exist are kept: they may belong to a store being restored. */
int
certctl_keyring_ensure(certctl_t *ctl, const char *name, unsigned uses,
    unsigned mode, long uid, long gid)
{
    int            status;
    char           path[CERTCTL_PATH_MAX];
    cert_err_t     err;
    cert_reason_t  reason;

    status = certctl_home_path(ctl, path, name);
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

    status = certctl_keyring_fill(ctl, uses);

    return status != 0 ? status
                       : certctl_keyring_write(ctl, uses, path, mode, uid,
                                               gid);
}


/* Active at once: no program runs yet that would have to learn them. */
static int
certctl_keyring_fill(certctl_t *ctl, unsigned uses)
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
