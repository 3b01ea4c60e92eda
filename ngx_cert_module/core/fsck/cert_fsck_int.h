/*
 * Copyright (C) the ngx_cert authors
 *
 * The visitors of the whole-store check.  Private to core/.
 */


#ifndef CERT_FSCK_INT_H_INCLUDED
#define CERT_FSCK_INT_H_INCLUDED


#include "cert_fsck_find_int.h"


/* Visitors, one a kind of database; always CERT_OK. */
cert_err_t cert_fsck_certificate(void *data, cert_str_t key,
    cert_str_t value);
cert_err_t cert_fsck_annotation(void *data, cert_str_t key,
    cert_str_t value);
cert_err_t cert_fsck_holder_certificate(void *data, cert_str_t key,
    cert_str_t value);
cert_err_t cert_fsck_certificate_annotation(void *data, cert_str_t key,
    cert_str_t value);
cert_err_t cert_fsck_queue(void *data, cert_str_t key, cert_str_t value);
cert_err_t cert_fsck_expiry(void *data, cert_str_t key, cert_str_t value);
cert_err_t cert_fsck_file(void *data, cert_str_t key, cert_str_t value);
cert_err_t cert_fsck_photo(void *data, cert_str_t key, cert_str_t value);
cert_err_t cert_fsck_match(void *data, cert_str_t key, cert_str_t value);
cert_err_t cert_fsck_holder(void *data, cert_str_t key, cert_str_t value);
cert_err_t cert_fsck_username(void *data, cert_str_t key, cert_str_t value);
cert_err_t cert_fsck_session(void *data, cert_str_t key, cert_str_t value);
cert_err_t cert_fsck_idempotency(void *data, cert_str_t key,
    cert_str_t value);

/*
 * Checks the entry of a certificate for the three-way match; its digests as
 * well if "person" is given.
 */
void cert_fsck_matched(cert_fsck_t *fsck, cert_str_t number,
    const cert_person_t *person);


#endif /* CERT_FSCK_INT_H_INCLUDED */
