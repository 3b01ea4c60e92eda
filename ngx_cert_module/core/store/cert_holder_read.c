/*
 * Copyright (C) the ngx_cert authors
 *
 * Getters and lists of holders, accounts and sessions.
 *
 * Everything here ends in a decision about a person's rights, so nothing is
 * taken from an index that no seal covers: the person in the certificate,
 * decrypted, says whose it is.  That is one AES-GCM and one HMAC, some two
 * microseconds, beside a request that waits for a commit or a password hash.
 * And what is not found is proved to be absent, or a flipped bit would let an
 * account be registered again.
 *
 * The index of a holder's certificates has no seal, so a damaged key could show
 * a stranger's certificate, or hide one: each entry is verified by its
 * certificate, and the list goes on to the first entry of the next holder,
 * which is verified likewise.  A key with a flipped bit stands among those it
 * was written with, so one that left this holder's is met there, or before the
 * first one.
 */


#include "cert_holder_int.h"
#include "cert_holder_read.h"
#include "cert_list_int.h"
#include "cert_lookup_int.h"


static cert_err_t cert_list_before(cert_reader_t *reader,
    const cert_holder_t *holder);
static cert_err_t cert_list_number(void *data, cert_str_t key,
    cert_str_t value);
static cert_err_t cert_list_account(void *data, cert_str_t key,
    cert_str_t value);
