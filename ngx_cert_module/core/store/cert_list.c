/*
 * Copyright (C) the ngx_cert authors
 *
 * Walks and lists.
 *
 * A list is taken in pages: each call has a snapshot of its own and goes on
 * behind the last key, so a long export neither pins old pages nor stops the
 * writer.
 *
 * Every walk goes through cert_walk(): a cursor is opened and closed in
 * one place, and none outlives its snapshot, after which LMDB would follow it
 * into pages that are used again.  A visitor ends a walk by an error of its
 * own; CERT_EXISTS stands for "enough", CERT_NOT_FOUND for "no more".
 */


#include <stdlib.h>

#include "cert_env_int.h"
#include "cert_list_int.h"
#include "cert_lookup_int.h"
#include "cert_page_int.h"


/* What the visitor of one certificate's annotations carries. */
typedef struct {
    cert_store_t              *store;
    MDB_txn                   *txn;
    cert_str_t                 number;
    uint32_t                   found;
    cert_annotation_visit_pt   visit;
    void                      *data;
} cert_annotations_t;


static cert_err_t cert_walk_visit(const cert_store_t *store,
    cert_str_t prefix, const MDB_val *k, const MDB_val *v,
    cert_visit_pt visit, void *data);
static cert_err_t cert_annotations_visit(void *data, cert_str_t key,
    cert_str_t value);
static cert_err_t cert_list_certificate(void *data, cert_str_t key,
    cert_str_t value);
static cert_err_t cert_list_qualification(void *data, cert_str_t key,
    cert_str_t value);
static cert_err_t cert_list_code(void *data, cert_str_t key,
    cert_str_t value);
static cert_err_t cert_list_bare_code(void *data, cert_str_t key,
    cert_str_t value);


/*
 * In a write transaction the visitor may put into other databases, and in place
 * into this one: LMDB moves its cursors with the pages.  "key" and "value" are
 * worthless after the first put, so a visitor copies them before.
 */
cert_err_t
cert_walk(cert_store_t *store, MDB_txn *txn, cert_db_t db,
    cert_str_t prefix, cert_str_t from, cert_visit_pt visit, void *data)
{
    int          rc;
    MDB_val      k, v;
    cert_err_t   err;
    MDB_cursor  *cursor;

    rc = mdb_cursor_open(txn, store->dbi[db], &cursor);
    if (rc != 0) {
        return cert_lmdb_err(rc);
    }

    if (from.len == 0) {
        from = prefix;
    }

    k.mv_data = (void *) (uintptr_t) from.data;
    k.mv_size = from.len;

    rc = mdb_cursor_get(cursor, &k, &v, from.len ? MDB_SET_RANGE : MDB_FIRST);

    /*
     * MDB_SET_RANGE finds "from" itself, which was visited before, unless it
     * was removed meanwhile: then the next one is found and must not be
     * skipped.
     */
    if (rc == 0 && from.data != prefix.data
        && cert_str_is_equal((cert_str_t) { k.mv_data, k.mv_size }, from))
    {
        rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT);
    }

    err = CERT_OK;

    while (rc == 0) {
        err = cert_walk_visit(store, prefix, &k, &v, visit, data);
        if (err != CERT_OK) {
            break;
        }

        rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT);
    }

    mdb_cursor_close(cursor);

    return err != CERT_OK ? err : cert_lmdb_err(rc);
}


/* CERT_NOT_FOUND behind the last key with this prefix. */
static cert_err_t
cert_walk_visit(const cert_store_t *store, cert_str_t prefix,
    const MDB_val *k, const MDB_val *v, cert_visit_pt visit, void *data)
{
    cert_str_t  key, value;

    if (!cert_value_is_inside(store, k) || !cert_value_is_inside(store, v)) {
        return CERT_CORRUPT;
    }

    key = (cert_str_t) { k->mv_data, k->mv_size };
    value = (cert_str_t) { v->mv_data, v->mv_size };

    if (key.len < prefix.len
        || (prefix.len && memcmp(key.data, prefix.data, prefix.len) != 0))
    {
        return CERT_NOT_FOUND;
    }

    return visit(data, key, value);
}


cert_str_t
cert_annotation_prefix(uint8_t prefix[CERT_NUMBER_MAX + 1],
    cert_str_t number)
{
    memcpy(prefix, number.data, number.len);
    prefix[number.len] = 0;

    return (cert_str_t) { prefix, number.len + 1 };
}


