/*
 * Copyright (C) the ngx_cert authors
 *
 * Tokens: the right to view or download one copy for a while.
 *
 * 36 bytes, so exactly 48 base64url characters with no slack bits: version 1,
 * key id, right, code (10), not after (5, seconds, big endian), HMAC-SHA-256
 * truncated to 18 bytes over a domain label and all before it.  There is one
 * spelling per token.  A token never outlives the copy, because the store is
 * asked every time.
 *
 * A token is a secret as long as it holds: no log, no referrer, no cache.
 */


#ifndef CERT_TOKEN_H_INCLUDED
#define CERT_TOKEN_H_INCLUDED


#include "cert_code.h"
#include "cert_keyring.h"


#define CERT_TOKEN_LEN        48
#define CERT_TOKEN_TEXT_SIZE  49

/* No token is made to hold longer, of a copy that never ends neither. */
#define CERT_TOKEN_SEC_MAX  (INT64_C(3650) * CERT_DAY_SEC)

typedef enum {
    CERT_RIGHT_VIEW = 1,
    CERT_RIGHT_DOWNLOAD = 2
} cert_right_t;

typedef struct {
    cert_right_t  right;
    cert_code_t   code;
    cert_time_t   not_after;    /* first instant at which it no longer holds */
} cert_claims_t;


/*
 * "view" or "download", as in the path of a link; static.  parse returns
 * CERT_INVALID, and leaves "right", if the text is neither.
 */
const char *cert_right_name(cert_right_t right);
cert_err_t cert_right_parse(cert_right_t *right, cert_str_t text);

/*
 * Makes a token under the active token key; "text" is terminated.  Equal
 * claims give equal tokens as long as that key is active.
 *
 *     CERT_OK
 *     CERT_INVALID  "not_after" is negative or past CERT_TIME_NEVER, or the
 *                   right is unknown
 *     CERT_NO_KEY   the ring has no active "token" key
 *     CERT_SYSTEM   OpenSSL failed
 *
 * On an error "text" is unspecified.
 */
cert_err_t cert_token_make(cert_keyring_t *ring, const cert_claims_t *claims,
    char text[CERT_TOKEN_TEXT_SIZE]);

/*
 * Reads a token and verifies it; takes the same time for every wrong MAC.
 *
 *     CERT_OK      "claims" are genuine and in force
 *     CERT_EXPIRED "claims" are genuine, their time is over
 *     CERT_DENIED  anything else: length, spelling, version, key, MAC
 *     CERT_SYSTEM  OpenSSL failed
 *
 * "claims" are filled in after the first two only.  CERT_EXPIRED may be told
 * to the bearer, who held the token; CERT_DENIED without any cause.
 */
cert_err_t cert_token_verify(cert_keyring_t *ring, cert_str_t text,
    cert_time_t now, cert_claims_t *claims);


#endif /* CERT_TOKEN_H_INCLUDED */
