/*
 * Copyright (C) the ngx_cert authors
 *
 * What the store holds of a holder: certificates and their copies.
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

typedef cert_err_t (*certd_each_number_pt)(void *data, cert_str_t number);


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

/*
 * Calls "each" for every certificate of a holder; between two snapshots, so it
 * may read.  Ends with the first error.
 */
cert_err_t certd_each_of_holder(certd_request_t *r,
    const cert_holder_t *holder, certd_each_number_pt each, void *data);

/*
 * The certificate that the path names, with its person, if the requester holds
 * it.  False: it was answered.
 */
int certd_certificate_find(certd_request_t *r,
    cert_certificate_t *certificate);

/*
 * A certificate with its person, and whether a copy of it needs an application.
 *
 *     CERT_OK
 *     CERT_NOT_FOUND  there is none of this number
 *     CERT_NO_KEY     the keys of the persons are missing
 */
cert_err_t certd_certificate_read(certd_request_t *r, cert_str_t number,
    cert_certificate_t *certificate, int *needs);

/* Whether a copy of it needs an application. */
cert_err_t certd_certificate_needs(certd_request_t *r,
    const cert_certificate_t *certificate, int *needs);


#endif /* CERTD_COPIES_H_INCLUDED */
