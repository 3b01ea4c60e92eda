/*
 * Copyright (C) the ngx_cert authors
 *
 * What the library does with keys.  Private to core/.
 *
 * Every function leaves OpenSSL's error queue empty, since nginx raises an
 * alert over a stale one, and wipes what it derived.
 */


#ifndef CERT_CRYPTO_INT_H_INCLUDED
#define CERT_CRYPTO_INT_H_INCLUDED


#include "cert_keyring.h"


#define CERT_NONCE_SIZE    12
#define CERT_GCM_TAG_SIZE  16
#define CERT_TAG_SIZE      16


/* The id of the active key of "use", 0 if there is none. */
uint8_t cert_crypto_active(const cert_keyring_t *ring, cert_key_use_t use);

/*
 * HMAC-SHA-256 over the parts one after the other, under key "id" of "use",
 * or under the active key when "*id" is 0, which then gives its id.
 *
 * CERT_NO_KEY: no such key, or it is retired; CERT_SYSTEM: OpenSSL failed.
 */
cert_err_t cert_crypto_mac(cert_keyring_t *ring, cert_key_use_t use,
    uint8_t *id, const cert_str_t *parts, size_t parts_n,
    uint8_t mac[CERT_SHA256_SIZE]);

/*
 * AES-256-GCM under a key of use "personal", "aad" bound to it.  "out" has
 * room for in.len + CERT_GCM_TAG_SIZE (seal) or in.len - CERT_GCM_TAG_SIZE
 * (open).  A nonce is never used twice under one key: the caller draws it.
 *
 * CERT_NO_KEY, CERT_SYSTEM as above; CERT_CORRUPT: not sealed by this key,
 * nonce and aad; "out" is wiped.
 */
cert_err_t cert_crypto_seal(cert_keyring_t *ring, uint8_t *id,
    const uint8_t nonce[CERT_NONCE_SIZE], cert_str_t aad, cert_str_t in,
    uint8_t *out);
cert_err_t cert_crypto_open(cert_keyring_t *ring, uint8_t id,
    const uint8_t nonce[CERT_NONCE_SIZE], cert_str_t aad, cert_str_t in,
    uint8_t *out);

/*
 * SHA-256 over the parts one after the other; any keyring will do.
 * CERT_SYSTEM: libcrypto has failed.
 */
cert_err_t cert_crypto_sha256(cert_keyring_t *ring, const cert_str_t *parts,
    size_t parts_n, uint8_t digest[CERT_SHA256_SIZE]);

/* Compares in constant time: true if equal.  Wipes, and is not optimised. */
int cert_crypto_is_equal(const void *a, const void *b, size_t len);
void cert_crypto_wipe(void *p, size_t len);


#endif /* CERT_CRYPTO_INT_H_INCLUDED */
