/*
 * Copyright (C) the ngx_cert authors
 *
 * POST /holder/login
 *
 * An unknown name and a wrong password get the same answer after the same work.
 * A client that has to wait is told so before anything is looked up, and the
 * failure is counted before the hash: of a hundred guesses at once no more are
 * tried than of a hundred in a row.
 *
 * The old session of the same browser ends in the change that begins the new
 * one, so an attacker cannot have a holder log in under a known session.
 */


#include "cert_holder_read.h"
#include "cert_session.h"
#include "certd_answer.h"
#include "certd_counters.h"
#include "certd_handlers.h"
#include "certd_hashes.h"
#include "certd_session.h"
#include "certd_throttle.h"


typedef struct {
    certd_request_t  *r;
    cert_text_t       username;     /* folded; empty if it cannot be one */
    cert_str_t        key;          /* by which failures are counted */
    cert_str_t        password;
    int               is_known;
    int               is_old;       /* the hash is to be replaced */
    int               has_session;  /* of the browser, which ends */
    int64_t           try_ms;       /* when it was counted as a failure */
    uint8_t           session[CERT_SHA256_SIZE];
    size_t            client_n;
    uint8_t           client[CERTD_ADDRESS_MAX];
    char              token[CERT_SESSION_TEXT_SIZE];
} certd_visitor_t;


static int certd_login_read(certd_visitor_t *v);
static int certd_login_is_slow(certd_visitor_t *v);
static cert_err_t certd_login_look(certd_visitor_t *v);
static cert_err_t certd_login_verify(certd_visitor_t *v);
static void certd_login_refuse(certd_visitor_t *v);
static void certd_login_begin(certd_visitor_t *v);
static cert_err_t certd_login_token(certd_visitor_t *v,
    uint8_t digest[CERT_SHA256_SIZE]);
static void certd_login_answer(certd_visitor_t *v);
static void certd_login_rehash(certd_visitor_t *v);


static const certd_fault_t  certd_login_username = {
    "username", "请填写用户名。", "Fill in the username."
};

static const certd_fault_t  certd_login_password = {
    "password", "请填写密码。", "Fill in the password."
};


void
certd_login(certd_request_t *r)
{
    cert_err_t       err;
    certd_visitor_t  v;

    memset(&v, 0, sizeof(v));
    v.r = r;

    if (!certd_login_read(&v) || certd_login_is_slow(&v)) {
        goto done;
    }

    err = certd_login_look(&v);
    certd_request_leave(r);

    if (err == CERT_OK) {
        err = certd_login_verify(&v);
    }

    switch (err) {

    case CERT_OK:
        certd_throttle_clear(r->certd->throttle, CERTD_THROTTLE_ACCOUNT,
                             v.key);
        certd_login_begin(&v);
        break;

    case CERT_DENIED:
        certd_login_refuse(&v);
        break;

    default:
        certd_throttle_undo(r->certd->throttle, CERTD_THROTTLE_ACCOUNT,
                            v.key, v.try_ms);

        if (r->status == 0) {
            certd_refuse_err(r, err, "login");
        }
    }

done:

    explicit_bzero(&v, sizeof(v));
}


/*
 * What cannot be a username is taken as it is: failures are counted by it, and
 * no account has it.  False: it was answered.
 */
static int
certd_login_read(certd_visitor_t *v)
{
    cert_str_t  client;

    cert_form_field_t  fields[] = {
        { .name = cert_str("username") },
        { .name = cert_str("password"), .kind = CERT_FIELD_SECRET }
    };

    if (!certd_request_text_form(v->r, fields, 2)) {
        return 0;
    }

    if (fields[0].value.len == 0) {
        certd_refuse_field(v->r, &certd_login_username);
        return 0;
    }

    if (fields[1].value.len == 0) {
        certd_refuse_field(v->r, &certd_login_password);
        return 0;
    }

    v->password = fields[1].value;
    v->key = fields[0].value;

    if (cert_username_match(&v->username, fields[0].value, NULL) == CERT_OK) {
        v->key = (cert_str_t) { (const uint8_t *) v->username.data,
                                v->username.len };

    } else {
        v->username.len = 0;
    }

    v->has_session = certd_session_digest(v->r, v->session);

    client = certd_session_client(v->r, v->client);
    v->client_n = client.len;

    if (client.len > 0 && client.data != v->client) {
        memcpy(v->client, client.data, client.len);
    }

    return 1;
}


/*
 * The address first: a try of the username is counted when it is allowed.
 * True: it was answered.
 */
static int
certd_login_is_slow(certd_visitor_t *v)
{
    unsigned           sec;
    certd_throttle_t  *throttle;

    throttle = v->r->certd->throttle;
    v->try_ms = certd_clock_ms();
    sec = 0;

    if (v->client_n > 0) {
        sec = certd_throttle_look(throttle, CERTD_THROTTLE_ADDRESS,
                                  (cert_str_t) { v->client, v->client_n },
                                  v->try_ms);
    }

    if (sec == 0) {
        sec = certd_throttle_try(throttle, CERTD_THROTTLE_ACCOUNT, v->key,
                                 v->try_ms);
    }

    if (sec > 0) {
        certd_count(v->r->certd->counters, CERTD_COUNT_LOGINS_THROTTLED, 1);
        certd_refuse_wait(v->r, CERTD_PROBLEM_TOO_OFTEN, sec);
    }

    return sec > 0;
}


