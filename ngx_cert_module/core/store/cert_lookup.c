/*
 * Copyright (C) the ngx_cert authors
 *
 * Look-ups, and the damage outside the seals that they have to find: lengths,
 * keys and the pages above them.
 *
 * A seal covers a record and its key, but LMDB finds the record by bytes that
 * no seal covers: the key in the node, the length of the value, the separators
 * in branch pages.  A damaged length shows by where the value would end.  A
 * damaged key makes a look-up miss, and a miss must not become "no such
 * certificate": so before anything is called absent, its two neighbours have to
 * be in order around it and to prove themselves.  A key with a flipped bit
 * still stands where the look-up ended, or is out of order there; a damaged
 * separator leads to a leaf whose neighbours are out of order.
 *
 * This costs two proofs for each miss and nothing for a hit.
 */


#include "cert_env_int.h"
#include "cert_holder_int.h"
#include "cert_lookup_int.h"
#include "cert_match_int.h"
#include "cert_page_int.h"


static cert_err_t cert_cursor_open(cert_store_t *store, MDB_txn *txn,
    cert_db_t db, cert_str_t key, MDB_cursor **cursor, MDB_val *k);
static cert_err_t cert_neighbour_check(cert_store_t *store, MDB_txn *txn,
    cert_db_t db, cert_str_t key, const MDB_val *at, const MDB_val *value,
    int is_after);
static cert_err_t cert_neighbour_prove(cert_store_t *store, MDB_txn *txn,
    cert_db_t db, cert_str_t key, cert_str_t value);
static cert_err_t cert_number_find(cert_store_t *store, MDB_txn *txn,
    const cert_text_t *form, cert_text_t *number);
static cert_err_t cert_number_keep(const cert_store_t *store,
    const MDB_val *k, const cert_text_t *form, cert_text_t *number);
static cert_err_t cert_link_follow(cert_store_t *store, MDB_txn *txn,
    const cert_holder_t *from, const cert_holder_t *to,
    cert_account_t *account, cert_login_t *login);


/*
 * "value" points into the map and dies with the snapshot, or with the next put
 * in a write transaction.
 */
cert_err_t
cert_lookup_raw(cert_store_t *store, MDB_txn *txn, cert_db_t db,
    cert_str_t key, cert_str_t *value)
{
    int      rc;
    MDB_val  k, v;

    k.mv_data = (void *) (uintptr_t) key.data;
    k.mv_size = key.len;

    /* LMDB takes an empty or overlong key for a misuse; here it is a miss. */
    if (key.len == 0
        || key.len > (size_t) mdb_env_get_maxkeysize(store->env))
    {
        return CERT_NOT_FOUND;
    }

    rc = mdb_get(txn, store->dbi[db], &k, &v);
    if (rc != 0) {
        return cert_lmdb_err(rc);
    }

    if (!cert_value_is_inside(store, &v)) {
        return CERT_CORRUPT;
    }

    value->data = v.mv_data;
    value->len = v.mv_size;

    return CERT_OK;
}


cert_err_t
cert_lookup_record(cert_store_t *store, MDB_txn *txn, cert_db_t db,
    cert_str_t key, cert_str_t *payload)
{
    cert_err_t  err;
    cert_str_t  value;

    err = cert_lookup_raw(store, txn, db, key, &value);
    if (err != CERT_OK) {
        return err;
    }

    return cert_unseal(store->ring, db, key, value, payload);
}


cert_err_t
cert_lookup_certain(cert_store_t *store, MDB_txn *txn, cert_db_t db,
    cert_str_t key, cert_str_t *payload)
{
    cert_err_t  err;

    err = cert_lookup_record(store, txn, db, key, payload);

    return err == CERT_NOT_FOUND ? cert_lookup_absent(store, txn, db, key)
                                 : err;
}


cert_err_t
cert_lookup_absent(cert_store_t *store, MDB_txn *txn, cert_db_t db,
    cert_str_t key)
{
    cert_str_t  next;

    return cert_lookup_gap(store, txn, db, key, &next);
}


