/*
 * Copyright (C) the ngx_cert authors
 *
 * The seal over every record.
 *
 * A MAC under a key rather than a checksum, since a store is a file: an
 * account that can write it could compute a checksum, too.  Database and key
 * are under the tag, so a genuine record is not genuine anywhere else: without
 * them the record of a copy that holds could stand in for one that was
 * withdrawn.  An older record of the same key does verify: only the journal
 * tells that a later one was written.
 *
 * 16 bytes of tag are beyond guessing, and half of what a whole HMAC would add
 * to every record.  AES-GCM for all of a record was rejected: public workers
 * must read facts, and a nonce that repeats would give its key away; an HMAC
 * needs none.
 */


#include "cert_seal_int.h"


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
 * Compared in constant time: a forger who could measure how many bytes of a
 * tag are right would find the rest one by one.  "payload" is set only when it
 * verifies.
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
