/*
 * Copyright (C) the ngx_cert authors
 *
 * Saying what a file is.
 *
 * The attacks published on signed PDFs (incremental saving, wrapping, shadow
 * and certification attacks) live on what viewers forgive.  So this does not
 * ask whether a signature in the file is valid; it asks whether the file has
 * the one form that certpdf_seal_apply() writes, and refuses all others, from
 * the outside inwards: bytes before objects before cryptography.  No stream
 * is ever unpacked, and libqpdf sees only files whose cross-reference table
 * has been checked, so that hostile input meets little code.
 *
 * Asking OpenSSL for a verdict was rejected: it knows nothing of what surrounds
 * the bytes it was given.  Of 22 viewers that asked "is there a good
 * signature?" 21 could be made to show a forgery as signed.  What is left to
 * the libraries is to say what is in an object, and whether a signature fits a
 * digest.
 *
 * All findings are of equal weight to a caller: only the first is "genuine".
 * They are told apart for people, who want to know whether to look for a forger
 * or to ask for the file again.
 */


#include <openssl/err.h>
#include <openssl/sha.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "certpdf_openssl_int.h"
#include "certpdf_trust_int.h"
#include "certpdf_verify.h"
#include "certpdf_verify_bytes_int.h"
#include "certpdf_verify_int.h"
#include "certpdf_verify_objects_int.h"


static int certpdf_verify_is_starved(certpdf_verify_t *v);
static cert_err_t certpdf_verify_all(certpdf_verify_t *v, X509_STORE *store,
    certpdf_finding_t *finding);
static certpdf_finding_t certpdf_verify_run(certpdf_verify_t *v,
    const certpdf_check_pt *checks);


/* In the order in which findings are reported. */
static const certpdf_check_pt  certpdf_byte_checks[] = {
    certpdf_verify_is_in_form,
    certpdf_verify_is_signed,
    certpdf_verify_is_one_revision,
    certpdf_verify_layout,
    NULL
};

static const certpdf_check_pt  certpdf_object_checks[] = {
    certpdf_verify_open,
    certpdf_verify_range,
    certpdf_verify_docmdp,
    certpdf_verify_shape,
    certpdf_verify_content,
    NULL
};

#define CERTPDF_ADVICE_ORIGINAL                                               \
    "Ask the holder for the file as it was downloaded; the code printed on "  \
    "it can be checked all the same"
#define CERTPDF_ADVICE_DOUBT                                                  \
    "Do not rely on it: ask the holder for the file as it was downloaded, or " \
    "check the code printed on it and compare each fact"

static const struct {
    const char  *name;
    const char  *advice;
} certpdf_findings[] = {
    [CERTPDF_GENUINE] = { "genuine", NULL },
    [CERTPDF_NOT_PDF] = { "not_pdf", "Ask the holder for the PDF itself; of "
        "a picture or a print only the code can be checked" },
    [CERTPDF_CUT_SHORT] = { "cut_short", "Download or copy the file again; "
        "the code printed on it can be checked all the same" },
    [CERTPDF_OTHER_PDF] = { "other_pdf", "If it shows a copy, it was printed "
        "or converted: ask the holder for the file as it was downloaded, or "
        "check the code printed on it" },
    [CERTPDF_REWRITTEN] = { "rewritten", CERTPDF_ADVICE_ORIGINAL },
    [CERTPDF_UNSIGNED] = { "unsigned", CERTPDF_ADVICE_ORIGINAL },
    [CERTPDF_MORE_SIGNATURES] = { "more_signatures",
                                  CERTPDF_ADVICE_ORIGINAL },
    [CERTPDF_MORE_REVISIONS] = { "more_revisions", CERTPDF_ADVICE_ORIGINAL },
    [CERTPDF_BAD_RANGE] = { "bad_range", CERTPDF_ADVICE_ORIGINAL },
    [CERTPDF_NOT_CERTIFIED] = { "not_certified", CERTPDF_ADVICE_DOUBT },
    [CERTPDF_ACTIVE_CONTENT] = { "active_content", CERTPDF_ADVICE_DOUBT },
    [CERTPDF_FOREIGN_LINK] = { "foreign_link", "Do not follow its links: type "
        "the address of the authority yourself, and check the code there" },
    [CERTPDF_BAD_SIGNATURE] = { "bad_signature", CERTPDF_ADVICE_DOUBT },
    [CERTPDF_CHANGED] = { "changed", CERTPDF_ADVICE_DOUBT },
    [CERTPDF_UNKNOWN_SIGNER] = { "unknown_signer", CERTPDF_ADVICE_DOUBT },
    [CERTPDF_SIGNER_EXPIRED] = { "signer_expired", CERTPDF_ADVICE_DOUBT }
};

