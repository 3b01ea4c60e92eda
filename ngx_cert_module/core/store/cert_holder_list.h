/*
 * Copyright (C) the ngx_cert authors
 *
 * Lists of a holder's certificates, of accounts and of sessions; the rules
 * and errors are those of the lists in cert_reader.h.
 */


#ifndef CERT_HOLDER_LIST_H_INCLUDED
#define CERT_HOLDER_LIST_H_INCLUDED


#include "cert_holder.h"
#include "cert_reader.h"


typedef cert_err_t (*cert_each_number_pt)(void *data, cert_str_t number);
typedef cert_err_t (*cert_each_account_pt)(void *data,
    const cert_account_t *account);
typedef cert_err_t (*cert_each_session_pt)(void *data,
    const uint8_t digest[CERT_SHA256_SIZE], const cert_session_t *session);

/*
 * Numbers of a holder's certificates, in the order of bytes; of the links of
 * an account one by one.  Each is proved by its certificate, and so is what
 * stands before and behind: a list that lacks one is CERT_CORRUPT.  Needs
 * the "personal" and "lookup" keys: CERT_NO_KEY.
 */
cert_err_t cert_list_holder_certificates(cert_reader_t *reader,
    const cert_holder_t *holder, cert_position_t *after, size_t limit,
    cert_each_number_pt each, void *data);

/* All accounts, without the links to them; the login as above. */
cert_err_t cert_list_accounts(cert_reader_t *reader, cert_position_t *after,
    size_t limit, cert_each_account_pt each, void *data);

/* All sessions, those that are over too: who lists them ends them. */
cert_err_t cert_list_sessions(cert_reader_t *reader, cert_position_t *after,
    size_t limit, cert_each_session_pt each, void *data);


#endif /* CERT_HOLDER_LIST_H_INCLUDED */
