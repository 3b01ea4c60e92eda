/*
 * Copyright (C) the ngx_cert authors
 *
 * Layout of accounts, links, user names, sessions and idempotency keys.
 *
 * The record of a holder is an account or a link, as its second byte tells.
 * An account is public but for its login: the daemon's readers and "fsck" see
 * generation, consent and links with the public keys, and what could be tried
 * against a word list is ciphertext to all who hold no "personal" key.
 *
 * As everywhere, the seal says that the bytes are genuine, and the decoder
 * what they are.
 */


#include "cert_holder_record_int.h"
#include "cert_record_int.h"


/* What the record of a holder is. */
#define CERT_KIND_ACCOUNT  1
#define CERT_KIND_LINK     2

#define CERT_FLAG_MATCHED  0x01
#define CERT_FLAG_LOGIN    0x02

#define CERT_LINK_SIZE     (2 + CERT_HOLDER_SIZE)


static void cert_login_decode(cert_cursor_t *c, cert_login_t *login);
static cert_err_t cert_login_read(cert_account_t *account,
    cert_str_t plain);
static cert_str_t cert_login_bound(const cert_holder_t *holder,
    uint8_t bound[1 + CERT_HOLDER_SIZE]);


void
cert_account_encode(cert_writer_t *w, const cert_account_t *account,
    const cert_login_t *login)
{
    unsigned  flags;

    flags = (account->is_matched ? CERT_FLAG_MATCHED : 0)
            | (login->len != 0 ? CERT_FLAG_LOGIN : 0);

    cert_put_int(w, CERT_RECORD_FORMAT, 1);
    cert_put_int(w, CERT_KIND_ACCOUNT, 1);
    cert_put_int(w, flags, 1);
    cert_put_int(w, (uint64_t) account->created, 8);
    cert_put_int(w, account->generation, 4);
    cert_put_int(w, account->notice_version, 4);
    cert_put_int(w, (uint64_t) account->notice_time, 8);
    cert_put_bytes(w, account->notice_sha256, CERT_SHA256_SIZE);
    cert_put_int(w, account->links_n, 1);
    cert_put_bytes(w, account->links, account->links_n * CERT_HOLDER_SIZE);

    if (login->len != 0) {
        cert_put_int(w, login->personal_key, 1);
        cert_put_bytes(w, login->nonce, CERT_NONCE_SIZE);
        cert_put_blob(w, (cert_str_t) { login->sealed, login->len });
    }
}


cert_err_t
cert_account_decode(cert_account_t *account, cert_login_t *login,
    const cert_holder_t *holder, cert_str_t payload)
{
    unsigned        flags;
    cert_cursor_t   c;
    const uint8_t  *sha256, *links;

    c = cert_cursor(payload);

    if (cert_get_int(&c, 1) != CERT_RECORD_FORMAT
        || cert_get_int(&c, 1) != CERT_KIND_ACCOUNT)
    {
        return CERT_CORRUPT;
    }

    memset(account, 0, sizeof(*account));
    login->len = 0;

    flags = (unsigned) cert_get_int(&c, 1);
    account->holder = *holder;
    account->is_matched = (flags & CERT_FLAG_MATCHED) != 0;
    account->created = (cert_time_t) cert_get_int(&c, 8);
    account->generation = (uint32_t) cert_get_int(&c, 4);
    account->notice_version = (uint32_t) cert_get_int(&c, 4);
    account->notice_time = (cert_time_t) cert_get_int(&c, 8);
    sha256 = cert_get_bytes(&c, CERT_SHA256_SIZE);
    account->links_n = (size_t) cert_get_int(&c, 1);

    if (account->links_n > CERT_LINKS_MAX) {
        return CERT_CORRUPT;
    }

    links = cert_get_bytes(&c, account->links_n * CERT_HOLDER_SIZE);

    if (flags & CERT_FLAG_LOGIN) {
        cert_login_decode(&c, login);
    }

    if (!cert_cursor_is_done(&c)) {
        return CERT_CORRUPT;
    }

    memcpy(account->notice_sha256, sha256, CERT_SHA256_SIZE);
    memcpy(account->links, links, account->links_n * CERT_HOLDER_SIZE);

    return CERT_OK;
}


