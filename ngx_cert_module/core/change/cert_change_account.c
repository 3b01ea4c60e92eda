/*
 * Copyright (C) the ngx_cert authors
 *
 * Changes to accounts: registration, password, consent, links.
 *
 * An account is one record under its holder, an entry by user name, and a
 * record at each of its links.  It is never removed: consent and logins stay
 * on record.
 *
 * The journal names a holder by the digest, and the body of an entry holds the
 * account as it is stored, the login encrypted, so nothing in it tells a user
 * name.  A change that does not touch the login carries its ciphertext over: a
 * new one would need a nonce and a key for nothing.
 */


#include "cert_change_account_int.h"
#include "cert_change_int.h"
#include "cert_holder_int.h"
#include "cert_lookup_int.h"


static int cert_login_is_sound(cert_str_t username, cert_str_t password);
static int cert_password_is_sound(cert_str_t password);
static cert_err_t cert_account_get(cert_exec_t *exec,
    cert_account_t *account, cert_login_t *login);
static void cert_account_init(cert_exec_t *exec, cert_account_t *account,
    cert_login_t *login);
static cert_err_t cert_username_free(cert_exec_t *exec,
    cert_str_t username, uint8_t key[CERT_USERNAME_KEY_SIZE]);
static cert_err_t cert_username_put(cert_txn_t *txn,
    const uint8_t key[CERT_USERNAME_KEY_SIZE], const cert_holder_t *holder);
static cert_err_t cert_account_hide(cert_exec_t *exec,
    cert_account_t *account, cert_str_t password, cert_login_t *login);
static cert_err_t cert_link_decide(cert_exec_t *exec,
    const cert_account_t *account);


cert_err_t
cert_change_register(cert_exec_t *exec)
{
    uint8_t         key[CERT_USERNAME_KEY_SIZE];
    cert_err_t      err;
    cert_str_t      username, password;
    cert_login_t    login;
    cert_account_t  account;

    username = exec->change->u.account.username;
    password = exec->change->u.account.password;

    if (!cert_login_is_sound(username, password)) {
        return CERT_INVALID;
    }

    err = cert_account_get(exec, &account, &login);

    if (err == CERT_NOT_FOUND) {
        cert_account_init(exec, &account, &login);

    } else if (err != CERT_OK) {
        return err;

    } else if (login.len != 0
               || !cert_holder_is_equal(&account.holder,
                                        &exec->change->u.account.holder))
    {
        return cert_refuse(exec, CERT_REFUSAL_HAS_ACCOUNT);
    }

    err = cert_username_free(exec, username, key);

    if (err == CERT_OK) {
        (void) cert_text_set(&account.username.len, account.username.data,
                             CERT_USERNAME_MAX, username);
        account.generation++;

        err = cert_account_hide(exec, &account, password, &login);
    }

    if (err == CERT_OK) {
        exec->detail = exec->outcome->is_new ? "new" : "login";
        cert_put_bytes(&exec->body, key, sizeof(key));

        err = cert_account_put(exec, &account, &login);
    }

    if (err == CERT_OK) {
        err = cert_username_put(exec->txn, key, &account.holder);
    }

    cert_crypto_wipe(&account, sizeof(account));

    return err;
}


/* Folded where it came in: what folding would change was not. */
static int
cert_login_is_sound(cert_str_t username, cert_str_t password)
{
    cert_text_t  folded;

    return cert_username_fold(&folded, username, NULL) == CERT_OK
           && cert_str_is_equal(cert_text_str(&folded), username)
           && cert_password_is_sound(password);
}


static int
cert_password_is_sound(cert_str_t password)
{
    return password.len != 0 && password.len <= CERT_PASSWORD_MAX
           && memchr(password.data, '\0', password.len) == NULL;
}


/*
 * The account a change is about, also by a link to it, and what the journal
 * calls it.  CERT_NOT_FOUND: there is none, for certain.
 */
