/*
 * Copyright (C) the ngx_cert authors
 *
 * A certificate as a change writes it.  Private to core/.
 */


#ifndef CERT_CHANGE_CERTIFICATE_INT_H_INCLUDED
#define CERT_CHANGE_CERTIFICATE_INT_H_INCLUDED


#include "cert_exec_int.h"
#include "cert_match_int.h"


/* A certificate as it is to be stored, and its entry for the match. */
typedef struct {
    cert_facts_t   facts;
    int            has_photo;
    cert_hidden_t  hidden;
    cert_text_t    masked;          /* these two hold what facts point to */
    cert_text_t    successor;
    uint8_t        personal[CERT_PERSONAL_MAX];
    cert_match_t   match;           /* set by cert_stored_hide(), as the next */
    size_t         match_len;
    uint8_t        match_at[CERT_MATCH_KEY_MAX];
} cert_stored_t;


/*
 * Fills in what is derived from the person: mask, entry for the match,
 * ciphertext under the active keys and the change's nonce.
 */
cert_err_t cert_stored_hide(cert_exec_t *exec, const cert_person_t *person,
    cert_stored_t *stored);

/*
 * The entry alone, under key stored->match.key, or the active one when it is 0.
 * CERT_NO_KEY.
 */
cert_err_t cert_stored_match(cert_keyring_t *ring, const cert_person_t *person,
    cert_stored_t *stored);

/* Puts the entry; and removes that of a certificate which goes. */
cert_err_t cert_stored_put_match(cert_txn_t *txn, const cert_stored_t *stored);
cert_err_t cert_match_del(cert_txn_t *txn, cert_str_t number);

/* Puts the record; "w" then holds its payload, as the journal wants it. */
cert_err_t cert_stored_put(cert_txn_t *txn, const cert_stored_t *stored,
    cert_writer_t *w);

/*
 * The number of a certificate of the same document whose own number differs
 * from "certificate"'s in spelling alone.  CERT_NOT_FOUND: there is none;
 * CERT_NO_KEY: needs "personal"; CERT_CORRUPT: an entry leads to none.
 */
cert_err_t cert_match_find(cert_txn_t *txn,
    const cert_certificate_t *certificate, cert_text_t *number);


#endif /* CERT_CHANGE_CERTIFICATE_INT_H_INCLUDED */
