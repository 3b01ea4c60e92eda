/*
 * Copyright (C) the ngx_cert authors
 *
 * Seals, opened once and kept: reading a key and verifying its chain costs as
 * much as a copy.
 *
 * A file that has changed is read again, so that a certificate can be renewed
 * under a daemon.  A seal that has gone, or that its successor cannot replace,
 * is not used on from memory: to take the file away is how an authority takes
 * the key away.  Nor is one that ca.pem does not vouch for: certctl would
 * refuse every copy that it signs.
 */


#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "certpdf_seal.h"
#include "certrender_file.h"
#include "certrender_int.h"
#include "certrender_seals_int.h"
#include "certrender_stamp_int.h"


/* Bytes, with the end. */
#define CERTRENDER_PASS_MAX  256


static certrender_seal_t *certrender_seal_place(certrender_t *render,
    const cert_text_t *name);
static void certrender_seal_path(const certrender_t *render,
    const cert_text_t *name, const char *kind,
    char path[CERTRENDER_PATH_MAX]);
static cert_err_t certrender_seal_read(certrender_t *render,
    certrender_seal_t *place, cert_time_t now, cert_reason_t *reason);
static void certrender_seal_drop(certrender_seal_t *place);


/* NAME.p12 only where there is no NAME.pem: a broken one is not passed over. */
cert_err_t
certrender_seal_find(certrender_t *render, const cert_text_t *name,
    cert_time_t now, certpdf_seal_t **seal, cert_reason_t *reason)
{
    int                  is_p12;
    char                 path[CERTRENDER_PATH_MAX];
    cert_err_t           err;
    certrender_seal_t   *place;
    certrender_stamp_t   ca, stamp;

    certrender_seal_path(render, name, "pem", path);

    is_p12 = !certrender_stamp_take(&stamp, path) && errno == ENOENT;

    if (is_p12) {
        certrender_seal_path(render, name, "p12", path);
        (void) certrender_stamp_take(&stamp, path);
    }

    certrender_path(render, path, CERTRENDER_CA);
    (void) certrender_stamp_take(&ca, path);

    place = certrender_seal_place(render, name);

    if (place->seal != NULL && place->is_p12 == is_p12
        && certrender_stamp_is_equal(&place->stamp, &stamp)
        && certrender_stamp_is_equal(&place->ca, &ca))
    {
        *seal = place->seal;
        return CERT_OK;
    }

    certrender_seal_drop(place);

    place->name = *name;
    place->is_p12 = is_p12;
    place->stamp = stamp;
    place->ca = ca;

    err = certrender_seal_read(render, place, now, reason);
    if (err != CERT_OK) {
        return err;
    }

    *seal = place->seal;

    return CERT_OK;
}


/* That of this name, a free one, or the one that was filled longest ago. */
static certrender_seal_t *
certrender_seal_place(certrender_t *render, const cert_text_t *name)
{
    size_t              i;
    certrender_seal_t  *place, *free_place;

    free_place = NULL;

    for (i = 0; i < CERTRENDER_SEALS; i++) {
        place = &render->seals[i];

        if (place->seal == NULL) {
            free_place = place;

        } else if (strcmp(place->name.data, name->data) == 0) {
            return place;
        }
    }

    if (free_place != NULL) {
        return free_place;
    }

    place = &render->seals[render->seals_next];
    render->seals_next = (render->seals_next + 1) % CERTRENDER_SEALS;

    return place;
}


static void
certrender_seal_path(const certrender_t *render, const cert_text_t *name,
    const char *kind, char path[CERTRENDER_PATH_MAX])
{
    (void) snprintf(path, CERTRENDER_PATH_MAX, "%s/seals/%s.%s",
                    render->home, name->data, kind);
}


/* The passphrase has a file of its own: a command line can be read by all. */
static cert_err_t
certrender_seal_read(certrender_t *render, certrender_seal_t *place,
    cert_time_t now, cert_reason_t *reason)
{
    char         path[CERTRENDER_PATH_MAX], pass[CERTRENDER_PASS_MAX];
    cert_err_t   err;
    const char  *name;

    name = place->name.data;
    pass[0] = '\0';

    if (place->is_p12) {
        certrender_seal_path(render, &place->name, "pass", path);
        (void) certrender_file_line(path, pass, sizeof(pass));
    }

    certrender_seal_path(render, &place->name,
                         place->is_p12 ? "p12" : "pem", path);

    err = certpdf_seal_open(&place->seal, path, pass[0] != '\0' ? pass : NULL,
                            now, reason);
    OPENSSL_cleanse(pass, sizeof(pass));

    if (err == CERT_OK) {
        certrender_path(render, path, CERTRENDER_CA);
        err = certpdf_seal_check_chain(place->seal, path, now, reason);
        if (err != CERT_OK) {
            certrender_seal_drop(place);
        }

        return err;
    }

    place->seal = NULL;

    if (err == CERT_NOT_FOUND) {
        cert_reason_set(reason, "the seal \"%s\" is missing: neither %s.pem "
                        "nor %s.p12 is in the folder of "
                        "seals", name, name, name);
    }

    return err;
}


void
certrender_seals_close(certrender_t *render)
{
    size_t  i;

    for (i = 0; i < CERTRENDER_SEALS; i++) {
        certrender_seal_drop(&render->seals[i]);
    }
}


static void
certrender_seal_drop(certrender_seal_t *place)
{
    if (place->seal != NULL) {
        certpdf_seal_close(place->seal);
        place->seal = NULL;
    }
}