static cert_err_t cert_list_session(void *data, cert_str_t key,
    cert_str_t value);


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

    err = cert_lookup_account(reader->store, reader->txn, holder, account,
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

    err = cert_lookup_certain(reader->store, reader->txn, CERT_DB_USERNAME,
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

    err = cert_lookup_session(reader->store, reader->txn, digest, session);

    cert_reader_end(reader);

    return err;
}


cert_err_t
cert_read_holds(cert_reader_t *reader, const cert_account_t *account,
    cert_str_t number, cert_certificate_t *certificate)
{
    cert_err_t           err;
    cert_hidden_t        hidden;
    cert_holder_t        holder;
    cert_person_t       *person;
    cert_certificate_t   own;

    if (certificate == NULL) {
        certificate = &own;
    }

    err = cert_reader_begin(reader);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_lookup_certificate(reader->store, reader->txn, number,
                                  certificate, &hidden);

    if (err == CERT_NOT_FOUND) {
        err = cert_lookup_absent(reader->store, reader->txn,
                                 CERT_DB_CERTIFICATE, number);
    }

    cert_reader_end(reader);

    if (err != CERT_OK) {
        return err;
    }

    person = &certificate->person;
    err = cert_person_reveal(reader->store->ring, number, &hidden, person);

    if (err == CERT_OK) {
        err = cert_holder_make(reader->store->ring, person->id_type,
                               cert_text_str(&person->id_number), &holder);
    }

    if (err == CERT_OK && !cert_account_has(account, &holder)) {
        err = CERT_NOT_FOUND;
    }

    certificate->has_person = err == CERT_OK;

    if (err != CERT_OK || certificate == &own) {
        cert_crypto_wipe(person, sizeof(*person));
    }

    return err;
}


cert_err_t
cert_list_holder_certificates(cert_reader_t *reader,
    const cert_holder_t *holder, cert_position_t *after, size_t limit,
    cert_each_number_pt each, void *data)
{
    cert_err_t   err;
    cert_list_t  list;

    list = (cert_list_t) { .reader = reader, .after = after,
                           .holder = holder, .number = each, .data = data };

    if (after->len == 0) {
        err = cert_list_before(reader, holder);
        if (err != CERT_OK) {
            return err;
        }

        /*
         * No key is a holder alone: the walk begins with the first
         * certificate.
         */
        memcpy(after->data, holder->bytes, CERT_HOLDER_SIZE);
        after->len = CERT_HOLDER_SIZE;
    }

    return cert_list_walk(&list, CERT_DB_HOLDER_CERTIFICATE, cert_str(""),
                          limit, cert_list_number);
}


/* Verifies what stands before a holder's first entry, and that it is that. */
static cert_err_t
cert_list_before(cert_reader_t *reader, const cert_holder_t *holder)
{
    cert_err_t  err;

    err = cert_reader_begin(reader);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_lookup_absent(reader->store, reader->txn,
                             CERT_DB_HOLDER_CERTIFICATE,
                             cert_holder_str(holder));

    cert_reader_end(reader);

    return err == CERT_NOT_FOUND ? CERT_OK : err;
}


static cert_err_t
cert_list_number(void *data, cert_str_t key, cert_str_t value)
{
    cert_list_t    *list = data;

    cert_err_t      err;
    cert_str_t      number;
    cert_reader_t  *reader;

    reader = list->reader;

    err = cert_lookup_owned(reader->store, reader->txn, key, value, &number);
    if (err != CERT_OK) {
        return err;
    }

    /* What was turned into another of the same holder is there twice. */
    if (cert_key_compare(key, (cert_str_t) { list->after->data,
                                             list->after->len }) <= 0)
    {
        return CERT_CORRUPT;
    }

    if (memcmp(key.data, list->holder->bytes, CERT_HOLDER_SIZE) != 0) {
        return CERT_NOT_FOUND;
    }

    return cert_list_step(list, key, list->number(list->data, number));
}


cert_err_t
cert_list_accounts(cert_reader_t *reader, cert_position_t *after,
    size_t limit, cert_each_account_pt each, void *data)
{
    cert_list_t  list;

    list = (cert_list_t) { .reader = reader, .after = after, .account = each,
                           .data = data };

    return cert_list_walk(&list, CERT_DB_HOLDER, cert_str(""), limit,
                          cert_list_account);
}


static cert_err_t
cert_list_account(void *data, cert_str_t key, cert_str_t value)
{
    cert_list_t     *list = data;

    cert_err_t       err;
    cert_str_t       payload;
    cert_login_t     login;
    cert_holder_t    holder;
    cert_account_t   account;
    cert_keyring_t  *ring;

    ring = list->reader->store->ring;

    err = cert_unseal(ring, CERT_DB_HOLDER, key, value, &payload);
    if (err != CERT_OK) {
        return err;
    }

    if (cert_link_decode(&holder, payload)) {
        return CERT_OK;
    }

    if (key.len != CERT_HOLDER_SIZE) {
        return CERT_CORRUPT;
    }

    memcpy(holder.bytes, key.data, CERT_HOLDER_SIZE);

    err = cert_account_decode(&account, &login, &holder, payload);

    if (err == CERT_OK && cert_keyring_has(ring, CERT_KEY_PERSONAL)) {
        err = cert_login_reveal(ring, &account, &login);
    }

    if (err == CERT_OK) {
        err = list->account(list->data, &account);
    }

    cert_crypto_wipe(&account, sizeof(account));

    return cert_list_step(list, key, err);
}


cert_err_t
cert_list_sessions(cert_reader_t *reader, cert_position_t *after,
    size_t limit, cert_each_session_pt each, void *data)
{
    cert_list_t  list;

    list = (cert_list_t) { .reader = reader, .after = after, .session = each,
                           .data = data };

    return cert_list_walk(&list, CERT_DB_SESSION, cert_str(""), limit,
                          cert_list_session);
}


static cert_err_t
cert_list_session(void *data, cert_str_t key, cert_str_t value)
{
    cert_list_t     *list = data;

    cert_err_t       err;
    cert_str_t       payload;
    cert_session_t   session;

    err = cert_unseal(list->reader->store->ring, CERT_DB_SESSION, key, value,
                      &payload);

    if (err == CERT_OK) {
        err = key.len == CERT_SHA256_SIZE
              ? cert_session_decode(&session, payload) : CERT_CORRUPT;
    }

    if (err == CERT_OK) {
        err = list->session(list->data, key.data, &session);
    }

    return cert_list_step(list, key, err);
}