static cert_err_t
cert_account_get(cert_exec_t *exec, cert_account_t *account,
    cert_login_t *login)
{
    cert_err_t            err;
    const cert_holder_t  *holder;

    holder = &exec->change->u.account.holder;

    err = cert_lookup_account(exec->txn->store, exec->txn->txn, holder,
                              account, login);

    if (err == CERT_OK) {
        holder = &account->holder;
    }

    cert_exec_subject(exec, holder);

    return err;
}


static void
cert_account_init(cert_exec_t *exec, cert_account_t *account,
    cert_login_t *login)
{
    memset(account, 0, sizeof(*account));
    login->len = 0;

    account->holder = exec->change->u.account.holder;
    account->created = exec->now;
    account->is_matched = exec->change->u.account.is_matched != 0;

    exec->outcome->is_new = 1;
}


/* Refuses a name that is taken; "key" is where it is to be entered. */
static cert_err_t
cert_username_free(cert_exec_t *exec, cert_str_t username,
    uint8_t key[CERT_USERNAME_KEY_SIZE])
{
    cert_err_t  err;
    cert_str_t  payload;

    err = cert_username_key(exec->txn->store->ring, username, key);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_lookup_certain(exec->txn->store, exec->txn->txn,
                              CERT_DB_USERNAME,
                              (cert_str_t) { key, CERT_USERNAME_KEY_SIZE },
                              &payload);

    if (err == CERT_OK) {
        return cert_refuse(exec, CERT_REFUSAL_USERNAME);
    }

    return err == CERT_NOT_FOUND ? CERT_OK : err;
}


static cert_err_t
cert_username_put(cert_txn_t *txn, const uint8_t key[CERT_USERNAME_KEY_SIZE],
    const cert_holder_t *holder)
{
    uint8_t        buf[CERT_ENTRY_MAX];
    cert_writer_t  w;

    w = cert_writer(buf, sizeof(buf));
    cert_username_encode(&w, holder);

    return cert_txn_put_record(txn, CERT_DB_USERNAME,
                               (cert_str_t) { key, CERT_USERNAME_KEY_SIZE },
                               &w);
}


/* The nonce is the change's own, as that of a person is. */
static cert_err_t
cert_account_hide(cert_exec_t *exec, cert_account_t *account,
    cert_str_t password, cert_login_t *login)
{
    size_t  len;

    (void) cert_text_set(&len, account->password, CERT_PASSWORD_MAX,
                         password);
    memcpy(login->nonce, exec->change->nonce, CERT_NONCE_SIZE);

    return cert_login_hide(exec->txn->store->ring, account, login);
}


cert_err_t
cert_account_put(cert_exec_t *exec, const cert_account_t *account,
    const cert_login_t *login)
{
    uint8_t        buf[CERT_ACCOUNT_MAX + CERT_SEAL_SIZE];
    cert_writer_t  w;

    w = cert_writer(buf, sizeof(buf));
    cert_account_encode(&w, account, login);
    cert_put_blob(&exec->body, cert_writer_str(&w));

    return cert_txn_put_record(exec->txn, CERT_DB_HOLDER,
                               cert_holder_str(&account->holder), &w);
}


/*
 * Setting the same password again changes nothing, so that a change repeated
 * after a lost answer does not end sessions opened in between.
 */
cert_err_t
cert_change_password(cert_exec_t *exec)
{
    int             keep;
    uint32_t        expected;
    cert_err_t      err;
    cert_str_t      password;
    cert_login_t    login;
    cert_account_t  account;

    keep = exec->change->u.account.keep_sessions;
    expected = exec->change->u.account.generation;
    password = exec->change->u.account.password;

    if (!cert_password_is_sound(password)) {
        return CERT_INVALID;
    }

    err = cert_account_get(exec, &account, &login);

    if (err == CERT_NOT_FOUND || (err == CERT_OK && login.len == 0)) {
        return cert_refuse(exec, CERT_REFUSAL_NO_ACCOUNT);
    }

    if (err == CERT_OK && expected != 0 && expected != account.generation) {
        return cert_refuse(exec, CERT_REFUSAL_STATE);
    }

    if (err == CERT_OK) {
        err = cert_login_reveal(exec->txn->store->ring, &account, &login);
    }

    if (err != CERT_OK) {
        return err;
    }

    if (password.len == strlen(account.password)
        && cert_crypto_is_equal(password.data, account.password,
                                password.len))
    {
        exec->outcome->is_unchanged = 1;
        goto done;
    }

    account.generation += keep ? 0 : 1;
    exec->detail = keep ? "kept" : "new";

    err = cert_account_hide(exec, &account, password, &login);

    if (err == CERT_OK) {
        err = cert_account_put(exec, &account, &login);
    }

done:

    cert_crypto_wipe(&account, sizeof(account));

    return err;
}