cert_err_t
cert_walk_annotations(cert_store_t *store, MDB_txn *txn, cert_str_t number,
    cert_annotation_visit_pt visit, void *data)
{
    uint8_t             buf[CERT_NUMBER_MAX + 1];
    cert_err_t          err;
    cert_str_t          prefix;
    cert_hidden_t       hidden;
    cert_certificate_t  certificate;
    cert_annotations_t  annotations;

    hidden.annotations = 0;

    err = cert_lookup_certificate(store, txn, number, &certificate, &hidden);
    if (err != CERT_OK && err != CERT_NOT_FOUND) {
        return err;
    }

    prefix = cert_annotation_prefix(buf, number);

    annotations.store = store;
    annotations.txn = txn;
    annotations.number = number;
    annotations.found = 0;
    annotations.visit = visit;
    annotations.data = data;

    err = cert_walk(store, txn, CERT_DB_CERTIFICATE_ANNOTATION, prefix,
                    cert_str(""), cert_annotations_visit, &annotations);

    if (err != CERT_NOT_FOUND) {
        return err;
    }

    /* An entry whose key was damaged stands somewhere else. */
    return annotations.found == hidden.annotations ? CERT_OK : CERT_CORRUPT;
}


/*
 * An entry is not sealed: the record it leads to is verified, and must be of
 * this certificate.
 */
static cert_err_t
cert_annotations_visit(void *data, cert_str_t key, cert_str_t value)
{
    cert_annotations_t  *annotations = data;

    cert_err_t           err;
    cert_code_t          code;
    cert_annotation_t    annotation;
    cert_certificate_t   certificate;

    (void) value;

    if (key.len != annotations->number.len + 1 + CERT_TIMED_SIZE) {
        return CERT_CORRUPT;
    }

    memcpy(code.bytes, key.data + key.len - CERT_CODE_SIZE, CERT_CODE_SIZE);

    err = cert_lookup_annotation(annotations->store, annotations->txn, &code,
                                 &annotation, &certificate);
    if (err != CERT_OK) {
        return err == CERT_NOT_FOUND ? CERT_CORRUPT : err;
    }

    if (!cert_str_is_equal(certificate.facts.number, annotations->number)) {
        return CERT_CORRUPT;
    }

    annotations->found++;

    return annotations->visit == NULL
           ? CERT_OK : annotations->visit(annotations->data, &annotation);
}


cert_err_t
cert_list_certificates(cert_reader_t *reader, cert_position_t *after,
    size_t limit, cert_each_certificate_pt each, void *data)
{
    cert_list_t  list;

    list = (cert_list_t) { .reader = reader, .after = after,
                           .certificate = each, .data = data };

    return cert_list_walk(&list, CERT_DB_CERTIFICATE, cert_str(""), limit,
                          cert_list_certificate);
}


cert_err_t
cert_list_qualifications(cert_reader_t *reader, cert_position_t *after,
    size_t limit, cert_each_qualification_pt each, void *data)
{
    cert_list_t  list;

    list = (cert_list_t) { .reader = reader, .after = after,
                           .qualification = each, .data = data };

    return cert_list_walk(&list, CERT_DB_QUALIFICATION, cert_str(""), limit,
                          cert_list_qualification);
}


cert_err_t
cert_list_annotations(cert_reader_t *reader, cert_str_t number,
    cert_position_t *after, size_t limit, cert_each_code_pt each, void *data)
{
    uint8_t      prefix[CERT_NUMBER_MAX + 1];
    cert_list_t  list;

    if (number.len == 0 || number.len > CERT_NUMBER_MAX) {
        return CERT_NOT_FOUND;
    }

    list = (cert_list_t) { .reader = reader, .after = after, .code = each,
                           .skip = number.len + 1, .until = INT64_MAX,
                           .data = data };

    return cert_list_walk(&list, CERT_DB_CERTIFICATE_ANNOTATION,
                          cert_annotation_prefix(prefix, number), limit,
                          cert_list_code);
}


cert_err_t
cert_list_queue(cert_reader_t *reader, cert_position_t *after, size_t limit,
    cert_each_code_pt each, void *data)
{
    cert_list_t  list;

    list = (cert_list_t) { .reader = reader, .after = after, .code = each,
                           .until = INT64_MAX, .data = data };

    return cert_list_walk(&list, CERT_DB_QUEUE, cert_str(""), limit,
                          cert_list_code);
}


/*
 * Their records are not looked at: one that does not verify would end the list,
 * and hide all behind it.
 */
cert_err_t
cert_list_codes(cert_reader_t *reader, cert_position_t *after, size_t limit,
    cert_each_code_pt each, void *data)
{
    cert_list_t  list;

    list = (cert_list_t) { .reader = reader, .after = after, .code = each,
                           .data = data };

    return cert_list_walk(&list, CERT_DB_ANNOTATION, cert_str(""), limit,
                          cert_list_bare_code);
}


