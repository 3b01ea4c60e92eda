/*
 * Copyright (C) the ngx_cert authors
 *
 * Passwords of accounts.
 *
 * Which methods are strong is for libxcrypt to say, and the table only adds
 * what it does not look at: whether all of the hash is there.  A hash that was
 * cut on its way would be an account that nobody can log in to, found out by
 * its holder.  To hash something would tell for sure, and would take days for
 * a million accounts.
 *
 * A password that is drawn is read out on the telephone: one case, and nothing
 * that looks like something else, rather than more characters of more kinds.
 */


#include <crypt.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include "cert_password.h"
#include "certctl_cost.h"
#include "certctl_csv.h"
#include "certctl_output.h"
#include "certctl_password.h"
#include "certctl_scheme.h"


typedef struct {
    const char  *name;
    const char  *prefix;
    size_t       len;       /* of a whole hash; 0: of any length */
    size_t       tail;      /* of what follows its last "$"; 0: any */
} certctl_method_t;


static const certctl_method_t *certctl_password_find(const char *hash);
static cert_err_t certctl_password_look(const char *hash, size_t len,
    const char **why);
static cert_err_t certctl_password_refuse(const char **why,
    const char *what);
static size_t certctl_password_pick(char *password, size_t n,
    const uint8_t *bytes, size_t bytes_n);
static int certctl_password_line(certctl_t *ctl, char *text, size_t len);


static const certctl_method_t  certctl_methods[] = {
    { "yescrypt", "$y$", 0, 43 },
    { "gost-yescrypt", "$gy$", 0, 43 },
    { "scrypt", "$7$", 0, 43 },
    { "bcrypt", "$2b$", 60, 0 },
    { "bcrypt", "$2y$", 60, 0 },
    { "bcrypt", "$2a$", 60, 0 },
    { "sha512crypt", "$6$", 0, 86 },
    { NULL, NULL, 0, 0 }
};

/* Without "i", "l", "o", "0" and "1": one less than 5 bits can name. */
static const char  certctl_password_letters[] =
    "abcdefghjkmnpqrstuvwxyz23456789";


const char *
certctl_password_method(const char *hash)
{
    const certctl_method_t  *method;

    method = certctl_password_find(hash);

    return method != NULL ? method->name : "unknown";
}


static const certctl_method_t *
certctl_password_find(const char *hash)
{
    const certctl_method_t  *method;

    for (method = certctl_methods; method->name != NULL; method++) {
        if (strncmp(hash, method->prefix, strlen(method->prefix)) == 0) {
            return method;
        }
    }

    return NULL;
}


/*
 * An old method or another scheme can be mended where the file was made, if it
 * is named: our table is asked before libxcrypt, which takes most for DES.
 */
cert_err_t
certctl_password_take(char hash[CERT_PASSWORD_MAX + 1], cert_str_t text,
    const char **why)
{
    const char  *begins;

    if (text.len == 0) {
        return certctl_password_refuse(why, "is empty");
    }

    if (memchr(text.data, '\0', text.len) != NULL) {
        return certctl_password_refuse(why, "holds a control character");
    }

    begins = certctl_scheme_unlabel(&text);

    *why = certctl_scheme_refusal(text);
    if (*why != NULL) {
        return CERT_INVALID;
    }

    if (text.len > CERT_PASSWORD_MAX) {
        return certctl_password_refuse(why, "is too long");
    }

    memcpy(hash, text.data, text.len);
    hash[text.len] = '\0';

    if (strncmp(hash, begins, strlen(begins)) != 0) {
        return certctl_password_refuse(why, "is not of the scheme that its "
                                       "label names");
    }

    return certctl_password_look(hash, text.len, why);
}


/* At a hash of crypt(3), as far as is known. */
static cert_err_t
certctl_password_look(const char *hash, size_t len, const char **why)
{
    size_t                   tail;
    const certctl_method_t  *method;

    switch (crypt_checksalt(hash)) {

    case CRYPT_SALT_OK:
        break;

    case CRYPT_SALT_INVALID:
        return certctl_password_refuse(why, "is not a crypt(3) hash");

    default:
        return certctl_password_refuse(why, hash[0] == '$'
                                       ? "uses a method that is too weak"
                                       : "is not a crypt(3) hash");
    }

    method = certctl_password_find(hash);
    if (method == NULL) {
        return certctl_password_refuse(why, "uses a method that is not "
                                       "accepted");
    }

    tail = len - (size_t) (strrchr(hash, '$') + 1 - hash);

    if ((method->len != 0 && len != method->len)
        || (method->tail != 0 && tail != method->tail))
    {
        return certctl_password_refuse(why, "is not a whole hash");
    }

    if (certctl_cost_is_dear(hash)) {
        return certctl_password_refuse(why, "takes too long or too much memory "
                                       "to verify");
    }

    return CERT_OK;
}


