/*
 * Copyright (C) the ngx_cert authors
 *
 * Annotations inside a transaction: the record, its place in the queue, and
 * the rewriting of facts when the certificate changes.
 */


#include "cert_list_int.h"
#include "cert_lookup_int.h"
#include "cert_txn_int.h"


/* What a rewriting carries from one annotation to the next. */
typedef struct {
    cert_txn_t          *txn;
    const cert_facts_t  *facts;
} cert_copies_t;


static cert_err_t cert_copies_visit(void *data,
    const cert_annotation_t *annotation);


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
    /* Enough to give up by; nobody asks how many more there were. */
    cert_put_int(&w, attempts > 255 ? 255 : attempts, 1);

    return cert_txn_put_record(txn, CERT_DB_QUEUE,
                               (cert_str_t) { key, CERT_TIMED_SIZE }, &w);
}


cert_err_t
cert_txn_put_copies(cert_txn_t *txn, const cert_facts_t *facts)
{
    cert_copies_t  copies;

    copies.txn = txn;
    copies.facts = facts;

    return cert_txn_annotations(txn->store, txn->txn, facts->number,
                                cert_copies_visit, &copies);
}


/*
 * The annotation stays as it is; only what it says of the certificate is new.
 */
static cert_err_t
cert_copies_visit(void *data, const cert_annotation_t *annotation)
{
    cert_copies_t  *copies = data;

    return cert_txn_put_annotation(copies->txn, annotation, copies->facts);
}
