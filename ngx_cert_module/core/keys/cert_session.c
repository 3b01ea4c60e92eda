/*
 * Copyright (C) the ngx_cert authors
 *
 * Session tokens.
 *
 * Random bytes alone would do for a cookie that the store knows by its digest.
 * The MAC is what keeps made-up cookies from the store, where each would be a
 * look-up with two proofs that there is no such session, and what ends all
 * sessions at once when the key is retired.
 */


#include <string.h>

#include "cert_crypto_int.h"
#include "cert_session.h"
#include "cert_stamp_int.h"


static const cert_stamp_kind_t  cert_session_kind = {
    CERT_KEY_SESSION, "ngx_cert session v1"
};


cert_err_t
cert_session_make(cert_keyring_t *ring,
    const uint8_t random[CERT_SESSION_RANDOM_SIZE],
    char text[CERT_SESSION_TEXT_SIZE])
{
    uint8_t     token[CERT_STAMP_SIZE];
    cert_err_t  err;

    memcpy(token + CERT_STAMP_BODY, random, CERT_SESSION_RANDOM_SIZE);

    err = cert_stamp_make(ring, &cert_session_kind, token, text);

    cert_crypto_wipe(token, sizeof(token));

    return err;
}


cert_err_t
cert_session_digest(cert_keyring_t *ring, cert_str_t text,
    uint8_t digest[CERT_SHA256_SIZE])
{
    uint8_t     token[CERT_STAMP_SIZE];
    cert_err_t  err;

    err = cert_stamp_prove(ring, &cert_session_kind, text, token);

    cert_crypto_wipe(token, sizeof(token));

    return err == CERT_OK ? cert_crypto_sha256(ring, &text, 1, digest) : err;
}
