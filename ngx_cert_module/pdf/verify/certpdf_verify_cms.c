/*
 * Copyright (C) the ngx_cert authors
 *
 * A file's signature: its form, what it covers, who made it and when.
 *
 * Form first: exactly the three attributes of PAdES baseline B-B and nothing
 * unsigned, so that no other signature of the same key can be dressed up as a
 * seal.  Then digest and signature, and only then the chain, at the time of
 * signing, so that "changed" and "made by someone else" never look alike.
 *
 * CMS_verify() would do most of this in one call.  It also accepts more: other
 * digests, more signers, other attributes, and it finds the chain before it
 * looks at the digest, so that a changed file and a foreign one give the same
 * error.  No revocation is asked for: that is the registry's to say, which
 * knows the code on the copy, and needs no network.
 *
 * Two spellings of one signature would be two files with one meaning and two
 * SHA-256, and the registry finds a file by its SHA-256.  So the encoding is
 * held to DER, and the hexadecimal digits around it to lower case.
 */


#include <openssl/cms.h>
#include <openssl/ess.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cert_text.h"
#include "certpdf_openssl_int.h"
#include "certpdf_seal_cert_int.h"
#include "certpdf_seal_cms_int.h"
#include "certpdf_seal_int.h"
#include "certpdf_trust_int.h"
#include "certpdf_verify.h"
#include "certpdf_verify_int.h"


static int certpdf_verify_time(certpdf_verify_t *v);
static cert_err_t certpdf_verify_parse(certpdf_verify_t *v,
    CMS_ContentInfo **cms);
static int certpdf_verify_is_der(CMS_ContentInfo *cms, const uint8_t *der,
    size_t len);
static int certpdf_verify_is_zero(const uint8_t *p, const uint8_t *end);
static uint8_t *certpdf_verify_der(certpdf_verify_t *v, size_t *len);
static certpdf_finding_t certpdf_verify_form(certpdf_verify_t *v,
    CMS_ContentInfo *cms, CMS_SignerInfo **signer, X509 **cert);
static void certpdf_verify_name_signer(certpdf_report_t *report, X509 *cert);
static int certpdf_verify_attributes(CMS_SignerInfo *signer);
static int certpdf_verify_names_cert(CMS_SignerInfo *signer, X509 *cert);
static cert_err_t certpdf_verify_digest(certpdf_verify_t *v,
    CMS_SignerInfo *signer, certpdf_finding_t *finding);
static cert_err_t certpdf_verify_signer(certpdf_verify_t *v,
    CMS_ContentInfo *cms, X509 *cert, X509_STORE *store,
    certpdf_finding_t *finding);
static certpdf_finding_t certpdf_verify_chain(certpdf_verify_t *v, int error,
    X509 *cert);


/* The time comes first: without it no chain can be checked. */
cert_err_t
certpdf_verify_cms(certpdf_verify_t *v, X509_STORE *store,
    certpdf_finding_t *finding)
{
    X509             *cert;
    cert_err_t        err;
    CMS_SignerInfo   *signer;
    CMS_ContentInfo  *cms;

    if (!certpdf_verify_time(v)) {
        *finding = certpdf_verify_found(v, CERTPDF_BAD_SIGNATURE,
                                        "no time of signing");
        return CERT_OK;
    }

    err = certpdf_verify_parse(v, &cms);
    if (err != CERT_OK) {
        return err;
    }

    signer = NULL;
    cert = NULL;

    if (cms == NULL) {
        *finding = certpdf_verify_found(v, CERTPDF_BAD_SIGNATURE,
                                        "the signature is not one CMS");

    } else {
        *finding = certpdf_verify_form(v, cms, &signer, &cert);
    }

    if (*finding == CERTPDF_GENUINE) {
        err = certpdf_verify_digest(v, signer, finding);
    }

    if (err == CERT_OK && *finding == CERTPDF_GENUINE) {
        err = certpdf_verify_signer(v, cms, cert, store, finding);
    }

    CMS_ContentInfo_free(cms);

    return err;
}


/* "/M", in the one form that we write: D:20220829022030Z. */
static int
certpdf_verify_time(certpdf_verify_t *v)
{
    char         again[CERTPDF_DATE_SIZE];
    size_t       len;
    qpdf_oh      date;
    struct tm    tm;
    const char  *text;

    date = qpdf_oh_get_key(v->qpdf, v->sig, "/M");
    if (!qpdf_oh_is_string(v->qpdf, date)) {
        return 0;
    }

    text = qpdf_oh_get_binary_string_value(v->qpdf, date, &len);
    if (len != 17 || strspn(text + 2, "0123456789") != 14) {
        return 0;
    }

    memset(&tm, 0, sizeof(struct tm));

    if (sscanf(text, "D:%4d%2d%2d%2d%2d%2d", &tm.tm_year, &tm.tm_mon,
               &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec) != 6)
    {
        return 0;
    }

    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    v->report->signed_at = timegm(&tm);

    /* The 31st of February is a day in March to timegm(), and none here. */
    return certpdf_qpdf_date(again, v->report->signed_at)
           && strcmp(again, text) == 0;
}


