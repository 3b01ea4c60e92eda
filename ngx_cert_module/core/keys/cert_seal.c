/*
 * Copyright (C) the ngx_cert authors
 *
 * The seal over every record, and the keyed digests that hide people.
 *
 * A MAC under a key rather than a checksum, since a store is a file: whoever
 * can write it could compute a checksum, too.  Database and key are under the
 * tag, so a genuine record is not genuine anywhere else: without them the
 * record of a copy that holds could stand in for one that was withdrawn.  An
 * older record of the same key does prove: only the journal tells that there
 * was a later one.
 *
 * 16 bytes of tag are beyond guessing, and half of what a whole HMAC would add
 * to every record.  AES-GCM for all of a record was rejected: public workers
 * must read facts, and a nonce that repeats would give its key away, which an
 * HMAC has none of.
 *
 * Tags and digests are made under keys of their own uses, and each begins with
 * a label of its own besides.
 */


#include "cert_record_int.h"


static cert_err_t cert_seal_tag(cert_keyring_t *ring, cert_db_t db,
    cert_str_t key, cert_str_t payload, uint8_t *id,
    uint8_t mac[CERT_SHA256_SIZE]);


cert_err_t
cert_seal(cert_keyring_t *ring, cert_db_t db, cert_str_t key,
    cert_writer_t *w)
{
    uint8_t     id;
    uint8_t     mac[CERT_SHA256_SIZE];
    cert_err_t  err;

    if (w->is_full || (size_t) (w->end - w->pos) < CERT_SEAL_SIZE) {
        return CERT_INVALID;
    }

    id = 0;

    err = cert_seal_tag(ring, db, key, cert_writer_str(w), &id, mac);
    if (err != CERT_OK) {
        return err;
    }

    cert_put_int(w, id, 1);
    cert_put_bytes(w, mac, CERT_TAG_SIZE);
    cert_crypto_wipe(mac, sizeof(mac));

    return CERT_OK;
}


/*
 * Compared in constant time: a forger who could measure how many bytes of his
 * tag are right would find the rest one by one.  "payload" is set only when it
 * proves.
 */
cert_err_t
cert_unseal(cert_keyring_t *ring, cert_db_t db, cert_str_t key,
    cert_str_t value, cert_str_t *payload)
{
    uint8_t     id;
    uint8_t     mac[CERT_SHA256_SIZE];
    cert_err_t  err;
    cert_str_t  part;

    id = cert_seal_key(value);
    if (id == 0) {
        return CERT_CORRUPT;
    }

    part.data = value.data;
    part.len = value.len - CERT_SEAL_SIZE;

    err = cert_seal_tag(ring, db, key, part, &id, mac);
    if (err != CERT_OK) {
        return err;
    }

    if (cert_crypto_is_equal(mac, part.data + part.len + 1, CERT_TAG_SIZE)) {
        *payload = part;

    } else {
        err = CERT_CORRUPT;
    }

    cert_crypto_wipe(mac, sizeof(mac));

    return err;
}


uint8_t
cert_seal_key(cert_str_t value)
{
    if (value.len < CERT_SEAL_SIZE) {
        return 0;
    }

    return value.data[value.len - CERT_SEAL_SIZE];
}


/*
 * The length of the key is in it, so that no byte can move between key and
 * payload.  "*id" 0 asks for the active key, as in cert_crypto_mac().
 */
static cert_err_t
cert_seal_tag(cert_keyring_t *ring, cert_db_t db, cert_str_t key,
    cert_str_t payload, uint8_t *id, uint8_t mac[CERT_SHA256_SIZE])
{
    uint8_t     head[4];
    cert_str_t  parts[3];

    head[0] = CERT_LABEL_RECORD;
    head[1] = (uint8_t) db;
    head[2] = (uint8_t) (key.len >> 8);
    head[3] = (uint8_t) key.len;

    parts[0] = (cert_str_t) { head, sizeof(head) };
    parts[1] = key;
    parts[2] = payload;

    return cert_crypto_mac(ring, CERT_KEY_RECORD, id, parts, 3, mac);
}


cert_err_t
cert_match_digest(cert_keyring_t *ring, uint8_t *id, cert_str_t number,
    cert_str_t id_number, cert_str_t name, uint8_t digest[CERT_SHA256_SIZE])
{
    uint8_t     head[4];
    cert_str_t  parts[4];

    /* Lengths first, so that no field can lend bytes to its neighbour. */
    head[0] = CERT_LABEL_MATCH;
    head[1] = (uint8_t) number.len;
    head[2] = (uint8_t) id_number.len;
    head[3] = (uint8_t) name.len;

    parts[0] = (cert_str_t) { head, sizeof(head) };
    parts[1] = number;
    parts[2] = id_number;
    parts[3] = name;

    return cert_crypto_mac(ring, CERT_KEY_MATCH, id, parts, 4, digest);
}


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
 * CERT_CORRUPT: does not open, or is laid out otherwise; "person" is
 * unspecified then.  The plain bytes are wiped on every way out.
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

    return bad ? CERT_CORRUPT : CERT_OK;
}
