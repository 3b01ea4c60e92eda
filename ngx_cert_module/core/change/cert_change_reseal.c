/*
 * Copyright (C) the ngx_cert authors
 *
 * Re-sealing: the same records under the active keys, after a rotation.
 *
 * With a number it is that certificate, its entry for the match, its photo and
 * its annotations; with a holder it is that account, its links, its user name
 * and its idempotency keys; with neither it is a part of the records that
 * belong to none of these, which has no bound.  Each is one change, so a
 * rotation runs in short transactions beside everything else and can be
 * interrupted anywhere.  And each has a nonce of its own, under which one
 * person or one login is encrypted: all logins under the nonce of one change
 * would give each other away.
 *
 * After a rotation of "record" alone new tags would do, but a certificate is
 * the unit all the same: person, photo and tags go together, and one journal
 * entry says that they are done.  Its old key can be retired when no record
 * is left under it.
 *
 * An account is walked twice: once to verify what is to be sealed, since
 * nothing may fail after the first write, and once to write.  Its sessions are
 * not found by it, so they belong to none here.
 */


#include "cert_change_account_int.h"
#include "cert_change_certificate_int.h"
#include "cert_change_int.h"
#include "cert_change_photo_int.h"
#include "cert_holder_int.h"
#include "cert_list_int.h"
#include "cert_lookup_int.h"


/* Records on their way, and whether any of them has to be sealed. */
typedef struct {
    cert_txn_t      *txn;
    cert_db_t        db;
    int              is_writing;    /* 0: only look and verify */
    int              is_changed;    /* something was under another key */
    size_t           left;          /* of a part: records to look at yet */
    cert_position_t  at;            /* ... the one looked at last */
} cert_reseal_t;


static cert_err_t cert_reseal_certificate(cert_exec_t *exec,
    cert_str_t number);
static cert_err_t cert_reseal_write(cert_exec_t *exec,
    const cert_certificate_t *old, cert_stored_t *stored);
static int cert_reseal_is_current(cert_txn_t *txn, cert_str_t number,
    const cert_hidden_t *hidden, int has_photo);
static int cert_reseal_is_matched(cert_txn_t *txn, cert_str_t number);
static int cert_reseal_is_sealed(cert_txn_t *txn, cert_db_t db,
    cert_str_t key, cert_str_t *value);
static cert_err_t cert_reseal_stale(void *data, cert_str_t key,
    cert_str_t value);
static cert_err_t cert_reseal_common(cert_exec_t *exec);
static cert_err_t cert_reseal_next(void *data, cert_str_t key,
    cert_str_t value);
static cert_err_t cert_reseal_one(void *data, cert_str_t key,
    cert_str_t value);
static cert_err_t cert_reseal_account(cert_exec_t *exec,
    const cert_holder_t *holder);
static int cert_account_is_current(cert_txn_t *txn,
    const cert_account_t *account, const cert_login_t *login);
static cert_err_t cert_reseal_belongings(cert_reseal_t *reseal,
    const cert_account_t *account);
static cert_err_t cert_reseal_username(cert_reseal_t *reseal,
    const cert_account_t *account);
static cert_err_t cert_reseal_key(cert_reseal_t *reseal, cert_db_t db,
    cert_str_t key);


/* Their order is that of positions: new ones go to the end. */
static const cert_db_t  cert_reseal_dbs[] = {
    CERT_DB_META, CERT_DB_QUALIFICATION, CERT_DB_QUEUE, CERT_DB_HOLDER,
    CERT_DB_USERNAME, CERT_DB_SESSION, CERT_DB_IDEMPOTENCY
};

#define CERT_RESEAL_DBS  (sizeof(cert_reseal_dbs) / sizeof(cert_reseal_dbs[0]))


cert_err_t
cert_change_reseal(cert_exec_t *exec)
{
    cert_err_t            err;
    cert_str_t            number;
    const cert_holder_t  *holder;

    number = exec->change->u.reseal.number;
    holder = exec->change->u.reseal.holder;
    exec->subject = number;

    if (number.len == 0) {
        return holder != NULL ? cert_reseal_account(exec, holder)
                              : cert_reseal_common(exec);
    }

    err = cert_reseal_certificate(exec, number);

    return err == CERT_NOT_FOUND
           ? cert_refuse(exec, CERT_REFUSAL_NO_CERTIFICATE) : err;
}


/*
 * One certificate with its photo and annotations.  CERT_NOT_FOUND: no such
 * number; CERT_NO_KEY: a key that it is or should be under is not held.
 */
static cert_err_t
cert_reseal_certificate(cert_exec_t *exec, cert_str_t number)
{
    cert_err_t           err;
    cert_store_t        *store;
    cert_stored_t        stored;
    cert_certificate_t   old;

    store = exec->txn->store;

    err = cert_lookup_certificate(store, exec->txn->txn, number, &old,
                                  &stored.hidden);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_person_reveal(store->ring, number, &stored.hidden,
                             &old.person);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_walk_annotations(store, exec->txn->txn, number, NULL, NULL);

    if (err == CERT_OK) {
        exec->outcome->is_unchanged = cert_reseal_is_current(exec->txn, number,
                                                      &stored.hidden,
                                                      old.has_photo);
    }

    if (err == CERT_OK && !exec->outcome->is_unchanged) {
        err = cert_reseal_write(exec, &old, &stored);
    }

    cert_crypto_wipe(&old.person, sizeof(old.person));

    return err;
}


