/*
 * Copyright (C) the ngx_cert authors
 *
 * Session tokens: what was made verifies, and nothing else ever does.  The
 * forgeries are counted and the count is printed.
 */


#include <stdlib.h>

#include <openssl/err.h>

#include "cert_base64_int.h"
#include "cert_crypto_int.h"
#include "cert_session.h"
#include "cert_token.h"
#include "tap.h"


#define TOKENS      500
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


static void
make(char text[CERT_SESSION_TEXT_SIZE])
{
    uint8_t  random[CERT_SESSION_RANDOM_SIZE];

    for (size_t i = 0; i < sizeof(random); i++) {
        random[i] = (uint8_t) (draw() >> 16);
    }

    if (cert_session_make(ring, random, text) != CERT_OK) {
        abort();
    }
}


static void
forge(const void *text, size_t len)
{
    uint8_t     digest[CERT_SHA256_SIZE];
    cert_str_t  str;

    str.data = text;
    str.len = len;

    forged++;
    accepted += cert_session_digest(ring, str, digest) != CERT_DENIED;
}


static void
forge_bytes(const uint8_t bytes[TOKEN_SIZE])
{
    char  text[CERT_SESSION_TEXT_SIZE];

    cert_base64_encode(text, bytes, TOKEN_SIZE, CERT_BASE64_URL);
    forge(text, CERT_SESSION_LEN);
}


static void
test_genuine(void)
{
    int         wrong, same;
    char        text[CERT_SESSION_TEXT_SIZE];
    uint8_t     digest[CERT_SHA256_SIZE], plain[CERT_SHA256_SIZE];
    uint8_t     before[CERT_SHA256_SIZE];
    cert_str_t  str;

    wrong = same = 0;
    memset(before, 0, sizeof(before));

    for (int i = 0; i < 10000; i++) {
        make(text);
        str = cert_strz(text);

        wrong += str.len != CERT_SESSION_LEN;
        wrong += cert_session_digest(ring, str, digest) != CERT_OK;

        /* What the store knows is the digest of the text and nothing else. */
        (void) cert_crypto_sha256(ring, &str, 1, plain);
        wrong += memcmp(plain, digest, sizeof(digest)) != 0;

        same += memcmp(before, digest, sizeof(digest)) == 0;
        memcpy(before, digest, sizeof(digest));
    }

    is_int(wrong, 0, "10,000 tokens prove, each by its digest");
    is_int(same, 0, "no two alike");
}


/* Every bit, every length, every other spelling of one token. */
static void
forge_all(const char *text)
{
    char     bad[CERT_SESSION_LEN + 2];
    uint8_t  bytes[TOKEN_SIZE];

    (void) cert_base64_decode(bytes, TOKEN_SIZE, cert_strz(text),
                              CERT_BASE64_URL);

    for (int bit = 0; bit < TOKEN_SIZE * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t) (1 << bit % 8);
        forge_bytes(bytes);
        bytes[bit / 8] ^= (uint8_t) (1 << bit % 8);
    }

    for (int i = 0; i < 256; i++) {
        if (i != bytes[1]) {
            uint8_t  other[TOKEN_SIZE];

            memcpy(other, bytes, TOKEN_SIZE);
            other[1] = (uint8_t) i;
            forge_bytes(other);
        }
    }

    for (int i = 0; i < CERT_SESSION_LEN; i++) {
        forge(text, (size_t) i);

        strcpy(bad, text);
        bad[i] = "+/=% \n\t."[draw() % 8];
        forge(bad, CERT_SESSION_LEN);

        bad[i] = (char) (text[i] ^ 0x80);
        forge(bad, CERT_SESSION_LEN);

        bad[i] = (char) (text[i] ^ 0x20);

        if (strchr(symbols, bad[i]) == NULL || bad[i] != text[i]) {
            forge(bad, CERT_SESSION_LEN);
        }

        /* One character more, anywhere. */
        memcpy(bad + i + 1, text + i, (size_t) (CERT_SESSION_LEN + 1 - i));
        bad[i] = symbols[draw() % 64];
        forge(bad, CERT_SESSION_LEN + 1);
        bad[i] = "\r\n\0=& ./"[draw() % 8];
        forge(bad, CERT_SESSION_LEN + 1);
    }
}