cert_err_t
cert_lookup_gap(cert_store_t *store, MDB_txn *txn, cert_db_t db,
    cert_str_t key, cert_str_t *next)
{
    int          rc;
    MDB_val      k, v;
    cert_err_t   err;
    MDB_cursor  *cursor;

    *next = cert_str("");

    err = cert_cursor_open(store, txn, db, key, &cursor, &k);
    if (err != CERT_OK) {
        return err;
    }

    rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE);

    if (rc == 0) {
        err = cert_neighbour_check(store, txn, db, key, &k, &v, 1);
        *next = (cert_str_t) { k.mv_data, k.mv_size };
        rc = mdb_cursor_get(cursor, &k, &v, MDB_PREV);

    } else if (rc == MDB_NOTFOUND) {
        rc = mdb_cursor_get(cursor, &k, &v, MDB_LAST);
    }

    if (rc == 0 && err == CERT_OK) {
        err = cert_neighbour_check(store, txn, db, key, &k, &v, 0);
    }

    mdb_cursor_close(cursor);

    if (err == CERT_OK && rc != 0 && rc != MDB_NOTFOUND) {
        err = cert_lmdb_err(rc);
    }

    return err == CERT_OK ? CERT_NOT_FOUND : err;
}


cert_err_t
cert_lookup_nearest(cert_store_t *store, MDB_txn *txn, cert_db_t db,
    cert_str_t key, cert_str_t *at, cert_str_t *payload)
{
    int          rc;
    MDB_val      k, v;
    cert_err_t   err;
    MDB_cursor  *cursor;

    err = cert_cursor_open(store, txn, db, key, &cursor, &k);
    if (err != CERT_OK) {
        return err;
    }

    rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE);

    if (rc == MDB_NOTFOUND) {
        rc = mdb_cursor_get(cursor, &k, &v, MDB_LAST);
    }

    mdb_cursor_close(cursor);

    if (rc != 0) {
        return cert_lmdb_err(rc);
    }

    if (!cert_value_is_inside(store, &k) || !cert_value_is_inside(store, &v)) {
        return CERT_CORRUPT;
    }

    *at = (cert_str_t) { k.mv_data, k.mv_size };

    return cert_unseal(store->ring, db, *at,
                       (cert_str_t) { v.mv_data, v.mv_size }, payload);
}


/* With "key" as LMDB takes it; one that LMDB takes for a misuse is a miss. */
static cert_err_t
cert_cursor_open(cert_store_t *store, MDB_txn *txn, cert_db_t db,
    cert_str_t key, MDB_cursor **cursor, MDB_val *k)
{
    int  rc;

    if (key.len == 0
        || key.len > (size_t) mdb_env_get_maxkeysize(store->env))
    {
        return CERT_NOT_FOUND;
    }

    rc = mdb_cursor_open(txn, store->dbi[db], cursor);
    if (rc != 0) {
        return cert_lmdb_err(rc);
    }

    k->mv_data = (void *) (uintptr_t) key.data;
    k->mv_size = key.len;

    return CERT_OK;
}


static cert_err_t
cert_neighbour_check(cert_store_t *store, MDB_txn *txn, cert_db_t db,
    cert_str_t key, const MDB_val *at, const MDB_val *value, int is_after)
{
    int         order;
    cert_str_t  k, v;

    if (!cert_value_is_inside(store, at)
        || !cert_value_is_inside(store, value)
        || !cert_page_is_whole(store, at))
    {
        return CERT_CORRUPT;
    }

    k = (cert_str_t) { at->mv_data, at->mv_size };
    v = (cert_str_t) { value->mv_data, value->mv_size };
    order = cert_key_compare(k, key);

    if (is_after ? order <= 0 : order >= 0) {
        return CERT_CORRUPT;
    }

    return cert_neighbour_prove(store, txn, db, k, v);
}


/*
 * An entry by file or by holder has no seal: it is verified by the record it
 * leads to.
 */