static cert_err_t
cert_reseal_write(cert_exec_t *exec, const cert_certificate_t *old,
    cert_stored_t *stored)
{
    cert_err_t  err;
    cert_str_t  photo;

    stored->facts = old->facts;
    stored->has_photo = old->has_photo;

    err = cert_stored_hide(exec, &old->person, stored);

    if (err == CERT_OK && old->has_photo) {
        err = cert_photo_get(exec->txn, old->facts.number, &photo);

        if (err == CERT_OK) {
            err = cert_photo_put(exec, old->facts.number, photo);
        }
    }

    if (err == CERT_OK) {
        err = cert_stored_put_match(exec->txn, stored);
    }

    if (err == CERT_OK) {
        err = cert_stored_put(exec->txn, stored, &exec->body);
    }

    return err == CERT_OK ? cert_txn_put_facts(exec->txn, &stored->facts)
                          : err;
}


/*
 * True if nothing of the certificate is under any but the active keys, so
 * that an interrupted rotation goes on where it was, and one that is done
 * again journals nothing.
 */
static int
cert_reseal_is_current(cert_txn_t *txn, cert_str_t number,
    const cert_hidden_t *hidden, int has_photo)
{
    uint8_t          prefix[CERT_NUMBER_MAX + 1];
    cert_str_t       value;
    cert_keyring_t  *ring;

    ring = txn->store->ring;

    /* A digest of schema 1 may have been made under a key that goes. */
    if ((hidden->match_key != 0
         && hidden->match_key != cert_crypto_active(ring, CERT_KEY_MATCH))
        || !cert_reseal_is_matched(txn, number)
        || hidden->personal_key != cert_crypto_active(ring, CERT_KEY_PERSONAL)
        || !cert_reseal_is_sealed(txn, CERT_DB_CERTIFICATE, number, &value))
    {
        return 0;
    }

    /* The payload of a photo starts with the id of its key. */
    if (has_photo
        && (!cert_reseal_is_sealed(txn, CERT_DB_PHOTO, number, &value)
            || value.data[0] != cert_crypto_active(ring, CERT_KEY_PERSONAL)))
    {
        return 0;
    }

    return cert_walk(txn->store, txn->txn,
                     CERT_DB_CERTIFICATE_ANNOTATION,
                     cert_annotation_prefix(prefix, number),
                     cert_str(""), cert_reseal_stale, txn)
           == CERT_NOT_FOUND;
}


/* The entry for the match, which is made again and not read to do so. */
static int
cert_reseal_is_matched(cert_txn_t *txn, cert_str_t number)
{
    uint8_t       buf[CERT_MATCH_KEY_MAX];
    cert_str_t    key, value;
    cert_text_t   form;
    cert_match_t  match;

    (void) cert_form_number(&form, number);
    key = cert_match_key(buf, &form, number);

    if (!cert_reseal_is_sealed(txn, CERT_DB_MATCH, key, &value)) {
        return 0;
    }

    value.len -= CERT_SEAL_SIZE;

    return cert_match_decode(&match, value) == CERT_OK
           && match.key == cert_crypto_active(txn->store->ring,
                                              CERT_KEY_MATCH);
}


/* Looks at the id of the key only: the tag is verified before writing. */
static int
cert_reseal_is_sealed(cert_txn_t *txn, cert_db_t db, cert_str_t key,
    cert_str_t *value)
{
    return cert_lookup_raw(txn->store, txn->txn, db, key, value) == CERT_OK
           && cert_seal_key(*value) == cert_crypto_active(txn->store->ring,
                                                          CERT_KEY_RECORD);
}


/* Ends the walk at the first annotation under another key. */
static cert_err_t
cert_reseal_stale(void *data, cert_str_t key, cert_str_t value)
{
    cert_str_t  code;

    (void) value;

    code = (cert_str_t) { key.data + key.len - CERT_CODE_SIZE,
                          CERT_CODE_SIZE };

    return cert_reseal_is_sealed(data, CERT_DB_ANNOTATION, code, &value)
           ? CERT_OK : CERT_EXISTS;
}


/*
 * Not the annotations and photos, which go with their certificates, and not the
 * indexes and the journal, which have no seal.  "head" is written again at
 * commit and under the active key anyway.  What goes with accounts is looked at
 * as well, since nothing leads from an account to its sessions.
 *
 * A position is the database, by its place in the table, and a key.
 */
