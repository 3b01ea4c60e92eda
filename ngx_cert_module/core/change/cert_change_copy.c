/*
 * Copyright (C) the ngx_cert authors
 *
 * The states of a copy: ready or failed, withdrawn, pruned.
 *
 * Each state that ends the waiting takes the code out of the queue in the same
 * transaction, so a job ends exactly once, even if its end is reported twice.
 *
 * A second report is not an error: a renderer that was replaced, or a holder
 * who clicks again, reports a state that is reached already, and the outcome
 * is is_unchanged.  What contradicts the state is refused.  Records are never
 * removed, so a code that was printed always gets an answer.
 */


#include "cert_change_int.h"
#include "cert_lookup_int.h"


static cert_err_t cert_copy_get(cert_exec_t *exec,
    cert_annotation_t *annotation, cert_certificate_t *certificate);
static cert_err_t cert_copy_drop_entries(cert_txn_t *txn,
    const cert_annotation_t *annotation);
static cert_err_t cert_copy_end(cert_exec_t *exec, cert_db_t db,
    const cert_annotation_t *annotation,
    const cert_certificate_t *certificate);
static cert_err_t cert_entry_find(cert_txn_t *txn, cert_db_t db,
    const cert_annotation_t *annotation);
static cert_err_t cert_copy_drop_entry(cert_txn_t *txn, cert_db_t db,
    const cert_annotation_t *annotation);
static cert_str_t cert_entry_key(uint8_t key[CERT_TIMED_SIZE], cert_db_t db,
    const cert_annotation_t *annotation);


/* The annotation a change is about, and its part of the journal entry. */
static cert_err_t
cert_copy_get(cert_exec_t *exec, cert_annotation_t *annotation,
    cert_certificate_t *certificate)
{
    cert_err_t          err;
    const cert_code_t  *code;

    code = &exec->change->u.copy.code;

    err = cert_lookup_annotation(exec->txn->store, exec->txn->txn, code,
                                 annotation, certificate);
    if (err != CERT_OK) {
        return err == CERT_NOT_FOUND
               ? cert_refuse(exec, CERT_REFUSAL_NO_ANNOTATION) : err;
    }

    cert_code_format(code, exec->text);
    exec->subject = cert_strz(exec->text);
    cert_put_bytes(&exec->body, code->bytes, CERT_CODE_SIZE);

    return CERT_OK;
}


/*
 * The file is published and on disk before this change is made; if the commit
 * fails, nothing leads to the file, and it is made again.
 */
cert_err_t
cert_change_ready(cert_exec_t *exec)
{
    cert_err_t           err;
    cert_str_t           sha256;
    cert_annotation_t    annotation;
    cert_certificate_t   certificate;

    err = cert_copy_get(exec, &annotation, &certificate);
    if (err != CERT_OK) {
        return err;
    }

    sha256 = (cert_str_t) { exec->change->u.copy.sha256, CERT_SHA256_SIZE };

    /*
     * The same file again is the same report; another file for a copy that is
     * out already would make the first one a forgery.
     */
    if (annotation.state == CERT_ANNOTATION_READY
        && memcmp(annotation.sha256, sha256.data, CERT_SHA256_SIZE) == 0)
    {
        exec->outcome->is_unchanged = 1;
        return CERT_OK;
    }

    if (annotation.state != CERT_ANNOTATION_GENERATING) {
        return cert_refuse(exec, CERT_REFUSAL_STATE);
    }

    /* A size of 0 means that the file is not made yet. */
    if (exec->change->u.copy.size == 0) {
        return CERT_INVALID;
    }

    annotation.state = CERT_ANNOTATION_READY;
    annotation.sealed = exec->now;
    annotation.size = exec->change->u.copy.size;
    memcpy(annotation.sha256, sha256.data, CERT_SHA256_SIZE);

    cert_put_bytes(&exec->body, sha256.data, CERT_SHA256_SIZE);
    cert_put_int(&exec->body, annotation.size, 8);

    err = cert_copy_end(exec, CERT_DB_QUEUE, &annotation, &certificate);

    if (err == CERT_OK) {
        err = cert_txn_put(exec->txn, CERT_DB_FILE, sha256,
                           (cert_str_t) { annotation.code.bytes,
                                          CERT_CODE_SIZE });
    }

    return err;
}


