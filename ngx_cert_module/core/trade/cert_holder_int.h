/*
 * Copyright (C) the ngx_cert authors
 *
 * Names of holders and users as keys of the store.  Private to core/.
 */


#ifndef CERT_HOLDER_INT_H_INCLUDED
#define CERT_HOLDER_INT_H_INCLUDED


#include "cert_holder.h"


#define CERT_USERNAME_KEY_SIZE  16


/* A holder as a key, valid as long as the holder. */
#define cert_holder_str(h)  ((cert_str_t) { (h)->bytes, CERT_HOLDER_SIZE })

/* True if "holder" is the account's, or one of its links. */
int cert_account_has(const cert_account_t *account,
    const cert_holder_t *holder);

/* The key that names a user name.  CERT_NO_KEY: no active "lookup" key. */
cert_err_t cert_username_key(cert_keyring_t *ring, cert_str_t username,
    uint8_t key[CERT_USERNAME_KEY_SIZE]);


#endif /* CERT_HOLDER_INT_H_INCLUDED */
