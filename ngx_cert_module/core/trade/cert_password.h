/*
 * Copyright (C) the ngx_cert authors
 *
 * What may be a password, wherever one is chosen, and how its hash is made.
 */


#ifndef CERT_PASSWORD_H_INCLUDED
#define CERT_PASSWORD_H_INCLUDED


#include "cert.h"


/* In code points. */
#define CERT_PASSWORD_CHARS_MIN  8
#define CERT_PASSWORD_CHARS_MAX  128

/* In bytes, as crypt(3) takes them: CRYPT_MAX_PASSPHRASE_SIZE with its end. */
#define CERT_PASSWORD_BYTES_MAX  511

/*
 * What crypt_gensalt(3) gets for a new hash, yescrypt with 128 MiB.  certd
 * hashes again, at the next login, what was made in another way.
 */
#define CERT_PASSWORD_PREFIX  "$y$"
#define CERT_PASSWORD_COST    8


/*
 * True of one line of UTF-8 of such a length: no control character, no line or
 * paragraph separator.
 */
int cert_password_is_sound(cert_str_t password);


#endif /* CERT_PASSWORD_H_INCLUDED */
