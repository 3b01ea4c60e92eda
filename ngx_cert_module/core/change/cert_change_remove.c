/*
 * Copyright (C) the ngx_cert authors
 *
 * A certificate that should never have come in: the opposite of a new one.
 *
 * It is for the undoing of an import alone.  A certificate that was given to
 * its holder is revoked instead, so that a check can say so; and one with
 * copies is not removed, since a printed code would lead nowhere.
 */


#include "cert_change_certificate_int.h"
#include "cert_change_int.h"
#include "cert_list_int.h"
#include "cert_lookup_int.h"


static cert_err_t cert_remove_copy(void *data,
    const cert_annotation_t *annotation);
static cert_err_t cert_remove_holder(cert_txn_t *txn, cert_str_t number,
    const cert_person_t *person);


cert_err_t
cert_change_remove(cert_exec_t *exec)
{
    int                  copies;
    cert_err_t           err;
    cert_str_t           number;
    cert_txn_t          *txn;
    cert_hidden_t        hidden;
    cert_certificate_t   old;

    txn = exec->txn;
    number = exec->change->u.remove.number;
    copies = 0;

    err = cert_lookup_certificate(txn->store, txn->txn, number, &old, &hidden);

    if (err == CERT_NOT_FOUND) {
        return cert_refuse(exec, CERT_REFUSAL_NO_CERTIFICATE);
    }

    if (err == CERT_OK) {
        err = cert_walk_annotations(txn->store, txn->txn, number,
                                    cert_remove_copy, &copies);
    }

    if (err == CERT_OK && copies > 0) {
        return cert_refuse(exec, CERT_REFUSAL_STATE);
    }

    if (err == CERT_OK) {
        err = cert_person_reveal(txn->store->ring, number, &hidden,
                                 &old.person);
    }

    if (err == CERT_OK) {
        exec->subject = number;
        exec->detail = "removed";
        err = cert_remove_holder(txn, number, &old.person);
    }

    if (err == CERT_OK && old.has_photo) {
        err = cert_txn_del(txn, CERT_DB_PHOTO, number);
    }

    if (err == CERT_OK) {
        err = cert_match_del(txn, number);
    }

    if (err == CERT_OK) {
        err = cert_txn_del(txn, CERT_DB_CERTIFICATE, number);
    }

    cert_crypto_wipe(&old.person, sizeof(old.person));

    return err;
}


static cert_err_t
cert_remove_copy(void *data, const cert_annotation_t *annotation)
{
    int *copies = data;

    (void) annotation;
    (*copies)++;

    return CERT_OK;
}


static cert_err_t
cert_remove_holder(cert_txn_t *txn, cert_str_t number,
    const cert_person_t *person)
{
    uint8_t        key[CERT_HOLDER_SIZE + CERT_NUMBER_MAX];
    cert_err_t     err;
    cert_holder_t  holder;

    err = cert_holder_make(txn->store->ring, person->id_type,
                           cert_text_str(&person->id_number), &holder);
    if (err != CERT_OK) {
        return err;
    }

    memcpy(key, holder.bytes, CERT_HOLDER_SIZE);
    memcpy(key + CERT_HOLDER_SIZE, number.data, number.len);

    return cert_txn_del(txn, CERT_DB_HOLDER_CERTIFICATE,
                        (cert_str_t) { key, CERT_HOLDER_SIZE + number.len });
}
