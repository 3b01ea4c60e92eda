/*
 * Copyright (C) the ngx_cert authors
 *
 * Match forms, their digests, and the entry that holds them.
 *
 * The entry is apart from the record of its certificate since the number is the
 * key of four databases and bound into what is encrypted: a store that was made
 * before match forms gets its entries beside records that stay as they are, and
 * a program that runs meanwhile goes on answering from those.
 *
 * The name has a digest of its own so that a check which has the code, and so
 * the number, can ask for the name as well.  It is bound to the certificate, or
 * two certificates would show that they are of people with one name.
 */


#include "cert_match_int.h"
#include "cert_seal_int.h"


#define CERT_MATCH_FORMAT  1


static int cert_form_same(cert_text_t *form, cert_str_t text);


int
cert_form_number(cert_text_t *form, cert_str_t number)
{
    return cert_fold_number(form, number, NULL) == CERT_OK
           || cert_form_same(form, number);
}


int
cert_form_name(cert_text_t *form, cert_str_t name)
{
    return cert_fold_name(form, name, NULL) == CERT_OK
           || cert_form_same(form, name);
}


int
cert_form_id_number(cert_text_t *form, cert_str_t id_number)
{
    return cert_fold_id_number(form, id_number, NULL) == CERT_OK
           || cert_form_same(form, id_number);
}


/* Cut only where that much could not have been stored. */
static int
cert_form_same(cert_text_t *form, cert_str_t text)
{
    int  fits;

    fits = text.len <= CERT_TEXT_MAX;

    if (!fits) {
        text.len = CERT_TEXT_MAX;
    }

    (void) cert_text_set(&form->len, form->data, CERT_TEXT_MAX, text);

    return fits;
}


void
cert_forms_make(cert_forms_t *forms, cert_str_t number,
    const cert_person_t *person)
{
    (void) cert_form_number(&forms->number, number);
    (void) cert_form_name(&forms->name, cert_text_str(&person->name));
    (void) cert_form_id_number(&forms->id_number,
                               cert_text_str(&person->id_number));
}


cert_str_t
cert_match_key(uint8_t key[CERT_MATCH_KEY_MAX], const cert_text_t *form,
    cert_str_t number)
{
    cert_writer_t  w;

    w = cert_writer(key, CERT_MATCH_KEY_MAX);
    cert_put_bytes(&w, form->data, form->len);
    cert_put_int(&w, 0, 1);
    cert_put_bytes(&w, number.data, number.len);

    return cert_writer_str(&w);
}


int
cert_match_key_is_of(cert_str_t key, const cert_text_t *form,
    cert_str_t *number)
{
    if (key.len <= form->len + 1
        || memcmp(key.data, form->data, form->len) != 0
        || key.data[form->len] != '\0')
    {
        return 0;
    }

    number->data = key.data + form->len + 1;
    number->len = key.len - form->len - 1;

    return 1;
}


cert_err_t
cert_match_digest(cert_keyring_t *ring, uint8_t *id, const cert_forms_t *forms,
    uint8_t digest[CERT_SHA256_SIZE])
{
    uint8_t     head[4];
    cert_str_t  parts[4];

    /* Lengths first, so that no field can lend bytes to its neighbour. */
    head[0] = CERT_LABEL_MATCH;
    head[1] = (uint8_t) forms->number.len;
    head[2] = (uint8_t) forms->id_number.len;
    head[3] = (uint8_t) forms->name.len;

    parts[0] = (cert_str_t) { head, sizeof(head) };
    parts[1] = cert_text_str(&forms->number);
    parts[2] = cert_text_str(&forms->id_number);
    parts[3] = cert_text_str(&forms->name);

    return cert_crypto_mac(ring, CERT_KEY_MATCH, id, parts, 4, digest);
}


cert_err_t
cert_match_name_digest(cert_keyring_t *ring, uint8_t *id, cert_str_t number,
    const cert_text_t *name, uint8_t digest[CERT_SHA256_SIZE])
{
    uint8_t     head[3];
    cert_str_t  parts[3];

    head[0] = CERT_LABEL_NAME;
    head[1] = (uint8_t) number.len;
    head[2] = (uint8_t) name->len;

    parts[0] = (cert_str_t) { head, sizeof(head) };
    parts[1] = number;
    parts[2] = cert_text_str(name);

    return cert_crypto_mac(ring, CERT_KEY_MATCH, id, parts, 3, digest);
}


cert_err_t
cert_match_make(cert_keyring_t *ring, cert_str_t number,
    const cert_forms_t *forms, cert_match_t *match)
{
    cert_err_t  err;

    err = cert_match_digest(ring, &match->key, forms, match->all);

    return err == CERT_OK ? cert_match_name_digest(ring, &match->key, number,
                                                   &forms->name, match->name)
                          : err;
}


void
cert_match_encode(cert_writer_t *w, const cert_match_t *match)
{
    cert_put_int(w, CERT_MATCH_FORMAT, 1);
    cert_put_int(w, match->key, 1);
    cert_put_bytes(w, match->all, CERT_SHA256_SIZE);
    cert_put_bytes(w, match->name, CERT_SHA256_SIZE);
}


cert_err_t
cert_match_decode(cert_match_t *match, cert_str_t payload)
{
    cert_cursor_t  c;

    if (payload.len != CERT_MATCH_SIZE) {
        return CERT_CORRUPT;
    }

    c = cert_cursor(payload);

    if (cert_get_int(&c, 1) != CERT_MATCH_FORMAT) {
        return CERT_CORRUPT;
    }

    match->key = (uint8_t) cert_get_int(&c, 1);
    memcpy(match->all, cert_get_bytes(&c, CERT_SHA256_SIZE),
           CERT_SHA256_SIZE);
    memcpy(match->name, cert_get_bytes(&c, CERT_SHA256_SIZE),
           CERT_SHA256_SIZE);

    return CERT_OK;
}
