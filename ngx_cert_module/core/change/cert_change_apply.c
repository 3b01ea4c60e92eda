/*
 * Copyright (C) the ngx_cert authors
 *
 * Applying for a copy: annotations, and originals of older certificates.
 *
 * An annotation is one record and entries that lead to it: by certificate
 * always, in the queue while it waits, by file once it has one, by expiry
 * until it is pruned or failed.
 *
 * An annotation's record carries everything that a check answers from, so that
 * a check by code is one look-up (1.0 to 1.3 us in a large store).  The price
 * is paid here and when a certificate changes, which is rare.
 *
 * The code is drawn by the caller and comes with the change: if it were drawn
 * in here, executing a journal twice would give two stores.
 */


#include "cert_annotation_int.h"
#include "cert_change_certificate_int.h"
#include "cert_change_int.h"
#include "cert_change_repeat_int.h"
#include "cert_list_int.h"
#include "cert_lookup_int.h"


static cert_err_t cert_apply_certificate(cert_exec_t *exec,
    cert_certificate_t *certificate, cert_hidden_t *hidden);
static cert_err_t cert_apply_quota(cert_exec_t *exec, cert_str_t number,
    int of_originals);
static cert_err_t cert_apply_qualification(cert_exec_t *exec,
    const cert_facts_t *facts);
static cert_err_t cert_apply_new(cert_exec_t *exec,
    cert_annotation_t *annotation, const cert_certificate_t *certificate,
    const cert_hidden_t *hidden);
static cert_err_t cert_apply_count(cert_txn_t *txn,
    const cert_certificate_t *certificate, const cert_hidden_t *hidden);
static cert_err_t cert_apply_index(cert_txn_t *txn,
    const cert_annotation_t *annotation, cert_str_t number);
static cert_err_t cert_original_visit(void *data,
    const cert_annotation_t *annotation);


cert_err_t
cert_change_apply(cert_exec_t *exec)
{
    uint32_t              days;
    cert_err_t            err;
    cert_policy_t        *policy;
    cert_hidden_t         hidden;
    cert_annotation_t     annotation;
    cert_certificate_t    certificate;
    const cert_scene_t   *scene;

    err = cert_exec_owner(exec, exec->change->u.apply.owner,
                          exec->change->u.apply.number,
                          CERT_REFUSAL_NO_CERTIFICATE);

    if (err == CERT_OK) {
        err = cert_repeat_find(exec);
    }

    if (err != CERT_OK || exec->outcome->is_unchanged) {
        return err;
    }

    policy = &exec->txn->policy;
    days = exec->change->u.apply.days;

    scene = cert_policy_scene(policy, exec->change->u.apply.scene);
    if (scene == NULL) {
        return cert_refuse(exec, CERT_REFUSAL_SCENE);
    }

    if (days == 0 || days > policy->validity_days) {
        return cert_refuse(exec, CERT_REFUSAL_DAYS);
    }

    err = cert_apply_certificate(exec, &certificate, &hidden);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_apply_quota(exec, certificate.facts.number, 0);
    if (err != CERT_OK) {
        return err;
    }

    memset(&annotation, 0, sizeof(annotation));
    annotation.days = days;
    annotation.scene = cert_strz(scene->label);
    annotation.expires = cert_annotation_expires(exec->now, days,
                                                 policy->utc_offset_sec);

    err = cert_apply_new(exec, &annotation, &certificate, &hidden);

    return err == CERT_OK ? cert_repeat_put(exec) : err;
}


cert_err_t
cert_change_original(cert_exec_t *exec)
{
    cert_err_t          err;
    cert_hidden_t       hidden;
    cert_annotation_t   annotation;
    cert_certificate_t  certificate;

    err = cert_exec_owner(exec, exec->change->u.apply.owner,
                          exec->change->u.apply.number,
                          CERT_REFUSAL_NO_CERTIFICATE);

    if (err == CERT_OK) {
        err = cert_apply_certificate(exec, &certificate, &hidden);
    }

    if (err != CERT_OK) {
        return err;
    }

    err = cert_apply_qualification(exec, &certificate.facts);
    if (err != CERT_OK) {
        return err;
    }

    err = cert_walk_annotations(exec->txn->store, exec->txn->txn,
                                certificate.facts.number, cert_original_visit,
                                exec);

    if (err == CERT_OK) {
        err = cert_apply_quota(exec, certificate.facts.number, 1);
    }

    if (err != CERT_OK) {
        return err;
    }

    memset(&annotation, 0, sizeof(annotation));
    annotation.is_original = 1;
    annotation.scene = cert_str("");
    annotation.expires = CERT_TIME_NEVER;

    return cert_apply_new(exec, &annotation, &certificate, &hidden);
}


/* The certificate applied for: there, in force, and the code not taken. */
static cert_err_t
cert_apply_certificate(cert_exec_t *exec,
    cert_certificate_t *certificate, cert_hidden_t *hidden)
{
    cert_err_t          err;
    cert_str_t          number, value;
    const cert_code_t  *code;

    code = &exec->change->u.apply.code;

    /*
     * A code with a wrong check symbol could be stored, but nobody could ever
     * ask for it.
     */
    if (!cert_code_is_sound(code)) {
        return CERT_INVALID;
    }

    err = cert_exec_number(exec, exec->change->u.apply.number, &number);

    if (err == CERT_OK) {
        err = cert_lookup_certificate(exec->txn->store, exec->txn->txn, number,
                                      certificate, hidden);
    }

    if (err != CERT_OK) {
        return err == CERT_NOT_FOUND
               ? cert_refuse(exec, CERT_REFUSAL_NO_CERTIFICATE) : err;
    }

    if (certificate->facts.status != CERT_STATUS_VALID) {
        return cert_refuse(exec, CERT_REFUSAL_NOT_VALID);
    }

    err = cert_lookup_raw(exec->txn->store, exec->txn->txn,
                          CERT_DB_ANNOTATION,
                          (cert_str_t) { code->bytes, CERT_CODE_SIZE },
                          &value);

    if (err == CERT_OK) {
        return cert_refuse(exec, CERT_REFUSAL_CODE_TAKEN);
    }

    return err == CERT_NOT_FOUND ? CERT_OK : err;
}


