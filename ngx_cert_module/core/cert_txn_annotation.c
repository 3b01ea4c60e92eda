/*
 * Copyright (C) the ngx_cert authors
 *
 * Annotations inside a transaction: the record, its place in the queue, and
 * the rewriting of facts when the certificate changes.
 */


#include "cert_txn_int.h"


/* What a rewriting carries from one annotation to the next. */
typedef struct {
    cert_txn_t          *txn;
    const cert_facts_t  *facts;
} cert_copies_t;


static cert_err_t cert_copies_visit(void *data, cert_str_t key,
    cert_str_t value);


cert_err_t
cert_txn_put_annotation(cert_txn_t *txn, const cert_annotation_t *annotation,
    const cert_facts_t *facts)
{
    uint8_t        buf[CERT_RECORD_MAX];
    cert_str_t     key;
    cert_writer_t  w;

    w = cert_writer(buf, sizeof(buf));
    cert_annotation_encode(&w, annotation, facts);

    key.data = annotation->code.bytes;
    key.len = CERT_CODE_SIZE;

    return cert_txn_put_record(txn, CERT_DB_ANNOTATION, key, &w);
}


cert_err_t
cert_txn_put_queue(cert_txn_t *txn, const cert_annotation_t *annotation,
    unsigned attempts)
{
    uint8_t        key[CERT_TIMED_SIZE], buf[CERT_QUEUE_MAX];
    cert_writer_t  w;

    cert_timed_key(key, annotation->applied, &annotation->code);

    w = cert_writer(buf, sizeof(buf));
    cert_put_int(&w, attempts > 255 ? 255 : attempts, 1);

    return cert_txn_put_record(txn, CERT_DB_QUEUE,
                               (cert_str_t) { key, CERT_TIMED_SIZE }, &w);
}


cert_err_t
cert_txn_put_copies(cert_txn_t *txn, const cert_facts_t *facts)
{
    uint8_t        prefix[CERT_NUMBER_MAX + 1];
    cert_err_t     err;
    cert_copies_t  copies;

    memcpy(prefix, facts->number.data, facts->number.len);
    prefix[facts->number.len] = 0;

    copies.txn = txn;
    copies.facts = facts;

    err = cert_store_walk(txn->store, txn->txn,
                          CERT_DB_CERTIFICATE_ANNOTATION,
                          (cert_str_t) { prefix, facts->number.len + 1 },
                          cert_str(""), cert_copies_visit, &copies);

    return err == CERT_NOT_FOUND ? CERT_OK : err;
}


static cert_err_t
cert_copies_visit(void *data, cert_str_t key, cert_str_t value)
{
    cert_copies_t       *copies = data;

    cert_err_t           err;
    cert_code_t          code;
    cert_annotation_t    annotation;
    cert_certificate_t   certificate;

    (void) value;

    memcpy(code.bytes, key.data + key.len - CERT_CODE_SIZE, CERT_CODE_SIZE);

    err = cert_txn_annotation(copies->txn->store, copies->txn->txn, &code,
                              &annotation, &certificate);
    if (err != CERT_OK) {
        return err == CERT_NOT_FOUND ? CERT_CORRUPT : err;
    }

    return cert_txn_put_annotation(copies->txn, &annotation, copies->facts);
}