/*
 * Counts an attempt; the caller decides after how many to give up.  If an
 * application waits and is not in the queue, the store is damaged.
 */
cert_err_t
cert_change_retry(cert_exec_t *exec)
{
    uint8_t              key[CERT_TIMED_SIZE];
    cert_err_t           err;
    cert_str_t           payload;
    cert_cursor_t        c;
    cert_annotation_t    annotation;
    cert_certificate_t   certificate;

    err = cert_copy_get(exec, &annotation, &certificate);
    if (err != CERT_OK) {
        return err;
    }

    if (annotation.state != CERT_ANNOTATION_GENERATING) {
        return cert_refuse(exec, CERT_REFUSAL_STATE);
    }

    err = cert_lookup_record(exec->txn->store, exec->txn->txn, CERT_DB_QUEUE,
                             cert_entry_key(key, CERT_DB_QUEUE, &annotation),
                             &payload);
    if (err != CERT_OK) {
        return err == CERT_NOT_FOUND ? CERT_CORRUPT : err;
    }

    c = cert_cursor(payload);

    return cert_txn_put_queue(exec->txn, &annotation,
                          (unsigned) cert_get_int(&c, 1) + 1);
}


/*
 * Given up: it takes no slot of the quota, and a check says "not_found".  As
 * it has no file to remove, it leaves the index by expiry at once.
 *
 * But a visitor who checks its code has to learn that the certificate was
 * revoked or replaced, and not that there is no such copy.  So a copy of such
 * a certificate ends as withdrawn, and its check says so.
 */
cert_err_t
cert_change_failed(cert_exec_t *exec)
{
    cert_err_t           err;
    cert_annotation_t    annotation;
    cert_certificate_t   certificate;

    err = cert_copy_get(exec, &annotation, &certificate);
    if (err != CERT_OK) {
        return err;
    }

    if (annotation.state == CERT_ANNOTATION_FAILED) {
        exec->outcome->is_unchanged = 1;
        return CERT_OK;
    }

    if (annotation.state != CERT_ANNOTATION_GENERATING) {
        return cert_refuse(exec, CERT_REFUSAL_STATE);
    }

    annotation.state = certificate.facts.status == CERT_STATUS_REVOKED
                       || certificate.facts.status == CERT_STATUS_REPLACED
                       ? CERT_ANNOTATION_WITHDRAWN : CERT_ANNOTATION_FAILED;

    err = cert_copy_drop_entries(exec->txn, &annotation);

    if (err == CERT_OK) {
        err = cert_txn_put_annotation(exec->txn, &annotation,
                                      &certificate.facts);
    }

    return err;
}


/*
 * Both entries, or neither: the second is looked for before the first goes, or
 * a store that lacks it would undo the changes of others as well.
 */
static cert_err_t
cert_copy_drop_entries(cert_txn_t *txn, const cert_annotation_t *annotation)
{
    int         leaves;
    cert_err_t  err;

    err = CERT_OK;
    leaves = annotation->state == CERT_ANNOTATION_FAILED
             && !annotation->is_original;

    if (leaves) {
        err = cert_entry_find(txn, CERT_DB_EXPIRY, annotation);
    }

    if (err == CERT_OK) {
        err = cert_copy_drop_entry(txn, CERT_DB_QUEUE, annotation);
    }

    if (err == CERT_OK && leaves) {
        err = cert_copy_drop_entry(txn, CERT_DB_EXPIRY, annotation);
    }

    return err;
}


/*
 * Final, at any time before the copy expires.  Its entry by expiry stays,
 * since its file is removed when it would have expired.
 */
