/*
 * Copyright (C) the ngx_cert authors
 *
 * POST /holder/logout
 *
 * The session ends in the store, not only in the browser: a cookie that was
 * copied is worth nothing after it.  If that cannot be written the cookie
 * stays, or nobody could try again.
 */


#include "certd_answer.h"
#include "certd_handlers.h"
#include "certd_session.h"


/* Also without a session: who wants to be logged out is. */
void
certd_logout(certd_request_t *r)
{
    uint8_t         digest[CERT_SHA256_SIZE];
    cert_err_t      err;
    cert_session_t  session;
    certd_write_t  *write;

    if (certd_session_digest(r, digest)
        && cert_read_session(r->view->reader, digest, &session) == CERT_OK)
    {
        certd_request_is(r, &session.holder);

        write = certd_write_create(CERT_CHANGE_LOGOUT, r->actor);
        if (write == NULL) {
            certd_refuse_err(r, CERT_NO_MEMORY, "logout");
            return;
        }

        memcpy(write->change.u.session.digest, digest, CERT_SHA256_SIZE);

        err = certd_request_write(r, write, "logout");
        certd_write_free(write);

        /* Refused is one that has ended meanwhile. */
        if (err != CERT_OK && err != CERT_REFUSED) {
            return;
        }
    }

    certd_session_cookie(r, NULL);
    certd_answer_empty(r, MHD_HTTP_NO_CONTENT);
}
