/*
 * Copyright (C) the ngx_cert authors
 *
 * How other platforms write the hash of a password: with the name of its
 * scheme in front, or in a scheme of their own.
 */


#ifndef CERTCTL_SCHEME_H_INCLUDED
#define CERTCTL_SCHEME_H_INCLUDED


#include "cert.h"


/*
 * Takes the label of a scheme off a hash: "{bcrypt}" of Spring Security,
 * "{CRYPT}" of LDAP, "{BLF-CRYPT}" of Dovecot, "bcrypt$" of Django.  A hash
 * without a label, or with one that is not here, stays as it is.  Returns what
 * the hash behind it has to begin with, such as "$2"; static, "" for anything.
 */
const char *certctl_scheme_unlabel(cert_str_t *hash);

/*
 * Tells why a hash cannot be verified by crypt(3) with a method that is strong,
 * as far as its form names the scheme: a static sentence part, such as "is
 * pbkdf2_sha256 of Django, which is not supported".  NULL: it names none.
 */
const char *certctl_scheme_refusal(cert_str_t hash);


#endif /* CERTCTL_SCHEME_H_INCLUDED */