static cert_err_t
cert_reseal_common(cert_exec_t *exec)
{
    size_t              i;
    cert_err_t          err;
    cert_str_t          from;
    cert_reseal_t       reseal;
    const cert_part_t  *part;

    part = &exec->change->u.reseal.part;
    reseal = (cert_reseal_t) { .txn = exec->txn, .is_writing = 1 };
    i = 0;
    from = cert_str("");

    err = cert_exec_part(exec, part, &reseal.left);

    if (err == CERT_OK && part->after.len != 0) {
        i = part->after.data[0];
        from = (cert_str_t) { part->after.data + 1, part->after.len - 1 };
    }

    if (err != CERT_OK || i >= CERT_RESEAL_DBS) {
        return CERT_INVALID;
    }

    do {
        reseal.db = cert_reseal_dbs[i];
        reseal.at.data[0] = (uint8_t) i;
        reseal.at.len = 1;

        err = cert_walk(exec->txn->store, exec->txn->txn, reseal.db,
                        cert_str(""), from, cert_reseal_next, &reseal);
        from = cert_str("");

    } while (err == CERT_NOT_FOUND && ++i < CERT_RESEAL_DBS);

    exec->outcome->is_unchanged = !reseal.is_changed;

    if (err == CERT_EXISTS) {
        exec->outcome->next = reseal.at;
    }

    return err == CERT_NOT_FOUND || err == CERT_EXISTS ? CERT_OK : err;
}


/* Ends the walk when the part is full, before the first key of the next. */
static cert_err_t
cert_reseal_next(void *data, cert_str_t key, cert_str_t value)
{
    cert_reseal_t  *reseal = data;

    if (reseal->left == 0) {
        return CERT_EXISTS;
    }

    if (key.len > sizeof(reseal->at.data) - 1) {
        return CERT_CORRUPT;
    }

    memcpy(reseal->at.data + 1, key.data, key.len);
    reseal->at.len = 1 + key.len;
    reseal->left--;

    return cert_reseal_one(reseal, key, value);
}


/*
 * A record keeps its length, so LMDB overwrites it where it is and the walk
 * goes on behind it.
 */
static cert_err_t
cert_reseal_one(void *data, cert_str_t key, cert_str_t value)
{
    cert_reseal_t  *reseal = data;

    uint8_t         copy[511];
    uint8_t        *buf;
    cert_err_t      err;
    cert_str_t      payload, k;
    cert_writer_t   w;

    if (cert_seal_key(value) == cert_crypto_active(reseal->txn->store->ring,
                                                   CERT_KEY_RECORD))
    {
        return CERT_OK;
    }

    err = cert_unseal(reseal->txn->store->ring, reseal->db, key, value,
                      &payload);
    if (err != CERT_OK) {
        return err;
    }

    reseal->is_changed = 1;

    if (!reseal->is_writing) {
        return CERT_OK;
    }

    if (key.len > sizeof(copy)) {
        return CERT_CORRUPT;
    }

    buf = cert_txn_scratch(reseal->txn, CERT_SCRATCH_RECORD, value.len);
    if (buf == NULL) {
        return CERT_NO_MEMORY;
    }

    /* The put may move the page that key and payload lie in. */
    memcpy(copy, key.data, key.len);
    k = (cert_str_t) { copy, key.len };

    w = cert_writer(buf, value.len);
    cert_put_bytes(&w, payload.data, payload.len);

    return cert_txn_put_record(reseal->txn, reseal->db, k, &w);
}


static cert_err_t
cert_reseal_account(cert_exec_t *exec, const cert_holder_t *holder)
{
    cert_err_t       err;
    cert_login_t     login;
    cert_reseal_t    reseal;
    cert_account_t   account;
    cert_keyring_t  *ring;

    ring = exec->txn->store->ring;

    err = cert_lookup_account(exec->txn->store, exec->txn->txn, holder,
                              &account, &login);
    if (err != CERT_OK) {
        return err == CERT_NOT_FOUND
               ? cert_refuse(exec, CERT_REFUSAL_NO_ACCOUNT) : err;
    }

    cert_exec_subject(exec, &account.holder);

    err = cert_login_reveal(ring, &account, &login);

    reseal = (cert_reseal_t) { .txn = exec->txn };

    if (err == CERT_OK) {
        err = cert_reseal_belongings(&reseal, &account);
    }

    if (err == CERT_OK && !reseal.is_changed
        && cert_account_is_current(exec->txn, &account, &login))
    {
        exec->outcome->is_unchanged = 1;
        goto done;
    }

    if (err == CERT_OK && account.has_login) {
        memcpy(login.nonce, exec->change->nonce, CERT_NONCE_SIZE);
        err = cert_login_hide(ring, &account, &login);
    }

    if (err == CERT_OK) {
        err = cert_account_put(exec, &account, &login);
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

    err = cert_walk(reseal->txn->store, reseal->txn->txn,
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

    err = cert_lookup_raw(reseal->txn->store, reseal->txn->txn, db, key,
                          &value);
    if (err != CERT_OK) {
        return err == CERT_NOT_FOUND ? CERT_CORRUPT : err;
    }

    reseal->db = db;

    return cert_reseal_one(reseal, key, value);
}
