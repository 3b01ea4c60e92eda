/*
 * Copyright (C) the ngx_cert authors
 *
 * What the store holds of the copies of a certificate.
 *
 * Needs a reader.  Errors are those of the getters of the store, and
 * CERT_NO_MEMORY.
 */


#ifndef CERTD_COPIES_H_INCLUDED
#define CERTD_COPIES_H_INCLUDED


#include "certd_request.h"


/* What a holder sees of a copy. */
typedef enum {
    CERTD_STATE_NONE = 0,       /* there is none */
    CERTD_STATE_GENERATING,
    CERTD_STATE_READY,
    CERTD_STATE_EXPIRED,
    CERTD_STATE_WITHDRAWN,
    CERTD_STATE_FAILED,
    CERTD_STATE_ENDED,          /* the certificate is not in force */
    CERTD_STATES
} certd_state_t;

/* "certificate" backs the strings of both: do not copy the struct. */
typedef struct {
    certd_state_t       state;
    cert_annotation_t   annotation;
    cert_certificate_t  certificate;    /* without the person */
} certd_copy_t;

/* In the order of applying. */
typedef struct {
    size_t        n;
    size_t        room;
    cert_code_t  *codes;        /* on the heap: free it */
} certd_codes_t;


/* The copy of this code, of any holder. */
cert_err_t certd_copy_read(certd_request_t *r, const cert_code_t *code,
    certd_copy_t *copy);

/*
 * The copy that the path names, if the requester holds its certificate.  False:
 * it was answered, in the same way for a copy of another holder as for none.
 */
int certd_copy_find(certd_request_t *r, certd_copy_t *copy);

/* All copies of a certificate. */
cert_err_t certd_codes_read(certd_request_t *r, cert_str_t number,
    certd_codes_t *codes);


#endif /* CERTD_COPIES_H_INCLUDED */