/*
 * What follows the CMS in its room must be zeros, as we left them.  NULL: it is
 * not one.
 */
static cert_err_t
certpdf_verify_parse(certpdf_verify_t *v, CMS_ContentInfo **cms)
{
    size_t          len;
    uint8_t        *der;
    const uint8_t  *p;

    der = certpdf_verify_der(v, &len);
    if (der == NULL) {
        cert_reason_set(&v->report->reason, "out of memory");
        return CERT_SYSTEM;
    }

    p = der;
    *cms = d2i_CMS_ContentInfo(NULL, &p, (long) len);

    if (*cms != NULL
        && (!certpdf_verify_is_der(*cms, der, (size_t) (p - der))
            || !certpdf_verify_is_zero(p, der + len)))
    {
        CMS_ContentInfo_free(*cms);
        *cms = NULL;
    }

    free(der);

    return CERT_OK;
}


/*
 * The signature does not cover itself, and in BER the same CMS can be spelt
 * in many ways: only the one that we write is taken.
 */
static int
certpdf_verify_is_der(CMS_ContentInfo *cms, const uint8_t *der, size_t len)
{
    int       n, same;
    uint8_t  *again;

    again = NULL;
    n = i2d_CMS_ContentInfo(cms, &again);
    same = n > 0 && (size_t) n == len && memcmp(again, der, len) == 0;

    OPENSSL_free(again);

    return same;
}


static int
certpdf_verify_is_zero(const uint8_t *p, const uint8_t *end)
{
    while (p < end && *p == 0) {
        p++;
    }

    return p == end;
}


/* A copy: libqpdf's own string is good until it is asked for another. */
static uint8_t *
certpdf_verify_der(certpdf_verify_t *v, size_t *len)
{
    uint8_t     *der;
    qpdf_oh      contents;
    const char  *value;

    contents = qpdf_oh_get_key(v->qpdf, v->sig, "/Contents");
    value = qpdf_oh_get_binary_string_value(v->qpdf, contents, len);

    der = malloc(*len + 1);
    if (der != NULL) {
        memcpy(der, value, *len);
    }

    return der;
}


/*
 * Certificates are looked for in the CMS alone; they count for nothing until
 * the chain has been checked.
 */
static certpdf_finding_t
certpdf_verify_form(certpdf_verify_t *v, CMS_ContentInfo *cms,
    CMS_SignerInfo **signer, X509 **cert)
{
    STACK_OF(CMS_SignerInfo)  *signers;

    if (OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed
        || OBJ_obj2nid(CMS_get0_eContentType(cms)) != NID_pkcs7_data
        || CMS_is_detached(cms) != 1)
    {
        return certpdf_verify_found(v, CERTPDF_BAD_SIGNATURE,
                                    "not detached signed data");
    }

    signers = CMS_get0_SignerInfos(cms);

    if (sk_CMS_SignerInfo_num(signers) != 1) {
        return certpdf_verify_found(v, CERTPDF_BAD_SIGNATURE,
                                    "not exactly one signer");
    }

    *signer = sk_CMS_SignerInfo_value(signers, 0);

    if (!certpdf_verify_attributes(*signer)) {
        return certpdf_verify_found(v, CERTPDF_BAD_SIGNATURE,
                                    "not the attributes of a baseline "
                                    "signature");
    }

    CMS_set1_signers_certs(cms, NULL, 0);
    CMS_SignerInfo_get0_algs(*signer, NULL, cert, NULL, NULL);

    if (*cert == NULL || !certpdf_verify_names_cert(*signer, *cert)) {
        return certpdf_verify_found(v, CERTPDF_BAD_SIGNATURE,
                                    "the signer's certificate is not the one "
                                    "that is named");
    }

    certpdf_verify_name_signer(v->report, *cert);

    return CERTPDF_GENUINE;
}


static void
certpdf_verify_name_signer(certpdf_report_t *report, X509 *cert)
{
    BIO        *name;
    char       *text;
    cert_str_t  str;

    name = BIO_new(BIO_s_mem());
    if (name == NULL) {
        return;
    }

    X509_NAME_print_ex(name, X509_get_subject_name(cert), 0,
                       (XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB));

    str.len = (size_t) BIO_get_mem_data(name, &text);
    str.data = (const uint8_t *) text;

    cert_text_escape(report->signer, sizeof(report->signer), str);

    BIO_free(name);
}


