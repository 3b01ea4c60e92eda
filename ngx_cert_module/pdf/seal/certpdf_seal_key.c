/*
 * Copyright (C) the ngx_cert authors
 *
 * Reading a seal's key, certificate and chain.
 *
 * The file's bytes come from memory, so that it is opened once: what was looked
 * at for its mode is what is read.  PEM holds key and certificates in any order
 * and anything between them; nothing that does not parse is skipped, since a
 * missing link of the chain shows only at the reader's, and only once the
 * authority's own server no longer offers it.
 *
 * The passphrase is handed to OpenSSL by a callback even where there is none:
 * with a NULL in its place OpenSSL would ask at the terminal.
 */


#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <string.h>

#include "certpdf_openssl_int.h"
#include "certpdf_seal.h"
#include "certpdf_seal_int.h"
#include "certpdf_seal_key_int.h"


static int certpdf_seal_passphrase(char *buf, int size, int writing,
    void *data);
static cert_err_t certpdf_seal_read_certs(certpdf_seal_t *seal, BIO *bio,
    cert_reason_t *reason);


/* Read twice from the start: the key may come after its certificate. */
cert_err_t
certpdf_seal_read_pem(certpdf_seal_t *seal, cert_str_t file,
    const char *passphrase, cert_reason_t *reason)
{
    BIO         *bio;
    void        *data;
    cert_err_t   err;

    bio = BIO_new_mem_buf(file.data, (int) file.len);
    if (bio == NULL) {
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
    }

    memcpy(&data, &passphrase, sizeof(data));

    seal->key = PEM_read_bio_PrivateKey(bio, NULL, certpdf_seal_passphrase,
                                        data);
    if (seal->key == NULL) {
        cert_reason_set(reason, "no private key in PEM, or the passphrase is "
                        "wrong");
        err = CERT_INVALID;
        goto done;
    }

    if (BIO_reset(bio) != 1) {
        certpdf_openssl_reason(reason, "reading the seal's file again failed");
        err = CERT_SYSTEM;
        goto done;
    }

    err = certpdf_seal_read_certs(seal, bio, reason);

done:

    BIO_free(bio);

    return err;
}


/* OpenSSL's own asks at the terminal, which a daemon does not have. */
static int
certpdf_seal_passphrase(char *buf, int size, int writing, void *data)
{
    size_t       len;
    const char  *passphrase = data;

    (void) writing;

    if (passphrase == NULL) {
        return -1;
    }

    len = strlen(passphrase);
    if (len > (size_t) size) {
        return -1;
    }

    memcpy(buf, passphrase, len);

    return (int) len;
}


/* The certificate is the one that the key belongs to, the rest its chain. */
static cert_err_t
certpdf_seal_read_certs(certpdf_seal_t *seal, BIO *bio, cert_reason_t *reason)
{
    int  i;

    seal->chain = sk_X509_new_null();
    if (seal->chain == NULL) {
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
    }

    if (!certpdf_seal_read_list(seal->chain, bio)) {
        cert_reason_set(reason, "a certificate in PEM does not parse");
        return CERT_INVALID;
    }

    for (i = 0; i < sk_X509_num(seal->chain); i++) {
        if (X509_check_private_key(sk_X509_value(seal->chain, i), seal->key)) {
            seal->cert = sk_X509_delete(seal->chain, i);
            return CERT_OK;
        }
    }

    if (sk_X509_num(seal->chain) == 0) {
        cert_reason_set(reason, "no certificate in PEM");
        return CERT_INVALID;
    }

    cert_reason_set(reason, "the key does not belong to the certificate");

    return CERT_REFUSED;
}


int
certpdf_seal_read_list(STACK_OF(X509) *certs, BIO *bio)
{
    int    added;
    X509  *cert;

    /* An error left here by someone else would pass for one of the PEM. */
    ERR_clear_error();

    for ( ;; ) {
        cert = PEM_read_bio_X509(bio, NULL, certpdf_seal_passphrase, NULL);
        if (cert == NULL) {
            break;
        }

        added = X509_add_cert(certs, cert,
                              X509_ADD_FLAG_UP_REF|X509_ADD_FLAG_NO_DUP);
        X509_free(cert);

        if (added != 1) {
            return 0;
        }
    }

    return ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
}


cert_err_t
certpdf_seal_read_pkcs12(certpdf_seal_t *seal, cert_str_t file,
    const char *passphrase, cert_reason_t *reason)
{
    int             ok;
    PKCS12         *p12;
    const uint8_t  *p;

    p = file.data;

    p12 = d2i_PKCS12(NULL, &p, (long) file.len);
    if (p12 == NULL) {
        cert_reason_set(reason, "not a PKCS#12 file");
        return CERT_INVALID;
    }

    ok = PKCS12_parse(p12, passphrase, &seal->key, &seal->cert, &seal->chain);
    PKCS12_free(p12);

    if (!ok) {
        certpdf_openssl_reason(reason, "PKCS#12, or its passphrase, is wrong");
        return CERT_INVALID;
    }

    if (seal->key == NULL) {
        cert_reason_set(reason, "no private key in PKCS#12");
        return CERT_INVALID;
    }

    /* It looks for the certificate of the key, and keeps none otherwise. */

    if (seal->cert == NULL) {
        cert_reason_set(reason, "the key does not belong to the certificate");
        return CERT_REFUSED;
    }

    if (seal->chain == NULL) {
        seal->chain = sk_X509_new_null();
    }

    if (seal->chain == NULL) {
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
    }

    return CERT_OK;
}