/* The account, if there is one of this name. */
static cert_err_t
certd_login_look(certd_visitor_t *v)
{
    certd_request_t  *r = v->r;

    cert_err_t     err;
    cert_holder_t  holder;

    if (v->username.len == 0) {
        return CERT_OK;
    }

    err = cert_read_username(r->reader->handle, v->key, &holder);

    if (err == CERT_OK) {
        err = cert_read_account(r->reader->handle, &holder, &r->account);
    }

    if (err == CERT_NOT_FOUND) {
        return CERT_OK;
    }

    if (err != CERT_OK) {
        return err;
    }

    if (!r->account.has_login) {
        return CERT_NO_KEY;
    }

    v->is_known = 1;
    r->has_account = 1;
    certd_request_is(r, &r->account.holder);

    return CERT_OK;
}


/* CERT_BUSY was answered. */
static cert_err_t
certd_login_verify(certd_visitor_t *v)
{
    cert_err_t    err;
    certd_turn_t  turn;

    turn = certd_request_turn(v->r);

    err = certd_hash_verify(v->r->certd->hashes, &turn, v->password,
                            v->is_known ? v->r->account.password : NULL,
                            &v->is_old);

    if (err == CERT_BUSY) {
        certd_refuse_turn(v->r, &turn);
    }

    return err;
}


/*
 * The failure of the username was counted before; not journaled, or a stranger
 * could fill the disk.
 */
static void
certd_login_refuse(certd_visitor_t *v)
{
    certd_t  *certd;

    certd = v->r->certd;
    certd_count(certd->counters, CERTD_COUNT_LOGINS_REFUSED, 1);

    if (v->client_n > 0) {
        certd_throttle_fail(certd->throttle, CERTD_THROTTLE_ADDRESS,
                            (cert_str_t) { v->client, v->client_n },
                            certd_clock_ms());
    }

    certd_refuse(v->r, CERTD_PROBLEM_LOGIN_REFUSED);
}


/*
 * The cookie goes out after the commit: a session that is not on disk would be
 * one that cannot be ended.
 */
static void
certd_login_begin(certd_visitor_t *v)
{
    cert_err_t      err;
    certd_write_t  *write;

    if (!certd_request_enter(v->r)) {
        return;
    }

    write = certd_write_create(CERT_CHANGE_LOGIN, v->r->actor);

    err = write == NULL
          ? CERT_NO_MEMORY
          : certd_login_token(v, write->change.u.session.digest);

    if (err != CERT_OK) {
        certd_refuse_err(v->r, err, "session key");
        certd_write_free(write);
        return;
    }

    write->change.u.session.holder = v->r->account.holder;
    write->change.u.session.generation = v->r->account.generation;
    write->change.u.session.until = v->r->now
                                    + v->r->certd->options->session_sec;

    if (v->has_session) {
        write->change.u.session.old =
            certd_write_keep(write, (cert_str_t) { v->session,
                                                   CERT_SHA256_SIZE }).data;
    }

    err = certd_request_write(v->r, write, "login");

    if (err == CERT_OK) {
        certd_count(v->r->certd->counters, CERTD_COUNT_LOGINS, 1);
        certd_login_answer(v);

    } else if (err == CERT_REFUSED) {
        /* It was linked to another one, or got a new password, meanwhile. */
        certd_refuse(v->r, CERTD_PROBLEM_LOGIN_REFUSED);
    }

    certd_write_free(write);
}


/*
 * Made and read back, so that what the store knows is what the browser brings.
 */
static cert_err_t
certd_login_token(certd_visitor_t *v, uint8_t digest[CERT_SHA256_SIZE])
{
    uint8_t     random[CERT_SESSION_RANDOM_SIZE];
    cert_err_t  err;

    certd_random(random, sizeof(random));

    err = cert_session_make(v->r->reader->ring, random, v->token);

    if (err == CERT_OK) {
        err = cert_session_digest(v->r->reader->ring, cert_strz(v->token),
                                  digest);
    }

    explicit_bzero(random, sizeof(random));

    return err;
}


static void
certd_login_answer(certd_visitor_t *v)
{
    certd_request_t  *r = v->r;

    if (v->is_old) {
        certd_login_rehash(v);
    }

    certd_session_cookie(r, v->token);

    certd_answer(r, MHD_HTTP_OK,
                 json_pack("{sss{sbsi}}", "username",
                           r->account.username.data, "consent", "required",
                           r->account.notice_version
                           != r->policy.notice_version,
                           "version", (int) r->policy.notice_version));
}


/*
 * Another time, if there is trouble or no turn free now: the old one is still
 * good, and this login has waited in the queue once.
 */
static void
certd_login_rehash(certd_visitor_t *v)
{
    char            hash[CERT_PASSWORD_MAX + 1];
    certd_turn_t    turn;
    certd_write_t  *write;

    turn = certd_request_turn(v->r);
    turn.is_hasty = 1;

    if (certd_hash_make(v->r->certd->hashes, &turn, v->password, hash)
        != CERT_OK)
    {
        return;
    }

    write = certd_write_create(CERT_CHANGE_PASSWORD, v->r->actor);

    if (write != NULL) {
        write->change.u.account.holder = v->r->account.holder;
        write->change.u.account.password = certd_write_keep(write,
                                                            cert_strz(hash));
        write->change.u.account.keep_sessions = 1;

        /* Not over what the operator has set since it was read. */
        write->change.u.account.generation = v->r->account.generation;

        certd_write_post(v->r->certd->writer, write, NULL, NULL);
    }

    explicit_bzero(hash, sizeof(hash));
}
