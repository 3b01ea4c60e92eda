/*
 * Copyright (C) the ngx_cert authors
 *
 * A render worker: a process of certctl around the renderer that certd has,
 * too.
 */


#include <unistd.h>

#include "certctl_copies.h"


/*
 * Nothing that was inherited is closed: the parent's store is not this
 * process's to use, and exit() would write the parent's output twice.  The
 * keys alone are wiped, as the renderer reads its own.
 */
void
certctl_worker(certctl_t *ctl, int fd)
{
    cert_err_t             err;
    certrender_t          *render;
    certrender_options_t   options;

    cert_keyring_destroy(ctl->ring);
    ctl->ring = NULL;

    options.home = ctl->home;
    options.templates = ctl->templates;

    err = certrender_open(&render, &options);

    if (err == CERT_OK) {
        err = certrender_serve(render, fd);
        certrender_close(render);
    }

    _exit(err == CERT_OK ? CERTCTL_YES : CERTCTL_SYSTEM);
}