#define CERTPDF_FINDINGS                                                      \
    (sizeof(certpdf_findings) / sizeof(certpdf_findings[0]))


cert_err_t
certpdf_verify(cert_str_t pdf, const char *ca, certpdf_report_t *report,
    cert_reason_t *reason)
{
    cert_err_t         err;
    X509_STORE        *store;
    certpdf_verify_t   v;

    memset(report, 0, sizeof(certpdf_report_t));
    memset(&v, 0, sizeof(certpdf_verify_t));
    cert_reason_set(reason, "%s", "");

    /* A caller that forgets to look at the result must not read "genuine". */
    report->finding = CERTPDF_NOT_PDF;

    v.pdf = pdf;
    v.report = report;

    err = certpdf_trust_open(&store, ca, reason);
    if (err != CERT_OK) {
        ERR_clear_error();
        return err;
    }

    ERR_clear_error();

    err = certpdf_verify_all(&v, store, &report->finding);

    if (err == CERT_OK && report->finding != CERTPDF_GENUINE
        && certpdf_verify_is_starved(&v))
    {
        cert_reason_set(&report->reason, "out of memory");
        err = CERT_SYSTEM;
    }

    if (err != CERT_OK) {
        report->finding = CERTPDF_NOT_PDF;
        cert_reason_set(reason, "%s", report->reason.text);
    }

    certpdf_qpdf_close(v.qpdf);
    X509_STORE_free(store);
    ERR_clear_error();

    return err;
}


/*
 * Most functions of libqpdf and OpenSSL answer in the same way where there is
 * no memory and where the file is wrong: only their errors tell these apart.  A
 * genuine copy must not be called false for the state of the machine.
 */
static int
certpdf_verify_is_starved(certpdf_verify_t *v)
{
    unsigned long  error;

    if (v->qpdf != NULL) {
        v->is_starved |= certpdf_qpdf_is_starved(v->qpdf);
    }

    while ((error = ERR_get_error()) != 0) {
        v->is_starved |= ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE;
    }

    return v->is_starved;
}


static cert_err_t
certpdf_verify_all(certpdf_verify_t *v, X509_STORE *store,
    certpdf_finding_t *finding)
{
    if (SHA256(v->pdf.data, v->pdf.len, v->report->sha256) == NULL) {
        certpdf_openssl_reason(&v->report->reason, "SHA-256");
        return CERT_SYSTEM;
    }

    *finding = certpdf_verify_is_pdf(v);
    if (*finding != CERTPDF_GENUINE) {
        return CERT_OK;
    }

    *finding = certpdf_verify_run(v, certpdf_byte_checks);
    if (*finding != CERTPDF_GENUINE) {
        *finding = certpdf_verify_kind(v, *finding);
        return CERT_OK;
    }

    *finding = certpdf_verify_run(v, certpdf_object_checks);
    if (*finding != CERTPDF_GENUINE) {
        return CERT_OK;
    }

    return certpdf_verify_cms(v, store, finding);
}


static certpdf_finding_t
certpdf_verify_run(certpdf_verify_t *v, const certpdf_check_pt *checks)
{
    certpdf_finding_t  finding;

    for (finding = CERTPDF_GENUINE;
         *checks != NULL && finding == CERTPDF_GENUINE;
         checks++)
    {
        finding = (*checks)(v);
    }

    return finding;
}


const char *
certpdf_finding_name(certpdf_finding_t finding)
{
    return (size_t) finding < CERTPDF_FINDINGS
           ? certpdf_findings[finding].name : "unknown";
}


const char *
certpdf_finding_advice(certpdf_finding_t finding)
{
    return (size_t) finding < CERTPDF_FINDINGS
           ? certpdf_findings[finding].advice : NULL;
}
