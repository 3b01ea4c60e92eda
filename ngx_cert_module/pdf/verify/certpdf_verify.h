/*
 * Copyright (C) the ngx_cert authors
 *
 * A sealed PDF in, a verdict out.
 */


#ifndef CERTPDF_VERIFY_H_INCLUDED
#define CERTPDF_VERIFY_H_INCLUDED


#include "cert_code.h"
#include "cert_policy.h"
#include "certpdf_bytes.h"


typedef enum {
    CERTPDF_GENUINE = 0,
    CERTPDF_NOT_PDF,            /* no PDF at all */
    CERTPDF_CUT_SHORT,          /* a PDF whose end is missing */
    CERTPDF_OTHER_PDF,          /* a PDF that bears no sign of ours */
    CERTPDF_REWRITTEN,          /* ours, as another program wrote it again */
    CERTPDF_UNSIGNED,           /* no signature */
    CERTPDF_MORE_SIGNATURES,    /* more than one */
    CERTPDF_MORE_REVISIONS,     /* saved again after sealing */
    CERTPDF_BAD_RANGE,          /* the ranges do not cover the whole file */
    CERTPDF_NOT_CERTIFIED,      /* no DocMDP, or not P=1 */
    CERTPDF_ACTIVE_CONTENT,     /* scripts, actions, embedded files, forms */
    CERTPDF_FOREIGN_LINK,       /* links not all to one and the same check */
    CERTPDF_BAD_SIGNATURE,      /* no CMS of the agreed form */
    CERTPDF_CHANGED,            /* digest or signature does not match */
    CERTPDF_UNKNOWN_SIGNER,     /* the chain does not end at our authority */
    CERTPDF_SIGNER_EXPIRED      /* not valid at the time of signing */
} certpdf_finding_t;

typedef struct {
    certpdf_finding_t  finding;
    uint8_t            sha256[CERT_SHA256_SIZE];   /* of the whole file */
    cert_time_t        signed_at;                  /* "/M"; 0 if none */
    char               signer[256];                /* subject, RFC 2253 */
    int                has_links;                  /* the next two are set */
    char               link_url[CERT_URL_MAX + 1]; /* public address in them */
    cert_code_t        link_code;                  /* the code in them */
    cert_reason_t      reason;                     /* of the finding */
} certpdf_report_t;

/*
 * Says what "pdf" is, the first finding in the order above that holds.  "ca"
 * is a PEM file of trusted authorities.  Whether the address in the links is
 * the authority's, and their code the copy's, the caller has to ask elsewhere.
 *
 *     CERT_OK         "report" is filled in, whatever the finding
 *     CERT_NOT_FOUND  no such "ca" file
 *     CERT_INVALID    "ca" holds no certificate, or one that does not parse; or
 *                     it is too large, or not a regular file
 *     CERT_SYSTEM     libqpdf or OpenSSL failed, for lack of memory above all;
 *                     "report" says not_pdf
 */
cert_err_t certpdf_verify(cert_str_t pdf, const char *ca,
    certpdf_report_t *report, cert_reason_t *reason);

/* The finding as a stable lower-case name, "more_revisions"; static. */
const char *certpdf_finding_name(certpdf_finding_t finding);

/*
 * What the reader of such a file is to do, one or two sentences without a full
 * stop at their end; static, NULL for a genuine one.
 */
const char *certpdf_finding_advice(certpdf_finding_t finding);


#endif /* CERTPDF_VERIFY_H_INCLUDED */
