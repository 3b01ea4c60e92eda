/*
 * Copyright (C) the ngx_cert authors
 *
 * What may be a password.
 */


#ifndef CERTD_PASSWORD_H_INCLUDED
#define CERTD_PASSWORD_H_INCLUDED


#include "certd.h"


#define CERTD_PASSWORD_POINTS_MIN  8
#define CERTD_PASSWORD_POINTS_MAX  128

/* 8 to 128 characters of UTF-8, no control among them. */
int certd_password_is_sound(cert_str_t password);

/*
 * True if it is one of the folded texts, however it is typed: the first guesses
 * of a person who knows the holder.
 */
int certd_password_is_told(cert_str_t password, const cert_text_t *username,
    const cert_text_t *name, const cert_text_t *id_number);


#endif /* CERTD_PASSWORD_H_INCLUDED */