static cert_err_t
cert_neighbour_prove(cert_store_t *store, MDB_txn *txn, cert_db_t db,
    cert_str_t key, cert_str_t value)
{
    cert_err_t          err;
    cert_str_t          payload, number;
    cert_code_t         code;
    cert_annotation_t   annotation;
    cert_certificate_t  certificate;

    if (db == CERT_DB_HOLDER_CERTIFICATE) {
        return cert_lookup_owned(store, txn, key, value, &number);
    }

    if (db != CERT_DB_FILE) {
        return cert_unseal(store->ring, db, key, value, &payload);
    }

    if (key.len != CERT_SHA256_SIZE || value.len != CERT_CODE_SIZE) {
        return CERT_CORRUPT;
    }

    memcpy(code.bytes, value.data, CERT_CODE_SIZE);

    err = cert_lookup_annotation(store, txn, &code, &annotation, &certificate);

    if (err == CERT_OK
        && memcmp(annotation.sha256, key.data, CERT_SHA256_SIZE) != 0)
    {
        err = CERT_CORRUPT;
    }

    return err == CERT_NOT_FOUND ? CERT_CORRUPT : err;
}


int
cert_key_compare(cert_str_t a, cert_str_t b)
{
    int  order;

    order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);

    if (order != 0) {
        return order;
    }

    return a.len < b.len ? -1 : a.len > b.len;
}


cert_err_t
cert_lookup_certificate(cert_store_t *store, MDB_txn *txn, cert_str_t number,
    cert_certificate_t *certificate, cert_hidden_t *hidden)
{
    cert_err_t  err;
    cert_str_t  payload;

    err = cert_lookup_record(store, txn, CERT_DB_CERTIFICATE, number,
                             &payload);
    if (err != CERT_OK) {
        return err;
    }

    return cert_certificate_decode(certificate, hidden, payload);
}


cert_err_t
cert_lookup_number(cert_store_t *store, MDB_txn *txn, cert_str_t spelling,
    cert_text_t *number)
{
    cert_err_t   err;
    cert_str_t   value;
    cert_text_t  form;

    err = cert_lookup_raw(store, txn, CERT_DB_CERTIFICATE, spelling, &value);

    if (err == CERT_OK) {
        return cert_text_set(&number->len, number->data, CERT_TEXT_MAX,
                             spelling) == 0 ? CERT_OK : CERT_CORRUPT;
    }

    return err == CERT_NOT_FOUND && cert_form_number(&form, spelling)
           ? cert_number_find(store, txn, &form, number) : err;
}


/* Of two of a form neither is meant more than the other. */
static cert_err_t
cert_number_find(cert_store_t *store, MDB_txn *txn, const cert_text_t *form,
    cert_text_t *number)
{
    int          rc;
    uint8_t      key[CERT_MATCH_KEY_MAX];
    MDB_val      k, v;
    cert_err_t   err;
    cert_text_t  second;
    MDB_cursor  *cursor;

    err = cert_cursor_open(store, txn, CERT_DB_MATCH,
                           cert_match_key(key, form, cert_str("")), &cursor,
                           &k);
    if (err != CERT_OK) {
        return err;
    }

    rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE);
    err = rc == 0 ? cert_number_keep(store, &k, form, number)
                  : cert_lmdb_err(rc);

    if (err == CERT_OK) {
        rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT);

        if (rc == 0 && cert_number_keep(store, &k, form, &second) == CERT_OK) {
            err = CERT_NOT_FOUND;
        }
    }

    mdb_cursor_close(cursor);

    return err;
}


/* CERT_NOT_FOUND: a key of another form. */
static cert_err_t
cert_number_keep(const cert_store_t *store, const MDB_val *k,
    const cert_text_t *form, cert_text_t *number)
{
    cert_str_t  printed;

    if (!cert_value_is_inside(store, k)) {
        return CERT_CORRUPT;
    }

    if (!cert_match_key_is_of((cert_str_t) { k->mv_data, k->mv_size }, form,
                              &printed))
    {
        return CERT_NOT_FOUND;
    }

    return cert_text_set(&number->len, number->data, CERT_TEXT_MAX, printed)
           == 0 ? CERT_OK : CERT_CORRUPT;
}


cert_err_t
cert_lookup_annotation(cert_store_t *store, MDB_txn *txn,
    const cert_code_t *code, cert_annotation_t *annotation,
    cert_certificate_t *certificate)
{
    cert_err_t  err;
    cert_str_t  key, payload;

    key.data = code->bytes;
    key.len = CERT_CODE_SIZE;

    err = cert_lookup_record(store, txn, CERT_DB_ANNOTATION, key, &payload);
    if (err != CERT_OK) {
        return err;
    }

    return cert_annotation_decode(annotation, certificate, code, payload);
}


