/*
 * Copyright (C) the ngx_cert authors
 *
 * Re-sealing of an account and what hangs on it.
 *
 * One change an account, because there is one nonce in a change and a nonce is
 * used once: all logins under the nonce of one change would give each other
 * away.  Links, user name and idempotency keys go along, so that one entry of
 * the journal says that all of an account is done.  Sessions are not found by
 * their account and belong to none here.
 *
 * All of it is walked twice: once to prove what is to be sealed, since nothing
 * may fail after the first write, and once to write.
 */


#include "cert_holder_int.h"
#include "cert_list_int.h"
#include "cert_lookup_int.h"
#include "cert_reseal_int.h"


static int cert_account_is_current(cert_txn_t *txn,
    const cert_account_t *account, const cert_login_t *login);
static cert_err_t cert_reseal_belongings(cert_reseal_t *reseal,
    const cert_account_t *account);
static cert_err_t cert_reseal_username(cert_reseal_t *reseal,
    const cert_account_t *account);
static cert_err_t cert_reseal_key(cert_reseal_t *reseal, cert_db_t db,
    cert_str_t key);


cert_err_t
cert_reseal_account(cert_apply_t *apply, const cert_holder_t *holder)
{
    cert_err_t       err;
    cert_login_t     login;
    cert_reseal_t    reseal;
    cert_account_t   account;
    cert_keyring_t  *ring;

    ring = apply->txn->store->ring;

    err = cert_txn_account(apply->txn->store, apply->txn->txn, holder,
                           &account, &login);
    if (err != CERT_OK) {
        return err == CERT_NOT_FOUND
               ? cert_refuse(apply, CERT_REFUSAL_NO_ACCOUNT) : err;
    }

    cert_apply_subject(apply, &account.holder);

    err = cert_login_reveal(ring, &account, &login);

    reseal = (cert_reseal_t) { .txn = apply->txn };

    if (err == CERT_OK) {
        err = cert_reseal_belongings(&reseal, &account);
    }

    if (err == CERT_OK && !reseal.is_changed
        && cert_account_is_current(apply->txn, &account, &login))
    {
        apply->outcome->is_unchanged = 1;
        goto done;
    }

    if (err == CERT_OK && account.has_login) {
        memcpy(login.nonce, apply->change->nonce, CERT_NONCE_SIZE);
        err = cert_login_hide(ring, &account, &login);
    }

    if (err == CERT_OK) {
        err = cert_account_put(apply, &account, &login);
    }

    if (err == CERT_OK) {
        reseal.is_writing = 1;
        err = cert_reseal_belongings(&reseal, &account);
    }

done:

    cert_crypto_wipe(&account, sizeof(account));

    return err;
}


static int
cert_account_is_current(cert_txn_t *txn, const cert_account_t *account,
    const cert_login_t *login)
{
    cert_str_t  value;

    return cert_reseal_is_sealed(txn, CERT_DB_HOLDER,
                                 cert_holder_str(&account->holder), &value)
           && (login->len == 0
               || login->personal_key
                  == cert_crypto_active(txn->store->ring, CERT_KEY_PERSONAL));
}


static cert_err_t
cert_reseal_belongings(cert_reseal_t *reseal, const cert_account_t *account)
{
    cert_err_t  err;

    err = account->has_login ? cert_reseal_username(reseal, account)
                             : CERT_OK;

    for (size_t i = 0; err == CERT_OK && i < account->links_n; i++) {
        err = cert_reseal_key(reseal, CERT_DB_HOLDER,
                              cert_holder_str(&account->links[i]));
    }

    if (err != CERT_OK) {
        return err;
    }

    reseal->db = CERT_DB_IDEMPOTENCY;

    err = cert_store_walk(reseal->txn->store, reseal->txn->txn,
                          CERT_DB_IDEMPOTENCY,
                          cert_holder_str(&account->holder), cert_str(""),
                          cert_reseal_one, reseal);

    return err == CERT_NOT_FOUND ? CERT_OK : err;
}


static cert_err_t
cert_reseal_username(cert_reseal_t *reseal, const cert_account_t *account)
{
    uint8_t     key[CERT_USERNAME_KEY_SIZE];
    cert_err_t  err;

    err = cert_username_key(reseal->txn->store->ring,
                            cert_text_str(&account->username), key);
    if (err != CERT_OK) {
        return err;
    }

    return cert_reseal_key(reseal, CERT_DB_USERNAME,
                           (cert_str_t) { key, sizeof(key) });
}


/* What the account leads to has to be there. */
static cert_err_t
cert_reseal_key(cert_reseal_t *reseal, cert_db_t db, cert_str_t key)
{
    cert_err_t  err;
    cert_str_t  value;

    err = cert_store_get(reseal->txn->store, reseal->txn->txn, db, key,
                         &value);
    if (err != CERT_OK) {
        return err == CERT_NOT_FOUND ? CERT_CORRUPT : err;
    }

    reseal->db = db;

    return cert_reseal_one(reseal, key, value);
}
