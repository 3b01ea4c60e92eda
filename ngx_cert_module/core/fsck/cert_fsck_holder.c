/*
 * Copyright (C) the ngx_cert authors
 *
 * The whole-store check of accounts, user names, sessions and applications.
 *
 * Accounts and links name each other, accounts and user names too, the latter
 * where the "personal" and "lookup" keys are held: only they know which name an
 * account has.  A session leads to an account, an application's key to its
 * copy.
 */


#include "cert_fsck_int.h"
#include "cert_holder_int.h"
#include "cert_holder_record_int.h"
#include "cert_lookup_int.h"


static cert_err_t cert_fsck_account(cert_fsck_t *fsck,
    const cert_holder_t *holder, cert_account_t *account,
    cert_login_t *login);
static void cert_fsck_link(cert_fsck_t *fsck, cert_str_t key,
    const cert_holder_t *to);
static void cert_fsck_links(cert_fsck_t *fsck, cert_str_t key,
    const cert_account_t *account);
static void cert_fsck_login(cert_fsck_t *fsck, cert_str_t key,
    cert_account_t *account, const cert_login_t *login);
static void cert_fsck_named(cert_fsck_t *fsck, cert_str_t key,
    cert_account_t *account, const cert_login_t *login);


/* An account, or a link to one. */
cert_err_t
cert_fsck_holder(void *data, cert_str_t key, cert_str_t value)
{
    cert_fsck_t     *fsck = data;

    cert_str_t       payload;
    cert_login_t     login;
    cert_holder_t    holder, to;
    cert_account_t   account;

    if (cert_fsck_unseal(fsck, key, value, &payload) == NULL) {
        return CERT_OK;
    }

    if (key.len != CERT_HOLDER_SIZE) {
        cert_fsck_find(fsck, key, "is not a holder");
        return CERT_OK;
    }

    if (cert_link_decode(&to, payload)) {
        cert_fsck_link(fsck, key, &to);
        return CERT_OK;
    }

    memcpy(holder.bytes, key.data, CERT_HOLDER_SIZE);

    if (cert_account_decode(&account, &login, &holder, payload) != CERT_OK) {
        cert_fsck_find(fsck, key, "is not laid out as an account");
        return CERT_OK;
    }

    cert_fsck_links(fsck, key, &account);

    if (login.len != 0
        && cert_keyring_has(fsck->store->ring, CERT_KEY_PERSONAL))
    {
        cert_fsck_login(fsck, key, &account, &login);
    }

    return CERT_OK;
}


/* The account that stands under a holder itself. */
static cert_err_t
cert_fsck_account(cert_fsck_t *fsck, const cert_holder_t *holder,
    cert_account_t *account, cert_login_t *login)
{
    cert_err_t  err;
    cert_str_t  payload;

    err = cert_lookup_record(fsck->store, fsck->txn, CERT_DB_HOLDER,
                             cert_holder_str(holder), &payload);

    return err == CERT_OK ? cert_account_decode(account, login, holder,
                                                payload)
                          : err;
}


static void
cert_fsck_link(cert_fsck_t *fsck, cert_str_t key, const cert_holder_t *to)
{
    cert_login_t    login;
    cert_holder_t   from;
    cert_account_t  account;

    memcpy(from.bytes, key.data, CERT_HOLDER_SIZE);

    if (cert_fsck_account(fsck, to, &account, &login) != CERT_OK
        || cert_holder_is_equal(&from, to)
        || !cert_account_has(&account, &from))
    {
        cert_fsck_find(fsck, key, "links to no account that knows it");
        return;
    }

    fsck->totals->entries++;
}


static void
cert_fsck_links(cert_fsck_t *fsck, cert_str_t key,
    const cert_account_t *account)
{
    cert_err_t     err;
    cert_str_t     payload;
    cert_holder_t  to;

    for (size_t i = 0; i < account->links_n; i++) {
        err = cert_lookup_record(fsck->store, fsck->txn, CERT_DB_HOLDER,
                                 cert_holder_str(&account->links[i]),
                                 &payload);

        if (err != CERT_OK || !cert_link_decode(&to, payload)
            || !cert_holder_is_equal(&to, &account->holder))
        {
            cert_fsck_find(fsck, key, "has a link that does not lead to it");
            continue;
        }

        fsck->totals->entries++;
    }
}


