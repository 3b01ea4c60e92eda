/*
 * Copyright (C) the ngx_cert authors
 *
 * A certificate as a change writes it.  Private to core/.
 */


#ifndef CERT_CHANGE_CERTIFICATE_INT_H_INCLUDED
#define CERT_CHANGE_CERTIFICATE_INT_H_INCLUDED


#include "cert_exec_int.h"


/* A certificate as it is to be stored. */
typedef struct {
    cert_facts_t   facts;
    int            has_photo;
    cert_hidden_t  hidden;
    cert_text_t    masked;
    uint8_t        personal[CERT_PERSONAL_MAX];
} cert_stored_t;


/*
 * Fills in what is derived from the person: mask, digest, ciphertext under
 * the active keys and the change's nonce.
 */
cert_err_t cert_stored_hide(cert_exec_t *exec, const cert_person_t *person,
    cert_stored_t *stored);

/* Puts the record; "w" then holds its payload, as the journal wants it. */
cert_err_t cert_stored_put(cert_txn_t *txn, const cert_stored_t *stored,
    cert_writer_t *w);


#endif /* CERT_CHANGE_CERTIFICATE_INT_H_INCLUDED */
