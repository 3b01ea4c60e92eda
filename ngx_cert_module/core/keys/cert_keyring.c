/*
 * Copyright (C) the ngx_cert authors
 *
 * The keyring in memory.
 *
 * Each key owns its keyed OpenSSL contexts from the moment it is added: they
 * are made where a failure can be reported to the operator (the nginx master,
 * the start of a program) and are then only re-armed, so that no request pays
 * for a fetch or fails without one.
 *
 * Making contexts lazily was rejected: each worker would make its own after
 * the fork, and the first failure would be a visitor's.  A table of pointers
 * by use and id takes 12 KB and spares every token and record a search.
 *
 * Secrets live in the keys and in OpenSSL's contexts only; both are wiped
 * when a key is freed, and a retired key keeps its secret (an operator may
 * have retired too early, and only the file could undo that) but no context.
 */


#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

#include "cert_keyring_int.h"


static void cert_keyring_activate(cert_keyring_t *ring, cert_key_t *key);
static cert_err_t cert_key_arm(const cert_keyring_t *ring, cert_key_t *key);
static cert_err_t cert_key_arm_mac(const cert_keyring_t *ring,
    cert_key_t *key);
static cert_err_t cert_key_arm_cipher(const cert_keyring_t *ring,
    cert_key_t *key);
static void cert_key_disarm(cert_key_t *key);
static void cert_key_free(cert_key_t *key);
static int cert_key_word(const char *const *words, int n, cert_str_t text);


/* In the order of the enumerations. */

static const char *const  cert_key_uses[] = {
    "token", "record", "match", "personal", "lookup", "session"
};

static const char *const  cert_key_states[] = {
    "active", "verify", "retired"
};


cert_keyring_t *
cert_keyring_create(void)
{
    cert_keyring_t  *ring;

    /* Where OpenSSL could not start, a fetch would read through NULL. */
    if (OSSL_LIB_CTX_get0_global_default() == NULL) {
        return NULL;
    }

    ring = calloc(1, sizeof(cert_keyring_t));
    if (ring == NULL) {
        return NULL;
    }

    ring->hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    ring->gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    ring->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    ring->digest = EVP_MD_CTX_new();

    if (ring->hmac == NULL || ring->gcm == NULL || ring->sha256 == NULL
        || ring->digest == NULL)
    {
        ERR_clear_error();
        cert_keyring_destroy(ring);
        return NULL;
    }

    return ring;
}


void
cert_keyring_destroy(cert_keyring_t *ring)
{
    int  use, id;

    if (ring == NULL) {
        return;
    }

    for (use = 0; use < CERT_KEY_USES; use++) {
        for (id = 0; id < CERT_KEY_IDS; id++) {
            cert_key_free(ring->keys[use][id]);
        }
    }

    EVP_MD_CTX_free(ring->digest);
    EVP_MD_free(ring->sha256);
    EVP_CIPHER_free(ring->gcm);
    EVP_MAC_free(ring->hmac);

    free(ring);
}


cert_err_t
cert_keyring_add(cert_keyring_t *ring, cert_key_use_t use,
    cert_key_state_t state, cert_time_t created,
    const uint8_t secret[CERT_KEY_SIZE], uint8_t *id)
{
    int              top;
    cert_err_t       err;
    cert_key_t      *before;
    cert_key_info_t  info;

    /*
     * Above the highest, since an id whose line was removed must not be used
     * again, either.
     */

    top = CERT_KEY_IDS - 1;

    while (top > 0 && ring->keys[use][top] == NULL) {
        top--;
    }

    if (top == CERT_KEY_IDS - 1) {
        return CERT_FULL;
    }

    info.id = (uint8_t) (top + 1);
    info.use = use;
    info.state = state;
    info.created = created;

    before = ring->active[use];

    err = cert_keyring_put(ring, &info, secret);
    if (err != CERT_OK) {
        return err;
    }

    if (state == CERT_KEY_ACTIVE && before != NULL) {
        before->info.state = CERT_KEY_VERIFY;
    }

    *id = info.id;

    return CERT_OK;
}


const char *
cert_keyring_clash(const cert_keyring_t *ring, const cert_key_info_t *info)
{
    if (ring->keys[info->use][info->id] != NULL) {
        return "the id is used twice";
    }

    if (info->state == CERT_KEY_ACTIVE && ring->active[info->use] != NULL) {
        return "a second active key of this use";
    }

    return NULL;
}


cert_err_t
cert_keyring_put(cert_keyring_t *ring, const cert_key_info_t *info,
    const uint8_t secret[CERT_KEY_SIZE])
{
    cert_err_t   err;
    cert_key_t  *key;

    key = calloc(1, sizeof(cert_key_t));
    if (key == NULL) {
        return CERT_NO_MEMORY;
    }

    key->info = *info;
    memcpy(key->secret, secret, CERT_KEY_SIZE);

    if (info->state != CERT_KEY_RETIRED) {
        err = cert_key_arm(ring, key);

        if (err != CERT_OK) {
            cert_key_free(key);
            return err;
        }
    }

    ring->keys[info->use][info->id] = key;

    if (info->state == CERT_KEY_ACTIVE) {
        ring->active[info->use] = key;
    }

    return CERT_OK;
}


/*
 * A state is left by activating another key or by retiring, never back from
 * "retired": what was given up may be known to others.
 */