/* The login opens, and its name leads back. */
static void
cert_fsck_login(cert_fsck_t *fsck, cert_str_t key, cert_account_t *account,
    const cert_login_t *login)
{
    uint8_t         name[CERT_USERNAME_KEY_SIZE];
    cert_err_t      err;
    cert_str_t      payload;
    cert_holder_t   holder;
    cert_store_t   *store;

    store = fsck->store;

    if (cert_login_reveal(store->ring, account, login) != CERT_OK) {
        cert_fsck_find(fsck, key, "has a login that does not open");
        return;
    }

    /* Without the "lookup" key names cannot be checked: not a finding. */
    if (cert_username_key(store->ring, cert_text_str(&account->username),
                          name)
        != CERT_OK)
    {
        goto done;
    }

    err = cert_lookup_record(store, fsck->txn, CERT_DB_USERNAME,
                             (cert_str_t) { name, sizeof(name) }, &payload);

    if (err != CERT_OK || cert_username_decode(&holder, payload) != CERT_OK
        || !cert_holder_is_equal(&holder, &account->holder))
    {
        cert_fsck_find(fsck, key, "is not found by its user name");
        goto done;
    }

    fsck->totals->entries++;

done:

    cert_crypto_wipe(account, sizeof(*account));
}


/* A user name leads to an account with a login. */
cert_err_t
cert_fsck_username(void *data, cert_str_t key, cert_str_t value)
{
    cert_fsck_t     *fsck = data;

    cert_str_t       payload;
    cert_login_t     login;
    cert_holder_t    holder;
    cert_account_t   account;

    if (cert_fsck_unseal(fsck, key, value, &payload) == NULL) {
        return CERT_OK;
    }

    if (key.len != CERT_USERNAME_KEY_SIZE
        || cert_username_decode(&holder, payload) != CERT_OK)
    {
        cert_fsck_find(fsck, key, "is not laid out as a user name");
        return CERT_OK;
    }

    if (cert_fsck_account(fsck, &holder, &account, &login) != CERT_OK
        || login.len == 0)
    {
        cert_fsck_find(fsck, key, "leads to no account with a login");
        return CERT_OK;
    }

    fsck->totals->entries++;

    if (cert_keyring_has(fsck->store->ring, CERT_KEY_PERSONAL)) {
        cert_fsck_named(fsck, key, &account, &login);
    }

    return CERT_OK;
}


/* And it is the name which that account has. */
static void
cert_fsck_named(cert_fsck_t *fsck, cert_str_t key, cert_account_t *account,
    const cert_login_t *login)
{
    uint8_t  name[CERT_USERNAME_KEY_SIZE];

    if (cert_login_reveal(fsck->store->ring, account, login) == CERT_OK
        && cert_username_key(fsck->store->ring,
                             cert_text_str(&account->username), name)
           == CERT_OK
        && memcmp(name, key.data, CERT_USERNAME_KEY_SIZE) != 0)
    {
        cert_fsck_find(fsck, key, "leads to an account of another name");
    }

    cert_crypto_wipe(account, sizeof(*account));
}


/* Of an account, and of no generation that it has not had yet. */
cert_err_t
cert_fsck_session(void *data, cert_str_t key, cert_str_t value)
{
    cert_fsck_t     *fsck = data;

    cert_str_t       payload;
    cert_login_t     login;
    cert_session_t   session;
    cert_account_t   account;

    if (cert_fsck_unseal(fsck, key, value, &payload) == NULL) {
        return CERT_OK;
    }

    if (key.len != CERT_SHA256_SIZE
        || cert_session_decode(&session, payload) != CERT_OK)
    {
        cert_fsck_find(fsck, key, "is not laid out as a session");
        return CERT_OK;
    }

    if (cert_fsck_account(fsck, &session.holder, &account, &login) != CERT_OK
        || session.generation > account.generation)
    {
        cert_fsck_find(fsck, key, "belongs to no account");
        return CERT_OK;
    }

    fsck->totals->entries++;

    return CERT_OK;
}


/* The copy that was applied for with this key. */
cert_err_t
cert_fsck_idempotency(void *data, cert_str_t key, cert_str_t value)
{
    cert_fsck_t         *fsck = data;

    cert_str_t           payload;
    cert_annotation_t    annotation;
    cert_certificate_t   certificate;
    cert_idempotency_t   first;

    if (cert_fsck_unseal(fsck, key, value, &payload) == NULL) {
        return CERT_OK;
    }

    if (key.len != CERT_IDEMPOTENCY_KEY_SIZE
        || cert_idempotency_decode(&first, payload) != CERT_OK)
    {
        cert_fsck_find(fsck, key, "is not laid out as an application");
        return CERT_OK;
    }

    if (cert_lookup_annotation(fsck->store, fsck->txn, &first.code, &annotation,
                               &certificate) != CERT_OK
        || annotation.applied != first.time)
    {
        cert_fsck_find(fsck, key, "leads to no copy of that time");
        return CERT_OK;
    }

    fsck->totals->entries++;

    return CERT_OK;
}
