/*
 * Copyright (C) the ngx_cert authors
 *
 * Whether a certificate and its key may seal documents.
 *
 * The usage is asked twice: when a seal is opened, so that nobody seals for
 * months with what no reader will accept, and when a file is verified, so that
 * nothing is accepted that would not have been sealed with.  The kind of key is
 * asked when the seal is opened: poppler says "Signature is Invalid" of a curve
 * that it does not know, and of one that is spelt out, and copies that were
 * sealed so before are genuine nevertheless.
 * An authority that issues seals often issues certificates for web servers
 * too, whose keys lie on machines that face the network: such a key must not
 * be able to make a copy.  Key usage alone does not tell the two apart, so
 * extended key usage is read as well.  Demanding one certain purpose was
 * rejected: seals in use name several, or none at all.
 */


#include <openssl/core_names.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "certpdf_seal.h"
#include "certpdf_seal_cert_int.h"
#include "certpdf_seal_int.h"


#define CERTPDF_KEYS  (sizeof(certpdf_seal_keys) / sizeof(certpdf_seal_keys[0]))
#define CERTPDF_CURVES                                                        \
    (sizeof(certpdf_seal_curves) / sizeof(certpdf_seal_curves[0]))


/* What is thought to hold for as long as certificates are looked at. */
static const struct {
    int          id;
    int          bits_min;
    const char  *name;
} certpdf_seal_keys[] = {
    { EVP_PKEY_RSA, 2048, "RSA" },
    { EVP_PKEY_EC, 256, "EC" }
};

/* As OpenSSL calls P-256, P-384 and P-521. */
static const char *const  certpdf_seal_curves[] = {
    "prime256v1", "secp384r1", "secp521r1"
};


static cert_err_t certpdf_seal_check_curve(const certpdf_seal_t *seal,
    cert_reason_t *reason);
static int certpdf_seal_is_for_documents(X509 *cert);


cert_err_t
certpdf_seal_check_strength(const certpdf_seal_t *seal, cert_reason_t *reason)
{
    int     bits, digest_bits;
    size_t  i;

    bits = EVP_PKEY_get_bits(seal->key);

    for (i = 0; i < CERTPDF_KEYS; i++) {
        if (EVP_PKEY_get_base_id(seal->key) == certpdf_seal_keys[i].id) {
            break;
        }
    }

    if (i == CERTPDF_KEYS) {
        cert_reason_set(reason, "the key is %s, which common readers of PDF "
                        "do not know: use RSA, or EC on P-256",
                        EVP_PKEY_get0_type_name(seal->key));
        return CERT_REFUSED;
    }

    if (bits < certpdf_seal_keys[i].bits_min) {
        cert_reason_set(reason, "the key is weak: %s of %d bits; use one of "
                        "%d bits or more", certpdf_seal_keys[i].name, bits,
                        certpdf_seal_keys[i].bits_min);
        return CERT_REFUSED;
    }

    if (certpdf_seal_keys[i].id == EVP_PKEY_EC
        && certpdf_seal_check_curve(seal, reason) != CERT_OK)
    {
        return CERT_REFUSED;
    }

    /* SHA-1 counts as 63 bits. */

    if (X509_get_signature_info(seal->cert, NULL, NULL, &digest_bits, NULL)
        != 1 || digest_bits < 80)
    {
        cert_reason_set(reason, "the certificate is signed with a weak digest");
        return CERT_REFUSED;
    }

    return CERT_OK;
}


/*
 * Of the certificate, since that is what a reader gets: it may spell out a
 * curve that the file of the key has by name.
 */
static cert_err_t
certpdf_seal_check_curve(const certpdf_seal_t *seal, cert_reason_t *reason)
{
    int        is_explicit;
    char       curve[64];
    size_t     i;
    EVP_PKEY  *key;

    static const char  use[] = "use a key on P-256, P-384 or P-521, made with "
                               "the curve's name, or RSA";

    key = X509_get0_pubkey(seal->cert);

    if (EVP_PKEY_get_group_name(key, curve, sizeof(curve), NULL) != 1) {
        cert_reason_set(reason, "the key is on a curve without a name: %s",
                        use);
        return CERT_REFUSED;
    }

    for (i = 0; i < CERTPDF_CURVES; i++) {
        if (strcmp(curve, certpdf_seal_curves[i]) == 0) {
            break;
        }
    }

    if (i == CERTPDF_CURVES) {
        cert_reason_set(reason, "the key is on the curve %s, which common "
                        "readers of PDF do not know: %s", curve, use);
        return CERT_REFUSED;
    }

    if (EVP_PKEY_get_int_param(key,
                             OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
                             &is_explicit) == 1 && is_explicit)
    {
        cert_reason_set(reason, "the certificate spells out its curve's "
                        "parameters, which common readers of PDF do not "
                        "take: %s", use);
        return CERT_REFUSED;
    }

    return CERT_OK;
}


int
certpdf_seal_may_sign(X509 *cert)
{
    /* All bits are set where there is no such extension. */
    return (X509_get_key_usage(cert)
            & (KU_DIGITAL_SIGNATURE|KU_NON_REPUDIATION)) != 0
           && certpdf_seal_is_for_documents(cert);
}


/* True unless every purpose named is one of machines. */
static int
certpdf_seal_is_for_documents(X509 *cert)
{
    int                  i, critical, fit;
    EXTENDED_KEY_USAGE  *purposes;

    purposes = X509_get_ext_d2i(cert, NID_ext_key_usage, &critical, NULL);

    if (purposes == NULL) {
        /* -1: there is none; else it is there twice or does not parse. */
        return critical == -1;
    }

    fit = 0;

    for (i = 0; i < sk_ASN1_OBJECT_num(purposes); i++) {
        switch (OBJ_obj2nid(sk_ASN1_OBJECT_value(purposes, i))) {

        case NID_server_auth:
        case NID_client_auth:
        case NID_time_stamp:
        case NID_OCSP_sign:
            break;

        default:
            fit = 1;
        }
    }

    EXTENDED_KEY_USAGE_free(purposes);

    return fit;
}


cert_err_t
certpdf_seal_check_time(const X509 *cert, cert_time_t now,
    cert_reason_t *reason)
{
    int     begun, ended;
    time_t  t;

    t = (time_t) now;

    /* 0 is an error: refused by both comparisons below. */

    begun = X509_cmp_time(X509_get0_notBefore(cert), &t);
    ended = X509_cmp_time(X509_get0_notAfter(cert), &t);

    if (begun >= 0) {
        cert_reason_set(reason, "the seal's certificate is not valid yet");
        return CERT_REFUSED;
    }

    if (ended <= 0) {
        cert_reason_set(reason, "the seal's certificate has expired");
        return CERT_REFUSED;
    }

    return CERT_OK;
}
