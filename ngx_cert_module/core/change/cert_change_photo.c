/*
 * Copyright (C) the ngx_cert authors
 *
 * Photos: apart from the certificate's record, which stays small, since a
 * check reads it and never the photo.
 *
 * A photo is some hundred times as long as a record; inside it, every record
 * would lie on pages of its own, few of them in memory.  It is personal
 * data and encrypted like a person, bound to the number of its certificate: a
 * photo moved to another one does not open.
 */


#include "cert_change_certificate_int.h"
#include "cert_change_int.h"
#include "cert_change_photo_int.h"
#include "cert_lookup_int.h"


/* Key id, nonce, length and seal beside the ciphertext. */
#define CERT_PHOTO_EXTRA  64


static int cert_photo_is_same(cert_txn_t *txn, cert_str_t number,
    cert_str_t photo, cert_err_t *err);


/*
 * Puts the photo and marks the certificate, so that a record tells whether
 * there is one without a second look-up.  Annotations do not carry the mark.
 */
cert_err_t
cert_change_photo(cert_exec_t *exec)
{
    uint8_t              buf[CERT_RECORD_MAX];
    cert_err_t           err;
    cert_str_t           number, photo;
    cert_writer_t        w;
    cert_stored_t        stored;
    cert_certificate_t   old;

    photo = exec->change->u.photo.photo;

    if (photo.len == 0 || photo.len > CERT_PHOTO_MAX) {
        return cert_refuse(exec, CERT_REFUSAL_PHOTO);
    }

    err = cert_exec_number(exec, exec->change->u.photo.number, &number);

    if (err == CERT_OK) {
        err = cert_lookup_certificate(exec->txn->store, exec->txn->txn, number,
                                      &old, &stored.hidden);
    }

    if (err != CERT_OK) {
        return err == CERT_NOT_FOUND
               ? cert_refuse(exec, CERT_REFUSAL_NO_CERTIFICATE) : err;
    }

    if (old.has_photo && cert_photo_is_same(exec->txn, number, photo, &err)) {
        exec->outcome->is_unchanged = 1;
        return CERT_OK;
    }

    if (err == CERT_OK) {
        err = cert_photo_put(exec, number, photo);
    }

    if (err != CERT_OK) {
        return err;
    }

    stored.facts = old.facts;
    stored.has_photo = 1;
    exec->subject = number;
    exec->detail = old.has_photo ? "corrected" : "new";

    w = cert_writer(buf, sizeof(buf));

    return cert_stored_put(exec->txn, &stored, &w);
}


/*
 * Compared in the clear, since equal photos under two nonces look different.
 * "err" tells a photo that differs (CERT_OK) from one that cannot be read.
 */
static int
cert_photo_is_same(cert_txn_t *txn, cert_str_t number, cert_str_t photo,
    cert_err_t *err)
{
    cert_str_t  was;

    *err = cert_photo_get(txn, number, &was);

    return *err == CERT_OK && cert_str_is_equal(was, photo);
}


/*
 * "photo" is valid until the scratch buffer is asked for again.  CERT_CORRUPT
 * also when there is none: callers know from the record that there must be.
 */
cert_err_t
cert_photo_get(cert_txn_t *txn, cert_str_t number, cert_str_t *photo)
{
    uint8_t       *out;
    cert_err_t     err;
    cert_str_t     payload;
    cert_photo_t   stored;

    err = cert_lookup_record(txn->store, txn->txn, CERT_DB_PHOTO, number,
                             &payload);
    if (err != CERT_OK) {
        return err == CERT_NOT_FOUND ? CERT_CORRUPT : err;
    }

    err = cert_photo_decode(&stored, payload);
    if (err != CERT_OK) {
        return err;
    }

    out = cert_txn_scratch(txn, CERT_SCRATCH_PHOTO, stored.sealed.len);
    if (out == NULL) {
        return CERT_NO_MEMORY;
    }

    photo->data = out;
    photo->len = stored.sealed.len - CERT_GCM_TAG_SIZE;

    return cert_crypto_open(txn->store->ring, stored.personal_key,
                            stored.nonce, number, stored.sealed, out);
}


/*
 * Encrypts straight into the record's place, since a photo may be a megabyte;
 * the fields before it are written around it afterwards.
 */
cert_err_t
cert_photo_put(cert_exec_t *exec, cert_str_t number, cert_str_t photo)
{
    uint8_t      id, nonce[CERT_NONCE_SIZE], *record, *end;
    cert_err_t   err;
    cert_txn_t  *txn;

    txn = exec->txn;

    record = cert_txn_scratch(txn, CERT_SCRATCH_RECORD,
                              photo.len + CERT_PHOTO_EXTRA);
    if (record == NULL) {
        return CERT_NO_MEMORY;
    }

    /*
     * The person of a re-sealed certificate is encrypted under the nonce of
     * the same change: one nonce for two texts would give both away.
     */
    memcpy(nonce, exec->change->nonce, CERT_NONCE_SIZE);
    nonce[0] ^= 0x80;

    exec->photo = cert_writer(record, photo.len + CERT_PHOTO_EXTRA);
    end = record + 1 + CERT_NONCE_SIZE + 4;
    id = 0;

    err = cert_crypto_seal(txn->store->ring, &id, nonce, number, photo, end);
    if (err != CERT_OK) {
        return err;
    }

    cert_put_int(&exec->photo, id, 1);
    cert_put_bytes(&exec->photo, nonce, CERT_NONCE_SIZE);
    cert_put_int(&exec->photo, photo.len + CERT_GCM_TAG_SIZE, 4);
    exec->photo.pos += photo.len + CERT_GCM_TAG_SIZE;
    end = exec->photo.pos;

    err = cert_txn_put_record(txn, CERT_DB_PHOTO, number, &exec->photo);
    exec->photo.pos = end;

    return err;
}
