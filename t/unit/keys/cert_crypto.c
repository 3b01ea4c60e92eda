/*
 * Copyright (C) the ngx_cert authors
 *
 * HMAC, AES-GCM and SHA-256 against vectors made elsewhere, and their
 * failures.
 */


#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "cert_crypto_int.h"
#include "tap.h"


static cert_keyring_t  *ring;
static uint8_t          secret[CERT_KEY_SIZE];


static void
hex(char *text, const uint8_t *data, size_t len)
{
    size_t  i;

    for (i = 0; i < len; i++) {
        sprintf(text + 2 * i, "%02x", data[i]);
    }
}


static void
test_sha256(void)
{
    char        text[65];
    uint8_t     digest[CERT_SHA256_SIZE];
    cert_str_t  parts[3];

    ok(cert_crypto_sha256(ring, NULL, 0, digest) == CERT_OK, "no part at all");
    hex(text, digest, 32);
    is_str(text, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b785"
           "2b855", "FIPS 180 of nothing");

    parts[0] = cert_str("abcdbcdecdefdefgefghfghighij");
    parts[1] = cert_str("");
    parts[2] = cert_str("hijkijkljklmklmnlmnomnopnopq");
    cert_crypto_sha256(ring, parts, 3, digest);
    hex(text, digest, 32);
    is_str(text, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419d"
           "b06c1", "FIPS 180 of two blocks in parts");
}


static void
test_mac(void)
{
    int         i, wrong;
    uint8_t     id, mac[CERT_SHA256_SIZE], expected[CERT_SHA256_SIZE];
    uint8_t     data[400];
    unsigned    len;
    cert_str_t  parts[2];

    wrong = 0;

    for (i = 0; i < 400; i++) {
        data[i] = (uint8_t) (i * 7);

        parts[0].data = data;
        parts[0].len = (size_t) i / 3;
        parts[1].data = data + i / 3;
        parts[1].len = (size_t) (i - i / 3);

        id = 0;
        wrong += cert_crypto_mac(ring, CERT_KEY_RECORD, &id, parts, 2, mac)
                 != CERT_OK;
        HMAC(EVP_sha256(), secret, CERT_KEY_SIZE, data, (size_t) i, expected,
             &len);
        wrong += id != 1 || memcmp(mac, expected, 32) != 0;
    }

    is_int(wrong, 0, "400 re-armed MACs agree with HMAC()");

    id = 2;
    ok(cert_crypto_mac(ring, CERT_KEY_RECORD, &id, parts, 2, mac)
       == CERT_NO_KEY, "no key of this id");
    id = 0;
    ok(cert_crypto_mac(ring, CERT_KEY_TOKEN, &id, parts, 2, mac)
       == CERT_NO_KEY, "no key of this use");
    ok(cert_crypto_mac(ring, CERT_KEY_PERSONAL, &id, parts, 2, mac)
       == CERT_NO_KEY, "a personal key makes no MAC");
}


static void
test_gcm_vector(void)
{
    char        text[33];
    uint8_t     id, zero[CERT_KEY_SIZE] = { 0 }, out[32];
    cert_str_t  in;

    cert_keyring_t  *zeros;

    zeros = cert_keyring_create();
    cert_keyring_add(zeros, CERT_KEY_PERSONAL, CERT_KEY_ACTIVE, 0, zero, &id);

    /* Test cases 13 and 14 of the GCM specification. */

    id = 0;
    ok(cert_crypto_seal(zeros, &id, zero, cert_str(""), cert_str(""), out)
       == CERT_OK, "nothing is sealed");
    hex(text, out, 16);
    is_str(text, "530f8afbc74536b9a963b4f1c4cb738b", "... as specified");

    in.data = zero;
    in.len = 16;
    cert_crypto_seal(zeros, &id, zero, cert_str(""), in, out);
    hex(text, out, 16);
    is_str(text, "cea7403d4d606b6e074ec5d3baf39d18", "a block is sealed");
    hex(text, out + 16, 16);
    is_str(text, "d0d1c8a799996bf0265b98b5d48ab919", "... with its tag");

    cert_keyring_destroy(zeros);
}


static int
is_zero(const uint8_t *p, size_t len)
{
    while (len > 0) {
        if (p[--len] != 0) {
            return 0;
        }
    }

    return 1;
}


