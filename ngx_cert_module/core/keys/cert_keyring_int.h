/*
 * Copyright (C) the ngx_cert authors
 *
 * The inside of a keyring, for the files that read it, write it and compute
 * with it.  Private to core/.
 */


#ifndef CERT_KEYRING_INT_H_INCLUDED
#define CERT_KEYRING_INT_H_INCLUDED


#include <openssl/evp.h>

#include "cert_keyring.h"


/* Ids are bytes and 0 is none, so a key is an array element away. */
#define CERT_KEY_IDS  256

/*
 * One key.  "mac" is set for every use but "personal", which has "seal" and
 * "open" instead; a retired key has none of them, so it cannot be used even
 * by mistake.
 */
typedef struct {
    cert_key_info_t  info;
    uint8_t          secret[CERT_KEY_SIZE];
    EVP_MAC_CTX     *mac;
    EVP_CIPHER_CTX  *seal;
    EVP_CIPHER_CTX  *open;
} cert_key_t;

struct cert_keyring_s {
    cert_key_t      *keys[CERT_KEY_USES][CERT_KEY_IDS];
    cert_key_t      *active[CERT_KEY_USES];

    EVP_MAC         *hmac;
    EVP_CIPHER      *gcm;
    EVP_MD          *sha256;
    EVP_MD_CTX      *digest;
};


/*
 * Puts a key into its empty place and keys its contexts.  The caller has
 * checked that the place is empty and an active key is the only one.
 * CERT_NO_MEMORY, CERT_SYSTEM: nothing was added.
 */
cert_err_t cert_keyring_put(cert_keyring_t *ring, const cert_key_info_t *info,
    const uint8_t secret[CERT_KEY_SIZE]);

/* Why such a key cannot be put, static; NULL if it can. */
const char *cert_keyring_clash(const cert_keyring_t *ring,
    const cert_key_info_t *info);

/* A word of a keyring's line.  CERT_INVALID: it is not a state. */
cert_err_t cert_key_state_parse(cert_key_state_t *state, cert_str_t text);


#endif /* CERT_KEYRING_INT_H_INCLUDED */
