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
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "certpdf_openssl_int.h"
#include "certpdf_seal_key_int.h"
#include "certpdf_trust_int.h"


/* Bytes: a few hundred certificates. */
#define CERTPDF_TRUST_FILE_MAX  (1024 * 1024)


static cert_err_t certpdf_trust_read(BIO **bio, const char *path,
    cert_reason_t *reason);
static int certpdf_trust_add(X509_STORE *store, BIO *bio);
static cert_time_t certpdf_trust_until(X509_STORE_CTX *ctx);


cert_err_t
certpdf_trust_open(X509_STORE **storep, const char *path,
    cert_reason_t *reason)
{
    int          n;
    BIO         *bio;
    cert_err_t   err;
    X509_STORE  *store;

    *storep = NULL;

    err = certpdf_trust_read(&bio, path, reason);
    if (err != CERT_OK) {
        return err;
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


/*
 * The folder is the renderers', and root reads the file too: what is put in its
 * place must not hold up a command.
 */
static cert_err_t
certpdf_trust_read(BIO **bio, const char *path, cert_reason_t *reason)
{
    int           fd;
    char          buf[4096];
    size_t        all;
    ssize_t       n;
    cert_err_t    err;
    struct stat   st;

    *bio = NULL;

    fd = open(path, O_RDONLY|O_CLOEXEC|O_NONBLOCK|O_NOCTTY);
    if (fd == -1) {
        err = (errno == ENOENT || errno == ENOTDIR) ? CERT_NOT_FOUND
                                                    : CERT_SYSTEM;
        cert_reason_set(reason, "cannot open %s: %s", path, strerror(errno));
        return err;
    }

    if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)
        || st.st_size > CERTPDF_TRUST_FILE_MAX)
    {
        cert_reason_set(reason, "%s is not a file of certificates", path);
        (void) close(fd);
        return CERT_INVALID;
    }

    *bio = BIO_new(BIO_s_mem());
    err = *bio != NULL ? CERT_OK : CERT_SYSTEM;
    n = 1;
    all = 0;

    while (err == CERT_OK && n > 0) {
        n = read(fd, buf, sizeof(buf));
        all += n > 0 ? (size_t) n : 0;

        if (all > CERTPDF_TRUST_FILE_MAX) {
            err = CERT_INVALID;     /* it grows while it is read */

        } else if (n > 0 && BIO_write(*bio, buf, (int) n) != n) {
            err = CERT_SYSTEM;
        }
    }

    if (n == -1) {
        err = CERT_SYSTEM;
    }

    (void) close(fd);

    if (err == CERT_OK) {
        BIO_set_mem_eof_return(*bio, 0);
        return CERT_OK;
    }

    cert_reason_set(reason, "%s cannot be read", path);
    BIO_free(*bio);
    *bio = NULL;

    return err;
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
    cert_time_t time, int *error, cert_time_t *until, cert_reason_t *reason)
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

        if (*error == X509_V_ERR_OUT_OF_MEM
            || *error == X509_V_ERR_UNSPECIFIED)
        {
            certpdf_openssl_reason(reason, "checking the chain failed");

        } else {
            err = CERT_OK;
        }

        if (until != NULL) {
            *until = *error == X509_V_OK ? certpdf_trust_until(ctx) : 0;
        }
    }

    X509_STORE_CTX_free(ctx);

    return err;
}


/* A chain whose times cannot be read has ended. */
static cert_time_t
certpdf_trust_until(X509_STORE_CTX *ctx)
{
    int              i;
    struct tm        tm;
    cert_time_t      end, until;
    STACK_OF(X509)  *chain;

    until = INT64_MAX;
    chain = X509_STORE_CTX_get0_chain(ctx);

    for (i = 0; i < sk_X509_num(chain); i++) {
        end = ASN1_TIME_to_tm(X509_get0_notAfter(sk_X509_value(chain, i)), &tm)
              == 1 ? timegm(&tm) : 0;
        until = end < until ? end : until;
    }

    return until;
}
