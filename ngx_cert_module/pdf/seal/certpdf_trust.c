/*
 * Copyright (C) the ngx_cert authors
 *
 * Chains of certificates.
 *
 * Asked twice: of a seal before it signs, and of a file that is verified.  A
 * seal that the authority's own file does not vouch for would make copies that
 * nobody can verify, which shows only when a checker has one.
 */


#include <errno.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

#include "certpdf_openssl_int.h"
#include "certpdf_seal_key_int.h"
#include "certpdf_trust_int.h"


static int certpdf_trust_add(X509_STORE *store, BIO *bio);


cert_err_t
certpdf_trust_open(X509_STORE **storep, const char *path,
    cert_reason_t *reason)
{
    int          n;
    BIO         *bio;
    X509_STORE  *store;

    *storep = NULL;
    errno = 0;

    bio = BIO_new_file(path, "r");
    if (bio == NULL) {
        cert_reason_set(reason, "cannot open %s", path);
        return (errno == ENOENT || errno == ENOTDIR) ? CERT_NOT_FOUND
                                                     : CERT_SYSTEM;
    }

    store = X509_STORE_new();
    n = (store != NULL) ? certpdf_trust_add(store, bio) : -1;

    BIO_free(bio);

    if (n > 0) {
        *storep = store;
        return CERT_OK;
    }

    X509_STORE_free(store);

    if (n == 0) {
        cert_reason_set(reason, "%s holds no certificate, or a broken one",
                        path);
        return CERT_INVALID;
    }

    certpdf_openssl_reason(reason, "reading the authorities failed");

    return CERT_SYSTEM;
}


/* Returns the number of certificates, 0 if one is broken, -1 on failure. */
static int
certpdf_trust_add(X509_STORE *store, BIO *bio)
{
    int              i, n;
    STACK_OF(X509)  *certs;

    certs = sk_X509_new_null();
    if (certs == NULL) {
        return -1;
    }

    n = certpdf_seal_read_list(certs, bio) ? sk_X509_num(certs) : 0;

    for (i = 0; i < n; i++) {
        if (X509_STORE_add_cert(store, sk_X509_value(certs, i)) != 1) {
            n = -1;
        }
    }

    sk_X509_pop_free(certs, X509_free);

    return n;
}


cert_err_t
certpdf_trust_check(X509_STORE *store, X509 *cert, STACK_OF(X509) *chain,
    cert_time_t time, int *error, cert_reason_t *reason)
{
    cert_err_t       err;
    X509_STORE_CTX  *ctx;

    err = CERT_SYSTEM;
    ctx = X509_STORE_CTX_new();

    if (ctx == NULL || X509_STORE_CTX_init(ctx, store, cert, chain) != 1) {
        certpdf_openssl_reason(reason, "checking the chain failed");

    } else {
        X509_STORE_CTX_set_time(ctx, 0, (time_t) time);

        /* No link of the chain under 112 bits: RSA 2048, EC 224, SHA-224. */
        X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(ctx), 2);

        *error = X509_verify_cert(ctx) == 1 ? X509_V_OK
                                            : X509_STORE_CTX_get_error(ctx);
        err = CERT_OK;
    }

    X509_STORE_CTX_free(ctx);

    return err;
}
