/*
 * Copyright (C) the ngx_cert authors
 *
 * Applications that may be repeated.
 *
 * An answer can get lost after its commit, and whoever asks again must not use
 * a second slot of the quota.  So a client gives each application a key of its
 * own, and the record of it is written with the annotation, in one transaction:
 * both are there or neither.  The key alone would answer another request with
 * the code of the first; so what was asked for is compared, too.
 *
 * A damaged record must not be taken for none: a miss is proved.
 */


#include "cert_txn_int.h"


static cert_str_t cert_repeat_key(const cert_apply_t *apply,
    uint8_t key[CERT_IDEMPOTENCY_KEY_SIZE]);
static cert_err_t cert_repeat_answer(cert_apply_t *apply,
    const cert_idempotency_t *first);


cert_err_t
cert_repeat_find(cert_apply_t *apply)
{
    uint8_t             key[CERT_IDEMPOTENCY_KEY_SIZE];
    cert_err_t          err;
    cert_str_t          payload;
    cert_idempotency_t  first;

    if (apply->change->u.apply.holder == NULL) {
        return CERT_OK;
    }

    err = cert_store_find(apply->txn->store, apply->txn->txn,
                          CERT_DB_IDEMPOTENCY, cert_repeat_key(apply, key),
                          &payload);

    if (err == CERT_NOT_FOUND) {
        return CERT_OK;
    }

    if (err == CERT_OK) {
        err = cert_idempotency_decode(&first, payload);
    }

    return err == CERT_OK ? cert_repeat_answer(apply, &first) : err;
}


/* What the first application got, as it is now; annotations are for ever. */
static cert_err_t
cert_repeat_answer(cert_apply_t *apply, const cert_idempotency_t *first)
{
    cert_err_t          err;
    cert_annotation_t   annotation;
    cert_certificate_t  certificate;

    if (memcmp(first->request, apply->change->u.apply.request,
               CERT_SHA256_SIZE) != 0)
    {
        return cert_refuse(apply, CERT_REFUSAL_IDEMPOTENCY);
    }

    err = cert_txn_annotation(apply->txn->store, apply->txn->txn,
                              &first->code, &annotation, &certificate);
    if (err != CERT_OK) {
        return err == CERT_NOT_FOUND ? CERT_CORRUPT : err;
    }

    apply->outcome->is_unchanged = 1;
    apply->outcome->code = first->code;
    apply->outcome->applied = annotation.applied;
    apply->outcome->expires = annotation.expires;

    return CERT_OK;
}


cert_err_t
cert_repeat_put(cert_apply_t *apply)
{
    uint8_t             key[CERT_IDEMPOTENCY_KEY_SIZE];
    uint8_t             buf[CERT_ENTRY_MAX + CERT_SEAL_SIZE];
    cert_str_t          k;
    cert_writer_t       w;
    cert_idempotency_t  first;

    if (apply->change->u.apply.holder == NULL) {
        return CERT_OK;
    }

    first.code = apply->change->u.apply.code;
    first.time = apply->now;
    memcpy(first.request, apply->change->u.apply.request, CERT_SHA256_SIZE);

    k = cert_repeat_key(apply, key);
    w = cert_writer(buf, sizeof(buf));
    cert_idempotency_encode(&w, &first);

    /* Code and time are in the body already, and in the entry. */
    cert_put_bytes(&apply->body, k.data, k.len);
    cert_put_bytes(&apply->body, first.request, CERT_SHA256_SIZE);

    return cert_txn_put_record(apply->txn, CERT_DB_IDEMPOTENCY, k, &w);
}


/* Keys are a holder's own: nobody is answered with the code of another. */
static cert_str_t
cert_repeat_key(const cert_apply_t *apply,
    uint8_t key[CERT_IDEMPOTENCY_KEY_SIZE])
{
    memcpy(key, apply->change->u.apply.holder->bytes, CERT_HOLDER_SIZE);
    memcpy(key + CERT_HOLDER_SIZE, apply->change->u.apply.key,
           CERT_SHA256_SIZE);

    return (cert_str_t) { key, CERT_IDEMPOTENCY_KEY_SIZE };
}
