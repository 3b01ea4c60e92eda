/*
 * Copyright (C) the ngx_cert authors
 *
 * An account as a change writes it.  Private to core/.
 */


#ifndef CERT_CHANGE_ACCOUNT_INT_H_INCLUDED
#define CERT_CHANGE_ACCOUNT_INT_H_INCLUDED


#include "cert_exec_int.h"
#include "cert_holder_record_int.h"


/* Puts the record of an account; its payload goes into the journal. */
cert_err_t cert_account_put(cert_exec_t *exec,
    const cert_account_t *account, const cert_login_t *login);


#endif /* CERT_CHANGE_ACCOUNT_INT_H_INCLUDED */
