/*
 * Copyright (C) the ngx_cert authors
 *
 * What can go wrong with a request, in the words its sender gets (RFC 9457).
 *
 * Names are stable: programs rely on them.  Details are for people, in Chinese
 * and in English, and say what to do next.
 */


#ifndef CERTD_PROBLEM_H_INCLUDED
#define CERTD_PROBLEM_H_INCLUDED


#include "certd.h"


/* In the order of their statuses. */
typedef enum {
    CERTD_PROBLEM_BAD_FORM = 0,
    CERTD_PROBLEM_BAD_IDENTITY,
    CERTD_PROBLEM_BAD_KEY,              /* of Idempotency-Key */
    CERTD_PROBLEM_NO_HOST,
    CERTD_PROBLEM_LOGIN_REQUIRED,
    CERTD_PROBLEM_LOGIN_REFUSED,
    CERTD_PROBLEM_IDENTITY_REQUIRED,
    CERTD_PROBLEM_CROSS_SITE,
    CERTD_PROBLEM_CONSENT_REQUIRED,
    CERTD_PROBLEM_REGISTRATION_REFUSED,
    CERTD_PROBLEM_NO_CERTIFICATE,       /* of the requester */
    CERTD_PROBLEM_NO_ANNOTATION,        /* of the requester */
    CERTD_PROBLEM_NO_ROUTE,
    CERTD_PROBLEM_IDENTITY_ELSEWHERE,
    CERTD_PROBLEM_METHOD,
    CERTD_PROBLEM_USERNAME_TAKEN,
    CERTD_PROBLEM_NOTICE_CHANGED,
    CERTD_PROBLEM_QUOTA,
    CERTD_PROBLEM_NOT_VALID,
    CERTD_PROBLEM_NOT_NEEDED,           /* it has an original copy */
    CERTD_PROBLEM_STATE,
    CERTD_PROBLEM_KEY_REUSED,
    CERTD_PROBLEM_TOO_LARGE,
    CERTD_PROBLEM_MEDIA_TYPE,
    CERTD_PROBLEM_FIELD,
    CERTD_PROBLEM_SCENE,
    CERTD_PROBLEM_DAYS,
    CERTD_PROBLEM_TOO_MANY,             /* hashes wait */
    CERTD_PROBLEM_TOO_OFTEN,            /* failures in a row */
    CERTD_PROBLEM_BUSY,                 /* passes by itself */
    CERTD_PROBLEM_UNAVAILABLE,          /* an operator has to act */
    CERTD_PROBLEMS
} certd_problem_t;

typedef struct {
    const char  *name;
    unsigned     status;
    unsigned     retry_sec;     /* 0: no Retry-After */
    const char  *field;         /* of the form; NULL: none, or a fault's */
    const char  *title;
    const char  *detail;
    const char  *detail_en;
} certd_problem_row_t;

/* What is wrong with a field of a form. */
typedef struct {
    const char  *field;
    const char  *detail;
    const char  *detail_en;
} certd_fault_t;


/* Static, never NULL. */
const certd_problem_row_t *certd_problem_row(certd_problem_t problem);

/*
 * What a refused change is for its sender.  CERTD_PROBLEM_UNAVAILABLE: a
 * refusal that no request can cause.
 */
certd_problem_t certd_problem_refusal(cert_refusal_t refusal);

/*
 * What an error of the store is for the sender of a request; "level" is the one
 * at which it is logged.
 */
certd_problem_t certd_problem_err(cert_err_t err, certd_log_level_t *level);


#endif /* CERTD_PROBLEM_H_INCLUDED */
