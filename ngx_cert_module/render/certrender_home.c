/*
 * Copyright (C) the ngx_cert authors
 *
 * What a renderer has open of a home, and whether it is still that.
 *
 * A daemon's renderer lives for months, and keys are rotated, seals renewed
 * and stores restored under it.  So before each job the files are looked at,
 * which takes microseconds of the milliseconds of a copy.  Being told by a
 * signal was rejected: the job that comes before the signal would be the one
 * that meets the new key.
 *
 * New keys are read into a new keyring and the store is opened with that: a
 * keyring cannot be read over itself, since a key may have changed its state.
 * The stamp is taken before the file is read, so a change in between is seen
 * at the next job rather than never.
 */


#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cert_keyring_file.h"
#include "certrender_home_int.h"
#include "certrender_int.h"
#include "certrender_stamp_int.h"
#include "certrender_templates_int.h"


static cert_err_t certrender_home_folder(const certrender_t *render,
    const char *name, int mode, cert_reason_t *reason);
static int certrender_home_is_current(certrender_t *render);
static cert_err_t certrender_home_keys(certrender_t *render,
    cert_reason_t *reason);
static cert_err_t certrender_home_store(certrender_t *render,
    cert_reason_t *reason);


/* In the order of certrender_t.rings. */
static const char *const  certrender_rings[] = {
    "keys/public.keys", "keys/private.keys"
};


cert_err_t
certrender_prepare(certrender_t *render, cert_reason_t *reason)
{
    cert_err_t  err;

    err = certrender_home_folder(render, "pdf", R_OK|W_OK|X_OK, reason);

    if (err == CERT_OK) {
        err = certrender_home_folder(render, "seals", X_OK, reason);
    }

    return err == CERT_OK ? certrender_home_open(render, reason) : err;
}


/* By the effective user, which is the one that will publish. */
static cert_err_t
certrender_home_folder(const certrender_t *render, const char *name, int mode,
    cert_reason_t *reason)
{
    char  path[CERTRENDER_PATH_MAX];

    certrender_path(render, path, name);

    errno = ENOTDIR;

    if (certrender_is_folder(path)
        && faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0)
    {
        return CERT_OK;
    }

    cert_reason_file(reason, "the renderer cannot use", path, errno);

    return CERT_SYSTEM;
}


cert_err_t
certrender_home_open(certrender_t *render, cert_reason_t *reason)
{
    cert_err_t  err;

    if (!certrender_home_is_current(render)) {
        certrender_home_close(render);

        err = certrender_home_keys(render, reason);

        if (err == CERT_OK) {
            err = certrender_home_store(render, reason);
        }

        if (err != CERT_OK) {
            certrender_home_close(render);
            return err;
        }
    }

    return certrender_templates_open(render, reason);
}


/*
 * Also frees the slots of renderers that were killed, which is what the store
 * asks of each process from time to time.
 */
static int
certrender_home_is_current(certrender_t *render)
{
    int                  i;
    char                 path[CERTRENDER_PATH_MAX];
    cert_reason_t        reason;
    certrender_stamp_t   stamp;

    if (render->reader == NULL) {
        return 0;
    }

    for (i = 0; i < 2; i++) {
        certrender_path(render, path, certrender_rings[i]);
        (void) certrender_stamp_take(&stamp, path);

        if (!certrender_stamp_is_equal(&stamp, &render->rings[i])) {
            return 0;
        }
    }

    return cert_store_maintain(render->store, &reason) == CERT_OK;
}


/* Both files: without the key of names there is nothing to print. */
static cert_err_t
certrender_home_keys(certrender_t *render, cert_reason_t *reason)
{
    int            i;
    char           path[CERTRENDER_PATH_MAX];
    cert_err_t     err;
    cert_reason_t  why;

    render->ring = cert_keyring_create();
    if (render->ring == NULL) {
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
    }

    for (i = 0; i < 2; i++) {
        certrender_path(render, path, certrender_rings[i]);
        (void) certrender_stamp_take(&render->rings[i], path);

        err = cert_keyring_read(render->ring, path, &why);
        if (err != CERT_OK) {
            cert_reason_set(reason, "%s: %s", path, why.text);
            return err;
        }
    }

    if (!cert_keyring_has(render->ring, CERT_KEY_PERSONAL)) {
        cert_reason_set(reason, "%s: an active \"personal\" key is missing",
                        path);
        return CERT_NO_KEY;
    }

    return CERT_OK;
}


static cert_err_t
certrender_home_store(certrender_t *render, cert_reason_t *reason)
{
    char           path[CERTRENDER_PATH_MAX];
    cert_err_t     err;
    cert_reason_t  why;

    certrender_path(render, path, "store");

    err = cert_store_open(&render->store, path, CERT_STORE_READ, render->ring,
                          &why);

    if (err == CERT_OK) {
        err = cert_reader_open(&render->reader, render->store, &why);
    }

    if (err != CERT_OK) {
        cert_reason_set(reason, "%s: %s", path, why.text);
    }

    return err;
}


/* Serves after any failure: what was not opened is NULL. */
void
certrender_home_close(certrender_t *render)
{
    cert_reader_close(render->reader);
    cert_store_close(render->store);
    cert_keyring_destroy(render->ring);

    render->reader = NULL;
    render->store = NULL;
    render->ring = NULL;
}
