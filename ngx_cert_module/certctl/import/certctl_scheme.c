/*
 * Copyright (C) the ngx_cert authors
 *
 * Schemes of password hashes, by their form.
 *
 * libxcrypt is not asked first: it takes whatever begins with two letters or
 * digits for a hash of DES, and so calls "pbkdf2_sha256$..." of Django, or a
 * digest in hex, a legacy method.  That sends a registrar to an old server, and
 * not for the setting of the platform that the hashes come from.
 *
 * A digest without a scheme is known by its length and alphabet.  That is a
 * guess, but none of these is ever accepted: only the name may be wrong.
 */


#include <string.h>
#include <strings.h>

#include "certctl_scheme.h"


#define CERTCTL_SCHEME_UNKNOWN(name)  "is " name ", which is not supported"
#define CERTCTL_SCHEME_WEAK(name)     "is " name ", which is too weak"

/* Alphabets. */
#define CERTCTL_SCHEME_HEX     "0123456789abcdefABCDEF"
#define CERTCTL_SCHEME_BASE64                                                 \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
#define CERTCTL_SCHEME_DES                                                    \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./"

typedef struct {
    const char  *label;     /* in any case */
    const char  *method;    /* what is behind it begins so */
} certctl_label_t;

typedef struct {
    const char  *prefix;    /* in any case */
    const char  *why;
} certctl_scheme_t;

typedef struct {
    const char  *prefix;
    const char  *alphabet;
    size_t       len;       /* of what follows the prefix, padding included */
    size_t       padding;   /* "=" at its end */
    const char  *why;
} certctl_digest_t;


static int certctl_scheme_begins(cert_str_t hash, const char *prefix);
static int certctl_scheme_is_digest(cert_str_t hash,
    const certctl_digest_t *digest);


static const certctl_label_t  certctl_labels[] = {
    { "{bcrypt}", "$2" },               /* Spring Security, OpenDJ */
    { "{BLF-CRYPT}", "$2" },            /* Dovecot */
    { "{SHA512-CRYPT}", "$6$" },        /* Dovecot */
    { "{CRYPT}", "" },                  /* RFC 2307, Dovecot */
    { "bcrypt$", "$2" },                /* Django */
    { NULL, NULL }
};

