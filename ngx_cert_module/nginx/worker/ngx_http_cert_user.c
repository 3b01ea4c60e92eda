/*
 * Copyright (C) the ngx_cert authors
 *
 * Whether the account of the workers can use the store.
 *
 * A master that runs as root can open every store, which says nothing of its
 * workers: without "user" they run as nobody, every answer is 503, and only the
 * error log knows.  So the master has a child become what a worker becomes and
 * open the store.  Modes alone would not do: there are lists of access, folders
 * above the store, and mounts.
 *
 * "user" may follow "http", and its default is set after all blocks were read.
 * The first moment that knows it, and the last one at which a reload still goes
 * back to the configuration before, is when shared memory is initialized.
 */


#include "ngx_http_cert_user.h"


static ngx_int_t ngx_http_cert_user_ask(ngx_http_cert_main_conf_t *mcf,
    ngx_core_conf_t *ccf, cert_reason_t *reason);
static void ngx_http_cert_user_try(ngx_http_cert_main_conf_t *mcf,
    ngx_core_conf_t *ccf, ngx_fd_t fd);
static void ngx_http_cert_user_read(ngx_fd_t fd, cert_reason_t *reason);


ngx_int_t
ngx_http_cert_user_check(ngx_http_cert_main_conf_t *mcf)
{
    cert_reason_t     reason;
    ngx_core_conf_t  *ccf;

    ccf = (ngx_core_conf_t *) ngx_get_conf(mcf->cycle->conf_ctx,
                                           ngx_core_module);

    /* What this process can open by itself was looked at before. */

    if (geteuid() != 0 || !ccf->master || ccf->user == 0
        || ccf->user == (ngx_uid_t) NGX_CONF_UNSET_UINT)
    {
        return NGX_OK;
    }

    if (ngx_http_cert_user_ask(mcf, ccf, &reason) == NGX_OK) {
        return NGX_OK;
    }

    ngx_log_error(NGX_LOG_EMERG, mcf->cycle->log, 0,
                  "\"cert_store\" cannot be used by \"%s\", as whom the "
                  "workers run (\"user\" names another account): %s in %V:%ui",
                  ccf->username, reason.text,
                  &mcf->store_place.file, mcf->store_place.line);

    return NGX_ERROR;
}


/* NGX_DECLINED: the child was refused, for this reason. */
static ngx_int_t
ngx_http_cert_user_ask(ngx_http_cert_main_conf_t *mcf, ngx_core_conf_t *ccf,
    cert_reason_t *reason)
{
    ngx_fd_t   fd[2];
    ngx_pid_t  pid;

    if (pipe(fd) == -1) {
        ngx_log_error(NGX_LOG_WARN, mcf->cycle->log, ngx_errno,
                      "pipe() failed, \"cert_store\" is not tried as \"%s\"",
                      ccf->username);
        return NGX_OK;
    }

    pid = fork();

    if (pid == 0) {
        ngx_http_cert_user_try(mcf, ccf, fd[1]);
    }

    (void) close(fd[1]);

    if (pid == -1) {
        ngx_log_error(NGX_LOG_WARN, mcf->cycle->log, ngx_errno,
                      "fork() failed, \"cert_store\" is not tried as \"%s\"",
                      ccf->username);
        reason->text[0] = '\0';

    } else {
        ngx_http_cert_user_read(fd[0], reason);

        while (waitpid(pid, NULL, 0) == -1 && ngx_errno == NGX_EINTR) {
            /* void */
        }
    }

    (void) close(fd[0]);

    return reason->text[0] == '\0' ? NGX_OK : NGX_DECLINED;
}


/*
 * In the child, which ends here; in the order of a worker.  Why it cannot
 * become the user is what nginx says itself when a worker cannot.
 */
static void
ngx_http_cert_user_try(ngx_http_cert_main_conf_t *mcf, ngx_core_conf_t *ccf,
    ngx_fd_t fd)
{
    cert_reason_t  reason;

    if (setgid(ccf->group) == -1
        || initgroups(ccf->username, ccf->group) == -1
        || setuid(ccf->user) == -1)
    {
        _exit(0);
    }

    if (cert_store_probe((char *) mcf->store.data, mcf->keyring, &reason)
        != CERT_OK)
    {
        (void) ngx_write_fd(fd, reason.text, ngx_strlen(reason.text));
    }

    _exit(0);
}


/* Empty: the child had nothing to say. */
static void
ngx_http_cert_user_read(ngx_fd_t fd, cert_reason_t *reason)
{
    size_t   len;
    ssize_t  n;

    len = 0;

    do {
        n = ngx_read_fd(fd, reason->text + len,
                        sizeof(reason->text) - 1 - len);

        if (n > 0) {
            len += n;
        }

    } while (n > 0 || (n == -1 && ngx_errno == NGX_EINTR));

    reason->text[len] = '\0';
}
