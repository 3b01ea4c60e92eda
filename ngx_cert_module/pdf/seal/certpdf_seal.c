/*
 * Copyright (C) the ngx_cert authors
 *
 * Opening a seal and applying it.
 *
 * Whatever would make a worthless signature is refused when the seal is
 * opened, long before a holder waits for a copy.  OpenSSL's error queue is
 * left empty by every function: certd shares its thread with TLS code.
 *
 * A CMS is made in memory over a digest, so the file is written once and only
 * two places in it are patched.  Appending the signature as an update, which
 * is how other programs sign, was rejected: a file of two revisions is what
 * certpdf_verify() refuses, because everything that came later would look the
 * same.  The key is held by OpenSSL alone and its file's bytes are wiped, also
 * when reading fails half way.
 */


#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cert_hex.h"
#include "certpdf_bytes.h"
#include "certpdf_openssl_int.h"
#include "certpdf_seal.h"
#include "certpdf_seal_cert_int.h"
#include "certpdf_seal_cms_int.h"
#include "certpdf_seal_int.h"
#include "certpdf_seal_key_int.h"
#include "certpdf_seal_pdf_int.h"
#include "certpdf_trust_int.h"


#define CERTPDF_SEAL_FILE_MAX  (256 * 1024)

/* An ECDSA signature may be some bytes longer than the one measured. */
#define CERTPDF_CMS_SPARE  16


static cert_err_t certpdf_seal_load(certpdf_seal_t *seal, const char *path,
    const char *passphrase, cert_time_t now, cert_reason_t *reason);
static int certpdf_seal_is_pkcs12(const char *path);
static cert_err_t certpdf_seal_read(certpdf_bytes_t *file, const char *path,
    cert_reason_t *reason);
static cert_err_t certpdf_seal_read_fd(certpdf_bytes_t *file, int fd,
    cert_reason_t *reason);
static cert_err_t certpdf_seal_check_file(const struct stat *st,
    cert_reason_t *reason);
static cert_err_t certpdf_seal_check(certpdf_seal_t *seal, cert_time_t now,
    cert_reason_t *reason);
static cert_err_t certpdf_seal_try(certpdf_seal_t *seal,
    cert_reason_t *reason);
static void certpdf_seal_patch_range(certpdf_bytes_t *pdf,
    const certpdf_place_t *place);
static cert_err_t certpdf_seal_sign(certpdf_seal_t *seal,
    certpdf_bytes_t *pdf, const certpdf_place_t *place, cert_reason_t *reason);
static void certpdf_seal_patch_contents(certpdf_bytes_t *pdf,
    const certpdf_place_t *place, const uint8_t *cms, size_t len);


cert_err_t
certpdf_seal_open(certpdf_seal_t **seal, const char *path,
    const char *passphrase, cert_time_t now, cert_reason_t *reason)
{
    cert_err_t       err;
    certpdf_seal_t  *s;

    cert_reason_set(reason, "%s", "");

    s = calloc(1, sizeof(certpdf_seal_t));
    if (s == NULL) {
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
    }

    err = certpdf_seal_load(s, path, passphrase, now, reason);

    ERR_clear_error();

    if (err != CERT_OK) {
        certpdf_seal_close(s);
        return err;
    }

    *seal = s;

    return CERT_OK;
}


void
certpdf_seal_close(certpdf_seal_t *seal)
{
    if (seal == NULL) {
        return;
    }

    EVP_PKEY_free(seal->key);
    X509_free(seal->cert);
    sk_X509_pop_free(seal->chain, X509_free);
    free(seal);
}


/* Nothing is left of the file in memory but what OpenSSL holds of it. */
static cert_err_t
certpdf_seal_load(certpdf_seal_t *seal, const char *path,
    const char *passphrase, cert_time_t now, cert_reason_t *reason)
{
    cert_str_t        bytes;
    cert_err_t        err;
    certpdf_bytes_t   file;

    err = certpdf_seal_read(&file, path, reason);
    if (err != CERT_OK) {
        return err;
    }

    bytes.data = file.data;
    bytes.len = file.len;

    err = certpdf_seal_is_pkcs12(path)
          ? certpdf_seal_read_pkcs12(seal, bytes, passphrase, reason)
          : certpdf_seal_read_pem(seal, bytes, passphrase, reason);

    OPENSSL_cleanse(file.data, file.len);
    certpdf_bytes_free(&file);

    if (err != CERT_OK) {
        return err;
    }

    err = certpdf_seal_check(seal, now, reason);
    if (err != CERT_OK) {
        return err;
    }

    return certpdf_seal_try(seal, reason);
}