/* The first that fits counts. */
static const certctl_scheme_t  certctl_schemes[] = {

    /* Django, Werkzeug */
    { "pbkdf2_sha256$", CERTCTL_SCHEME_UNKNOWN("pbkdf2_sha256 of Django") },
    { "pbkdf2_sha1$", CERTCTL_SCHEME_UNKNOWN("pbkdf2_sha1 of Django") },
    { "argon2$", CERTCTL_SCHEME_UNKNOWN("argon2 of Django") },
    { "bcrypt_sha256$", CERTCTL_SCHEME_UNKNOWN("bcrypt_sha256 of Django") },
    { "scrypt$", CERTCTL_SCHEME_UNKNOWN("scrypt of Django") },
    { "unsalted_md5$", CERTCTL_SCHEME_WEAK("MD5 of Django") },
    { "unsalted_sha1$", CERTCTL_SCHEME_WEAK("SHA-1 of Django") },
    { "md5$", CERTCTL_SCHEME_WEAK("MD5 of Django") },
    { "sha1$", CERTCTL_SCHEME_WEAK("SHA-1 of Django") },
    { "crypt$", CERTCTL_SCHEME_WEAK("DES of Django") },
    { "pbkdf2:", CERTCTL_SCHEME_UNKNOWN("PBKDF2 of Werkzeug") },
    { "scrypt:", CERTCTL_SCHEME_UNKNOWN("scrypt of Werkzeug") },

    /* The format of the PHC, passlib */
    { "$argon2", CERTCTL_SCHEME_UNKNOWN("Argon2") },
    { "$pbkdf2", CERTCTL_SCHEME_UNKNOWN("PBKDF2") },
    { "$scrypt$", CERTCTL_SCHEME_UNKNOWN("scrypt not of crypt(3)") },
    { "$s0$", CERTCTL_SCHEME_UNKNOWN("scrypt not of crypt(3)") },
    { "$bcrypt-sha256$", CERTCTL_SCHEME_UNKNOWN("bcrypt over SHA-256") },

    /* Applications */
    { "$P$", CERTCTL_SCHEME_UNKNOWN("phpass, as of WordPress") },
    { "$H$", CERTCTL_SCHEME_UNKNOWN("phpass, as of phpBB") },
    { "$wp$", CERTCTL_SCHEME_UNKNOWN("bcrypt over SHA-384 of WordPress") },
    { "$S$", CERTCTL_SCHEME_UNKNOWN("salted SHA-512 of Drupal") },
    { "$shiro1$", CERTCTL_SCHEME_UNKNOWN("a hash of Apache Shiro") },
    { "AQAAAA", CERTCTL_SCHEME_UNKNOWN("PBKDF2 of ASP.NET Identity") },
    { "SCRAM-SHA-256$", CERTCTL_SCHEME_UNKNOWN("SCRAM-SHA-256") },

    /* Methods of crypt(3), here or on another system */
    { "$sm3$", CERTCTL_SCHEME_UNKNOWN("sm3crypt") },
    { "$sm3_yescrypt$", CERTCTL_SCHEME_UNKNOWN("sm3-yescrypt") },
    { "$5$", CERTCTL_SCHEME_WEAK("sha256crypt") },
    { "$apr1$", CERTCTL_SCHEME_WEAK("MD5 of Apache") },
    { "$1$", CERTCTL_SCHEME_WEAK("md5crypt") },
    { "$md5", CERTCTL_SCHEME_WEAK("MD5 of SunOS") },
    { "$sha1$", CERTCTL_SCHEME_WEAK("sha1crypt of NetBSD") },
    { "$3$", CERTCTL_SCHEME_WEAK("an NT hash") },
    { "$2x$", CERTCTL_SCHEME_WEAK("bcrypt as an old PHP got it wrong") },

    /* LDAP, Dovecot, Spring Security: those of certctl_labels are taken off. */
    { "{PBKDF2", CERTCTL_SCHEME_UNKNOWN("PBKDF2") },
    { "{argon2", CERTCTL_SCHEME_UNKNOWN("Argon2") },
    { "{scrypt", CERTCTL_SCHEME_UNKNOWN("scrypt not of crypt(3)") },
    { "{SCRAM-", CERTCTL_SCHEME_UNKNOWN("SCRAM") },
    { "{SASL}", "is a reference to SASL, and not a hash" },
    { "{noop}", "is a password in plain text" },
    { "{PLAIN}", "is a password in plain text" },
    { "{CLEAR", "is a password in plain text" },
    { "{SHA256-CRYPT}", CERTCTL_SCHEME_WEAK("sha256crypt") },
    { "{MD5-CRYPT}", CERTCTL_SCHEME_WEAK("md5crypt") },
    { "{DES-CRYPT}", CERTCTL_SCHEME_WEAK("DES") },
    { "{SSHA", CERTCTL_SCHEME_WEAK("a salted SHA digest of LDAP") },
    { "{SMD5", CERTCTL_SCHEME_WEAK("a salted MD5 digest of LDAP") },
    { "{SHA", CERTCTL_SCHEME_WEAK("a SHA digest of LDAP or Spring") },
    { "{MD", CERTCTL_SCHEME_WEAK("an MD digest of LDAP or Spring") },
    { "{LDAP-MD5}", CERTCTL_SCHEME_WEAK("an MD5 digest of LDAP") },
    { "{PLAIN-MD", CERTCTL_SCHEME_WEAK("an MD digest") },
    { "{CRAM-MD5}", CERTCTL_SCHEME_WEAK("CRAM-MD5") },
    { "{DIGEST-MD5}", CERTCTL_SCHEME_WEAK("DIGEST-MD5") },
    { "{HMAC-MD5}", CERTCTL_SCHEME_WEAK("HMAC-MD5") },
    { "{NT", CERTCTL_SCHEME_WEAK("an NT hash") },
    { "{LANMAN}", CERTCTL_SCHEME_WEAK("an LM hash") },
    { "{SM3", CERTCTL_SCHEME_WEAK("an SM3 digest") },
    { "{", "has the label of a scheme that is not known" },

    /* /etc/shadow, and what Django writes for no password */
    { "!", "is of a locked account, and not a crypt(3) hash" },
    { "*LK*", "is of a locked account, and not a crypt(3) hash" },
    { NULL, NULL }
};

