/*
 * Copyright (C) the ngx_cert authors
 *
 * Accounts, sessions and owners inside a snapshot or a write transaction.
 * Private to core/.
 */


#ifndef CERT_HOLDER_READ_INT_H_INCLUDED
#define CERT_HOLDER_READ_INT_H_INCLUDED


#include "cert_holder_record_int.h"
#include "cert_read_int.h"


/*
 * Records inside a snapshot or a write transaction; a miss is proved.  An
 * account is found by its links too, and still without its login.
 */
cert_err_t cert_txn_account(cert_store_t *store, MDB_txn *txn,
    const cert_holder_t *holder, cert_account_t *account,
    cert_login_t *login);
cert_err_t cert_txn_session(cert_store_t *store, MDB_txn *txn,
    const uint8_t digest[CERT_SHA256_SIZE], cert_session_t *session);

/*
 * Whose a certificate is, by its own person; a miss is not proved.
 * CERT_NO_KEY: needs "personal" and "lookup".
 */
cert_err_t cert_txn_owner(cert_store_t *store, MDB_txn *txn,
    cert_str_t number, cert_holder_t *holder);

/*
 * Proves an entry of CERT_DB_HOLDER_CERTIFICATE, which has no seal, by the
 * certificate it lists; "number" is a part of "key".
 */
cert_err_t cert_txn_owned(cert_store_t *store, MDB_txn *txn, cert_str_t key,
    cert_str_t value, cert_str_t *number);


#endif /* CERT_HOLDER_READ_INT_H_INCLUDED */
