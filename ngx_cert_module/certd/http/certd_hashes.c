/*
 * Copyright (C) the ngx_cert authors
 *
 * Password hashes.
 *
 * yescrypt at cost 8 is 2^15 blocks of 4 KiB: 128 MiB, as scrypt at the
 * highest setting that OWASP names, and more than 100 ms of a core a guess
 * (cost 7 takes 75 ms; the default, 5, takes 18 ms).
 *
 * A hash that was imported may take a hundredth of that, which would tell an
 * account from an unknown name.  So a login that an older kind of hash refuses
 * has a hash of today's kind made as well.  The time of the older hash comes on
 * top; to hide that, too, every login would have to sleep longer than the
 * slowest possible hash takes.
 */


#include <crypt.h>
#include <errno.h>
#include <stdlib.h>

#include <openssl/crypto.h>

#include "cert_password.h"
#include "certd_hashes.h"


struct certd_hashes_s {
    certd_turns_t  *turns;
    size_t          today_n;            /* bytes of the decoy that say how a
                                           hash is made: "$y$jCT$" */
    char            decoy[CRYPT_GENSALT_OUTPUT_SIZE];
};


static int64_t certd_hashes_measure(const certd_hashes_t *hashes);
static struct crypt_data *certd_hash_work(cert_str_t password);
static void certd_hash_done(struct crypt_data *work);
static cert_err_t certd_hash_compare(struct crypt_data *work,
    const char *hash);
static int certd_hash_is_equal(const char *a, const char *b);
static int certd_hash_is_old(const certd_hashes_t *hashes, const char *hash);
static int certd_hash_is_possible(cert_str_t password);


certd_hashes_t *
certd_hashes_create(unsigned at_once, unsigned waiting)
{
    char            *end;
    certd_hashes_t  *hashes;

    hashes = calloc(1, sizeof(certd_hashes_t));
    if (hashes == NULL) {
        return NULL;
    }

    if (crypt_gensalt_rn(CERT_PASSWORD_PREFIX, CERT_PASSWORD_COST, NULL, 0,
                         hashes->decoy, sizeof(hashes->decoy))
        == NULL)
    {
        certd_log(CERTD_LOG_ERROR, "crypt(3) of this system has no yescrypt");
        goto failed;
    }

    end = strchr(hashes->decoy + sizeof(CERT_PASSWORD_PREFIX) - 1, '$');
    hashes->today_n = (size_t) (end - hashes->decoy) + 1;

    hashes->turns = certd_turns_create(at_once, waiting, CERTD_TURN_WAIT_MS,
                                       CERTD_TURN_BOUND_MS,
                                       certd_hashes_measure(hashes));
    if (hashes->turns == NULL) {
        goto failed;
    }

    return hashes;

failed:

    free(hashes);

    return NULL;
}


/* Without memory for it, what has passed: the first turns will tell. */
static int64_t
certd_hashes_measure(const certd_hashes_t *hashes)
{
    int64_t              begun_ms;
    struct crypt_data   *work;

    begun_ms = certd_clock_ms();
    work = certd_hash_work(cert_str("x"));

    if (work != NULL) {
        (void) certd_hash_compare(work, hashes->decoy);
    }

    certd_hash_done(work);

    return certd_clock_ms() - begun_ms;
}


void
certd_hashes_destroy(certd_hashes_t *hashes)
{
    if (hashes == NULL) {
        return;
    }

    certd_turns_destroy(hashes->turns);
    free(hashes);
}


cert_err_t
certd_hash_make(certd_hashes_t *hashes, certd_turn_t *turn,
    cert_str_t password, char hash[CERT_PASSWORD_MAX + 1])
{
    char                *text;
    cert_err_t           err;
    struct crypt_data   *work;

    if (!certd_hash_is_possible(password)) {
        return CERT_INVALID;
    }

    err = certd_turn_begin(hashes->turns, turn);
    if (err != CERT_OK) {
        return err;
    }

    err = CERT_NO_MEMORY;

    work = certd_hash_work(password);

    if (work != NULL
        && crypt_gensalt_rn(CERT_PASSWORD_PREFIX, CERT_PASSWORD_COST, NULL, 0,
                            work->setting, sizeof(work->setting))
           != NULL)
    {
        text = crypt_rn(work->input, work->setting, work, sizeof(*work));

        if (text != NULL && strlen(text) <= CERT_PASSWORD_MAX) {
            memcpy(hash, text, strlen(text) + 1);
            err = CERT_OK;
        }
    }

    certd_hash_done(work);
    certd_turn_end(hashes->turns, turn);

    return err;
}