static const certctl_digest_t  certctl_digests[] = {
    { "", CERTCTL_SCHEME_HEX, 16, 0,
      CERTCTL_SCHEME_WEAK("16 digits of hex, such as half an MD5") },
    { "", CERTCTL_SCHEME_HEX, 32, 0, CERTCTL_SCHEME_WEAK("MD5 in hex") },
    { "", CERTCTL_SCHEME_HEX, 40, 0, CERTCTL_SCHEME_WEAK("SHA-1 in hex") },
    { "", CERTCTL_SCHEME_HEX, 56, 0, CERTCTL_SCHEME_WEAK("SHA-224 in hex") },
    { "", CERTCTL_SCHEME_HEX, 64, 0,
      CERTCTL_SCHEME_WEAK("SHA-256 or SM3 in hex") },
    { "", CERTCTL_SCHEME_HEX, 96, 0, CERTCTL_SCHEME_WEAK("SHA-384 in hex") },
    { "", CERTCTL_SCHEME_HEX, 128, 0, CERTCTL_SCHEME_WEAK("SHA-512 in hex") },
    { "*", CERTCTL_SCHEME_HEX, 40, 0,
      CERTCTL_SCHEME_WEAK("PASSWORD() of MySQL") },
    { "md5", CERTCTL_SCHEME_HEX, 32, 0,
      CERTCTL_SCHEME_WEAK("MD5 of PostgreSQL") },
    { "", CERTCTL_SCHEME_BASE64, 24, 2, CERTCTL_SCHEME_WEAK("MD5 in base64") },
    { "", CERTCTL_SCHEME_BASE64, 28, 1,
      CERTCTL_SCHEME_WEAK("SHA-1 in base64") },
    { "", CERTCTL_SCHEME_BASE64, 44, 1,
      CERTCTL_SCHEME_WEAK("SHA-256 or SM3 in base64") },
    { "", CERTCTL_SCHEME_BASE64, 88, 2,
      CERTCTL_SCHEME_WEAK("SHA-512 in base64") },
    { "", CERTCTL_SCHEME_DES, 13, 0, CERTCTL_SCHEME_WEAK("DES") },
    { "_", CERTCTL_SCHEME_DES, 19, 0, CERTCTL_SCHEME_WEAK("DES of BSDi") },
    { NULL, NULL, 0, 0, NULL }
};


/* Django writes "bcrypt$" and then the hash, which begins with a "$" too. */
const char *
certctl_scheme_unlabel(cert_str_t *hash)
{
    size_t                  len;
    const certctl_label_t  *label;

    for (label = certctl_labels; label->label != NULL; label++) {

        if (certctl_scheme_begins(*hash, label->label)) {
            len = strlen(label->label);
            hash->data += len;
            hash->len -= len;

            return label->method;
        }
    }

    return "";
}


const char *
certctl_scheme_refusal(cert_str_t hash)
{
    const certctl_scheme_t  *scheme;
    const certctl_digest_t  *digest;

    for (scheme = certctl_schemes; scheme->prefix != NULL; scheme++) {
        if (certctl_scheme_begins(hash, scheme->prefix)) {
            return scheme->why;
        }
    }

    for (digest = certctl_digests; digest->why != NULL; digest++) {
        if (certctl_scheme_is_digest(hash, digest)) {
            return digest->why;
        }
    }

    return NULL;
}


static int
certctl_scheme_begins(cert_str_t hash, const char *prefix)
{
    size_t  len;

    len = strlen(prefix);

    return hash.len >= len
           && strncasecmp((const char *) hash.data, prefix, len) == 0;
}


/* A salt may be joined to a digest in hex with a colon. */
static int
certctl_scheme_is_digest(cert_str_t hash, const certctl_digest_t *digest)
{
    size_t       i, len;
    const char  *text;

    len = strlen(digest->prefix);
    text = (const char *) hash.data + len;

    if (hash.len < len + digest->len
        || memcmp(hash.data, digest->prefix, len) != 0)
    {
        return 0;
    }

    for (i = 0; i < digest->len - digest->padding; i++) {
        if (strchr(digest->alphabet, text[i]) == NULL || text[i] == '\0') {
            return 0;
        }
    }

    for ( /* void */ ; i < digest->len; i++) {
        if (text[i] != '=') {
            return 0;
        }
    }

    return hash.len == len + digest->len || text[i] == ':';
}
