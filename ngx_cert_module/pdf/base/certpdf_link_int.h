/*
 * Copyright (C) the ngx_cert authors
 *
 * The one form of a link on a copy, as it is written, sealed and verified;
 * private to pdf/.
 */


#ifndef CERTPDF_LINK_INT_H_INCLUDED
#define CERTPDF_LINK_INT_H_INCLUDED


#include "cert_code.h"
#include "cert_policy.h"
#include "certpdf_qpdf_int.h"


#define CERTPDF_LINK_PATH  "/check/"

/* The longest address of a check, and its terminating zero. */
#define CERTPDF_LINK_SIZE  \
    (CERT_URL_MAX + sizeof(CERTPDF_LINK_PATH) - 1 + CERT_CODE_TEXT_SIZE)

/* Places of one copy that lead to the check; as shipped there are three. */
#define CERTPDF_LINKS_MAX  16

/* In points from the lower left corner of the page. */
typedef struct {
    double  left;
    double  bottom;
    double  right;
    double  top;
} certpdf_link_box_t;


/* The annotation, a direct object; null and an error of "qpdf" on failure. */
qpdf_oh certpdf_link_make(qpdf_data qpdf, const certpdf_link_box_t *box,
    cert_str_t uri);

/*
 * True if "annot" is just what make writes, with nothing more and nothing
 * indirect in it; "uri" is then where it leads, terminated.
 */
int certpdf_link_read(qpdf_data qpdf, qpdf_oh annot,
    char uri[CERTPDF_LINK_SIZE]);

/*
 * True if "uri" is the address of a check: a public address as the policy
 * takes it, the path, and a code as it is printed.  Else both are untouched.
 */
int certpdf_link_parse(const char *uri, char url[CERT_URL_MAX + 1],
    cert_code_t *code);


#endif /* CERTPDF_LINK_INT_H_INCLUDED */