/* Ours and no others; what is not signed anyone could have added. */
static int
certpdf_verify_attributes(CMS_SignerInfo *signer)
{
    ASN1_OBJECT  *type;
    X509_ALGOR   *digest;

    if (CMS_signed_get_attr_count(signer) != 3
        || CMS_unsigned_get_attr_count(signer) > 0)
    {
        return 0;
    }

    /* With -3 each must be there once and have one value. */

    type = CMS_signed_get0_data_by_OBJ(signer,
               OBJ_nid2obj(NID_pkcs9_contentType), -3, V_ASN1_OBJECT);

    if (type == NULL || OBJ_obj2nid(type) != NID_pkcs7_data
        || CMS_signed_get0_data_by_OBJ(signer,
               OBJ_nid2obj(NID_pkcs9_messageDigest), -3,
               V_ASN1_OCTET_STRING) == NULL
        || CMS_signed_get0_data_by_OBJ(signer,
               OBJ_nid2obj(NID_id_smime_aa_signingCertificateV2), -3,
               V_ASN1_SEQUENCE) == NULL)
    {
        return 0;
    }

    CMS_SignerInfo_get0_algs(signer, NULL, NULL, &digest, NULL);

    return OBJ_obj2nid(digest->algorithm) == NID_sha256;
}


/* signing-certificate-v2 binds the signature to one certificate. */
static int
certpdf_verify_names_cert(CMS_SignerInfo *signer, X509 *cert)
{
    int                   ok;
    ASN1_STRING          *value;
    const uint8_t        *p;
    STACK_OF(X509)       *chain;
    ESS_SIGNING_CERT_V2  *named;

    value = CMS_signed_get0_data_by_OBJ(signer,
                OBJ_nid2obj(NID_id_smime_aa_signingCertificateV2), -3,
                V_ASN1_SEQUENCE);
    if (value == NULL) {
        return 0;
    }

    p = ASN1_STRING_get0_data(value);
    named = d2i_ESS_SIGNING_CERT_V2(NULL, &p, ASN1_STRING_length(value));
    chain = sk_X509_new_null();

    ok = named != NULL && chain != NULL && sk_X509_push(chain, cert)
         && OSSL_ESS_check_signing_certs(NULL, named, chain, 1) == 1;

    sk_X509_free(chain);
    ESS_SIGNING_CERT_V2_free(named);

    return ok;
}


/* Of the file as it lies here, not of what libqpdf made of it. */
static cert_err_t
certpdf_verify_digest(certpdf_verify_t *v, CMS_SignerInfo *signer,
    certpdf_finding_t *finding)
{
    uint8_t       digest[CERT_SHA256_SIZE];
    ASN1_STRING  *value;

    if (!certpdf_cms_digest(v->pdf, v->contents, v->contents_end, digest)) {
        certpdf_openssl_reason(&v->report->reason, "the digest failed");
        return CERT_SYSTEM;
    }

    value = CMS_signed_get0_data_by_OBJ(signer,
                OBJ_nid2obj(NID_pkcs9_messageDigest), -3,
                V_ASN1_OCTET_STRING);

    if (value == NULL
        || ASN1_STRING_length(value) != CERT_SHA256_SIZE
        || CRYPTO_memcmp(ASN1_STRING_get0_data(value), digest,
                         CERT_SHA256_SIZE) != 0)
    {
        *finding = certpdf_verify_found(v, CERTPDF_CHANGED,
                                        "changed since it was sealed");

    } else if (CMS_SignerInfo_verify(signer) != 1) {
        *finding = certpdf_verify_found(v, CERTPDF_CHANGED,
                                        "the signature does not match its "
                                        "certificate");
    }

    return CERT_OK;
}


/* The certificates of the CMS are offered as links, trusted only are "ca". */
static cert_err_t
certpdf_verify_signer(certpdf_verify_t *v, CMS_ContentInfo *cms, X509 *cert,
    X509_STORE *store, certpdf_finding_t *finding)
{
    int              error;
    cert_err_t       err;
    STACK_OF(X509)  *chain;

    chain = CMS_get1_certs(cms);

    err = certpdf_trust_check(store, cert, chain, v->report->signed_at, &error,
                              NULL, &v->report->reason);
    if (err == CERT_OK) {
        *finding = certpdf_verify_chain(v, error, cert);
    }

    sk_X509_pop_free(chain, X509_free);

    return err;
}


/* Expired is told apart: the file may be quite good and merely old. */
static certpdf_finding_t
certpdf_verify_chain(certpdf_verify_t *v, int error, X509 *cert)
{
    if (error != X509_V_OK) {
        return certpdf_verify_found(v,
                   (error == X509_V_ERR_CERT_HAS_EXPIRED
                    || error == X509_V_ERR_CERT_NOT_YET_VALID)
                   ? CERTPDF_SIGNER_EXPIRED : CERTPDF_UNKNOWN_SIGNER,
                   "%s", X509_verify_cert_error_string(error));
    }

    if (!certpdf_seal_may_sign(cert)) {
        return certpdf_verify_found(v, CERTPDF_UNKNOWN_SIGNER,
                                    "the signer's key usage forbids signing");
    }

    return CERTPDF_GENUINE;
}
