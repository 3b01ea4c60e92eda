/*
 * Copyright (C) the ngx_cert authors
 *
 * The layout is fixed and the version picks everything: there is no field
 * that names an algorithm and no boundary that could be shifted.
 *
 *     0  version     2  right        13  not after (5)
 *     1  key id      3  code (10)    18  MAC (18)
 *
 * JSON web tokens were rejected: their header lets the bearer choose how he
 * is proven, their text has many spellings, and they are five times as long,
 * in a URL that people copy by hand.  144 bits of MAC leave no room for slack
 * bits in base64 and are far beyond guessing.
 *
 * The order of the proof matters: spelling, version and key say nothing about
 * secrets, the MAC comes next, and only what it covers is believed.
 */


#include <string.h>

#include "cert_base64_int.h"
#include "cert_crypto_int.h"
#include "cert_token.h"


#define CERT_TOKEN_VERSION    1

#define CERT_TOKEN_SIZE       36
#define CERT_TOKEN_KEY        1
#define CERT_TOKEN_RIGHT      2
#define CERT_TOKEN_CODE       3
#define CERT_TOKEN_NOT_AFTER  13
#define CERT_TOKEN_MAC        18
#define CERT_TOKEN_MAC_SIZE   (CERT_TOKEN_SIZE - CERT_TOKEN_MAC)


static cert_err_t cert_token_prove(cert_keyring_t *ring,
    const uint8_t token[CERT_TOKEN_SIZE]);
static cert_err_t cert_token_mac(cert_keyring_t *ring, uint8_t *id,
    const uint8_t token[CERT_TOKEN_SIZE], uint8_t mac[CERT_SHA256_SIZE]);
static void cert_token_claims(cert_claims_t *claims,
    const uint8_t token[CERT_TOKEN_SIZE]);
static int cert_token_is_right(unsigned right);


cert_err_t
cert_token_make(cert_keyring_t *ring, const cert_claims_t *claims,
    char text[CERT_TOKEN_TEXT_SIZE])
{
    int         i;
    uint8_t     id, token[CERT_TOKEN_SIZE], mac[CERT_SHA256_SIZE];
    cert_err_t  err;

    if (claims->not_after < 0 || claims->not_after > CERT_TIME_NEVER
        || !cert_token_is_right(claims->right))
    {
        return CERT_INVALID;
    }

    id = cert_crypto_active(ring, CERT_KEY_TOKEN);

    if (id == 0) {
        return CERT_NO_KEY;
    }

    token[0] = CERT_TOKEN_VERSION;
    token[CERT_TOKEN_KEY] = id;
    token[CERT_TOKEN_RIGHT] = (uint8_t) claims->right;
    memcpy(token + CERT_TOKEN_CODE, claims->code.bytes, CERT_CODE_SIZE);

    for (i = 0; i < 5; i++) {
        token[CERT_TOKEN_NOT_AFTER + i] =
                               (claims->not_after >> (32 - 8 * i)) & 0xFF;
    }

    err = cert_token_mac(ring, &id, token, mac);

    if (err == CERT_OK) {
        memcpy(token + CERT_TOKEN_MAC, mac, CERT_TOKEN_MAC_SIZE);
        cert_base64_encode(text, token, CERT_TOKEN_SIZE, CERT_BASE64_URL);
    }

    cert_crypto_wipe(token, sizeof(token));
    cert_crypto_wipe(mac, sizeof(mac));

    return err;
}


cert_err_t
cert_token_verify(cert_keyring_t *ring, cert_str_t text, cert_time_t now,
    cert_claims_t *claims)
{
    uint8_t     token[CERT_TOKEN_SIZE];
    cert_err_t  err;

    if (cert_base64_decode(token, CERT_TOKEN_SIZE, text, CERT_BASE64_URL)
        != CERT_OK)
    {
        return CERT_DENIED;
    }

    err = cert_token_prove(ring, token);

    if (err == CERT_OK) {
        cert_token_claims(claims, token);

        if (now >= claims->not_after) {
            err = CERT_EXPIRED;
        }
    }

    cert_crypto_wipe(token, sizeof(token));

    return err;
}


/* CERT_DENIED for every cause, so that a forger learns none. */

static cert_err_t
cert_token_prove(cert_keyring_t *ring, const uint8_t token[CERT_TOKEN_SIZE])
{
    uint8_t     id, mac[CERT_SHA256_SIZE];
    cert_err_t  err;

    id = token[CERT_TOKEN_KEY];

    /* Id 0 would ask for the active key, a second spelling of its id. */

    if (token[0] != CERT_TOKEN_VERSION || id == 0) {
        return CERT_DENIED;
    }

    err = cert_token_mac(ring, &id, token, mac);

    if (err == CERT_NO_KEY) {
        return CERT_DENIED;
    }

    if (err != CERT_OK) {
        return err;
    }

    if (!cert_crypto_is_equal(mac, token + CERT_TOKEN_MAC,
                              CERT_TOKEN_MAC_SIZE)
        || !cert_token_is_right(token[CERT_TOKEN_RIGHT]))
    {
        err = CERT_DENIED;
    }

    cert_crypto_wipe(mac, sizeof(mac));

    return err;
}


/* The label keeps a MAC made for another purpose from being a token. */

static cert_err_t
cert_token_mac(cert_keyring_t *ring, uint8_t *id,
    const uint8_t token[CERT_TOKEN_SIZE], uint8_t mac[CERT_SHA256_SIZE])
{
    cert_str_t  parts[2];

    parts[0] = cert_str("ngx_cert token v1");
    parts[1].data = token;
    parts[1].len = CERT_TOKEN_MAC;

    return cert_crypto_mac(ring, CERT_KEY_TOKEN, id, parts, 2, mac);
}


/* Of a token that proved; five bytes last beyond the year 36000. */

static void
cert_token_claims(cert_claims_t *claims, const uint8_t token[CERT_TOKEN_SIZE])
{
    int  i;

    claims->right = (cert_right_t) token[CERT_TOKEN_RIGHT];
    memcpy(claims->code.bytes, token + CERT_TOKEN_CODE, CERT_CODE_SIZE);

    claims->not_after = 0;

    for (i = 0; i < 5; i++) {
        claims->not_after = claims->not_after << 8
                            | token[CERT_TOKEN_NOT_AFTER + i];
    }
}


static int
cert_token_is_right(unsigned right)
{
    return right == CERT_RIGHT_VIEW || right == CERT_RIGHT_DOWNLOAD;
}