cert_err_t
cert_lookup_account(cert_store_t *store, MDB_txn *txn,
    const cert_holder_t *holder, cert_account_t *account,
    cert_login_t *login)
{
    cert_err_t     err;
    cert_str_t     payload;
    cert_holder_t  to;

    err = cert_lookup_certain(store, txn, CERT_DB_HOLDER,
                              cert_holder_str(holder), &payload);
    if (err != CERT_OK) {
        return err;
    }

    if (cert_link_decode(&to, payload)) {
        return cert_link_follow(store, txn, holder, &to, account, login);
    }

    return cert_account_decode(account, login, holder, payload);
}


/* A link leads to an account that knows it: never to another link. */
static cert_err_t
cert_link_follow(cert_store_t *store, MDB_txn *txn, const cert_holder_t *from,
    const cert_holder_t *to, cert_account_t *account, cert_login_t *login)
{
    cert_err_t  err;
    cert_str_t  payload;

    err = cert_lookup_record(store, txn, CERT_DB_HOLDER, cert_holder_str(to),
                             &payload);

    if (err == CERT_OK) {
        err = cert_account_decode(account, login, to, payload);
    }

    if (err == CERT_NOT_FOUND
        || (err == CERT_OK && !cert_account_has(account, from)))
    {
        err = CERT_CORRUPT;
    }

    return err;
}


cert_err_t
cert_lookup_session(cert_store_t *store, MDB_txn *txn,
    const uint8_t digest[CERT_SHA256_SIZE], cert_session_t *session)
{
    cert_err_t  err;
    cert_str_t  payload;

    err = cert_lookup_certain(store, txn, CERT_DB_SESSION,
                              (cert_str_t) { digest, CERT_SHA256_SIZE },
                              &payload);

    return err == CERT_OK ? cert_session_decode(session, payload) : err;
}


cert_err_t
cert_lookup_owner(cert_store_t *store, MDB_txn *txn, cert_str_t number,
    cert_holder_t *holder)
{
    cert_err_t          err;
    cert_hidden_t       hidden;
    cert_person_t      *person;
    cert_certificate_t  certificate;

    err = cert_lookup_certificate(store, txn, number, &certificate, &hidden);
    if (err != CERT_OK) {
        return err;
    }

    person = &certificate.person;

    err = cert_person_reveal(store->ring, number, &hidden, person);

    if (err == CERT_OK) {
        err = cert_holder_make(store->ring, person->id_type,
                               cert_text_str(&person->id_number), holder);
    }

    cert_crypto_wipe(person, sizeof(*person));

    return err;
}


cert_err_t
cert_lookup_owned(cert_store_t *store, MDB_txn *txn, cert_str_t key,
    cert_str_t value, cert_str_t *number)
{
    cert_err_t     err;
    cert_holder_t  holder;

    if (key.len <= CERT_HOLDER_SIZE || value.len != 0) {
        return CERT_CORRUPT;
    }

    number->data = key.data + CERT_HOLDER_SIZE;
    number->len = key.len - CERT_HOLDER_SIZE;

    err = cert_lookup_owner(store, txn, *number, &holder);

    if (err == CERT_NOT_FOUND
        || (err == CERT_OK
            && memcmp(holder.bytes, key.data, CERT_HOLDER_SIZE) != 0))
    {
        err = CERT_CORRUPT;
    }

    return err;
}


size_t
cert_annotation_key(uint8_t *key, cert_str_t number, cert_time_t applied,
    const cert_code_t *code)
{
    memcpy(key, number.data, number.len);
    key[number.len] = 0;
    cert_timed_key(key + number.len + 1, applied, code);

    return number.len + 1 + CERT_TIMED_SIZE;
}


/* Time first, so that the keys of an index are in the order of time. */
void
cert_timed_key(uint8_t key[CERT_TIMED_SIZE], cert_time_t time,
    const cert_code_t *code)
{
    cert_writer_t  w;

    w = cert_writer(key, CERT_TIMED_SIZE);
    cert_put_int(&w, (uint64_t) time, 8);
    cert_put_bytes(&w, code->bytes, CERT_CODE_SIZE);
}
