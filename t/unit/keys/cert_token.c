/*
 * Copyright (C) the ngx_cert authors
 *
 * Tokens: what was made verifies, and nothing else ever does.  The forgeries
 * are counted and the count is printed.
 */


#include <stdlib.h>

#include <openssl/err.h>

#include "cert_base64_int.h"
#include "cert_crypto_int.h"
#include "cert_token.h"
#include "tap.h"


#define TOKENS      1000
#define TOKEN_SIZE  36

static const char  symbols[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static cert_keyring_t  *ring;
static long             forged;
static long             accepted;


static uint64_t
draw(void)
{
    static uint64_t  state = 88172645463325252;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;

    return state;
}


static cert_claims_t
claim(void)
{
    size_t         i;
    cert_claims_t  claims;

    memset(&claims, 0, sizeof(claims));

    claims.right = draw() % 2 != 0 ? CERT_RIGHT_VIEW : CERT_RIGHT_DOWNLOAD;
    claims.not_after = (cert_time_t) (1700000000 + draw() % 100000000);

    for (i = 0; i < CERT_CODE_SIZE; i++) {
        claims.code.bytes[i] = (uint8_t) (draw() >> 16);
    }

    return claims;
}


static void
make(const cert_claims_t *claims, char text[CERT_TOKEN_TEXT_SIZE])
{
    if (cert_token_make(ring, claims, text) != CERT_OK) {
        abort();
    }
}


/* Long before any of the tokens ends, so that only a forgery is refused. */
static void
forge(const void *text, size_t len)
{
    cert_str_t     str;
    cert_claims_t  claims;

    str.data = text;
    str.len = len;

    forged++;
    accepted += cert_token_verify(ring, str, 1000, &claims) != CERT_DENIED;
}


static void
forge_bytes(const uint8_t bytes[TOKEN_SIZE])
{
    char  text[CERT_TOKEN_TEXT_SIZE];

    cert_base64_encode(text, bytes, TOKEN_SIZE, CERT_BASE64_URL);
    forge(text, CERT_TOKEN_LEN);
}


static void
test_genuine(void)
{
    int            i, wrong;
    char           text[CERT_TOKEN_TEXT_SIZE];
    cert_str_t     str;
    cert_claims_t  claims, got;

    wrong = 0;

    for (i = 0; i < 10000; i++) {
        claims = claim();
        make(&claims, text);
        str = cert_strz(text);

        wrong += str.len != CERT_TOKEN_LEN;
        memset(&got, 0, sizeof(got));
        wrong += cert_token_verify(ring, str, claims.not_after - 1, &got)
                 != CERT_OK;
        wrong += memcmp(&got, &claims, sizeof(got)) != 0;
        wrong += cert_token_verify(ring, str, claims.not_after, &got)
                 != CERT_EXPIRED;
    }

    is_int(wrong, 0, "10,000 tokens hold until their second, with all claims");

    claims.not_after = CERT_TIME_NEVER;
    make(&claims, text);
    ok(cert_token_verify(ring, cert_strz(text), INT64_C(253402300799), &got)
       == CERT_OK && got.not_after == CERT_TIME_NEVER, "never is never");
}


static void
test_bad_claims(void)
{
    char           text[CERT_TOKEN_TEXT_SIZE];
    cert_claims_t  claims;

    claims = claim();
    claims.not_after = -1;
    ok(cert_token_make(ring, &claims, text) == CERT_INVALID, "before 1970");

    claims.not_after = CERT_TIME_NEVER + 1;
    ok(cert_token_make(ring, &claims, text) == CERT_INVALID, "after never");

    claims = claim();
    claims.right = 0;
    ok(cert_token_make(ring, &claims, text) == CERT_INVALID, "no right");
    claims.right = 3;
    ok(cert_token_make(ring, &claims, text) == CERT_INVALID, "both rights");
}


/* Every bit, every length, every other spelling of one token. */
static void
forge_all(const char *text)
{
    int      i, bit, spelt;
    char     bad[CERT_TOKEN_LEN + 2];
    uint8_t  bytes[TOKEN_SIZE];

    if (cert_base64_decode(bytes, TOKEN_SIZE, cert_strz(text),
                           CERT_BASE64_URL) != CERT_OK)
    {
        abort();
    }

    for (bit = 0; bit < TOKEN_SIZE * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t) (1 << bit % 8);
        forge_bytes(bytes);
        bytes[bit / 8] ^= (uint8_t) (1 << bit % 8);
    }

    for (i = 0; i < CERT_TOKEN_LEN; i++) {
        forge(text, (size_t) i);
    }

    for (i = 0; i < CERT_TOKEN_LEN; i++) {
        strcpy(bad, text);
        spelt = "+/=% \n\t-"[draw() % 8];

        if (spelt == text[i]) {
            continue;
        }

        bad[i] = (char) spelt;
        forge(bad, CERT_TOKEN_LEN);

        bad[i] = (char) (text[i] ^ 0x80);
        forge(bad, CERT_TOKEN_LEN);

        /* One character more, anywhere. */

        memcpy(bad + i + 1, text + i, (size_t) (CERT_TOKEN_LEN + 1 - i));
        bad[i] = symbols[draw() % 64];
        forge(bad, CERT_TOKEN_LEN + 1);
        bad[i] = "\r\n\0=& ./"[draw() % 8];
        forge(bad, CERT_TOKEN_LEN + 1);
    }
}