cert_err_t
cert_list_expired(cert_reader_t *reader, cert_time_t until,
    cert_position_t *after, size_t limit, cert_each_code_pt each, void *data)
{
    cert_list_t  list;

    list = (cert_list_t) { .reader = reader, .after = after, .code = each,
                           .until = until, .data = data };

    return cert_list_walk(&list, CERT_DB_EXPIRY, cert_str(""), limit,
                          cert_list_code);
}


cert_err_t
cert_list_walk(cert_list_t *list, cert_db_t db, cert_str_t prefix,
    size_t limit, cert_visit_pt visit)
{
    cert_err_t       err;
    cert_position_t  from;

    if (limit == 0) {
        return CERT_OK;
    }

    err = cert_reader_begin(list->reader);
    if (err != CERT_OK) {
        return err;
    }

    list->left = limit;
    from = *list->after;

    err = cert_walk(list->reader->store, list->reader->txn, db, prefix,
                    (cert_str_t) { from.data, from.len }, visit, list);

    cert_reader_end(list->reader);

    /* CERT_EXISTS stands for "page full" between visitor and walk. */
    return err == CERT_EXISTS ? CERT_OK : err;
}


cert_err_t
cert_list_step(cert_list_t *list, cert_str_t key, cert_err_t err)
{
    if (err != CERT_OK) {
        return err;
    }

    if (key.len > sizeof(list->after->data)) {
        return CERT_CORRUPT;
    }

    memcpy(list->after->data, key.data, key.len);
    list->after->len = key.len;

    return --list->left == 0 ? CERT_EXISTS : CERT_OK;
}


/*
 * A record that does not verify ends the list: an export that skips it would
 * look complete.
 */
static cert_err_t
cert_list_certificate(void *data, cert_str_t key, cert_str_t value)
{
    cert_list_t         *list = data;

    cert_err_t           err;
    cert_str_t           payload;
    cert_hidden_t        hidden;
    cert_keyring_t      *ring;
    cert_certificate_t   certificate;

    ring = list->reader->store->ring;

    err = cert_unseal(ring, CERT_DB_CERTIFICATE, key, value, &payload);

    if (err == CERT_OK) {
        err = cert_certificate_decode(&certificate, &hidden, payload);
    }

    if (err == CERT_OK && cert_keyring_has(ring, CERT_KEY_PERSONAL)) {
        err = cert_person_reveal(ring, key, &hidden, &certificate.person);
        certificate.has_person = (err == CERT_OK);
    }

    if (err == CERT_OK) {
        err = list->certificate(list->data, &certificate);
    }

    cert_crypto_wipe(&certificate.person, sizeof(cert_person_t));

    return cert_list_step(list, key, err);
}


static cert_err_t
cert_list_qualification(void *data, cert_str_t key, cert_str_t value)
{
    cert_list_t           *list = data;

    cert_err_t             err;
    cert_str_t             payload;
    cert_qualification_t   qualification;

    err = cert_unseal(list->reader->store->ring, CERT_DB_QUALIFICATION, key,
                      value, &payload);

    if (err == CERT_OK) {
        err = cert_qualification_decode(&qualification, key, payload);
    }

    if (err == CERT_OK) {
        err = list->qualification(list->data, &qualification);
    }

    return cert_list_step(list, key, err);
}


/*
 * For three indexes whose keys end in a time and a code, in the order of time:
 * the first one at "until" ends the list.
 */
static cert_err_t
cert_list_code(void *data, cert_str_t key, cert_str_t value)
{
    cert_list_t    *list = data;

    cert_time_t     time;
    cert_code_t     code;
    cert_cursor_t   c;

    (void) value;

    if (key.len != list->skip + CERT_TIMED_SIZE) {
        return CERT_CORRUPT;
    }

    c = cert_cursor((cert_str_t) { key.data + list->skip, CERT_TIMED_SIZE });
    time = (cert_time_t) cert_get_int(&c, 8);
    memcpy(code.bytes, c.pos, CERT_CODE_SIZE);

    if (time >= list->until) {
        return CERT_NOT_FOUND;
    }

    return cert_list_step(list, key, list->code(list->data, &code, time));
}


static cert_err_t
cert_list_bare_code(void *data, cert_str_t key, cert_str_t value)
{
    cert_list_t  *list = data;

    cert_code_t   code;

    (void) value;

    if (key.len != CERT_CODE_SIZE) {
        return CERT_CORRUPT;
    }

    memcpy(code.bytes, key.data, CERT_CODE_SIZE);

    return cert_list_step(list, key, list->code(list->data, &code, 0));
}
