/*
 * Copyright (C) the ngx_cert authors
 *
 * Getters of accounts, user names, sessions and owners; the rules and errors
 * are those of cert_reader.h, and what is missing is proved to be.
 */


#ifndef CERT_HOLDER_READ_H_INCLUDED
#define CERT_HOLDER_READ_H_INCLUDED


#include "cert_holder.h"
#include "cert_reader.h"


/*
 * The account of a holder, also by one of its links: account->holder then is
 * another than "holder".  The login is filled in if there is one and the ring
 * has an active "personal" key; has_login tells.
 *
 * CERT_CORRUPT also where a link leads to no account that knows it.
 */
cert_err_t cert_read_account(cert_reader_t *reader,
    const cert_holder_t *holder, cert_account_t *account);

/*
 * Whose user name this is; "username" is folded.  Needs the "lookup" key:
 * CERT_NO_KEY.
 */
cert_err_t cert_read_username(cert_reader_t *reader, cert_str_t username,
    cert_holder_t *holder);

/* By the digest of its token (cert_session.h); also one that is over. */
cert_err_t cert_read_session(cert_reader_t *reader,
    const uint8_t digest[CERT_SHA256_SIZE], cert_session_t *session);

/*
 * Whether a certificate is the account's, by its holder or one of its links.
 * Decided by the certificate itself and not by an index, so it needs the
 * "personal" and "lookup" keys: CERT_NO_KEY.
 *
 *     CERT_OK         it is
 *     CERT_NOT_FOUND  it is another's, or there is none; do not tell which
 */
cert_err_t cert_read_holds(cert_reader_t *reader,
    const cert_account_t *account, cert_str_t number);


#endif /* CERT_HOLDER_READ_H_INCLUDED */