static void
test_forged(void)
{
    char     text[CERT_SESSION_TEXT_SIZE], before[CERT_SESSION_TEXT_SIZE];
    uint8_t  a[TOKEN_SIZE], b[TOKEN_SIZE];

    make(before);

    for (int i = 0; i < TOKENS; i++) {
        make(text);
        forge_all(text);

        /* The random part of one under the MAC of another. */
        (void) cert_base64_decode(a, TOKEN_SIZE, cert_strz(text),
                                  CERT_BASE64_URL);
        (void) cert_base64_decode(b, TOKEN_SIZE, cert_strz(before),
                                  CERT_BASE64_URL);
        memcpy(a + 18, b + 18, 18);
        forge_bytes(a);

        for (size_t k = 0; k < TOKEN_SIZE; k++) {
            a[k] = (uint8_t) (draw() >> 16);
        }

        forge_bytes(a);
        a[0] = a[1] = 1;
        forge_bytes(a);

        strcpy(before, text);
    }

    ok(forged >= 400000, "at least 400,000 forged tokens");
    is_int(accepted, 0, "none is accepted");
    diag("%ld forged tokens, %ld accepted", forged, accepted);
}


/*
 * The ring has one secret for both uses, so that only the labels tell a session
 * from a right to download.
 */
static void
test_other_kind(void)
{
    char           text[CERT_SESSION_TEXT_SIZE], token[CERT_TOKEN_TEXT_SIZE];
    uint8_t        id, bytes[TOKEN_SIZE], mac[CERT_SHA256_SIZE];
    cert_str_t     part;
    cert_claims_t  claims;

    memset(&claims, 0, sizeof(claims));
    claims.right = CERT_RIGHT_VIEW;
    claims.not_after = CERT_TIME_NEVER;
    (void) cert_token_make(ring, &claims, token);

    accepted = 0;
    forge(token, CERT_TOKEN_LEN);
    is_int(accepted, 0, "a token for a copy opens no session");

    make(text);
    ok(cert_token_verify(ring, cert_strz(text), 0, &claims) == CERT_DENIED,
       "nor does a session open a copy");

    (void) cert_base64_decode(bytes, TOKEN_SIZE, cert_strz(text),
                              CERT_BASE64_URL);
    part.data = bytes;
    part.len = 18;
    id = 0;
    (void) cert_crypto_mac(ring, CERT_KEY_SESSION, &id, &part, 1, mac);
    memcpy(bytes + 18, mac, 18);
    forge_bytes(bytes);
    is_int(accepted, 0, "a MAC without the label is not one of a session");
}


static void
test_keys(void)
{
    char     first[CERT_SESSION_TEXT_SIZE], text[CERT_SESSION_TEXT_SIZE];
    uint8_t  id, secret[CERT_KEY_SIZE], digest[CERT_SHA256_SIZE];
    uint8_t  random[CERT_SESSION_RANDOM_SIZE];

    make(first);
    memset(secret, 9, sizeof(secret));
    (void) cert_keyring_add(ring, CERT_KEY_SESSION, CERT_KEY_ACTIVE, 0,
                            secret, &id);
    make(text);

    ok(cert_session_digest(ring, cert_strz(first), digest) == CERT_OK,
       "after a rotation the old session still holds");
    (void) cert_keyring_set_state(ring, CERT_KEY_SESSION, 1,
                                  CERT_KEY_RETIRED);
    ok(cert_session_digest(ring, cert_strz(first), digest) == CERT_DENIED,
       "until its key is retired");
    ok(cert_session_digest(ring, cert_strz(text), digest) == CERT_OK,
       "which does nothing to the new one");

    cert_keyring_destroy(ring);
    ring = cert_keyring_create();
    memset(random, 1, sizeof(random));
    ok(cert_session_make(ring, random, text) == CERT_NO_KEY,
       "without a key none is made");
    ok(cert_session_digest(ring, cert_strz(first), digest) == CERT_DENIED,
       "and none is accepted");
}


int
main(void)
{
    uint8_t  id, secret[CERT_KEY_SIZE];

    ring = cert_keyring_create();
    memset(secret, 5, sizeof(secret));
    (void) cert_keyring_add(ring, CERT_KEY_TOKEN, CERT_KEY_ACTIVE, 0, secret,
                            &id);
    (void) cert_keyring_add(ring, CERT_KEY_SESSION, CERT_KEY_ACTIVE, 0,
                            secret, &id);

    test_genuine();
    test_forged();
    test_other_kind();
    test_keys();

    is_int(ERR_peek_error(), 0, "OpenSSL's error queue is empty");
    cert_keyring_destroy(ring);

    return done_testing();
}
