/*
 * Copyright (C) the ngx_cert authors
 *
 * POST /holder/logout
 *
 * The session ends in the store, not only in the browser: a cookie that was
 * copied is worth nothing after it.  If the store cannot be read or written the
 * cookie stays, or the holder could not try again.
 */


#include "cert_holder_read.h"
#include "certd_answer.h"
#include "certd_handlers.h"
#include "certd_session.h"


static cert_err_t certd_logout_end(certd_request_t *r,
    const uint8_t digest[CERT_SHA256_SIZE]);


/* Also without a session: then it has ended already. */
void
certd_logout(certd_request_t *r)
{
    uint8_t  digest[CERT_SHA256_SIZE];

    if (certd_session_digest(r, digest)
        && certd_logout_end(r, digest) != CERT_OK)
    {
        return;
    }

    certd_session_cookie(r, NULL);
    certd_answer_empty(r, MHD_HTTP_NO_CONTENT);
}


/* CERT_OK: there is no such session any more.  Else it was answered. */
static cert_err_t
certd_logout_end(certd_request_t *r, const uint8_t digest[CERT_SHA256_SIZE])
{
    cert_err_t      err;
    cert_session_t  session;
    certd_write_t  *write;

    err = cert_read_session(r->reader->handle, digest, &session);

    if (err == CERT_NOT_FOUND) {
        return CERT_OK;
    }

    if (err == CERT_OK) {
        certd_request_is(r, &session.holder);

        write = certd_write_create(CERT_CHANGE_LOGOUT, r->actor);
        err = write == NULL ? CERT_NO_MEMORY : CERT_OK;
    }

    if (err != CERT_OK) {
        certd_refuse_err(r, err, "logout");
        return err;
    }

    memcpy(write->change.u.session.digest, digest, CERT_SHA256_SIZE);

    err = certd_request_write(r, write, "logout");
    certd_write_free(write);

    /* A session that has ended meanwhile is refused. */
    return err == CERT_REFUSED ? CERT_OK : err;
}