/* Never with the hash: a reason goes to standard error and into files. */
static cert_err_t
certctl_password_refuse(const char **why, const char *what)
{
    *why = what;

    return CERT_INVALID;
}


/* 31 letters of 32 values: what is over is drawn again, so all are alike. */
int
certctl_password_draw(certctl_t *ctl, certctl_password_t password)
{
    int      status;
    size_t   n;
    ssize_t  got;
    uint8_t  bytes[2 * CERTCTL_PASSWORD_LEN];

    n = 0;

    while (n < CERTCTL_PASSWORD_LEN) {
        got = getrandom(bytes, sizeof(bytes), 0);

        if (got < 0 && errno != EINTR) {
            status = certctl_error(ctl, CERT_SYSTEM, "no random numbers: %s",
                                   strerror(errno));
            goto done;
        }

        if (got > 0) {
            n = certctl_password_pick(password, n, bytes, (size_t) got);
        }
    }

    password[CERTCTL_PASSWORD_LEN] = '\0';
    status = 0;

done:

    explicit_bzero(bytes, sizeof(bytes));

    return status;
}


/* Goes on at "n"; returns how many characters there are then. */
static size_t
certctl_password_pick(char *password, size_t n, const uint8_t *bytes,
    size_t bytes_n)
{
    char  c;

    while (bytes_n-- > 0 && n < CERTCTL_PASSWORD_LEN) {
        c = certctl_password_letters[*bytes++ % 32];

        if (c != '\0') {
            password[n++] = c;
        }
    }

    return n;
}


int
certctl_password_read(certctl_t *ctl, const char *file,
    certctl_password_t password)
{
    int      fd, status;
    char     text[CERT_PASSWORD_BYTES_MAX + 4];
    size_t   len;
    ssize_t  n;

    fd = certctl_csv_fd(file);
    if (fd == -1) {
        return certctl_error(ctl, CERT_SYSTEM, "cannot open \"%s\": %s", file,
                             strerror(errno));
    }

    len = 0;

    do {
        n = read(fd, text + len, sizeof(text) - 1 - len);
        len += n > 0 ? (size_t) n : 0;

    } while ((n > 0 && len < sizeof(text) - 1) || (n < 0 && errno == EINTR));

    text[len] = '\0';

    status = n < 0 ? certctl_error(ctl, CERT_SYSTEM, "cannot read \"%s\": %s",
                                   file, strerror(errno))
                   : certctl_password_line(ctl, text, len);

    if (status == 0) {
        memcpy(password, text, strlen(text) + 1);
    }

    explicit_bzero(text, sizeof(text));
    close(fd);

    return status;
}


/* Cuts off the line end, which is of the file and not of the password. */
static int
certctl_password_line(certctl_t *ctl, char *text, size_t len)
{
    if (strlen(text) != len) {
        return certctl_error(ctl, CERT_INVALID, "the password holds a zero "
                             "byte");
    }

    if (len > 0 && text[len - 1] == '\n') {
        len -= len > 1 && text[len - 2] == '\r' ? 2 : 1;
        text[len] = '\0';
    }

    if (!cert_password_is_sound(cert_strz(text))) {
        return certctl_error(ctl, CERT_INVALID, "a password is one line of %d "
                             "to %d characters of UTF-8 without control "
                             "characters", CERT_PASSWORD_CHARS_MIN,
                             CERT_PASSWORD_CHARS_MAX);
    }

    return 0;
}


/* 32 KiB of its own work to crypt(3), wiped: it keeps the password in it. */
int
certctl_password_hash(certctl_t *ctl, const char *password,
    char hash[CERT_PASSWORD_MAX + 1])
{
    char               *text;
    struct crypt_data  *work;

    work = calloc(1, sizeof(struct crypt_data));
    if (work == NULL) {
        return certctl_error(ctl, CERT_NO_MEMORY, "out of memory");
    }

    text = crypt_gensalt_rn(CERT_PASSWORD_PREFIX, CERT_PASSWORD_COST,
                            NULL, 0, work->setting, sizeof(work->setting));
    if (text != NULL) {
        text = crypt_rn(password, work->setting, work, sizeof(*work));
    }

    if (text != NULL && strlen(text) <= CERT_PASSWORD_MAX) {
        memcpy(hash, text, strlen(text) + 1);

    } else {
        text = NULL;
    }

    explicit_bzero(work, sizeof(*work));
    free(work);

    return text != NULL ? 0
           : certctl_error(ctl, CERT_SYSTEM, "cannot hash: no memory, or "
                           "crypt(3) of this system has no yescrypt");
}
