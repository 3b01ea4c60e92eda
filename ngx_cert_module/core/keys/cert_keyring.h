/*
 * Copyright (C) the ngx_cert authors
 *
 * Keyrings: the secrets of a process, by use and id.
 *
 * A keyring file is text, a key per line, "#" starts a comment line:
 *
 *     ID USE STATE CREATED BASE64
 *     1 token active 2026-01-01T00:00:00Z q83v...=
 *
 * Ids are 1..255 and unique within a use; a key is 32 bytes.  Public workers
 * read the public file only ("token", "record", "match"); what needs personal
 * data reads the private one too ("personal", "lookup", "session").
 *
 * The keyring keeps keyed OpenSSL contexts, fetched once, since a one-shot
 * HMAC costs five times the HMAC itself.  It may be read before a fork and
 * used after it, by one thread at a time, since even verifying re-arms a
 * context; so a process has one per thread.
 *
 * A key is never removed, only retired: an id that was given to another key
 * would make old records look damaged instead of sealed under no key held.
 */


#ifndef CERT_KEYRING_H_INCLUDED
#define CERT_KEYRING_H_INCLUDED


#include "cert.h"


#define CERT_KEY_SIZE  32

typedef enum {
    CERT_KEY_TOKEN = 0,     /* view and download tokens */
    CERT_KEY_RECORD,        /* the tag over every record */
    CERT_KEY_MATCH,         /* digest of number, name and document number */
    CERT_KEY_PERSONAL,      /* encrypts personal fields */
    CERT_KEY_LOOKUP,        /* names a holder by document */
    CERT_KEY_SESSION,       /* sessions of the holder service */
    CERT_KEY_USES           /* how many there are */
} cert_key_use_t;

typedef enum {
    CERT_KEY_ACTIVE = 0,    /* makes and verifies; exactly one a use */
    CERT_KEY_VERIFY,        /* verifies only */
    CERT_KEY_RETIRED        /* neither; its id is never used again */
} cert_key_state_t;

/* What may be shown of a key. */
typedef struct {
    uint8_t           id;
    cert_key_use_t    use;
    cert_key_state_t  state;
    cert_time_t       created;      /* for people; decides nothing */
} cert_key_info_t;

typedef struct cert_keyring_s  cert_keyring_t;


/* An empty keyring; NULL without memory.  destroy wipes; NULL is allowed. */
cert_keyring_t *cert_keyring_create(void);
void cert_keyring_destroy(cert_keyring_t *ring);

#define CERT_KEY_BIT(use)  (1u << (use))
#define CERT_KEYS_PUBLIC                                                      \
    (CERT_KEY_BIT(CERT_KEY_TOKEN) | CERT_KEY_BIT(CERT_KEY_RECORD)             \
     | CERT_KEY_BIT(CERT_KEY_MATCH))
#define CERT_KEYS_PRIVATE                                                     \
    (CERT_KEY_BIT(CERT_KEY_PERSONAL) | CERT_KEY_BIT(CERT_KEY_LOOKUP)          \
     | CERT_KEY_BIT(CERT_KEY_SESSION))

/*
 * Adds a key; "secret" is copied.  An active one turns the active key of its
 * use to "verify".  The id is one above the highest of its use, written to
 * "id".  CERT_FULL: 255 is taken; CERT_NO_MEMORY, CERT_SYSTEM: no contexts.
 */
cert_err_t cert_keyring_add(cert_keyring_t *ring, cert_key_use_t use,
    cert_key_state_t state, cert_time_t created,
    const uint8_t secret[CERT_KEY_SIZE], uint8_t *id);

/*
 * Changes the state of a key; activating one turns the active key to
 * "verify".  CERT_NOT_FOUND: no such key; CERT_REFUSED: it is the active key
 * (activate another first), or it is retired.
 */
cert_err_t cert_keyring_set_state(cert_keyring_t *ring, cert_key_use_t use,
    uint8_t id, cert_key_state_t state);

/* The n-th key for listing, by use and id; CERT_NOT_FOUND past the last. */
cert_err_t cert_keyring_info(const cert_keyring_t *ring, size_t n,
    cert_key_info_t *info);

/* True if there is an active key of this use, to make something with. */
int cert_keyring_has(const cert_keyring_t *ring, cert_key_use_t use);

/* Lower-case names, static; and their reading (CERT_INVALID: unknown). */
const char *cert_key_use_name(cert_key_use_t use);
const char *cert_key_state_name(cert_key_state_t state);
cert_err_t cert_key_use_parse(cert_key_use_t *use, cert_str_t text);


#endif /* CERT_KEYRING_H_INCLUDED */