static void
test_gcm(void)
{
    int         bit, wrong;
    size_t      len;
    uint8_t     id, sealed[116], out[100], plain[100];
    uint8_t     nonce[CERT_NONCE_SIZE] = { 1, 2, 3 };
    cert_str_t  in, aad;

    memset(plain, 'x', sizeof(plain));
    aad = cert_str("certificate 1");
    wrong = 0;

    for (len = 0; len <= 100; len++) {
        nonce[0]++;
        in.data = plain;
        in.len = len;
        id = 0;
        wrong += cert_crypto_seal(ring, &id, nonce, aad, in, sealed)
                 != CERT_OK || id != 1;

        in.data = sealed;
        in.len = len + 16;
        wrong += cert_crypto_open(ring, 1, nonce, aad, in, out) != CERT_OK
                 || memcmp(out, plain, len) != 0;

        if (len == 64) {
            for (bit = 0; bit < 80 * 8; bit++) {
                sealed[bit / 8] ^= (uint8_t) (1 << bit % 8);
                wrong += cert_crypto_open(ring, 1, nonce, aad, in, out)
                         != CERT_CORRUPT || !is_zero(out, 64);
                sealed[bit / 8] ^= (uint8_t) (1 << bit % 8);
            }

            wrong += cert_crypto_open(ring, 1, nonce, cert_str("other"), in,
                                      out) != CERT_CORRUPT;
            nonce[5] ^= 1;
            wrong += cert_crypto_open(ring, 1, nonce, aad, in, out)
                     != CERT_CORRUPT;
            nonce[5] ^= 1;
            wrong += cert_crypto_open(ring, 1, nonce, aad, in, out)
                     != CERT_OK;
            wrong += cert_crypto_open(ring, 2, nonce, aad, in, out)
                     != CERT_NO_KEY || !is_zero(out, 64);
            wrong += cert_crypto_open(ring, 0, nonce, aad, in, out)
                     != CERT_NO_KEY;
        }
    }

    is_int(wrong, 0, "sealed is opened, and nothing but what was sealed");

    in.len = 15;
    ok(cert_crypto_open(ring, 1, nonce, aad, in, out) == CERT_CORRUPT,
       "shorter than a tag");
}


static void
test_retired(void)
{
    uint8_t     id, sealed[20], out[20], mac[CERT_SHA256_SIZE];
    uint8_t     nonce[CERT_NONCE_SIZE] = { 0 };
    cert_str_t  in;

    id = 0;
    cert_crypto_seal(ring, &id, nonce, cert_str("a"), cert_str("text"),
                     sealed);
    in.data = sealed;
    in.len = 20;

    cert_keyring_add(ring, CERT_KEY_PERSONAL, CERT_KEY_ACTIVE, 0, secret, &id);
    cert_keyring_add(ring, CERT_KEY_RECORD, CERT_KEY_ACTIVE, 0, secret, &id);
    is_int(id, 2, "a second key");
    is_int(cert_crypto_active(ring, CERT_KEY_RECORD), 2, "... is active");

    ok(cert_crypto_open(ring, 1, nonce, cert_str("a"), in, out) == CERT_OK,
       "the first still opens");
    id = 1;
    ok(cert_crypto_mac(ring, CERT_KEY_RECORD, &id, &in, 1, mac) == CERT_OK,
       "and verifies");

    cert_keyring_set_state(ring, CERT_KEY_PERSONAL, 1, CERT_KEY_RETIRED);
    cert_keyring_set_state(ring, CERT_KEY_RECORD, 1, CERT_KEY_RETIRED);

    ok(cert_crypto_open(ring, 1, nonce, cert_str("a"), in, out)
       == CERT_NO_KEY, "until it is retired");
    ok(cert_crypto_mac(ring, CERT_KEY_RECORD, &id, &in, 1, mac)
       == CERT_NO_KEY, "then it verifies nothing");
}


/* The master reads the keys, its workers use them. */
static void
test_fork(void)
{
    int         status;
    pid_t       pid;
    uint8_t     id, before[CERT_SHA256_SIZE], after[CERT_SHA256_SIZE];
    cert_str_t  part;

    part = cert_str("record");
    id = 0;
    cert_crypto_mac(ring, CERT_KEY_RECORD, &id, &part, 1, before);

    fflush(stdout);
    pid = fork();

    if (pid == 0) {
        id = 0;
        cert_crypto_mac(ring, CERT_KEY_RECORD, &id, &part, 1, after);
        _exit(memcmp(before, after, CERT_SHA256_SIZE) != 0);
    }

    ok(waitpid(pid, &status, 0) == pid && status == 0,
       "a child computes the same");
}


int
main(void)
{
    uint8_t  id;

    memset(secret, 0xA5, sizeof(secret));

    ring = cert_keyring_create();
    cert_keyring_add(ring, CERT_KEY_RECORD, CERT_KEY_ACTIVE, 0, secret, &id);
    cert_keyring_add(ring, CERT_KEY_PERSONAL, CERT_KEY_ACTIVE, 0, secret, &id);

    test_sha256();
    test_mac();
    test_gcm_vector();
    test_gcm();
    test_retired();
    test_fork();

    ok(cert_crypto_is_equal("abc", "abc", 3), "equal");
    ok(!cert_crypto_is_equal("abc", "abd", 3), "not equal");
    is_int(ERR_peek_error(), 0, "OpenSSL's error queue is empty");

    cert_keyring_destroy(ring);

    return done_testing();
}
