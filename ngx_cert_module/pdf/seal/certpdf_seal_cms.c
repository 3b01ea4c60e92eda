/*
 * Copyright (C) the ngx_cert authors
 *
 * The CMS of a PAdES baseline B-B signature.
 *
 * EN 319 142-1 forbids the signing-time attribute, which CMS_sign() and
 * CMS_final() of OpenSSL 3.0 always add.  So the attributes are put together
 * with OpenSSL's parts here: CMS_CADES adds signing-certificate-v2, content
 * type and digest are added by hand, and the DER of the set is signed once.
 *
 * Making the CMS with CMS_final(), taking the attribute out and signing again
 * was rejected: it signs twice, and relies on how OpenSSL caches the encoded
 * set.  Nothing here depends on the inside of a CMS_SignerInfo.  What is signed
 * is the set in DER order, whatever order the attributes were added in; the
 * encoder of the CMS sorts them by the same rule.
 */


#include <openssl/asn1t.h>
#include <openssl/cms.h>
#include <openssl/evp.h>

#include "certpdf_openssl_int.h"
#include "certpdf_seal.h"
#include "certpdf_seal_cms_int.h"
#include "certpdf_seal_int.h"


static CMS_ContentInfo *certpdf_cms_new(certpdf_seal_t *seal,
    CMS_SignerInfo **signer);
static int certpdf_cms_attributes(CMS_SignerInfo *signer,
    const uint8_t digest[CERT_SHA256_SIZE]);
static int certpdf_cms_sign(CMS_SignerInfo *signer, EVP_PKEY *key);
static int certpdf_cms_signed(CMS_SignerInfo *signer, uint8_t **der);


/* SET OF Attribute in DER order: what is signed, RFC 5652 section 5.4. */
ASN1_ITEM_TEMPLATE(certpdf_cms_set) =
    ASN1_EX_TEMPLATE_TYPE(ASN1_TFLG_SET_ORDER, 0, attributes, X509_ATTRIBUTE)
static_ASN1_ITEM_TEMPLATE_END(certpdf_cms_set)


cert_err_t
certpdf_cms_make(certpdf_seal_t *seal, const uint8_t digest[CERT_SHA256_SIZE],
    uint8_t **cms, size_t *len, cert_reason_t *reason)
{
    int               n;
    CMS_SignerInfo   *signer;
    CMS_ContentInfo  *info;

    n = 0;
    *cms = NULL;

    info = certpdf_cms_new(seal, &signer);

    if (info != NULL && certpdf_cms_attributes(signer, digest)
        && certpdf_cms_sign(signer, seal->key))
    {
        n = i2d_CMS_ContentInfo(info, cms);
    }

    CMS_ContentInfo_free(info);

    if (n <= 0) {
        certpdf_openssl_reason(reason, "making the signature failed");
        return CERT_SYSTEM;
    }

    *len = (size_t) n;

    return CERT_OK;
}


/* CMS_PARTIAL keeps OpenSSL from finishing, which would add the time. */
static CMS_ContentInfo *
certpdf_cms_new(certpdf_seal_t *seal, CMS_SignerInfo **signer)
{
    CMS_ContentInfo  *info;

    info = CMS_sign(NULL, NULL, seal->chain, NULL,
                    CMS_PARTIAL|CMS_DETACHED|CMS_BINARY);
    if (info == NULL) {
        return NULL;
    }

    *signer = CMS_add1_signer(info, seal->cert, seal->key, EVP_sha256(),
                              CMS_PARTIAL|CMS_BINARY|CMS_NOSMIMECAP
                              |CMS_CADES);
    if (*signer == NULL) {
        CMS_ContentInfo_free(info);
        return NULL;
    }

    return info;
}


static int
certpdf_cms_attributes(CMS_SignerInfo *signer,
    const uint8_t digest[CERT_SHA256_SIZE])
{
    return CMS_signed_add1_attr_by_NID(signer, NID_pkcs9_contentType,
               V_ASN1_OBJECT, OBJ_nid2obj(NID_pkcs7_data), -1) == 1
           && CMS_signed_add1_attr_by_NID(signer, NID_pkcs9_messageDigest,
                  V_ASN1_OCTET_STRING, digest, CERT_SHA256_SIZE) == 1;
}


static int
certpdf_cms_sign(CMS_SignerInfo *signer, EVP_PKEY *key)
{
    int          n, ok;
    size_t       len;
    uint8_t     *der, *signature;
    EVP_MD_CTX  *md;

    ok = 0;
    der = NULL;
    signature = NULL;

    n = certpdf_cms_signed(signer, &der);
    md = EVP_MD_CTX_new();

    if (n <= 0 || md == NULL
        || EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key) != 1
        || EVP_DigestSign(md, NULL, &len, der, (size_t) n) != 1)
    {
        goto done;
    }

    signature = OPENSSL_malloc(len);

    if (signature == NULL
        || EVP_DigestSign(md, signature, &len, der, (size_t) n) != 1)
    {
        goto done;
    }

    /* Takes the buffer over, and cannot fail. */
    ASN1_STRING_set0(CMS_SignerInfo_get0_signature(signer), signature,
                     (int) len);
    signature = NULL;
    ok = 1;

done:

    OPENSSL_free(signature);
    OPENSSL_free(der);
    EVP_MD_CTX_free(md);

    return ok;
}


/* The bytes that are signed; returns their number, 0 or less on failure. */
static int
certpdf_cms_signed(CMS_SignerInfo *signer, uint8_t **der)
{
    int                        i, n;
    X509_ATTRIBUTE            *attribute;
    STACK_OF(X509_ATTRIBUTE)  *set;

    n = 0;

    set = sk_X509_ATTRIBUTE_new_null();
    if (set == NULL) {
        return 0;
    }

    for (i = 0; i < CMS_signed_get_attr_count(signer); i++) {
        attribute = CMS_signed_get_attr(signer, i);
        if (attribute == NULL || !sk_X509_ATTRIBUTE_push(set, attribute)) {
            goto done;
        }
    }

    n = ASN1_item_i2d((const ASN1_VALUE *) set, der,
                      ASN1_ITEM_rptr(certpdf_cms_set));

done:

    /* The attributes stay the signer's. */
    sk_X509_ATTRIBUTE_free(set);

    return n;
}


/* Both ranges in one pass and without a copy of the file. */
int
certpdf_cms_digest(cert_str_t bytes, size_t from, size_t to,
    uint8_t digest[CERT_SHA256_SIZE])
{
    int          ok;
    EVP_MD_CTX  *md;

    md = EVP_MD_CTX_new();

    ok = md != NULL
         && EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1
         && EVP_DigestUpdate(md, bytes.data, from) == 1
         && EVP_DigestUpdate(md, bytes.data + to, bytes.len - to) == 1
         && EVP_DigestFinal_ex(md, digest, NULL) == 1;

    EVP_MD_CTX_free(md);

    return ok;
}
