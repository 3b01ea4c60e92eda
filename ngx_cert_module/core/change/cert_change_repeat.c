/*
 * Copyright (C) the ngx_cert authors
 *
 * Applications that may be repeated.
 *
 * An answer can get lost after its commit, and a client that asks again must
 * not use a second slot of the quota.  So a client gives each application a
 * key of its own, and the record of it is written with the annotation, in one
 * transaction: both are there or neither.  The key alone would answer another
 * request with the code of the first, so the requests are compared, too.
 *
 * A damaged record must not be taken for a missing one, so a miss is proved.
 *
 * No client asks again after days, so keys are forgotten by age, or they would
 * be most of the store one day.  They are kept by holder and not by time: an
 * index by time was rejected, since it would cost each application one write
 * more to spare a walk that has time.  A record that does not verify is not
 * forgotten: it ends the walk.
 */


#include <stdio.h>

#include "cert_change_int.h"
#include "cert_change_repeat_int.h"
#include "cert_list_int.h"
#include "cert_lookup_int.h"


/* A part of the walk by which keys are forgotten. */
typedef struct {
    cert_txn_t       *txn;
    cert_time_t       until;
    size_t            left;     /* records to look at yet */
    cert_position_t   at;       /* the one looked at last */
    size_t            n;
    uint8_t          *keys;     /* of these "n", in a row */
} cert_forget_t;


static cert_err_t cert_repeat_answer(cert_exec_t *exec,
    const cert_idempotency_t *first);
static cert_str_t cert_repeat_key(const cert_exec_t *exec,
    uint8_t key[CERT_IDEMPOTENCY_KEY_SIZE]);
static cert_err_t cert_forget_visit(void *data, cert_str_t key,
    cert_str_t value);
static cert_err_t cert_forget_delete(cert_exec_t *exec,
    const cert_forget_t *forget);


cert_err_t
cert_repeat_find(cert_exec_t *exec)
{
    uint8_t             key[CERT_IDEMPOTENCY_KEY_SIZE];
    cert_err_t          err;
    cert_str_t          payload;
    cert_idempotency_t  first;

    if (exec->change->u.apply.holder == NULL) {
        return CERT_OK;
    }

    err = cert_lookup_certain(exec->txn->store, exec->txn->txn,
                              CERT_DB_IDEMPOTENCY, cert_repeat_key(exec, key),
                              &payload);

    if (err == CERT_NOT_FOUND) {
        return CERT_OK;
    }

    if (err == CERT_OK) {
        err = cert_idempotency_decode(&first, payload);
    }

    return err == CERT_OK ? cert_repeat_answer(exec, &first) : err;
}


/* What the first application got, as it is now; annotations are for ever. */
static cert_err_t
cert_repeat_answer(cert_exec_t *exec, const cert_idempotency_t *first)
{
    cert_err_t          err;
    cert_annotation_t   annotation;
    cert_certificate_t  certificate;

    if (memcmp(first->request, exec->change->u.apply.request,
               CERT_SHA256_SIZE) != 0)
    {
        return cert_refuse(exec, CERT_REFUSAL_IDEMPOTENCY);
    }

    err = cert_lookup_annotation(exec->txn->store, exec->txn->txn,
                                 &first->code, &annotation, &certificate);
    if (err != CERT_OK) {
        return err == CERT_NOT_FOUND ? CERT_CORRUPT : err;
    }

    exec->outcome->is_unchanged = 1;
    exec->outcome->code = first->code;
    exec->outcome->applied = annotation.applied;
    exec->outcome->expires = annotation.expires;

    return CERT_OK;
}


cert_err_t
cert_repeat_put(cert_exec_t *exec)
{
    uint8_t             key[CERT_IDEMPOTENCY_KEY_SIZE];
    uint8_t             buf[CERT_ENTRY_MAX + CERT_SEAL_SIZE];
    cert_str_t          k;
    cert_writer_t       w;
    cert_idempotency_t  first;

    if (exec->change->u.apply.holder == NULL) {
        return CERT_OK;
    }

    first.code = exec->change->u.apply.code;
    first.time = exec->now;
    memcpy(first.request, exec->change->u.apply.request, CERT_SHA256_SIZE);

    k = cert_repeat_key(exec, key);
    w = cert_writer(buf, sizeof(buf));
    cert_idempotency_encode(&w, &first);

    /* Code and time are in the body already, and in the entry. */
    cert_put_bytes(&exec->body, k.data, k.len);
    cert_put_bytes(&exec->body, first.request, CERT_SHA256_SIZE);

    return cert_txn_put_record(exec->txn, CERT_DB_IDEMPOTENCY, k, &w);
}