/* Inside the transaction: no second application can slip in between. */
static cert_err_t
cert_apply_quota(cert_exec_t *exec, cert_str_t number, int of_originals)
{
    cert_err_t    err;
    cert_quota_t  quota;

    err = cert_quota_count(exec->txn->store, exec->txn->txn,
                           &exec->txn->policy, number, exec->now,
                           of_originals, &quota);

    if (err != CERT_OK || quota.left > 0) {
        return err;
    }

    exec->outcome->next_slot = quota.next_slot;

    return cert_refuse(exec, CERT_REFUSAL_QUOTA);
}


/* Only what was approved before its qualification needed annotation. */
static cert_err_t
cert_apply_qualification(cert_exec_t *exec, const cert_facts_t *facts)
{
    cert_err_t             err;
    cert_str_t             payload;
    cert_qualification_t   qualification;

    err = cert_lookup_record(exec->txn->store, exec->txn->txn,
                             CERT_DB_QUALIFICATION, facts->qualification,
                             &payload);

    if (err == CERT_OK) {
        err = cert_qualification_decode(&qualification, facts->qualification,
                                        payload);
    }

    if (err != CERT_OK) {
        return err == CERT_NOT_FOUND
               ? cert_refuse(exec, CERT_REFUSAL_NO_QUALIFICATION) : err;
    }

    if (cert_qualification_is_annotated(&qualification, facts->approved)) {
        return cert_refuse(exec, CERT_REFUSAL_NEEDS_ANNOTATION);
    }

    return CERT_OK;
}


/*
 * Writes what both kinds have in common: record, queue, indexes.  "annotation"
 * has what differs between them.  Fails without a "record" key, or as LMDB
 * fails.
 */
static cert_err_t
cert_apply_new(cert_exec_t *exec, cert_annotation_t *annotation,
    const cert_certificate_t *certificate, const cert_hidden_t *hidden)
{
    cert_err_t           err;
    cert_txn_t          *txn;
    const cert_facts_t  *facts;

    txn = exec->txn;
    facts = &certificate->facts;

    annotation->code = exec->change->u.apply.code;
    annotation->state = CERT_ANNOTATION_GENERATING;
    annotation->applied = exec->now;

    exec->outcome->code = annotation->code;
    exec->outcome->applied = annotation->applied;
    exec->outcome->expires = annotation->expires;

    /* "facts" ends before the journal entry is written, the change does not. */
    exec->subject = cert_text_str(&exec->number);
    cert_code_format(&annotation->code, exec->text);
    exec->detail = exec->text;

    cert_put_bytes(&exec->body, annotation->code.bytes, CERT_CODE_SIZE);
    cert_put_int(&exec->body, annotation->days, 4);
    cert_put_str(&exec->body, exec->change->u.apply.scene);

    err = cert_txn_put_annotation(txn, annotation, facts);

    if (err == CERT_OK) {
        err = cert_txn_put_queue(txn, annotation, 0);
    }

    if (err == CERT_OK) {
        err = cert_apply_index(txn, annotation, facts->number);
    }

    return err == CERT_OK ? cert_apply_count(txn, certificate, hidden) : err;
}


/* The certificate says, under its seal, how many annotations it has. */
static cert_err_t
cert_apply_count(cert_txn_t *txn, const cert_certificate_t *certificate,
    const cert_hidden_t *hidden)
{
    uint8_t        buf[CERT_RECORD_MAX];
    cert_stored_t  stored;
    cert_writer_t  w;

    stored.facts = certificate->facts;
    stored.has_photo = certificate->has_photo;
    stored.hidden = *hidden;
    stored.hidden.annotations++;

    w = cert_writer(buf, sizeof(buf));

    return cert_stored_put(txn, &stored, &w);
}


/*
 * The entries besides the queue's.  An original never expires, so it has no
 * place in the order of expiry.
 */
static cert_err_t
cert_apply_index(cert_txn_t *txn, const cert_annotation_t *annotation,
    cert_str_t number)
{
    size_t      len;
    uint8_t     key[CERT_NUMBER_MAX + 1 + CERT_TIMED_SIZE];
    cert_err_t  err;

    len = cert_annotation_key(key, number, annotation->applied,
                              &annotation->code);

    err = cert_txn_put(txn, CERT_DB_CERTIFICATE_ANNOTATION,
                       (cert_str_t) { key, len }, cert_str(""));

    if (err != CERT_OK || annotation->is_original) {
        return err;
    }

    cert_timed_key(key, annotation->expires, &annotation->code);

    return cert_txn_put(txn, CERT_DB_EXPIRY,
                        (cert_str_t) { key, CERT_TIMED_SIZE }, cert_str(""));
}


/*
 * A certificate has one original copy.  Only one that failed or was withdrawn
 * gives way: either leaves the holder with none.
 */
static cert_err_t
cert_original_visit(void *data, const cert_annotation_t *annotation)
{
    cert_exec_t  *exec = data;

    if (annotation->is_original
        && annotation->state != CERT_ANNOTATION_FAILED
        && annotation->state != CERT_ANNOTATION_WITHDRAWN)
    {
        exec->outcome->code = annotation->code;
        return cert_refuse(exec, CERT_REFUSAL_HAS_ORIGINAL);
    }

    return CERT_OK;
}
