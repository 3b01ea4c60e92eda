/*
 * Copyright (C) the ngx_cert authors
 *
 * The layout is fixed and the version picks everything: it has no field that
 * names an algorithm and no boundary that could be shifted.
 *
 *     0  version     1  key id     2  body (16)     18  MAC (18)
 *
 * JSON web tokens were rejected: their header lets the bearer choose how they
 * are verified, their text has many spellings, and they are five times as
 * long, in a URL that people copy by hand.  144 bits of MAC leave no room for
 * slack bits in base64 and are far beyond guessing.
 *
 * The order of the proof matters: spelling, version and key say nothing about
 * secrets, the MAC comes next, and only what it covers is believed.
 */


#include <string.h>

#include "cert_base64_int.h"
#include "cert_crypto_int.h"
#include "cert_stamp_int.h"


#define CERT_STAMP_VERSION   1

#define CERT_STAMP_KEY       1
#define CERT_STAMP_MAC       (CERT_STAMP_BODY + CERT_STAMP_BODY_SIZE)
#define CERT_STAMP_MAC_SIZE  (CERT_STAMP_SIZE - CERT_STAMP_MAC)


static cert_err_t cert_stamp_check(cert_keyring_t *ring,
    const cert_stamp_kind_t *kind, const uint8_t stamp[CERT_STAMP_SIZE]);
static cert_err_t cert_stamp_mac(cert_keyring_t *ring,
    const cert_stamp_kind_t *kind, uint8_t *id,
    const uint8_t stamp[CERT_STAMP_SIZE], uint8_t mac[CERT_SHA256_SIZE]);


cert_err_t
cert_stamp_make(cert_keyring_t *ring, const cert_stamp_kind_t *kind,
    uint8_t stamp[CERT_STAMP_SIZE], char text[CERT_STAMP_TEXT_SIZE])
{
    uint8_t     id, mac[CERT_SHA256_SIZE];
    cert_err_t  err;

    id = cert_crypto_active(ring, kind->use);

    if (id == 0) {
        return CERT_NO_KEY;
    }

    stamp[0] = CERT_STAMP_VERSION;
    stamp[CERT_STAMP_KEY] = id;

    err = cert_stamp_mac(ring, kind, &id, stamp, mac);

    if (err == CERT_OK) {
        memcpy(stamp + CERT_STAMP_MAC, mac, CERT_STAMP_MAC_SIZE);
        cert_base64_encode(text, stamp, CERT_STAMP_SIZE, CERT_BASE64_URL);
    }

    cert_crypto_wipe(mac, sizeof(mac));

    return err;
}


cert_err_t
cert_stamp_prove(cert_keyring_t *ring, const cert_stamp_kind_t *kind,
    cert_str_t text, uint8_t stamp[CERT_STAMP_SIZE])
{
    if (cert_base64_decode(stamp, CERT_STAMP_SIZE, text, CERT_BASE64_URL)
        != CERT_OK)
    {
        return CERT_DENIED;
    }

    return cert_stamp_check(ring, kind, stamp);
}


static cert_err_t
cert_stamp_check(cert_keyring_t *ring, const cert_stamp_kind_t *kind,
    const uint8_t stamp[CERT_STAMP_SIZE])
{
    uint8_t     id, mac[CERT_SHA256_SIZE];
    cert_err_t  err;

    id = stamp[CERT_STAMP_KEY];

    /* Id 0 would ask for the active key, a second spelling of its id. */

    if (stamp[0] != CERT_STAMP_VERSION || id == 0) {
        return CERT_DENIED;
    }

    err = cert_stamp_mac(ring, kind, &id, stamp, mac);

    if (err == CERT_NO_KEY) {
        return CERT_DENIED;
    }

    if (err != CERT_OK) {
        return err;
    }

    if (!cert_crypto_is_equal(mac, stamp + CERT_STAMP_MAC,
                              CERT_STAMP_MAC_SIZE))
    {
        err = CERT_DENIED;
    }

    cert_crypto_wipe(mac, sizeof(mac));

    return err;
}


/* Over the label and all before the MAC. */
static cert_err_t
cert_stamp_mac(cert_keyring_t *ring, const cert_stamp_kind_t *kind,
    uint8_t *id, const uint8_t stamp[CERT_STAMP_SIZE],
    uint8_t mac[CERT_SHA256_SIZE])
{
    cert_str_t  parts[2];

    parts[0] = cert_strz(kind->label);
    parts[1].data = stamp;
    parts[1].len = CERT_STAMP_MAC;

    return cert_crypto_mac(ring, kind->use, id, parts, 2, mac);
}
