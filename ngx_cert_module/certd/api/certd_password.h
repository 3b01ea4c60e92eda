/*
 * Copyright (C) the ngx_cert authors
 *
 * Passwords that are the first guess of somebody who knows the holder.
 */


#ifndef CERTD_PASSWORD_H_INCLUDED
#define CERTD_PASSWORD_H_INCLUDED


#include "certd.h"


/* True if it is one of the folded texts, however it is typed. */
int certd_password_is_told(cert_str_t password, const cert_text_t *username,
    const cert_text_t *name, const cert_text_t *id_number);


#endif /* CERTD_PASSWORD_H_INCLUDED */
