/*
 * Copyright (C) the ngx_cert authors
 *
 * Getters of holders, accounts and sessions.
 *
 * Everything here ends in a decision about a person's rights, so nothing is
 * taken from an index that no seal covers: whose a certificate is says its own
 * person, decrypted.  That is one AES-GCM and one HMAC, some two microseconds,
 * beside a request that waits for a commit or a password hash.  And what is not
 * found is proved to be absent, or a flipped bit would make an account free to
 * be registered once more.
 */


#include "cert_holder_int.h"
#include "cert_holder_read.h"
#include "cert_holder_read_int.h"


static cert_err_t cert_link_follow(cert_store_t *store, MDB_txn *txn,
    const cert_holder_t *from, const cert_holder_t *to,
    cert_account_t *account, cert_login_t *login);


cert_err_t
cert_txn_account(cert_store_t *store, MDB_txn *txn,
    const cert_holder_t *holder, cert_account_t *account,
    cert_login_t *login)
{
    cert_err_t     err;
    cert_str_t     payload;
    cert_holder_t  to;

    err = cert_store_find(store, txn, CERT_DB_HOLDER, cert_holder_str(holder),
                          &payload);
    if (err != CERT_OK) {
        return err;
    }

    if (cert_link_decode(&to, payload)) {
        return cert_link_follow(store, txn, holder, &to, account, login);
    }

    return cert_account_decode(account, login, holder, payload);
}


/* A link leads to an account that knows it: never to another link. */
static cert_err_t
cert_link_follow(cert_store_t *store, MDB_txn *txn, const cert_holder_t *from,
    const cert_holder_t *to, cert_account_t *account, cert_login_t *login)
{
    cert_err_t  err;
    cert_str_t  payload;

    err = cert_store_record(store, txn, CERT_DB_HOLDER, cert_holder_str(to),
                            &payload);

    if (err == CERT_OK) {
        err = cert_account_decode(account, login, to, payload);
    }

    if (err == CERT_NOT_FOUND
        || (err == CERT_OK && !cert_account_has(account, from)))
    {
        err = CERT_CORRUPT;
    }

    return err;
}


cert_err_t
cert_txn_session(cert_store_t *store, MDB_txn *txn,
    const uint8_t digest[CERT_SHA256_SIZE], cert_session_t *session)
{
    cert_err_t  err;
    cert_str_t  payload;

    err = cert_store_find(store, txn, CERT_DB_SESSION,
                          (cert_str_t) { digest, CERT_SHA256_SIZE },
                          &payload);

    return err == CERT_OK ? cert_session_decode(session, payload) : err;
}


cert_err_t
cert_txn_owner(cert_store_t *store, MDB_txn *txn, cert_str_t number,
    cert_holder_t *holder)
{
    cert_err_t          err;
    cert_hidden_t       hidden;
    cert_person_t      *person;
    cert_certificate_t  certificate;

    err = cert_txn_certificate(store, txn, number, &certificate, &hidden);
    if (err != CERT_OK) {
        return err;
    }

    person = &certificate.person;

    err = cert_person_reveal(store->ring, number, &hidden, person);

    if (err == CERT_OK) {
        err = cert_holder_make(store->ring, person->id_type,
                               cert_text_str(&person->id_number), holder);
    }

    cert_crypto_wipe(person, sizeof(*person));

    return err;
}


cert_err_t
cert_txn_owned(cert_store_t *store, MDB_txn *txn, cert_str_t key,
    cert_str_t value, cert_str_t *number)
{
    cert_err_t     err;
    cert_holder_t  holder;

    if (key.len <= CERT_HOLDER_SIZE || value.len != 0) {
        return CERT_CORRUPT;
    }

    number->data = key.data + CERT_HOLDER_SIZE;
    number->len = key.len - CERT_HOLDER_SIZE;

    err = cert_txn_owner(store, txn, *number, &holder);

    if (err == CERT_NOT_FOUND
        || (err == CERT_OK
            && memcmp(holder.bytes, key.data, CERT_HOLDER_SIZE) != 0))
    {
        err = CERT_CORRUPT;
    }

    return err;
}


cert_err_t
cert_read_account(cert_reader_t *reader, const cert_holder_t *holder,
    cert_account_t *account)
{
    cert_err_t       err;
    cert_login_t     login;
    cert_keyring_t  *ring;

    ring = reader->store->ring;

    err = cert_reader_begin(reader);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_txn_account(reader->store, reader->txn, holder, account,
                           &login);

    cert_reader_end(reader);

    if (err == CERT_OK && cert_keyring_has(ring, CERT_KEY_PERSONAL)) {
        err = cert_login_reveal(ring, account, &login);
    }

    return err;
}


cert_err_t
cert_read_username(cert_reader_t *reader, cert_str_t username,
    cert_holder_t *holder)
{
    uint8_t     key[CERT_USERNAME_KEY_SIZE];
    cert_err_t  err;
    cert_str_t  payload;

    err = cert_username_key(reader->store->ring, username, key);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_reader_begin(reader);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_store_find(reader->store, reader->txn, CERT_DB_USERNAME,
                          (cert_str_t) { key, sizeof(key) }, &payload);

    if (err == CERT_OK) {
        err = cert_username_decode(holder, payload);
    }

    cert_reader_end(reader);

    return err;
}


cert_err_t
cert_read_session(cert_reader_t *reader,
    const uint8_t digest[CERT_SHA256_SIZE], cert_session_t *session)
{
    cert_err_t  err;

    err = cert_reader_begin(reader);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_txn_session(reader->store, reader->txn, digest, session);

    cert_reader_end(reader);

    return err;
}


cert_err_t
cert_read_holds(cert_reader_t *reader, const cert_account_t *account,
    cert_str_t number)
{
    cert_err_t     err;
    cert_holder_t  holder;

    err = cert_reader_begin(reader);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_txn_owner(reader->store, reader->txn, number, &holder);

    if (err == CERT_NOT_FOUND) {
        err = cert_store_absent(reader->store, reader->txn,
                                CERT_DB_CERTIFICATE, number);
    }

    cert_reader_end(reader);

    if (err == CERT_OK && !cert_account_has(account, &holder)) {
        err = CERT_NOT_FOUND;
    }

    return err;
}
