/*
 * Copyright (C) the ngx_cert authors
 *
 * Session tokens: what a browser keeps in its cookie.
 *
 * 36 bytes, so exactly 48 base64url characters with no slack bits: version 1,
 * key id, 16 random bytes, HMAC-SHA-256 under the "session" key truncated to
 * 18 bytes over a domain label and all before it.  There is one spelling per
 * token.  The store knows a session by the digest of that text, so a stolen
 * store opens no session; a forged cookie is refused without the store, and
 * retiring the key ends all sessions.
 *
 * A token is a secret: no log, no URL.
 */


#ifndef CERT_SESSION_H_INCLUDED
#define CERT_SESSION_H_INCLUDED


#include "cert_keyring.h"


#define CERT_SESSION_RANDOM_SIZE  16
#define CERT_SESSION_LEN          48
#define CERT_SESSION_TEXT_SIZE    49


/*
 * Makes a token under the active session key; "random" is drawn for each by a
 * generator fit for secrets, "text" is terminated.
 *
 *     CERT_OK
 *     CERT_NO_KEY  the ring has no active "session" key
 *     CERT_SYSTEM  OpenSSL failed
 *
 * On an error "text" is unspecified.
 */
cert_err_t cert_session_make(cert_keyring_t *ring,
    const uint8_t random[CERT_SESSION_RANDOM_SIZE],
    char text[CERT_SESSION_TEXT_SIZE]);

/*
 * Verifies a token and gives the name of its session in the store; takes the
 * same time for every wrong MAC.  Says nothing of whether the session is there
 * or holds: cert_read_session().
 *
 *     CERT_OK
 *     CERT_DENIED  anything but a token made here, in its one spelling, under
 *                  a key that is held and not retired
 *     CERT_SYSTEM  OpenSSL failed
 *
 * "digest" is filled in after CERT_OK only.
 */
cert_err_t cert_session_digest(cert_keyring_t *ring, cert_str_t text,
    uint8_t digest[CERT_SHA256_SIZE]);


#endif /* CERT_SESSION_H_INCLUDED */
