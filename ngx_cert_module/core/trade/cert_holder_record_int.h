/*
 * Copyright (C) the ngx_cert authors
 *
 * How accounts, links, user names, sessions and idempotency keys are laid
 * out.  Private to core/.
 *
 * Encoding appends a payload to "w", and makes it full where it does not fit,
 * which cert_seal() refuses: a caller need not look.  Decoding copies, and
 * returns CERT_CORRUPT for what is not of this form; what it was to fill in is
 * unspecified then.
 */


#ifndef CERT_HOLDER_RECORD_INT_H_INCLUDED
#define CERT_HOLDER_RECORD_INT_H_INCLUDED


#include "cert_bytes_int.h"
#include "cert_code.h"
#include "cert_crypto_int.h"
#include "cert_holder.h"


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


/*
 * The public part of an account and its login as it is; decoding leaves
 * has_login unset and the login to cert_login_reveal().  "holder" is the key.
 * login->len of 0 writes no login.
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


#endif /* CERT_HOLDER_RECORD_INT_H_INCLUDED */
