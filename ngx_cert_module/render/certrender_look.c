/*
 * Copyright (C) the ngx_cert authors
 *
 * Whether what a qualification names is there, before copies wait for it; and
 * until when that of the whole catalogue may be used.
 *
 * The seal is opened and not only looked for: one that has expired, or whose
 * key is not that of its certificate, keeps copies waiting as well as one that
 * is missing.  Templates are looked for and not drawn, which would take fonts
 * and a second; what is wrong in one has a file and a line when it is used.
 */


#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "cert_list.h"
#include "certrender_home_int.h"
#include "certrender_int.h"
#include "certrender_seals_int.h"
#include "certrender_stamp_int.h"
#include "certrender_templates_int.h"


/* Qualifications that are read at once. */
#define CERTRENDER_LOOK_PAGE  64


typedef struct {
    certrender_t   *render;
    cert_time_t     now;
    cert_time_t     expires;    /* of those so far; 0: of none */
    cert_reason_t  *reason;
} certrender_expiry_t;


static cert_err_t certrender_expiry_templates(const certrender_t *render,
    const cert_qualification_t *qualification, cert_reason_t *reason);
static cert_err_t certrender_look_seal(void *data,
    const cert_qualification_t *qualification);


cert_err_t
certrender_look(certrender_t *render,
    const cert_qualification_t *qualification, cert_time_t now,
    cert_time_t *expires, cert_reason_t *reason)
{
    char             path[CERTRENDER_PATH_MAX];
    cert_err_t       err;
    certpdf_seal_t  *seal;

    err = certrender_expiry_templates(render, qualification, reason);
    if (err != CERT_OK) {
        return err;
    }

    certrender_path(render, path, "seals");

    if (access(path, X_OK) == -1 && errno == EACCES) {
        cert_reason_file(reason, "cannot look into", path, errno);
        return CERT_SYSTEM;
    }

    err = certrender_seal_find(render, &qualification->seal, now, &seal,
                               reason);

    if (err == CERT_OK) {
        *expires = certpdf_seal_expires(seal);
    }

    return err;
}


static cert_err_t
certrender_expiry_templates(const certrender_t *render,
    const cert_qualification_t *qualification, cert_reason_t *reason)
{
    char        name[CERT_TEXT_MAX + sizeof("seals/")];
    cert_err_t  err;

    err = certrender_templates_has(render, qualification->face.data, reason);

    if (err == CERT_OK) {
        (void) snprintf(name, sizeof(name), "seals/%s",
                        qualification->seal.data);
        err = certrender_templates_has(render, name, reason);
    }

    return err;
}


cert_err_t
certrender_seals(certrender_t *render, cert_time_t now, cert_time_t *expires,
    cert_reason_t *reason)
{
    cert_err_t         err;
    cert_position_t    after;
    certrender_expiry_t  look;

    *expires = 0;

    err = certrender_home_open(render, reason);
    if (err != CERT_OK) {
        return err;
    }

    look.render = render;
    look.now = now;
    look.expires = 0;
    look.reason = reason;

    after.len = 0;

    do {
        err = cert_list_qualifications(render->reader, &after,
                                       CERTRENDER_LOOK_PAGE,
                                       certrender_look_seal, &look);
    } while (err == CERT_OK);

    if (err != CERT_NOT_FOUND) {
        cert_reason_set(reason, "the catalogue cannot be read: %s",
                        cert_err_name(err));
        certrender_home_close(render);
        return err;
    }

    *expires = look.expires;

    return CERT_OK;
}


/* Most qualifications share a few seals, which stay open. */
static cert_err_t
certrender_look_seal(void *data, const cert_qualification_t *qualification)
{
    certrender_expiry_t *look = data;

    cert_err_t       err;
    cert_time_t      expires;
    cert_reason_t    reason;
    certpdf_seal_t  *seal;

    err = certrender_seal_find(look->render, &qualification->seal, look->now,
                               &seal, &reason);

    /* One that is missing may be awaited; a copy that wants it says so. */

    if (err == CERT_NOT_FOUND) {
        return CERT_OK;
    }

    if (err == CERT_NO_MEMORY || err == CERT_SYSTEM) {
        return err;
    }

    expires = err == CERT_OK ? certpdf_seal_expires(seal) : look->now;

    if (look->expires != 0 && expires >= look->expires) {
        return CERT_OK;
    }

    look->expires = expires;

    if (err == CERT_OK && expires > look->now) {
        cert_reason_set(look->reason, "the seal \"%s\" ends",
                        qualification->seal.data);

    } else {
        cert_reason_set(look->reason, "the seal \"%s\" cannot sign: %.200s",
                        qualification->seal.data,
                        err == CERT_OK ? "its certificate has ended"
                                       : reason.text);
    }

    return CERT_OK;
}
