/*
 * Copyright (C) the ngx_cert authors
 *
 * The three looks at a file: its bytes, its objects, its signature; private
 * to pdf/.
 */


#ifndef CERTPDF_VERIFY_INT_H_INCLUDED
#define CERTPDF_VERIFY_INT_H_INCLUDED


#include <openssl/x509.h>

#include "certpdf_link_int.h"
#include "certpdf_qpdf_int.h"
#include "certpdf_verify.h"


typedef struct {
    cert_str_t          pdf;
    certpdf_report_t   *report;

    qpdf_data           qpdf;
    int                 objects;        /* 1..objects are in use */
    qpdf_oh             sig;            /* the signature dictionary */
    int                 sig_id;

    size_t              links_n;        /* object numbers of the links */
    int                 links[CERTPDF_LINKS_MAX];

    int                 is_starved;     /* a finding is of lack of memory */

    size_t              contents;       /* the byte range's a and b */
    size_t              contents_end;
} certpdf_verify_t;

/*
 * A check: CERTPDF_GENUINE when there is nothing to find, else its finding
 * with "report->reason" filled in.
 */
typedef certpdf_finding_t (*certpdf_check_pt)(certpdf_verify_t *v);


/* Sets the reason and returns "finding"; certpdf_verify_found.c. */
certpdf_finding_t certpdf_verify_found(certpdf_verify_t *v,
    certpdf_finding_t finding, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Those that exist once, certpdf_verify_shape.c; before the others. */
certpdf_finding_t certpdf_verify_shape(certpdf_verify_t *v);

/*
 * The annotations besides the seal, certpdf_verify_links.c: fills in "links"
 * and where they lead.
 */
certpdf_finding_t certpdf_verify_links(certpdf_verify_t *v, qpdf_oh annots);

/* Whether the object is a link that was looked at. */
int certpdf_verify_is_link(const certpdf_verify_t *v, int id);

/* What the objects hold, certpdf_verify_content.c. */
certpdf_finding_t certpdf_verify_content(certpdf_verify_t *v);

/* Signature, certpdf_verify_cms.c; CERT_SYSTEM when OpenSSL fails. */
cert_err_t certpdf_verify_cms(certpdf_verify_t *v, X509_STORE *store,
    certpdf_finding_t *finding);


#endif /* CERTPDF_VERIFY_INT_H_INCLUDED */