/* What is wrong is left in the cursor. */
static void
cert_login_decode(cert_cursor_t *c, cert_login_t *login)
{
    cert_str_t      sealed;
    const uint8_t  *nonce;

    login->personal_key = (uint8_t) cert_get_int(c, 1);
    nonce = cert_get_bytes(c, CERT_NONCE_SIZE);
    sealed = cert_get_blob(c);

    if (nonce == NULL || sealed.len <= CERT_GCM_TAG_SIZE
        || sealed.len > CERT_LOGIN_MAX)
    {
        c->is_short = 1;
        return;
    }

    memcpy(login->nonce, nonce, CERT_NONCE_SIZE);
    memcpy(login->sealed, sealed.data, sealed.len);
    login->len = sealed.len;
}


cert_err_t
cert_login_hide(cert_keyring_t *ring, const cert_account_t *account,
    cert_login_t *login)
{
    uint8_t        plain[CERT_LOGIN_MAX - CERT_GCM_TAG_SIZE];
    uint8_t        bound[1 + CERT_HOLDER_SIZE];
    cert_err_t     err;
    cert_str_t     in;
    cert_writer_t  w;

    w = cert_writer(plain, sizeof(plain));

    cert_put_str(&w, cert_text_str(&account->username));
    cert_put_str(&w, cert_strz(account->password));

    if (w.is_full) {
        err = CERT_INVALID;
        goto done;
    }

    in = cert_writer_str(&w);
    login->personal_key = 0;

    err = cert_crypto_seal(ring, &login->personal_key, login->nonce,
                           cert_login_bound(&account->holder, bound), in,
                           login->sealed);

    login->len = in.len + CERT_GCM_TAG_SIZE;

done:

    cert_crypto_wipe(plain, sizeof(plain));

    return err;
}


cert_err_t
cert_login_reveal(cert_keyring_t *ring, cert_account_t *account,
    const cert_login_t *login)
{
    uint8_t     plain[CERT_LOGIN_MAX], bound[1 + CERT_HOLDER_SIZE];
    cert_err_t  err;

    if (login->len == 0) {
        return CERT_OK;
    }

    err = cert_crypto_open(ring, login->personal_key, login->nonce,
                           cert_login_bound(&account->holder, bound),
                           (cert_str_t) { login->sealed, login->len }, plain);

    if (err == CERT_OK) {
        err = cert_login_read(account,
                              (cert_str_t) { plain,
                                             login->len - CERT_GCM_TAG_SIZE });
    }

    cert_crypto_wipe(plain, sizeof(plain));

    return err;
}


static cert_err_t
cert_login_read(cert_account_t *account, cert_str_t plain)
{
    size_t         len;
    cert_str_t     username, password;
    cert_cursor_t  c;

    c = cert_cursor(plain);
    username = cert_get_str(&c);
    password = cert_get_str(&c);

    if (!cert_cursor_is_done(&c)
        || cert_text_set(&account->username.len, account->username.data,
                         CERT_USERNAME_MAX, username)
        || cert_text_set(&len, account->password, CERT_PASSWORD_MAX,
                         password))
    {
        return CERT_CORRUPT;
    }

    account->has_login = 1;

    return CERT_OK;
}


/*
 * The holder is bound to a login: moved to another account it does not open.
 * No number of a certificate has the zero before it, to which persons and
 * photos are bound under the same key.
 */
static cert_str_t
cert_login_bound(const cert_holder_t *holder,
    uint8_t bound[1 + CERT_HOLDER_SIZE])
{
    bound[0] = 0;
    memcpy(bound + 1, holder->bytes, CERT_HOLDER_SIZE);

    return (cert_str_t) { bound, 1 + CERT_HOLDER_SIZE };
}