cert_err_t
cert_change_withdraw(cert_exec_t *exec)
{
    int                  is_waiting;
    cert_err_t           err;
    cert_annotation_t    annotation;
    cert_certificate_t   certificate;

    err = cert_copy_get(exec, &annotation, &certificate);

    if (err == CERT_OK) {
        err = cert_exec_owner(exec, exec->change->u.copy.owner,
                              certificate.facts.number,
                              CERT_REFUSAL_NO_ANNOTATION);
    }

    if (err != CERT_OK) {
        return err;
    }

    if (annotation.state == CERT_ANNOTATION_WITHDRAWN) {
        exec->outcome->is_unchanged = 1;
        return CERT_OK;
    }

    if (annotation.state == CERT_ANNOTATION_FAILED
        || exec->now >= annotation.expires)
    {
        return cert_refuse(exec, CERT_REFUSAL_STATE);
    }

    is_waiting = (annotation.state == CERT_ANNOTATION_GENERATING);
    annotation.state = CERT_ANNOTATION_WITHDRAWN;

    return is_waiting
           ? cert_copy_end(exec, CERT_DB_QUEUE, &annotation, &certificate)
           : cert_txn_put_annotation(exec->txn, &annotation,
                                     &certificate.facts);
}


/* The state stays: a pruned copy is expired or withdrawn as before. */
cert_err_t
cert_change_prune(cert_exec_t *exec)
{
    cert_err_t           err;
    cert_annotation_t    annotation;
    cert_certificate_t   certificate;

    err = cert_copy_get(exec, &annotation, &certificate);
    if (err != CERT_OK) {
        return err;
    }

    if (annotation.is_pruned) {
        exec->outcome->is_unchanged = 1;
        return CERT_OK;
    }

    if (annotation.state == CERT_ANNOTATION_FAILED
        || annotation.state == CERT_ANNOTATION_GENERATING
        || exec->now < annotation.expires)
    {
        return cert_refuse(exec, CERT_REFUSAL_STATE);
    }

    annotation.is_pruned = 1;

    return cert_copy_end(exec, CERT_DB_EXPIRY, &annotation, &certificate);
}


/*
 * Ends a change: the copy leaves an index, and its record follows.  In this
 * order, since nothing is changed yet when the entry is not there.
 */
static cert_err_t
cert_copy_end(cert_exec_t *exec, cert_db_t db,
    const cert_annotation_t *annotation, const cert_certificate_t *certificate)
{
    cert_err_t  err;

    err = cert_copy_drop_entry(exec->txn, db, annotation);

    if (err == CERT_OK) {
        err = cert_txn_put_annotation(exec->txn, annotation,
                                      &certificate->facts);
    }

    return err;
}


/* Whether the entry is there; CERT_CORRUPT as below. */
static cert_err_t
cert_entry_find(cert_txn_t *txn, cert_db_t db,
    const cert_annotation_t *annotation)
{
    uint8_t     key[CERT_TIMED_SIZE];
    cert_err_t  err;
    cert_str_t  value;

    err = cert_lookup_raw(txn->store, txn->txn, db,
                          cert_entry_key(key, db, annotation), &value);

    return err == CERT_NOT_FOUND ? CERT_CORRUPT : err;
}


/*
 * CERT_CORRUPT: the entry is not there although the record says so; "fsck"
 * tells more.
 */
static cert_err_t
cert_copy_drop_entry(cert_txn_t *txn, cert_db_t db,
    const cert_annotation_t *annotation)
{
    uint8_t     key[CERT_TIMED_SIZE];
    cert_err_t  err;

    err = cert_txn_del(txn, db, cert_entry_key(key, db, annotation));

    return err == CERT_NOT_FOUND ? CERT_CORRUPT : err;
}


/* A copy is in the queue by when it was applied for, else by its expiry. */
static cert_str_t
cert_entry_key(uint8_t key[CERT_TIMED_SIZE], cert_db_t db,
    const cert_annotation_t *annotation)
{
    cert_timed_key(key, db == CERT_DB_QUEUE ? annotation->applied
                                            : annotation->expires,
                   &annotation->code);

    return (cert_str_t) { key, CERT_TIMED_SIZE };
}
