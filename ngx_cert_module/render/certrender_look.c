/*
 * Copyright (C) the ngx_cert authors
 *
 * Whether what a qualification names is there, before copies wait for it.
 *
 * The seal is opened and not only looked for: one that has expired, or whose
 * key is not that of its certificate, keeps copies waiting as well as one that
 * is missing.  Templates are looked for and not drawn, which would take fonts
 * and a second; what is wrong in one has a file and a line when it is used.
 */


#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "certrender_int.h"
#include "certrender_seals_int.h"
#include "certrender_stamp_int.h"
#include "certrender_templates_int.h"


static cert_err_t certrender_look_templates(const certrender_t *render,
    const cert_qualification_t *qualification, cert_reason_t *reason);


cert_err_t
certrender_look(certrender_t *render,
    const cert_qualification_t *qualification, cert_time_t now,
    cert_time_t *expires, cert_reason_t *reason)
{
    char             path[CERTRENDER_PATH_MAX];
    cert_err_t       err;
    certpdf_seal_t  *seal;

    err = certrender_look_templates(render, qualification, reason);
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
certrender_look_templates(const certrender_t *render,
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
