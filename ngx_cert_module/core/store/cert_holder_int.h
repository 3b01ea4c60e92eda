/*
 * Copyright (C) the ngx_cert authors
 *
 * How holders, user names, sessions and idempotency keys are stored.
 * Private to core/.
 */


#ifndef CERT_HOLDER_INT_H_INCLUDED
#define CERT_HOLDER_INT_H_INCLUDED


#include "cert_read_int.h"


#define CERT_USERNAME_KEY_SIZE     16
#define CERT_IDEMPOTENCY_KEY_SIZE  (CERT_HOLDER_SIZE + CERT_SHA256_SIZE)

/* Of a login when encrypted: two texts with lengths, tag. */
#define CERT_LOGIN_MAX                                                        \
    (2 + CERT_USERNAME_MAX + CERT_PASSWORD_MAX + CERT_GCM_TAG_SIZE)

/* Payloads: of an account with all its links, and of what is shorter. */
#define CERT_ACCOUNT_MAX                                                      \
    (64 + CERT_SHA256_SIZE + CERT_LINKS_MAX * CERT_HOLDER_SIZE                \
     + CERT_NONCE_SIZE + CERT_LOGIN_MAX)
#define CERT_ENTRY_MAX  64

/* User name and password as they are stored: what a change carries over. */
typedef struct {
    uint8_t  personal_key;
    uint8_t  nonce[CERT_NONCE_SIZE];
    size_t   len;                       /* 0: the account has no login */
    uint8_t  sealed[CERT_LOGIN_MAX];    /* ciphertext and its tag */
} cert_login_t;

/* What became of a request that came with a key. */
typedef struct {
    cert_code_t  code;
    cert_time_t  time;
    uint8_t      request[CERT_SHA256_SIZE];
} cert_idempotency_t;


/* Names are digests that anyone may see: no need of constant time. */
static inline int
cert_holder_is_equal(const cert_holder_t *a, const cert_holder_t *b)
{
    return memcmp(a->bytes, b->bytes, CERT_HOLDER_SIZE) == 0;
}


/* A holder as a key, valid as long as the holder. */
#define cert_holder_str(h)  ((cert_str_t) { (h)->bytes, CERT_HOLDER_SIZE })

/* True if "holder" is the account's, or one of its links. */
int cert_account_has(const cert_account_t *account,
    const cert_holder_t *holder);

/* The key that names a user name.  CERT_NO_KEY: no active "lookup" key. */
cert_err_t cert_username_key(cert_keyring_t *ring, cert_str_t username,
    uint8_t key[CERT_USERNAME_KEY_SIZE]);

/*
 * The public part of an account and its login as it is; decoding leaves
 * has_login unset and the login to cert_login_reveal().  "holder" is the key.
 */
void cert_account_encode(cert_writer_t *w, const cert_account_t *account,
    const cert_login_t *login);
cert_err_t cert_account_decode(cert_account_t *account, cert_login_t *login,
    const cert_holder_t *holder, cert_str_t payload);

/* True if a holder's payload is a link; "to" then is where it leads. */
void cert_link_encode(cert_writer_t *w, const cert_holder_t *to);
int cert_link_decode(cert_holder_t *to, cert_str_t payload);

void cert_username_encode(cert_writer_t *w, const cert_holder_t *holder);
cert_err_t cert_username_decode(cert_holder_t *holder, cert_str_t payload);

void cert_session_encode(cert_writer_t *w, const cert_session_t *session);
cert_err_t cert_session_decode(cert_session_t *session, cert_str_t payload);

void cert_idempotency_encode(cert_writer_t *w,
    const cert_idempotency_t *idempotency);
cert_err_t cert_idempotency_decode(cert_idempotency_t *idempotency,
    cert_str_t payload);

/*
 * Encrypts the login of "account" under login->nonce; and decrypts it into
 * "account", where has_login then tells that there is one.  The holder is
 * bound to it.  CERT_NO_KEY; CERT_CORRUPT: does not open.
 */
cert_err_t cert_login_hide(cert_keyring_t *ring,
    const cert_account_t *account, cert_login_t *login);
cert_err_t cert_login_reveal(cert_keyring_t *ring, cert_account_t *account,
    const cert_login_t *login);

/*
 * Records inside a snapshot or a write transaction; a miss is proved.  An
 * account is found by its links too, and still without its login.
 */
cert_err_t cert_txn_account(cert_store_t *store, MDB_txn *txn,
    const cert_holder_t *holder, cert_account_t *account,
    cert_login_t *login);
cert_err_t cert_txn_session(cert_store_t *store, MDB_txn *txn,
    const uint8_t digest[CERT_SHA256_SIZE], cert_session_t *session);

/*
 * Whose a certificate is, by its own person; a miss is not proved.
 * CERT_NO_KEY: needs "personal" and "lookup".
 */
cert_err_t cert_txn_owner(cert_store_t *store, MDB_txn *txn,
    cert_str_t number, cert_holder_t *holder);

/*
 * Proves an entry of CERT_DB_HOLDER_CERTIFICATE, which has no seal, by the
 * certificate it lists; "number" is a part of "key".
 */
cert_err_t cert_txn_owned(cert_store_t *store, MDB_txn *txn, cert_str_t key,
    cert_str_t value, cert_str_t *number);


#endif /* CERT_HOLDER_INT_H_INCLUDED */
