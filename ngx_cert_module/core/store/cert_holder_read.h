/*
 * Copyright (C) the ngx_cert authors
 *
 * Getters and lists of accounts, user names, sessions and of the certificates
 * that a holder has.  Rules and errors as told in cert_reader.h and
 * cert_list.h; what is missing is proved to be.
 */


#ifndef CERT_HOLDER_READ_H_INCLUDED
#define CERT_HOLDER_READ_H_INCLUDED


#include "cert_holder.h"
#include "cert_list.h"


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
 * The holder with this user name, which is folded.  Needs the "lookup" key:
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
 *     CERT_OK         it is; "certificate", if not NULL, has it with its
 *                     person, of the moment for which that was decided
 *     CERT_NOT_FOUND  it is another's, or there is none; do not tell which
 */
cert_err_t cert_read_holds(cert_reader_t *reader,
    const cert_account_t *account, cert_str_t number,
    cert_certificate_t *certificate);


typedef cert_err_t (*cert_each_number_pt)(void *data, cert_str_t number);
typedef cert_err_t (*cert_each_account_pt)(void *data,
    const cert_account_t *account);
typedef cert_err_t (*cert_each_session_pt)(void *data,
    const uint8_t digest[CERT_SHA256_SIZE], const cert_session_t *session);

/*
 * Numbers of a holder's certificates, in the order of bytes; of the links of an
 * account one by one.  Each is verified by its certificate, and so is what
 * stands before and behind: a list that lacks one is CERT_CORRUPT.  Needs the
 * "personal" and "lookup" keys: CERT_NO_KEY.
 */
cert_err_t cert_list_holder_certificates(cert_reader_t *reader,
    const cert_holder_t *holder, cert_position_t *after, size_t limit,
    cert_each_number_pt each, void *data);

/* All accounts, without the links to them; the login as above. */
cert_err_t cert_list_accounts(cert_reader_t *reader, cert_position_t *after,
    size_t limit, cert_each_account_pt each, void *data);

/* All sessions, also those that are over: the caller ends these. */
cert_err_t cert_list_sessions(cert_reader_t *reader, cert_position_t *after,
    size_t limit, cert_each_session_pt each, void *data);


#endif /* CERT_HOLDER_READ_H_INCLUDED */