static int
certpdf_seal_is_pkcs12(const char *path)
{
    size_t  len;

    len = strlen(path);

    return len > 4 && (strcmp(path + len - 4, ".p12") == 0
                       || strcmp(path + len - 4, ".pfx") == 0);
}


static cert_err_t
certpdf_seal_read(certpdf_bytes_t *file, const char *path,
    cert_reason_t *reason)
{
    int         fd;
    cert_err_t  err;

    fd = open(path, O_RDONLY|O_CLOEXEC|O_NONBLOCK|O_NOCTTY);
    if (fd == -1) {
        err = (errno == ENOENT || errno == ENOTDIR) ? CERT_NOT_FOUND
                                                    : CERT_SYSTEM;
        cert_reason_file(reason, "cannot open", path, errno);
        return err;
    }

    err = certpdf_seal_read_fd(file, fd, reason);

    close(fd);

    return err;
}


/* One read(): a file that changes its size meanwhile is not a key at rest. */
static cert_err_t
certpdf_seal_read_fd(certpdf_bytes_t *file, int fd, cert_reason_t *reason)
{
    cert_err_t   err;
    struct stat  st;

    if (fstat(fd, &st) == -1) {
        cert_reason_set(reason, "fstat() of the seal's file failed");
        return CERT_SYSTEM;
    }

    err = certpdf_seal_check_file(&st, reason);
    if (err != CERT_OK) {
        return err;
    }

    file->len = (size_t) st.st_size;

    file->data = malloc(file->len);
    if (file->data == NULL) {
        cert_reason_set(reason, "out of memory");
        return CERT_NO_MEMORY;
    }

    if (read(fd, file->data, file->len) != st.st_size) {
        cert_reason_set(reason, "the seal's file cannot be read whole");
        OPENSSL_cleanse(file->data, file->len);
        certpdf_bytes_free(file);
        return CERT_SYSTEM;
    }

    return CERT_OK;
}


/* A process that can read it can forge. */
static cert_err_t
certpdf_seal_check_file(const struct stat *st, cert_reason_t *reason)
{
    if (!S_ISREG(st->st_mode)) {
        cert_reason_set(reason, "the seal is not a regular file");
        return CERT_REFUSED;
    }

    if (st->st_mode & (S_IRWXG|S_IRWXO)) {
        cert_reason_set(reason, "the seal's file is accessible to others: "
                        "mode %03o; make it 600",
                        (unsigned) (st->st_mode & 0777));
        return CERT_REFUSED;
    }

    if (st->st_size == 0 || st->st_size > CERTPDF_SEAL_FILE_MAX) {
        cert_reason_set(reason, "the seal's file is empty or too large");
        return CERT_INVALID;
    }

    return CERT_OK;
}


/* Time comes last: what is weak and expired should not be renewed as it is. */
static cert_err_t
certpdf_seal_check(certpdf_seal_t *seal, cert_time_t now,
    cert_reason_t *reason)
{
    cert_err_t  err;

    if (X509_check_private_key(seal->cert, seal->key) != 1) {
        cert_reason_set(reason, "the key does not belong to the certificate");
        return CERT_REFUSED;
    }

    err = certpdf_seal_check_strength(seal, reason);
    if (err != CERT_OK) {
        return err;
    }

    if (!certpdf_seal_may_sign(seal->cert)) {
        cert_reason_set(reason, "the certificate's key usage forbids signing");
        return CERT_REFUSED;
    }

    return certpdf_seal_check_time(seal->cert, now, reason);
}


/*
 * Signs once, over nothing: what cannot sign is found now and not when the
 * first copy is due, and the room that signatures need is measured rather
 * than guessed.
 */
static cert_err_t
certpdf_seal_try(certpdf_seal_t *seal, cert_reason_t *reason)
{
    size_t       len;
    uint8_t     *cms;
    cert_err_t   err;

    static const uint8_t  digest[CERT_SHA256_SIZE];

    err = certpdf_cms_make(seal, digest, &cms, &len, reason);
    if (err != CERT_OK) {
        return err;
    }

    seal->cms_max = len + CERTPDF_CMS_SPARE;
    OPENSSL_free(cms);

    return CERT_OK;
}


