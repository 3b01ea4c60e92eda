/*
 * Copyright (C) the ngx_cert authors
 *
 * Names of holders and of users.
 *
 * Both are keyed digests.  Document numbers are few enough to be tried one by
 * one, and people take their names and telephone numbers as user names: a
 * plain digest of either would tell it to every reader of the store, such as a
 * public worker.
 *
 * A user name is folded so that it is found however it is typed: case, width
 * and composition are what keyboards differ in.  What looks like a letter of
 * another script stays another letter.
 */


#include <utf8proc.h>

#include "cert_crypto_int.h"
#include "cert_fold.h"
#include "cert_holder_int.h"
#include "cert_seal_int.h"
#include "cert_text_int.h"


/* What is longer than this cannot fold to what is short enough. */
#define CERT_USERNAME_IN_MAX  (4 * CERT_USERNAME_MAX)

/* No code point folds and decomposes into more than four. */
#define CERT_USERNAME_POINTS_MAX  (4 * CERT_USERNAME_IN_MAX)


static cert_err_t cert_lookup_digest(cert_keyring_t *ring, uint8_t label,
    uint8_t type, cert_str_t text, uint8_t *out, size_t size);
static utf8proc_int32_t cert_username_narrow(utf8proc_int32_t ch,
    void *data);
static int cert_username_is_allowed(utf8proc_int32_t ch);


cert_err_t
cert_holder_make(cert_keyring_t *ring, cert_id_type_t id_type,
    cert_str_t id_number, cert_holder_t *holder)
{
    return cert_lookup_digest(ring, CERT_LABEL_HOLDER, (uint8_t) id_type,
                              id_number, holder->bytes, CERT_HOLDER_SIZE);
}


cert_err_t
cert_username_key(cert_keyring_t *ring, cert_str_t username,
    uint8_t key[CERT_USERNAME_KEY_SIZE])
{
    return cert_lookup_digest(ring, CERT_LABEL_USERNAME, 0, username, key,
                              CERT_USERNAME_KEY_SIZE);
}


/* Label and type first: so no name of one kind equals one of another. */
static cert_err_t
cert_lookup_digest(cert_keyring_t *ring, uint8_t label, uint8_t type,
    cert_str_t text, uint8_t *out, size_t size)
{
    uint8_t     id, head[2], mac[CERT_SHA256_SIZE];
    cert_str_t  parts[2];
    cert_err_t  err;

    head[0] = label;
    head[1] = type;

    parts[0] = (cert_str_t) { head, sizeof(head) };
    parts[1] = text;

    id = 0;

    err = cert_crypto_mac(ring, CERT_KEY_LOOKUP, &id, parts, 2, mac);
    if (err == CERT_OK) {
        memcpy(out, mac, size);
    }

    cert_crypto_wipe(mac, sizeof(mac));

    return err;
}


int
cert_account_has(const cert_account_t *account, const cert_holder_t *holder)
{
    if (cert_holder_is_equal(&account->holder, holder)) {
        return 1;
    }

    for (size_t i = 0; i < account->links_n; i++) {
        if (cert_holder_is_equal(&account->links[i], holder)) {
            return 1;
        }
    }

    return 0;
}


cert_err_t
cert_username_fold(cert_text_t *out, cert_str_t in, const char **why)
{
    const char         *what;
    utf8proc_ssize_t    n, len;
    utf8proc_int32_t    points[CERT_USERNAME_POINTS_MAX];
    utf8proc_uint8_t    bytes[4];
    utf8proc_option_t   options;

    what = cert_text_check(in);

    if (what != NULL) {
        return cert_text_refuse(why, what);
    }

    in = cert_text_trim(in);

    if (in.len > CERT_USERNAME_IN_MAX) {
        return cert_text_refuse(why, "is too long");
    }

    options = UTF8PROC_STABLE|UTF8PROC_COMPOSE|UTF8PROC_CASEFOLD;

    n = utf8proc_decompose_custom(in.data, (utf8proc_ssize_t) in.len, points,
                                  CERT_USERNAME_POINTS_MAX, options,
                                  cert_username_narrow, NULL);

    if (n >= 0 && n <= CERT_USERNAME_POINTS_MAX) {
        n = utf8proc_normalize_utf32(points, n, options);
    }

    if (n < 0 || n > CERT_USERNAME_POINTS_MAX) {
        return cert_text_refuse(why, "is not UTF-8");
    }

    out->len = 0;

    for (utf8proc_ssize_t i = 0; i < n; i++) {
        if (!cert_username_is_allowed(points[i])) {
            return cert_text_refuse(why, "holds a character other than "
                                    "letters, digits and . _ @ + -");
        }

        len = utf8proc_encode_char(points[i], bytes);

        if (out->len + (size_t) len > CERT_USERNAME_MAX) {
            return cert_text_refuse(why, "is too long");
        }

        memcpy(out->data + out->len, bytes, (size_t) len);
        out->len += (size_t) len;
    }

    out->data[out->len] = '\0';

    return out->len < CERT_USERNAME_MIN ? cert_text_refuse(why, "is too short")
                                        : CERT_OK;
}


cert_err_t
cert_username_match(cert_text_t *out, cert_str_t in, const char **why)
{
    cert_err_t   err;
    cert_text_t  typed;

    err = cert_fold_typed(&typed, in, why);

    return err == CERT_OK ? cert_username_fold(out, cert_text_str(&typed), why)
                          : err;
}


/* The full-width forms are ASCII moved as a block. */
static utf8proc_int32_t
cert_username_narrow(utf8proc_int32_t ch, void *data)
{
    (void) data;

    return ch >= 0xFF01 && ch <= 0xFF5E ? ch - 0xFF01 + '!' : ch;
}


/* Of a folded code point, so no capital letter of ASCII is left. */
static int
cert_username_is_allowed(utf8proc_int32_t ch)
{
    if (ch < 0x80) {
        return (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9')
               || ch == '.' || ch == '_' || ch == '@' || ch == '+'
               || ch == '-';
    }

    switch (utf8proc_category(ch)) {

    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
        return 1;

    default:
        return 0;
    }
}