/*
 * A holder with an identity from outside never registers: agreeing to the
 * notice makes the account, which has no login then.
 */
cert_err_t
cert_change_consent(cert_exec_t *exec)
{
    uint32_t        version;
    cert_err_t      err;
    cert_str_t      sha256;
    cert_login_t    login;
    cert_account_t  account;

    version = exec->change->u.account.notice_version;
    sha256 = (cert_str_t) { exec->change->u.account.notice_sha256,
                            CERT_SHA256_SIZE };

    if (version == 0) {
        return CERT_INVALID;
    }

    err = cert_account_get(exec, &account, &login);

    if (err == CERT_NOT_FOUND) {
        cert_account_init(exec, &account, &login);

    } else if (err != CERT_OK) {
        return err;
    }

    if (account.notice_version == version
        && memcmp(account.notice_sha256, sha256.data, sha256.len) == 0)
    {
        exec->outcome->is_unchanged = 1;
        return CERT_OK;
    }

    account.notice_version = version;
    account.notice_time = exec->now;
    memcpy(account.notice_sha256, sha256.data, sha256.len);

    exec->detail = exec->outcome->is_new ? "new" : "";

    return cert_account_put(exec, &account, &login);
}


cert_err_t
cert_change_link(cert_exec_t *exec)
{
    uint8_t               buf[CERT_ENTRY_MAX];
    cert_err_t            err;
    cert_login_t          login;
    cert_writer_t         w;
    cert_account_t        account;
    const cert_holder_t  *other;

    other = &exec->change->u.account.other;

    if (cert_holder_is_equal(&exec->change->u.account.holder, other)) {
        return CERT_INVALID;
    }

    err = cert_account_get(exec, &account, &login);

    if (err == CERT_NOT_FOUND) {
        return cert_refuse(exec, CERT_REFUSAL_NO_ACCOUNT);
    }

    if (err == CERT_OK) {
        err = cert_link_decide(exec, &account);
    }

    if (err != CERT_OK || exec->outcome->is_unchanged) {
        return err;
    }

    account.links[account.links_n++] = *other;

    exec->detail = cert_exec_hex(exec->more, other);
    cert_put_bytes(&exec->body, other->bytes, CERT_HOLDER_SIZE);

    err = cert_account_put(exec, &account, &login);

    if (err == CERT_OK) {
        w = cert_writer(buf, sizeof(buf));
        cert_link_encode(&w, &account.holder);

        err = cert_txn_put_record(exec->txn, CERT_DB_HOLDER,
                                  cert_holder_str(other), &w);
    }

    return err;
}


/* The other name must be free, or this account's already. */
static cert_err_t
cert_link_decide(cert_exec_t *exec, const cert_account_t *account)
{
    cert_err_t            err;
    cert_login_t          login;
    cert_account_t        there;
    const cert_holder_t  *other;

    other = &exec->change->u.account.other;

    err = cert_lookup_account(exec->txn->store, exec->txn->txn, other, &there,
                              &login);

    if (err == CERT_NOT_FOUND) {
        return account->links_n < CERT_LINKS_MAX
               ? CERT_OK : cert_refuse(exec, CERT_REFUSAL_LINKS);
    }

    if (err != CERT_OK) {
        return err;
    }

    if (!cert_holder_is_equal(&there.holder, &account->holder)
        || cert_holder_is_equal(&account->holder, other))
    {
        return cert_refuse(exec, CERT_REFUSAL_HAS_ACCOUNT);
    }

    exec->outcome->is_unchanged = 1;

    return CERT_OK;
}
