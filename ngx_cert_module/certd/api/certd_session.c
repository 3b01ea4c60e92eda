/*
 * Copyright (C) the ngx_cert authors
 *
 * The requester: the holder, and the client's address.
 *
 * A session ends when it is idle and when it is old.  When it was last used is
 * written at most once in a while, since each mark is a commit: so a session
 * may end that much earlier than the option says, never later.
 *
 * An identity from outside is trusted because only nginx can open the socket
 * and nginx replaces the header.  Two of them mean that it does not.
 *
 * Cross-site requests are refused by the headers that browsers send, on top of
 * SameSite=Strict.  A client that sends neither header is not a browser, and
 * has no cookie that another site could use.
 */


#include "cert_holder_read.h"
#include "cert_session.h"
#include "certd_answer.h"
#include "certd_session.h"


/* Seconds after which a session is marked as used again. */
#define CERTD_TOUCH_SEC  60

/* No marks while the oldest change has waited for so long. */
#define CERTD_TOUCH_MS   1000


static int certd_session_outside(certd_request_t *r);
static int certd_session_own(certd_request_t *r);
static cert_err_t certd_session_read(certd_request_t *r,
    const uint8_t digest[CERT_SHA256_SIZE], cert_session_t *session);
static void certd_session_touch(certd_request_t *r,
    const uint8_t digest[CERT_SHA256_SIZE], const cert_session_t *session);


int
certd_session_find(certd_request_t *r)
{
    return r->certd->options->identity_header != NULL
           ? certd_session_outside(r) : certd_session_own(r);
}


/* Before the first consent there is no account: the consent makes it. */
static int
certd_session_outside(certd_request_t *r)
{
    unsigned         n;
    cert_err_t       err;
    const char      *header;
    cert_text_t      id_number;
    cert_holder_t    holder;
    cert_id_type_t   type;

    n = certd_request_header(r, r->certd->options->identity_header, &header);

    if (n == 0) {
        certd_refuse(r, CERTD_PROBLEM_IDENTITY_REQUIRED);
        return 0;
    }

    if (n > 1
        || certd_identity_parse(header,
                                cert_time_date(r->now,
                                               r->policy.utc_offset_sec),
                                &type, &id_number)
           != CERT_OK)
    {
        explicit_bzero(&id_number, sizeof(id_number));
        certd_refuse(r, CERTD_PROBLEM_BAD_IDENTITY);
        return 0;
    }

    err = cert_holder_make(r->reader->ring, type,
                           (cert_str_t) { (const uint8_t *) id_number.data,
                                          id_number.len },
                           &holder);
    explicit_bzero(&id_number, sizeof(id_number));

    if (err == CERT_OK) {
        err = cert_read_account(r->reader->handle, &holder, &r->account);
    }

    if (err != CERT_OK && err != CERT_NOT_FOUND) {
        certd_refuse_err(r, err, "identity");
        return 0;
    }

    r->has_account = (err == CERT_OK);

    if (!r->has_account) {
        r->account.holder = holder;
    }

    certd_request_is(r, &r->account.holder);

    return 1;
}


/*
 * That a cookie was made here is proved before the store is asked, so made-up
 * ones cost no look-up.
 */
static int
certd_session_own(certd_request_t *r)
{
    uint8_t         digest[CERT_SHA256_SIZE];
    cert_err_t      err;
    cert_session_t  session;

    err = certd_session_digest(r, digest)
          ? certd_session_read(r, digest, &session) : CERT_NOT_FOUND;

    if (err == CERT_NOT_FOUND) {
        certd_refuse(r, CERTD_PROBLEM_LOGIN_REQUIRED);
        return 0;
    }

    if (err != CERT_OK) {
        certd_refuse_err(r, err, "session");
        return 0;
    }

    r->has_account = 1;
    certd_request_is(r, &r->account.holder);
    certd_session_touch(r, digest, &session);

    return 1;
}


/* CERT_NOT_FOUND also for one that is over. */
static cert_err_t
certd_session_read(certd_request_t *r,
    const uint8_t digest[CERT_SHA256_SIZE], cert_session_t *session)
{
    cert_err_t  err;

    err = cert_read_session(r->reader->handle, digest, session);

    if (err == CERT_OK) {
        err = cert_read_account(r->reader->handle, &session->holder,
                                &r->account);
    }

    if (err != CERT_OK) {
        return err;
    }

    /* An account that became a link of another one: log in again. */
    if (r->now >= session->until
        || r->now - session->seen >= r->certd->options->idle_sec
        || session->generation != r->account.generation
        || !cert_holder_is_equal(&session->holder, &r->account.holder))
    {
        return CERT_NOT_FOUND;
    }

    return CERT_OK;
}


/* What is posted is never refused, so a writer that is stuck gets none. */
static void
certd_session_touch(certd_request_t *r,
    const uint8_t digest[CERT_SHA256_SIZE], const cert_session_t *session)
{
    uint64_t        waiting, waiting_ms;
    cert_time_t     sec;
    certd_write_t  *write;

    sec = r->certd->options->idle_sec / 4;

    if (r->now - session->seen <= (sec < CERTD_TOUCH_SEC ? sec
                                                         : CERTD_TOUCH_SEC))
    {
        return;
    }

    certd_write_queue_look(r->certd->writer, &waiting, &waiting_ms);

    if (waiting_ms > CERTD_TOUCH_MS) {
        return;
    }

    write = certd_write_create(CERT_CHANGE_TOUCH, r->actor);

    if (write != NULL) {
        memcpy(write->change.u.session.digest, digest, CERT_SHA256_SIZE);
        certd_write_post(r->certd->writer, write, NULL, NULL);
    }
}


/* A header that comes twice is not one that a browser sent. */
int
certd_session_is_own_site(certd_request_t *r)
{
    unsigned     n;
    const char  *host, *value;

    host = NULL;
    (void) certd_request_header(r, "Host", &host);

    n = certd_request_header(r, "Sec-Fetch-Site", &value);

    if (n > 1 || (n == 1 && !certd_fetch_is_own(value))) {
        certd_refuse(r, CERTD_PROBLEM_CROSS_SITE);
        return 0;
    }

    n = certd_request_header(r, "Origin", &value);

    if (n > 1
        || (n == 1 && !certd_origin_is_own(value, r->policy.public_url, host)))
    {
        certd_refuse(r, CERTD_PROBLEM_CROSS_SITE);
        return 0;
    }

    return 1;
}


/*
 * Two cookies of this name are refused: a browser has one, and the other was
 * planted.
 */
int
certd_session_digest(certd_request_t *r, uint8_t digest[CERT_SHA256_SIZE])
{
    cert_str_t  token;

    return certd_request_cookie(r, &token) == CERT_OK
           && cert_session_digest(r->reader->ring, token, digest) == CERT_OK;
}


/*
 * "__Host-" has browsers insist on Secure, on this host and on the whole path.
 */
void
certd_session_cookie(certd_request_t *r, const char *token)
{
    certd_answer_header(r, "Set-Cookie", CERTD_COOKIE "=%s; Path=/; HttpOnly; "
                        "Secure; SameSite=Strict%s",
                        token != NULL ? token : "",
                        token != NULL ? "" : "; Max-Age=0");
}


cert_str_t
certd_session_client(certd_request_t *r, uint8_t text[CERTD_ADDRESS_MAX])
{
    const char  *header;

    if (r->certd->options->address_header == NULL
        || certd_request_header(r, r->certd->options->address_header, &header)
           == 0)
    {
        return cert_str("");
    }

    return certd_address_fold(header, text);
}
