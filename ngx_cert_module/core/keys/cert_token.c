/*
 * Copyright (C) the ngx_cert authors
 *
 * The body of a view or download token (cert_stamp.c has the rest):
 *
 *     2  right       3  code (10)       13  not after (5)
 *
 * Nothing of it is looked at before the MAC is verified.
 */


#include <string.h>

#include "cert_crypto_int.h"
#include "cert_stamp_int.h"
#include "cert_token.h"


#define CERT_TOKEN_RIGHT      CERT_STAMP_BODY
#define CERT_TOKEN_CODE       3
#define CERT_TOKEN_NOT_AFTER  13


static void cert_token_claims(cert_claims_t *claims,
    const uint8_t token[CERT_STAMP_SIZE]);
static int cert_token_is_right(unsigned right);


static const cert_stamp_kind_t  cert_token_kind = {
    CERT_KEY_TOKEN, "ngx_cert token v1"
};

static const char *const  cert_rights[] = {
    [CERT_RIGHT_VIEW] = "view",
    [CERT_RIGHT_DOWNLOAD] = "download"
};


const char *
cert_right_name(cert_right_t right)
{
    return cert_rights[right];
}


cert_err_t
cert_right_parse(cert_right_t *right, cert_str_t text)
{
    cert_right_t  named;

    for (named = CERT_RIGHT_VIEW; named <= CERT_RIGHT_DOWNLOAD; named++) {

        if (text.len == strlen(cert_rights[named])
            && memcmp(text.data, cert_rights[named], text.len) == 0)
        {
            *right = named;
            return CERT_OK;
        }
    }

    return CERT_INVALID;
}


cert_err_t
cert_token_make(cert_keyring_t *ring, const cert_claims_t *claims,
    char text[CERT_TOKEN_TEXT_SIZE])
{
    int         i;
    uint8_t     token[CERT_STAMP_SIZE];
    cert_err_t  err;

    if (claims->not_after < 0 || claims->not_after > CERT_TIME_NEVER
        || !cert_token_is_right(claims->right))
    {
        return CERT_INVALID;
    }

    token[CERT_TOKEN_RIGHT] = (uint8_t) claims->right;
    memcpy(token + CERT_TOKEN_CODE, claims->code.bytes, CERT_CODE_SIZE);

    for (i = 0; i < 5; i++) {
        token[CERT_TOKEN_NOT_AFTER + i] =
                               (claims->not_after >> (32 - 8 * i)) & 0xFF;
    }

    err = cert_stamp_make(ring, &cert_token_kind, token, text);

    cert_crypto_wipe(token, sizeof(token));

    return err;
}


cert_err_t
cert_token_verify(cert_keyring_t *ring, cert_str_t text, cert_time_t now,
    cert_claims_t *claims)
{
    uint8_t     token[CERT_STAMP_SIZE];
    cert_err_t  err;

    err = cert_stamp_prove(ring, &cert_token_kind, text, token);

    if (err == CERT_OK && !cert_token_is_right(token[CERT_TOKEN_RIGHT])) {
        err = CERT_DENIED;
    }

    if (err == CERT_OK) {
        cert_token_claims(claims, token);

        if (now >= claims->not_after) {
            err = CERT_EXPIRED;
        }
    }

    cert_crypto_wipe(token, sizeof(token));

    return err;
}


/* Of a token that verified; five bytes last beyond the year 36000. */
static void
cert_token_claims(cert_claims_t *claims, const uint8_t token[CERT_STAMP_SIZE])
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