void
cert_link_encode(cert_writer_t *w, const cert_holder_t *to)
{
    cert_put_int(w, CERT_RECORD_FORMAT, 1);
    cert_put_int(w, CERT_KIND_LINK, 1);
    cert_put_bytes(w, to->bytes, CERT_HOLDER_SIZE);
}


int
cert_link_decode(cert_holder_t *to, cert_str_t payload)
{
    if (payload.len != CERT_LINK_SIZE
        || payload.data[0] != CERT_RECORD_FORMAT
        || payload.data[1] != CERT_KIND_LINK)
    {
        return 0;
    }

    memcpy(to->bytes, payload.data + 2, CERT_HOLDER_SIZE);

    return 1;
}


void
cert_username_encode(cert_writer_t *w, const cert_holder_t *holder)
{
    cert_put_int(w, CERT_RECORD_FORMAT, 1);
    cert_put_bytes(w, holder->bytes, CERT_HOLDER_SIZE);
}


cert_err_t
cert_username_decode(cert_holder_t *holder, cert_str_t payload)
{
    if (payload.len != 1 + CERT_HOLDER_SIZE
        || payload.data[0] != CERT_RECORD_FORMAT)
    {
        return CERT_CORRUPT;
    }

    memcpy(holder->bytes, payload.data + 1, CERT_HOLDER_SIZE);

    return CERT_OK;
}


void
cert_session_encode(cert_writer_t *w, const cert_session_t *session)
{
    cert_put_int(w, CERT_RECORD_FORMAT, 1);
    cert_put_bytes(w, session->holder.bytes, CERT_HOLDER_SIZE);
    cert_put_int(w, session->generation, 4);
    cert_put_int(w, (uint64_t) session->created, 8);
    cert_put_int(w, (uint64_t) session->seen, 8);
    cert_put_int(w, (uint64_t) session->until, 8);
}


cert_err_t
cert_session_decode(cert_session_t *session, cert_str_t payload)
{
    cert_cursor_t   c;
    const uint8_t  *holder;

    c = cert_cursor(payload);

    if (cert_get_int(&c, 1) != CERT_RECORD_FORMAT) {
        return CERT_CORRUPT;
    }

    holder = cert_get_bytes(&c, CERT_HOLDER_SIZE);
    session->generation = (uint32_t) cert_get_int(&c, 4);
    session->created = (cert_time_t) cert_get_int(&c, 8);
    session->seen = (cert_time_t) cert_get_int(&c, 8);
    session->until = (cert_time_t) cert_get_int(&c, 8);

    if (!cert_cursor_is_done(&c)) {
        return CERT_CORRUPT;
    }

    memcpy(session->holder.bytes, holder, CERT_HOLDER_SIZE);

    return CERT_OK;
}


void
cert_idempotency_encode(cert_writer_t *w,
    const cert_idempotency_t *idempotency)
{
    cert_put_int(w, CERT_RECORD_FORMAT, 1);
    cert_put_bytes(w, idempotency->code.bytes, CERT_CODE_SIZE);
    cert_put_bytes(w, idempotency->request, CERT_SHA256_SIZE);
    cert_put_int(w, (uint64_t) idempotency->time, 8);
}


cert_err_t
cert_idempotency_decode(cert_idempotency_t *idempotency, cert_str_t payload)
{
    cert_cursor_t   c;
    const uint8_t  *code, *request;

    c = cert_cursor(payload);

    if (cert_get_int(&c, 1) != CERT_RECORD_FORMAT) {
        return CERT_CORRUPT;
    }

    code = cert_get_bytes(&c, CERT_CODE_SIZE);
    request = cert_get_bytes(&c, CERT_SHA256_SIZE);
    idempotency->time = (cert_time_t) cert_get_int(&c, 8);

    if (!cert_cursor_is_done(&c)) {
        return CERT_CORRUPT;
    }

    memcpy(idempotency->code.bytes, code, CERT_CODE_SIZE);
    memcpy(idempotency->request, request, CERT_SHA256_SIZE);

    return CERT_OK;
}
