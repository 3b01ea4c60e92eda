/*
 * Copyright (C) the ngx_cert authors
 *
 * Re-sealing: the same records under the active keys, after a rotation.
 *
 * With a number it is that certificate, its photo and its annotations; with a
 * holder it is that account and what hangs on it (cert_reseal_account.c); with
 * neither it is a part of all that belongs to none, which has no bound.  Each
 * is one change, so a rotation runs in short transactions beside everything
 * else and can be interrupted anywhere, and each has a nonce of its own to
 * encrypt one person or one login under.
 *
 * After a rotation of "record" alone new tags would do, but a certificate is
 * the unit all the same: person, photo and tags go together, and one journal
 * entry says that they are done.  Its old key can be retired when no record
 * is left under it.
 */


#include "cert_list_int.h"
#include "cert_lookup_int.h"
#include "cert_reseal_int.h"


static cert_err_t cert_reseal_certificate(cert_apply_t *apply,
    cert_str_t number);
static int cert_reseal_is_current(cert_txn_t *txn, cert_str_t number,
    const cert_hidden_t *hidden, int has_photo);
static cert_err_t cert_reseal_stale(void *data, cert_str_t key,
    cert_str_t value);
static cert_err_t cert_reseal_common(cert_apply_t *apply);
static cert_err_t cert_reseal_next(void *data, cert_str_t key,
    cert_str_t value);


/* Their order is that of positions: new ones go to the end. */
static const cert_db_t  cert_reseal_dbs[] = {
    CERT_DB_META, CERT_DB_QUALIFICATION, CERT_DB_QUEUE, CERT_DB_HOLDER,
    CERT_DB_USERNAME, CERT_DB_SESSION, CERT_DB_IDEMPOTENCY
};

#define CERT_RESEAL_DBS  (sizeof(cert_reseal_dbs) / sizeof(cert_reseal_dbs[0]))


cert_err_t
cert_change_reseal(cert_apply_t *apply)
{
    cert_err_t            err;
    cert_str_t            number;
    const cert_holder_t  *holder;

    number = apply->change->u.reseal.number;
    holder = apply->change->u.reseal.holder;
    apply->subject = number;

    if (number.len == 0) {
        return holder != NULL ? cert_reseal_account(apply, holder)
                              : cert_reseal_common(apply);
    }

    err = cert_reseal_certificate(apply, number);

    return err == CERT_NOT_FOUND
           ? cert_refuse(apply, CERT_REFUSAL_NO_CERTIFICATE) : err;
}


/*
 * One certificate with all that hangs on it.  CERT_NOT_FOUND: no such number;
 * CERT_NO_KEY: what it is under now, or what it should be under, is not held.
 */
static cert_err_t
cert_reseal_certificate(cert_apply_t *apply, cert_str_t number)
{
    cert_err_t           err;
    cert_str_t           photo;
    cert_store_t        *store;
    cert_stored_t        stored;
    cert_certificate_t   old;

    store = apply->txn->store;

    err = cert_txn_certificate(store, apply->txn->txn, number, &old,
                               &stored.hidden);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_person_reveal(store->ring, number, &stored.hidden,
                             &old.person);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_txn_annotations(store, apply->txn->txn, number, NULL, NULL);
    if (err != CERT_OK) {
        cert_crypto_wipe(&old.person, sizeof(old.person));
        return err;
    }

    if (cert_reseal_is_current(apply->txn, number, &stored.hidden,
                               old.has_photo))
    {
        apply->outcome->is_unchanged = 1;
        cert_crypto_wipe(&old.person, sizeof(old.person));
        return CERT_OK;
    }

    stored.facts = old.facts;
    stored.has_photo = old.has_photo;

    err = cert_stored_hide(apply, &old.person, &stored);

    cert_crypto_wipe(&old.person, sizeof(old.person));

    if (err == CERT_OK && old.has_photo) {
        err = cert_photo_get(apply->txn, number, &photo);

        if (err == CERT_OK) {
            err = cert_photo_put(apply, number, photo);
        }
    }

    if (err == CERT_OK) {
        err = cert_stored_put(apply->txn, &stored, &apply->body);
    }

    if (err == CERT_OK) {
        err = cert_txn_put_copies(apply->txn, &stored.facts);
    }

    return err;
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

    if (hidden->match_key != cert_crypto_active(ring, CERT_KEY_MATCH)
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

    return cert_store_walk(txn->store, txn->txn,
                           CERT_DB_CERTIFICATE_ANNOTATION,
                           cert_annotation_prefix(prefix, number),
                           cert_str(""), cert_reseal_stale, txn)
           == CERT_NOT_FOUND;
}


/* Looks at the id of the key only: who writes proves the tag. */
int
cert_reseal_is_sealed(cert_txn_t *txn, cert_db_t db, cert_str_t key,
    cert_str_t *value)
{
    return cert_store_get(txn->store, txn->txn, db, key, value) == CERT_OK
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
cert_reseal_common(cert_apply_t *apply)
{
    size_t              i;
    cert_err_t          err;
    cert_str_t          from;
    cert_reseal_t       reseal;
    const cert_part_t  *part;

    part = &apply->change->u.reseal.part;
    reseal = (cert_reseal_t) { .txn = apply->txn, .is_writing = 1 };
    i = 0;
    from = cert_str("");

    err = cert_apply_part(apply, part, &reseal.left);

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

        err = cert_store_walk(apply->txn->store, apply->txn->txn, reseal.db,
                              cert_str(""), from, cert_reseal_next, &reseal);
        from = cert_str("");

    } while (err == CERT_NOT_FOUND && ++i < CERT_RESEAL_DBS);

    apply->outcome->is_unchanged = !reseal.is_changed;

    if (err == CERT_EXISTS) {
        apply->outcome->next = reseal.at;
    }

    return err == CERT_NOT_FOUND || err == CERT_EXISTS ? CERT_OK : err;
}


/* Ends the walk when the part is full, and so before what is not its own. */
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
cert_err_t
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