cert_err_t
certpdf_seal_check_chain(certpdf_seal_t *seal, const char *ca,
    cert_time_t now, cert_reason_t *reason)
{
    int          error;
    cert_err_t   err;
    X509_STORE  *store;

    err = certpdf_trust_open(&store, ca, reason);

    if (err == CERT_OK) {
        err = certpdf_trust_check(store, seal->cert, seal->chain, now, &error,
                                  &seal->until, reason);
    }

    if (err == CERT_OK && error != X509_V_OK) {
        cert_reason_set(reason, "%s does not vouch for the seal: %s", ca,
                        X509_verify_cert_error_string(error));
        err = CERT_REFUSED;
    }

    X509_STORE_free(store);
    ERR_clear_error();

    return err;
}


/* A certificate without a time that can be read was refused when it opened. */
cert_time_t
certpdf_seal_expires(const certpdf_seal_t *seal)
{
    struct tm  tm;

    if (seal->until != 0) {
        return seal->until;
    }

    return ASN1_TIME_to_tm(X509_get0_notAfter(seal->cert), &tm) == 1
           ? timegm(&tm) : 0;
}


/* Time is asked for again: a renderer may run past the end of its seal. */
cert_err_t
certpdf_seal_apply(certpdf_seal_t *seal, cert_str_t pdf, cert_time_t now,
    certpdf_bytes_t *sealed, cert_reason_t *reason)
{
    cert_err_t       err;
    certpdf_bytes_t  bytes;
    certpdf_place_t  place;

    cert_reason_set(reason, "%s", "");

    err = certpdf_seal_check_time(seal->cert, now, reason);

    if (err == CERT_OK && seal->until != 0 && now >= seal->until) {
        cert_reason_set(reason, "a certificate that vouches for the seal has "
                        "expired");
        err = CERT_REFUSED;
    }

    if (err != CERT_OK) {
        ERR_clear_error();
        return err;
    }

    memset(&bytes, 0, sizeof(certpdf_bytes_t));

    err = certpdf_seal_place(pdf, now, seal->cms_max, &bytes, &place, reason);

    if (err == CERT_OK) {
        certpdf_seal_patch_range(&bytes, &place);
        err = certpdf_seal_sign(seal, &bytes, &place, reason);
    }

    ERR_clear_error();

    if (err != CERT_OK) {
        certpdf_bytes_free(&bytes);
        return err;
    }

    *sealed = bytes;

    return CERT_OK;
}


/* Blanks fill up what the numbers do not need. */
static void
certpdf_seal_patch_range(certpdf_bytes_t *pdf, const certpdf_place_t *place)
{
    int     n;
    char    range[80];
    size_t  len;

    n = snprintf(range, sizeof(range), "[ 0 %zu %zu %zu", place->contents,
                 place->contents_end, pdf->len - place->contents_end);
    len = place->range_end - place->range;

    memset(pdf->data + place->range, ' ', len);
    memcpy(pdf->data + place->range, range, (size_t) n);
    pdf->data[place->range_end - 1] = ']';
}


/* The ranges are in the file before it is digested: they are signed too. */
static cert_err_t
certpdf_seal_sign(certpdf_seal_t *seal, certpdf_bytes_t *pdf,
    const certpdf_place_t *place, cert_reason_t *reason)
{
    size_t       len;
    uint8_t     *cms, digest[CERT_SHA256_SIZE];
    cert_str_t   bytes;
    cert_err_t   err;

    bytes.data = pdf->data;
    bytes.len = pdf->len;

    if (!certpdf_cms_digest(bytes, place->contents, place->contents_end,
                            digest))
    {
        certpdf_openssl_reason(reason, "SHA-256");
        return CERT_SYSTEM;
    }

    err = certpdf_cms_make(seal, digest, &cms, &len, reason);
    if (err != CERT_OK) {
        return err;
    }

    if (len > seal->cms_max) {
        cert_reason_set(reason, "the signature does not fit: %zu bytes", len);
        err = CERT_SYSTEM;

    } else {
        certpdf_seal_patch_contents(pdf, place, cms, len);
    }

    OPENSSL_free(cms);

    return err;
}


/* What is left of the room stays zeros, which certpdf_verify() insists on. */
static void
certpdf_seal_patch_contents(certpdf_bytes_t *pdf,
    const certpdf_place_t *place, const uint8_t *cms, size_t len)
{
    (void) cert_hex_encode((char *) pdf->data + place->contents + 1, cms, len);
}