/* Keys are a holder's own: nobody is answered with the code of another. */
static cert_str_t
cert_repeat_key(const cert_exec_t *exec,
    uint8_t key[CERT_IDEMPOTENCY_KEY_SIZE])
{
    memcpy(key, exec->change->u.apply.holder->bytes, CERT_HOLDER_SIZE);
    memcpy(key + CERT_HOLDER_SIZE, exec->change->u.apply.key,
           CERT_SHA256_SIZE);

    return (cert_str_t) { key, CERT_IDEMPOTENCY_KEY_SIZE };
}


/*
 * Notes the keys first and deletes them then: a walk must not lose its place.
 */
cert_err_t
cert_change_forget(cert_exec_t *exec)
{
    cert_err_t          err;
    cert_str_t          from;
    cert_forget_t       forget;
    const cert_part_t  *part;

    part = &exec->change->u.forget.part;

    memset(&forget, 0, sizeof(forget));
    forget.txn = exec->txn;
    forget.until = exec->change->u.forget.until;

    if (forget.until > exec->now - CERT_REPEAT_DAYS * CERT_DAY_SEC) {
        return CERT_INVALID;
    }

    cert_put_int(&exec->body, (uint64_t) forget.until, 8);

    err = cert_exec_part(exec, part, &forget.left);
    if (err != CERT_OK) {
        return err;
    }

    forget.keys = cert_txn_scratch(exec->txn, CERT_SCRATCH_RECORD,
                                   forget.left * CERT_IDEMPOTENCY_KEY_SIZE);
    if (forget.keys == NULL) {
        return CERT_NO_MEMORY;
    }

    from = (cert_str_t) { part->after.data, part->after.len };

    err = cert_walk(exec->txn->store, exec->txn->txn,
                    CERT_DB_IDEMPOTENCY, cert_str(""), from,
                    cert_forget_visit, &forget);

    if (err != CERT_EXISTS && err != CERT_NOT_FOUND) {
        return err;
    }

    if (err == CERT_EXISTS) {
        exec->outcome->next = forget.at;
    }

    return cert_forget_delete(exec, &forget);
}


/* Ends the walk when the part is full, before the first key of the next. */
static cert_err_t
cert_forget_visit(void *data, cert_str_t key, cert_str_t value)
{
    cert_forget_t       *forget = data;

    cert_err_t           err;
    cert_str_t           payload;
    cert_idempotency_t   first;

    if (forget->left == 0) {
        return CERT_EXISTS;
    }

    err = cert_unseal(forget->txn->store->ring, CERT_DB_IDEMPOTENCY, key,
                      value, &payload);

    if (err == CERT_OK) {
        err = key.len == CERT_IDEMPOTENCY_KEY_SIZE
              ? cert_idempotency_decode(&first, payload) : CERT_CORRUPT;
    }

    if (err != CERT_OK) {
        return err;
    }

    forget->left--;
    forget->at.len = key.len;
    memcpy(forget->at.data, key.data, key.len);

    if (first.time < forget->until) {
        memcpy(forget->keys + forget->n++ * CERT_IDEMPOTENCY_KEY_SIZE,
               key.data, key.len);
    }

    return CERT_OK;
}


static cert_err_t
cert_forget_delete(cert_exec_t *exec, const cert_forget_t *forget)
{
    cert_err_t      err;
    const uint8_t  *key;

    exec->outcome->is_unchanged = forget->n == 0;
    exec->outcome->forgotten = (uint32_t) forget->n;

    (void) snprintf(exec->more, sizeof(exec->more), "%u",
                    exec->outcome->forgotten);
    exec->detail = exec->more;

    for (size_t i = 0; i < forget->n; i++) {
        key = forget->keys + i * CERT_IDEMPOTENCY_KEY_SIZE;

        err = cert_txn_del(exec->txn, CERT_DB_IDEMPOTENCY,
                           (cert_str_t) { key, CERT_IDEMPOTENCY_KEY_SIZE });
        if (err != CERT_OK) {
            return err;
        }
    }

    return CERT_OK;
}