/* Fields of one token under the MAC of another. */
static void
forge_swaps(const char *text, const char *other)
{
    int      i;
    uint8_t  a[TOKEN_SIZE], b[TOKEN_SIZE], bad[TOKEN_SIZE];

    static const struct {
        int  at, len;
    } fields[] = {
        { 0, 1 }, { 1, 1 }, { 2, 1 }, { 3, 10 }, { 13, 5 }, { 18, 18 },
        { 2, 11 }, { 3, 15 }
    };

    cert_base64_decode(a, TOKEN_SIZE, cert_strz(text), CERT_BASE64_URL);
    cert_base64_decode(b, TOKEN_SIZE, cert_strz(other), CERT_BASE64_URL);

    for (i = 0; i < 8; i++) {
        memcpy(bad, a, TOKEN_SIZE);
        memcpy(bad + fields[i].at, b + fields[i].at, (size_t) fields[i].len);

        if (memcmp(bad, a, TOKEN_SIZE) != 0) {
            forge_bytes(bad);
        }
    }

    memcpy(bad, a, TOKEN_SIZE);
    bad[2] = 3 - bad[2];
    forge_bytes(bad);

    memset(bad + 13, 0xFF, 5);
    forge_bytes(bad);

    for (i = 0; i < 256; i++) {
        memcpy(bad, a, TOKEN_SIZE);
        bad[1] = (uint8_t) i;

        if (i != a[1]) {
            forge_bytes(bad);
        }
    }
}


static void
test_forged(void)
{
    int            i;
    char           text[CERT_TOKEN_TEXT_SIZE], before[CERT_TOKEN_TEXT_SIZE];
    cert_claims_t  claims;

    claims = claim();
    make(&claims, before);

    for (i = 0; i < TOKENS; i++) {
        claims = claim();
        make(&claims, text);

        forge_all(text);
        forge_swaps(text, before);
        strcpy(before, text);
    }

    ok(forged >= 400000, "at least 400,000 forged tokens");
    is_int(accepted, 0, "none is accepted");
    diag("%ld forged tokens, %ld accepted", forged, accepted);
}


static void
test_other_mac(void)
{
    uint8_t     id, bytes[TOKEN_SIZE], mac[CERT_SHA256_SIZE];
    char        text[CERT_TOKEN_TEXT_SIZE];
    cert_str_t  part;

    cert_claims_t  claims;

    claims = claim();
    make(&claims, text);
    cert_base64_decode(bytes, TOKEN_SIZE, cert_strz(text), CERT_BASE64_URL);

    /* The right key without the label: a MAC that something else asked for. */

    part.data = bytes;
    part.len = 18;
    id = 0;
    cert_crypto_mac(ring, CERT_KEY_TOKEN, &id, &part, 1, mac);
    memcpy(bytes + 18, mac, 18);
    accepted = 0;
    forge_bytes(bytes);
    is_int(accepted, 0, "a MAC without the label is not one of a token");
}


static void
test_keys(void)
{
    char           first[CERT_TOKEN_TEXT_SIZE], text[CERT_TOKEN_TEXT_SIZE];
    uint8_t        id, secret[CERT_KEY_SIZE];
    cert_claims_t  claims;

    claims = claim();
    make(&claims, first);

    memset(secret, 9, sizeof(secret));
    cert_keyring_add(ring, CERT_KEY_TOKEN, CERT_KEY_ACTIVE, 0, secret, &id);
    make(&claims, text);

    ok(strcmp(first, text) != 0, "a new key makes another token");
    ok(cert_token_verify(ring, cert_strz(first), 0, &claims) == CERT_OK,
       "the old token still holds");

    cert_keyring_set_state(ring, CERT_KEY_TOKEN, 1, CERT_KEY_RETIRED);
    ok(cert_token_verify(ring, cert_strz(first), 0, &claims) == CERT_DENIED,
       "until its key is retired");
    ok(cert_token_verify(ring, cert_strz(text), 0, &claims) == CERT_OK,
       "which does nothing to the new one");

    cert_keyring_destroy(ring);
    ring = cert_keyring_create();
    ok(cert_token_make(ring, &claims, text) == CERT_NO_KEY,
       "without a key none is made");
    ok(cert_token_verify(ring, cert_strz(first), 0, &claims) == CERT_DENIED,
       "and none is accepted");
}


int
main(void)
{
    uint8_t  id, secret[CERT_KEY_SIZE];

    ring = cert_keyring_create();
    memset(secret, 5, sizeof(secret));
    cert_keyring_add(ring, CERT_KEY_TOKEN, CERT_KEY_ACTIVE, 0, secret, &id);

    test_genuine();
    test_bad_claims();
    test_forged();
    test_other_mac();
    test_keys();

    is_int(ERR_peek_error(), 0, "OpenSSL's error queue is empty");
    cert_keyring_destroy(ring);

    return done_testing();
}
