/*
 * Copyright (C) the ngx_cert authors
 *
 * Holders: their accounts, user names and sessions.
 *
 * A holder is named by a keyed digest of document type and number, so the
 * store tells neither.  The record of that name is an account or a link to
 * one: a holder whose document number was corrected has one account and two
 * names.  User name and password hash are encrypted like a person, and a user
 * name is looked up by a keyed digest: a public worker can read neither.
 *
 * Getters and lists: cert_holder_read.h; changes: cert_change.h.
 */


#ifndef CERT_HOLDER_H_INCLUDED
#define CERT_HOLDER_H_INCLUDED


#include <string.h>

#include "cert_keyring.h"
#include "cert_person.h"


#define CERT_HOLDER_SIZE    16
#define CERT_USERNAME_MIN   3       /* bytes, folded */
#define CERT_USERNAME_MAX   64
#define CERT_PASSWORD_MAX   255     /* bytes of a crypt(3) string */
#define CERT_LINKS_MAX      8

/* May be compared by memcmp() and used as a key of one's own. */
typedef struct {
    uint8_t  bytes[CERT_HOLDER_SIZE];
} cert_holder_t;

/* An account.  Wipe it when done: it may hold a login. */
typedef struct {
    cert_holder_t  holder;          /* under which it stands: never a link's */
    cert_time_t    created;
    uint32_t       generation;      /* moves with each new password: sessions
                                       of another one do not hold */
    int            is_matched;      /* a certificate was known when it was
                                       made */
    uint32_t       notice_version;  /* agreed to; 0: none, nor the next two */
    cert_time_t    notice_time;
    uint8_t        notice_sha256[CERT_SHA256_SIZE];     /* of its text */
    size_t         links_n;
    cert_holder_t  links[CERT_LINKS_MAX];   /* its other names */
    int            has_login;       /* the next two are filled in */
    cert_text_t    username;        /* folded */
    char           password[CERT_PASSWORD_MAX + 1];     /* crypt(3) string */
} cert_account_t;

/*
 * A session.  It holds while "now" is before "until" and "generation" is that
 * of its holder's account; the reader decides that.
 */
typedef struct {
    cert_holder_t  holder;          /* of the account */
    uint32_t       generation;      /* of the account at login */
    cert_time_t    created;
    cert_time_t    seen;            /* CERT_CHANGE_TOUCH */
    cert_time_t    until;           /* first instant it does not hold */
} cert_session_t;


/*
 * The name of the holder of this document; "id_number" is folded.  Equal
 * documents give equal names as long as the "lookup" key stays.
 *
 *     CERT_OK
 *     CERT_NO_KEY  the ring has no active "lookup" key
 *     CERT_SYSTEM  OpenSSL failed
 */
cert_err_t cert_holder_make(cert_keyring_t *ring, cert_id_type_t id_type,
    cert_str_t id_number, cert_holder_t *holder);

/*
 * Folds a user name: NFC, case folded, full-width forms to ASCII, spaces at
 * both ends trimmed; then 3 to 64 bytes of letters and digits of any script
 * and "._@+-".  Folding what is folded changes nothing.
 *
 * CERT_INVALID: anything else; "why" (may be NULL) as in cert_text_fold(),
 * "out" is unspecified.
 */
cert_err_t cert_username_fold(cert_text_t *out, cert_str_t in,
    const char **why);

/*
 * The same for a user name that is looked for: what it cannot have, white space
 * and format characters, is dropped, and dashes of all kinds are "-".
 */
cert_err_t cert_username_match(cert_text_t *out, cert_str_t in,
    const char **why);

/* Names are digests that anyone may see: no need of constant time. */
static inline int
cert_holder_is_equal(const cert_holder_t *a, const cert_holder_t *b)
{
    return memcmp(a->bytes, b->bytes, CERT_HOLDER_SIZE) == 0;
}


#endif /* CERT_HOLDER_H_INCLUDED */
