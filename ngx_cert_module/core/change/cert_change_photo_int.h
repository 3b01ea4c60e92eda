/*
 * Copyright (C) the ngx_cert authors
 *
 * A photo as a change writes it.  Private to core/.
 */


#ifndef CERT_CHANGE_PHOTO_INT_H_INCLUDED
#define CERT_CHANGE_PHOTO_INT_H_INCLUDED


#include "cert_exec_int.h"


/* Encrypts and puts a photo; its payload goes into the journal. */
cert_err_t cert_photo_put(cert_exec_t *exec, cert_str_t number,
    cert_str_t photo);

/* Decrypts a stored photo into scratch, with room to seal it again. */
cert_err_t cert_photo_get(cert_txn_t *txn, cert_str_t number,
    cert_str_t *photo);


#endif /* CERT_CHANGE_PHOTO_INT_H_INCLUDED */
