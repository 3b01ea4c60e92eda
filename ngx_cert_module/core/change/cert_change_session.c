/*
 * Copyright (C) the ngx_cert authors
 *
 * Changes to sessions: login, use, logout.
 *
 * A session is a record under the digest of its token and leads to its account
 * by the holder.  Nothing leads from the account to its sessions: a new
 * password ends them by moving the account's generation, one write whatever
 * their number, and those that are over are found by listing them.
 */


#include "cert_change_int.h"
#include "cert_holder_int.h"
#include "cert_lookup_int.h"


static cert_err_t cert_login_decide(cert_exec_t *exec,
    cert_session_t *session);
static cert_err_t cert_login_old(cert_exec_t *exec, int *has_old);
static cert_err_t cert_session_put(cert_exec_t *exec,
    const cert_session_t *session);
static cert_str_t cert_session_key(const cert_exec_t *exec);


/*
 * The old session ends in the same transaction, so a token that was planted in
 * the browser before the login is worth nothing after it.
 */
cert_err_t
cert_change_login(cert_exec_t *exec)
{
    int             has_old;
    cert_err_t      err;
    cert_session_t  session;
    const uint8_t  *old;

    old = exec->change->u.session.old;
    has_old = 0;

    if (exec->change->u.session.until <= exec->now
        || exec->change->u.session.until >= CERT_TIME_NEVER
        || (old != NULL
            && memcmp(old, cert_session_key(exec).data, CERT_SHA256_SIZE)
               == 0))
    {
        return CERT_INVALID;
    }

    err = cert_login_decide(exec, &session);

    if (err == CERT_OK && !exec->outcome->is_unchanged) {
        err = cert_login_old(exec, &has_old);
    }

    if (err != CERT_OK || exec->outcome->is_unchanged) {
        return err;
    }

    cert_exec_subject(exec, &session.holder);

    err = cert_session_put(exec, &session);

    if (err == CERT_OK && has_old) {
        cert_put_bytes(&exec->body, old, CERT_SHA256_SIZE);
        err = cert_txn_del(exec->txn, CERT_DB_SESSION,
                           (cert_str_t) { old, CERT_SHA256_SIZE });
    }

    return err;
}


/*
 * The session as it is to be.  If one exists under this digest, the same login
 * was sent twice, or no token was drawn for this one.
 */
static cert_err_t
cert_login_decide(cert_exec_t *exec, cert_session_t *session)
{
    cert_err_t      err;
    cert_login_t    login;
    cert_session_t  there;
    cert_account_t  account;

    err = cert_lookup_account(exec->txn->store, exec->txn->txn,
                              &exec->change->u.session.holder, &account,
                              &login);
    if (err != CERT_OK) {
        return err == CERT_NOT_FOUND
               ? cert_refuse(exec, CERT_REFUSAL_NO_ACCOUNT) : err;
    }

    /* The account has another password than the one that was verified. */
    if (exec->change->u.session.generation != 0
        && exec->change->u.session.generation != account.generation)
    {
        return cert_refuse(exec, CERT_REFUSAL_STATE);
    }

    session->holder = account.holder;
    session->generation = account.generation;
    session->created = exec->now;
    session->seen = exec->now;
    session->until = exec->change->u.session.until;

    err = cert_lookup_session(exec->txn->store, exec->txn->txn,
                              exec->change->u.session.digest, &there);

    if (err == CERT_OK) {
        if (!cert_holder_is_equal(&there.holder, &session->holder)
            || there.generation != session->generation
            || there.until != session->until)
        {
            return CERT_INVALID;
        }

        exec->outcome->is_unchanged = 1;
    }

    return err == CERT_NOT_FOUND ? CERT_OK : err;
}


/* A session that does not exist needs no end. */
static cert_err_t
cert_login_old(cert_exec_t *exec, int *has_old)
{
    cert_err_t      err;
    cert_session_t  session;

    if (exec->change->u.session.old == NULL) {
        return CERT_OK;
    }

    err = cert_lookup_session(exec->txn->store, exec->txn->txn,
                              exec->change->u.session.old, &session);

    *has_old = (err == CERT_OK);

    return err == CERT_NOT_FOUND ? CERT_OK : err;
}


static cert_err_t
cert_session_put(cert_exec_t *exec, const cert_session_t *session)
{
    uint8_t        buf[CERT_ENTRY_MAX + CERT_SEAL_SIZE];
    cert_str_t     key;
    cert_writer_t  w;

    key = cert_session_key(exec);

    w = cert_writer(buf, sizeof(buf));
    cert_session_encode(&w, session);

    cert_put_bytes(&exec->body, key.data, key.len);
    cert_put_blob(&exec->body, cert_writer_str(&w));

    return cert_txn_put_record(exec->txn, CERT_DB_SESSION, key, &w);
}


/* The caller decides whether it still holds. */
cert_err_t
cert_change_touch(cert_exec_t *exec)
{
    cert_err_t      err;
    cert_session_t  session;

    err = cert_lookup_session(exec->txn->store, exec->txn->txn,
                              exec->change->u.session.digest, &session);
    if (err != CERT_OK) {
        return err == CERT_NOT_FOUND
               ? cert_refuse(exec, CERT_REFUSAL_NO_SESSION) : err;
    }

    if (session.seen >= exec->now) {
        exec->outcome->is_unchanged = 1;
        return CERT_OK;
    }

    session.seen = exec->now;
    cert_exec_subject(exec, &session.holder);

    return cert_session_put(exec, &session);
}


cert_err_t
cert_change_logout(cert_exec_t *exec)
{
    cert_err_t      err;
    cert_str_t      key;
    cert_session_t  session;

    err = cert_lookup_session(exec->txn->store, exec->txn->txn,
                              exec->change->u.session.digest, &session);

    if (err == CERT_NOT_FOUND) {
        exec->outcome->is_unchanged = 1;
        return CERT_OK;
    }

    if (err != CERT_OK) {
        return err;
    }

    key = cert_session_key(exec);
    cert_exec_subject(exec, &session.holder);
    cert_put_bytes(&exec->body, key.data, key.len);

    return cert_txn_del(exec->txn, CERT_DB_SESSION, key);
}


static cert_str_t
cert_session_key(const cert_exec_t *exec)
{
    return (cert_str_t) { exec->change->u.session.digest,
                          CERT_SHA256_SIZE };
}