cert_err_t
certd_hash_verify(certd_hashes_t *hashes, certd_turn_t *turn,
    cert_str_t password, const char *hash, int *is_old)
{
    cert_err_t           err;
    struct crypt_data   *work;

    *is_old = 0;

    err = certd_turn_begin(hashes->turns, turn);
    if (err != CERT_OK) {
        return err;
    }

    /*
     * An impossible password is hashed like one for an unknown name: a name
     * with a hash must not be told from one without by a password that is too
     * long.
     */
    if (!certd_hash_is_possible(password)) {
        password = cert_str("");
        hash = NULL;
    }

    work = certd_hash_work(password);
    err = work == NULL ? CERT_NO_MEMORY
          : certd_hash_compare(work, hash != NULL ? hash : hashes->decoy);

    if (err == CERT_OK) {
        *is_old = certd_hash_is_old(hashes, hash);

    } else if (err == CERT_INVALID
               || (err == CERT_DENIED && hash != NULL
                   && certd_hash_is_old(hashes, hash)))
    {
        err = certd_hash_compare(work, hashes->decoy);
    }

    certd_hash_done(work);
    certd_turn_end(hashes->turns, turn);

    return err;
}


uint64_t
certd_hashes_waiting(certd_hashes_t *hashes)
{
    return certd_turns_waiting(hashes->turns);
}


/* 32 KiB, so on the heap: threads of connections have small stacks. */
static struct crypt_data *
certd_hash_work(cert_str_t password)
{
    struct crypt_data  *work;

    work = calloc(1, sizeof(struct crypt_data));

    if (work != NULL && password.len != 0) {
        memcpy(work->input, password.data, password.len);
    }

    return work;
}


/* crypt(3) wipes its scratch; the password and the hash are beside it. */
static void
certd_hash_done(struct crypt_data *work)
{
    if (work != NULL) {
        explicit_bzero(work, sizeof(struct crypt_data));
        free(work);
    }
}


/*
 * CERT_INVALID: crypt(3) cannot read the hash, and has done no work.  The
 * decoy has a salt and no hash, so it is never equal.
 */
static cert_err_t
certd_hash_compare(struct crypt_data *work, const char *hash)
{
    const char  *text;

    text = crypt_rn(work->input, hash, work, sizeof(*work));

    if (text == NULL) {
        return errno == ENOMEM ? CERT_NO_MEMORY : CERT_INVALID;
    }

    return certd_hash_is_equal(text, hash) ? CERT_OK : CERT_DENIED;
}


/* Lengths are those of the method, which need not be secret. */
static int
certd_hash_is_equal(const char *a, const char *b)
{
    size_t  len;

    len = strlen(a);

    return len == strlen(b) && CRYPTO_memcmp(a, b, len) == 0;
}


/*
 * The parameters are written in digits that sort, the cost before the size of
 * a block; with as many of them, the lesser text is the cheaper hash.
 */
static int
certd_hash_is_old(const certd_hashes_t *hashes, const char *hash)
{
    return strlen(hash) < hashes->today_n
           || hash[hashes->today_n - 1] != '$'
           || strncmp(hash, CERT_PASSWORD_PREFIX,
                      sizeof(CERT_PASSWORD_PREFIX) - 1) != 0
           || strncmp(hash, hashes->decoy, hashes->today_n) < 0;
}


/* What crypt(3) would refuse, or cut at a zero and take. */
static int
certd_hash_is_possible(cert_str_t password)
{
    return password.len > 0 && password.len <= CERT_PASSWORD_BYTES_MAX
           && memchr(password.data, '\0', password.len) == NULL;
}
