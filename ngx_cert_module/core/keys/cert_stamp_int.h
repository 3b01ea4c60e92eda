/*
 * Copyright (C) the ngx_cert authors
 *
 * What tokens of all kinds have in common.  Private to core/.
 *
 * 36 bytes, so exactly 48 base64url characters and one spelling: version 1,
 * key id, 16 bytes of the kind's own, HMAC-SHA-256 truncated to 18 bytes over
 * the kind's label and all before it.
 */


#ifndef CERT_STAMP_INT_H_INCLUDED
#define CERT_STAMP_INT_H_INCLUDED


#include "cert_keyring.h"


#define CERT_STAMP_SIZE       36
#define CERT_STAMP_BODY       2
#define CERT_STAMP_BODY_SIZE  16
#define CERT_STAMP_TEXT_SIZE  49

/*
 * A kind of token.  The label keeps a MAC that was made for another purpose
 * from being one of these.
 */
typedef struct {
    cert_key_use_t  use;
    const char     *label;
} cert_stamp_kind_t;


/*
 * Completes "stamp", whose body the caller has filled in, under the active key
 * and writes its text.  CERT_NO_KEY: there is none; CERT_SYSTEM.
 */
cert_err_t cert_stamp_make(cert_keyring_t *ring,
    const cert_stamp_kind_t *kind, uint8_t stamp[CERT_STAMP_SIZE],
    char text[CERT_STAMP_TEXT_SIZE]);

/*
 * Reads and verifies a text.  CERT_DENIED for every cause, so that a forger
 * learns none; CERT_SYSTEM.  "stamp" is to be believed after CERT_OK only.
 */
cert_err_t cert_stamp_prove(cert_keyring_t *ring,
    const cert_stamp_kind_t *kind, cert_str_t text,
    uint8_t stamp[CERT_STAMP_SIZE]);


#endif /* CERT_STAMP_INT_H_INCLUDED */
