/*
 * Copyright (C) the ngx_cert authors
 *
 * Passwords of accounts: crypt(3) hashes told apart and made, passwords drawn
 * and read.  Passwords and hashes are secrets: wipe what holds one, and print
 * none but the password that was drawn.
 */


#ifndef CERTCTL_PASSWORD_H_INCLUDED
#define CERTCTL_PASSWORD_H_INCLUDED


#include "cert_password.h"
#include "certctl.h"


/* Of one that is drawn. */
#define CERTCTL_PASSWORD_LEN  20

typedef char  certctl_password_t[CERT_PASSWORD_BYTES_MAX + 1];


/* The method of a hash, such as "yescrypt"; static, "unknown" for another. */
const char *certctl_password_method(const char *hash);

/*
 * Looks whether this is a whole hash of a method that is strong by today's
 * standards, and copies it, without a label such as "{bcrypt}" of Spring.  By
 * its form alone: no password is at hand.
 * CERT_INVALID: it is not, "why" is a static sentence part.
 */
cert_err_t certctl_password_take(char hash[CERT_PASSWORD_MAX + 1],
    cert_str_t text, const char **why);

/*
 * Draws a password of lower-case letters and digits that cannot be taken for
 * one another, from the kernel: about 99 bits.  CERTCTL_SYSTEM: it gave none.
 */
int certctl_password_draw(certctl_t *ctl, certctl_password_t password);

/*
 * Reads the one line of a file, "-" being standard input, without its line
 * end.  CERTCTL_NO: not what may be a password (cert_password.h);
 * CERTCTL_SYSTEM: cannot be read.
 */
int certctl_password_read(certctl_t *ctl, const char *file,
    certctl_password_t password);

/*
 * A yescrypt hash with a salt of its own, at the cost that certd has.  Takes
 * 128 MiB and some 150 ms.  CERTCTL_SYSTEM: no memory, or no yescrypt.
 */
int certctl_password_hash(certctl_t *ctl, const char *password,
    char hash[CERT_PASSWORD_MAX + 1]);


#endif /* CERTCTL_PASSWORD_H_INCLUDED */
