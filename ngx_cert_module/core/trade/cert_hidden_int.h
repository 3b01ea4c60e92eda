/*
 * Copyright (C) the ngx_cert authors
 *
 * What a certificate hides of its person: the ciphertext.  Private to core/.
 */


#ifndef CERT_HIDDEN_INT_H_INCLUDED
#define CERT_HIDDEN_INT_H_INCLUDED


#include "cert_bytes_int.h"
#include "cert_crypto_int.h"
#include "cert_record.h"


/* Of "person" when encrypted: texts with lengths, type and date, tag. */
#define CERT_PERSONAL_MAX                                                     \
    (CERT_NAME_MAX + CERT_ID_NUMBER_MAX + CERT_TEXT_MAX + 8                   \
     + CERT_GCM_TAG_SIZE)

/*
 * The parts of a certificate record beside its facts: what a change carries
 * over when it rewrites the facts without the private keys.
 */
typedef struct {
    uint32_t    annotations;    /* how many the index must lead to */

    /*
     * The digest that the match of schema 1 looked for, which is carried over
     * and not written any more; key 0: none.  See cert_match_int.h.
     */
    uint8_t     match_key;
    uint8_t     match[CERT_SHA256_SIZE];

    uint8_t     personal_key;
    uint8_t     nonce[CERT_NONCE_SIZE];
    cert_str_t  personal;       /* ciphertext and its tag */
} cert_hidden_t;


/*
 * Encrypts and decrypts a person; "personal" backs hidden->personal and has
 * CERT_PERSONAL_MAX bytes.  The certificate's number is bound to it.  A caller
 * that has a person revealed wipes it; after an error there is nothing to wipe.
 *
 *     CERT_INVALID  to hide: the texts do not fit
 *     CERT_CORRUPT  to reveal: it does not verify, or is not laid out so
 *     CERT_NO_KEY   the "personal" key that it needs is not held
 *     CERT_SYSTEM   libcrypto has failed
 */
cert_err_t cert_person_hide(cert_keyring_t *ring, cert_str_t number,
    const cert_person_t *person, cert_hidden_t *hidden, uint8_t *personal);
cert_err_t cert_person_reveal(cert_keyring_t *ring, cert_str_t number,
    const cert_hidden_t *hidden, cert_person_t *person);


#endif /* CERT_HIDDEN_INT_H_INCLUDED */