cert_err_t
cert_keyring_set_state(cert_keyring_t *ring, cert_key_use_t use, uint8_t id,
    cert_key_state_t state)
{
    cert_key_t  *key;

    key = ring->keys[use][id];

    if (key == NULL) {
        return CERT_NOT_FOUND;
    }

    if (key->info.state == state && state != CERT_KEY_RETIRED) {
        return CERT_OK;
    }

    if (key->info.state != CERT_KEY_VERIFY) {
        return CERT_REFUSED;
    }

    if (state == CERT_KEY_ACTIVE) {
        cert_keyring_activate(ring, key);

    } else {
        key->info.state = CERT_KEY_RETIRED;
        cert_key_disarm(key);
    }

    return CERT_OK;
}


cert_err_t
cert_keyring_info(const cert_keyring_t *ring, size_t n, cert_key_info_t *info)
{
    int                use, id;
    const cert_key_t  *key;

    for (use = 0; use < CERT_KEY_USES; use++) {
        for (id = 0; id < CERT_KEY_IDS; id++) {
            key = ring->keys[use][id];

            if (key == NULL) {
                continue;
            }

            if (n == 0) {
                *info = key->info;
                return CERT_OK;
            }

            n--;
        }
    }

    return CERT_NOT_FOUND;
}


int
cert_keyring_has(const cert_keyring_t *ring, cert_key_use_t use)
{
    return ring->active[use] != NULL;
}


const char *
cert_key_use_name(cert_key_use_t use)
{
    return (unsigned) use < CERT_KEY_USES ? cert_key_uses[use] : "unknown";
}


const char *
cert_key_state_name(cert_key_state_t state)
{
    return (unsigned) state <= CERT_KEY_RETIRED ? cert_key_states[state]
                                                : "unknown";
}


cert_err_t
cert_key_use_parse(cert_key_use_t *use, cert_str_t text)
{
    int  i;

    i = cert_key_word(cert_key_uses, CERT_KEY_USES, text);

    if (i < 0) {
        return CERT_INVALID;
    }

    *use = (cert_key_use_t) i;

    return CERT_OK;
}


cert_err_t
cert_key_state_parse(cert_key_state_t *state, cert_str_t text)
{
    int  i;

    i = cert_key_word(cert_key_states, CERT_KEY_RETIRED + 1, text);

    if (i < 0) {
        return CERT_INVALID;
    }

    *state = (cert_key_state_t) i;

    return CERT_OK;
}


/* The key that was active goes on verifying what it made. */
static void
cert_keyring_activate(cert_keyring_t *ring, cert_key_t *key)
{
    cert_key_t  *before;

    before = ring->active[key->info.use];

    if (before != NULL) {
        before->info.state = CERT_KEY_VERIFY;
    }

    key->info.state = CERT_KEY_ACTIVE;
    ring->active[key->info.use] = key;
}


/*
 * Only "personal" encrypts: a key that did both could not be shown to be safe
 * for either.
 */
static cert_err_t
cert_key_arm(const cert_keyring_t *ring, cert_key_t *key)
{
    cert_err_t  err;

    if (key->info.use == CERT_KEY_PERSONAL) {
        err = cert_key_arm_cipher(ring, key);

    } else {
        err = cert_key_arm_mac(ring, key);
    }

    if (err != CERT_OK) {
        ERR_clear_error();
    }

    return err;
}


/*
 * CERT_NO_MEMORY, CERT_SYSTEM: the key stays without a context, and is freed by
 * the caller.
 */
static cert_err_t
cert_key_arm_mac(const cert_keyring_t *ring, cert_key_t *key)
{
    char        name[] = "SHA256";
    OSSL_PARAM  params[2];

    key->mac = EVP_MAC_CTX_new(ring->hmac);

    if (key->mac == NULL) {
        return CERT_NO_MEMORY;
    }

    params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name,
                                                 0);
    params[1] = OSSL_PARAM_construct_end();

    if (EVP_MAC_init(key->mac, key->secret, CERT_KEY_SIZE, params) != 1) {
        return CERT_SYSTEM;
    }

    return CERT_OK;
}


/* One context a direction, since turning one round schedules the key again. */
static cert_err_t
cert_key_arm_cipher(const cert_keyring_t *ring, cert_key_t *key)
{
    key->seal = EVP_CIPHER_CTX_new();
    key->open = EVP_CIPHER_CTX_new();

    if (key->seal == NULL || key->open == NULL) {
        return CERT_NO_MEMORY;
    }

    if (EVP_EncryptInit_ex2(key->seal, ring->gcm, key->secret, NULL, NULL) != 1
        || EVP_DecryptInit_ex2(key->open, ring->gcm, key->secret, NULL, NULL)
           != 1)
    {
        return CERT_SYSTEM;
    }

    return CERT_OK;
}


/* OpenSSL wipes what a context holds of the key. */
static void
cert_key_disarm(cert_key_t *key)
{
    EVP_MAC_CTX_free(key->mac);
    EVP_CIPHER_CTX_free(key->seal);
    EVP_CIPHER_CTX_free(key->open);

    key->mac = NULL;
    key->seal = NULL;
    key->open = NULL;
}


/* Wipes the secret with it; NULL is allowed. */
static void
cert_key_free(cert_key_t *key)
{
    if (key == NULL) {
        return;
    }

    cert_key_disarm(key);
    OPENSSL_cleanse(key, sizeof(cert_key_t));

    free(key);
}


/* The index of a word, the whole of it, or -1. */
static int
cert_key_word(const char *const *words, int n, cert_str_t text)
{
    int  i;

    for (i = 0; i < n; i++) {
        if (strlen(words[i]) == text.len
            && memcmp(words[i], text.data, text.len) == 0)
        {
            return i;
        }
    }

    return -1;
}
