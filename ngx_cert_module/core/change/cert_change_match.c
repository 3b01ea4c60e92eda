/*
 * Copyright (C) the ngx_cert authors
 *
 * The entry that the three-way match looks for, as changes write and read it.
 *
 * A certificate never changes its number, so its entry stays at one place and
 * is put over the old one with whatever rewrites the person.  Two numbers of
 * one match form are two certificates if they are of two documents: where
 * "a1" and "A1" were given to two people, neither may take the place of the
 * other.  Of one document they are one certificate.
 */


#include "cert_change_certificate_int.h"
#include "cert_list_int.h"
#include "cert_lookup_int.h"


typedef struct {
    cert_txn_t           *txn;
    const cert_person_t  *person;
    cert_text_t           form;         /* of the number */
    cert_text_t          *number;
} cert_find_t;


static cert_err_t cert_match_visit(void *data, cert_str_t key,
    cert_str_t value);
static cert_err_t cert_match_is_of(cert_find_t *find, cert_str_t number);


cert_err_t
cert_stored_match(cert_keyring_t *ring, const cert_person_t *person,
    cert_stored_t *stored)
{
    cert_err_t    err;
    cert_str_t    number;
    cert_forms_t  forms;

    number = stored->facts.number;

    cert_forms_make(&forms, number, person);
    stored->match_len = cert_match_key(stored->match_at, &forms.number,
                                       number).len;
    err = cert_match_make(ring, number, &forms, &stored->match);

    cert_crypto_wipe(&forms, sizeof(forms));

    return err;
}


cert_err_t
cert_stored_put_match(cert_txn_t *txn, const cert_stored_t *stored)
{
    uint8_t        buf[CERT_MATCH_SIZE + CERT_SEAL_SIZE];
    cert_writer_t  w;

    w = cert_writer(buf, sizeof(buf));
    cert_match_encode(&w, &stored->match);

    return cert_txn_put_record(txn, CERT_DB_MATCH,
                               (cert_str_t) { stored->match_at,
                                              stored->match_len }, &w);
}


cert_err_t
cert_match_del(cert_txn_t *txn, cert_str_t number)
{
    uint8_t      key[CERT_MATCH_KEY_MAX];
    cert_text_t  form;

    (void) cert_form_number(&form, number);

    return cert_txn_del(txn, CERT_DB_MATCH, cert_match_key(key, &form, number));
}


cert_err_t
cert_match_find(cert_txn_t *txn, const cert_certificate_t *certificate,
    cert_text_t *number)
{
    uint8_t      prefix[CERT_MATCH_KEY_MAX];
    cert_err_t   err;
    cert_str_t   key;
    cert_find_t  find;

    find.txn = txn;
    find.person = &certificate->person;
    find.number = number;
    (void) cert_form_number(&find.form, certificate->facts.number);

    key = cert_match_key(prefix, &find.form, cert_str(""));
    err = cert_walk(txn->store, txn->txn, CERT_DB_MATCH, key, cert_str(""),
                    cert_match_visit, &find);

    return err == CERT_EXISTS ? CERT_OK : err;
}


/* The key is not believed: the certificate that it leads to is verified. */
static cert_err_t
cert_match_visit(void *data, cert_str_t key, cert_str_t value)
{
    cert_find_t  *find = data;

    cert_err_t    err;
    cert_str_t    number;

    (void) value;

    if (!cert_match_key_is_of(key, &find->form, &number)) {
        return CERT_CORRUPT;
    }

    err = cert_match_is_of(find, number);

    if (err != CERT_OK) {
        return err == CERT_NOT_FOUND ? CERT_OK : err;
    }

    return cert_text_set(&find->number->len, find->number->data,
                         CERT_TEXT_MAX, number) == 0 ? CERT_EXISTS
                                                     : CERT_CORRUPT;
}


/* CERT_NOT_FOUND: the certificate is of another document. */
static cert_err_t
cert_match_is_of(cert_find_t *find, cert_str_t number)
{
    int                  is_same;
    cert_err_t           err;
    cert_text_t          a, b;
    cert_hidden_t        hidden;
    cert_person_t       *person;
    cert_certificate_t   certificate;

    err = cert_lookup_certificate(find->txn->store, find->txn->txn, number,
                                  &certificate, &hidden);
    if (err != CERT_OK) {
        return err == CERT_NOT_FOUND ? CERT_CORRUPT : err;
    }

    person = &certificate.person;

    err = cert_person_reveal(find->txn->store->ring, number, &hidden, person);
    if (err != CERT_OK) {
        return err;
    }

    (void) cert_form_id_number(&a, cert_text_str(&person->id_number));
    (void) cert_form_id_number(&b, cert_text_str(&find->person->id_number));

    is_same = person->id_type == find->person->id_type
              && cert_str_is_equal(cert_text_str(&a), cert_text_str(&b));

    cert_crypto_wipe(&a, sizeof(a));
    cert_crypto_wipe(&b, sizeof(b));
    cert_crypto_wipe(person, sizeof(*person));

    return is_same ? CERT_OK : CERT_NOT_FOUND;
}
