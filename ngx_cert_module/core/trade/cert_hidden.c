/*
 * Copyright (C) the ngx_cert authors
 *
 * The ciphertext that hides people.
 */


#include "cert_hidden_int.h"


/*
 * The number goes in as associated data: a person moved to another certificate
 * does not open.  CERT_INVALID: the texts are longer than a person's may be.
 */
cert_err_t
cert_person_hide(cert_keyring_t *ring, cert_str_t number,
    const cert_person_t *person, cert_hidden_t *hidden, uint8_t *personal)
{
    uint8_t        plain[CERT_PERSONAL_MAX];
    cert_err_t     err;
    cert_str_t     in;
    cert_writer_t  w;

    w = cert_writer(plain, CERT_PERSONAL_MAX - CERT_GCM_TAG_SIZE);

    cert_put_int(&w, person->id_type, 1);
    cert_put_int(&w, (uint32_t) person->birth_date, 4);
    cert_put_str(&w, cert_text_str(&person->name));
    cert_put_str(&w, cert_text_str(&person->id_number));
    cert_put_str(&w, cert_text_str(&person->sex));

    if (w.is_full) {
        err = CERT_INVALID;
        goto done;
    }

    in = cert_writer_str(&w);
    hidden->personal_key = 0;

    err = cert_crypto_seal(ring, &hidden->personal_key, hidden->nonce, number,
                           in, personal);

    hidden->personal.data = personal;
    hidden->personal.len = in.len + CERT_GCM_TAG_SIZE;

done:

    cert_crypto_wipe(plain, sizeof(plain));

    return err;
}


/*
 * CERT_CORRUPT: does not open, or is laid out otherwise; "person" then holds
 * nothing of it.  The plain bytes are wiped on every way out.
 */
cert_err_t
cert_person_reveal(cert_keyring_t *ring, cert_str_t number,
    const cert_hidden_t *hidden, cert_person_t *person)
{
    int            bad;
    uint8_t        plain[CERT_PERSONAL_MAX];
    cert_err_t     err;
    cert_str_t     name, id_number, sex;
    cert_cursor_t  c;

    if (hidden->personal.len < CERT_GCM_TAG_SIZE
        || hidden->personal.len > CERT_PERSONAL_MAX)
    {
        return CERT_CORRUPT;
    }

    err = cert_crypto_open(ring, hidden->personal_key, hidden->nonce, number,
                           hidden->personal, plain);
    if (err != CERT_OK) {
        return err;
    }

    c = cert_cursor((cert_str_t) { plain,
                                   hidden->personal.len - CERT_GCM_TAG_SIZE });

    person->id_type = (cert_id_type_t) cert_get_int(&c, 1);
    person->birth_date = (cert_date_t) cert_get_int(&c, 4);
    name = cert_get_str(&c);
    id_number = cert_get_str(&c);
    sex = cert_get_str(&c);

    bad = !cert_cursor_is_done(&c) || person->id_type >= CERT_ID_TYPES
          || cert_text_set(&person->name.len, person->name.data,
                           CERT_NAME_MAX, name)
          || cert_text_set(&person->id_number.len, person->id_number.data,
                           CERT_ID_NUMBER_MAX, id_number)
          || cert_text_set(&person->sex.len, person->sex.data,
                           CERT_TEXT_MAX, sex);

    cert_crypto_wipe(plain, sizeof(plain));

    if (bad) {
        cert_crypto_wipe(person, sizeof(*person));
        return CERT_CORRUPT;
    }

    return CERT_OK;
}
