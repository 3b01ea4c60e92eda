/*
 * Copyright (C) the ngx_cert authors
 *
 * An applicant for an account: shared by
 *
 *     certd_applicant.c   the form
 *     certd_register.c    what becomes of it
 */


#ifndef CERTD_APPLICANT_H_INCLUDED
#define CERTD_APPLICANT_H_INCLUDED


#include "certd_request.h"


/* "password" points into the form of the request.  Wipe it when done. */
typedef struct {
    certd_request_t  *r;
    cert_id_type_t    id_type;
    cert_text_t       id_number;
    cert_text_t       name;         /* its match form */
    cert_text_t       username;
    cert_str_t        password;
    cert_holder_t     holder;
    int64_t           try_ms;       /* when it was counted as a failure */
    int               is_match;
    int               is_taken;
    char              hash[CERT_PASSWORD_MAX + 1];
} certd_applicant_t;


/*
 * Reads the form of "a->r" and folds what is in it.  Nothing is looked up, so a
 * refusal of a field tells nothing about any person.  False: it was answered.
 */
int certd_applicant_read(certd_applicant_t *a);


#endif /* CERTD_APPLICANT_H_INCLUDED */
